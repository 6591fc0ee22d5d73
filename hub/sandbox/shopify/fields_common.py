"""Resolvers of money, addresses, metafields, and of what every type shares."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from hub.sandbox.shopify import countries
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, Plain, own, text
from hub.sandbox.shopify.ids import address_gid, gid
from hub.sandbox.shopify.metafields import APP_NAMESPACE
from hub.sandbox.shopify.money import rounded
from hub.sandbox.shopify.order_records import Order
from hub.sandbox.shopify.paging import Page, page_of_list
from hub.sandbox.shopify.records import Address, Metafield
from hub.sandbox.shopify.refusal import UserError


class Bag(NamedTuple):
    """An amount of an order, in both currencies."""

    amount: Decimal
    order: Order


class Money(NamedTuple):
    """An amount in one currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; AT_LEAST where the limit was reached."""

    count: int
    precision: str = "EXACT"


def id_of(kind: str) -> Plain:
    """The global id of a record."""
    return lambda record: gid(kind, record.id)


def bag(amount: Callable[[Order], Decimal]) -> Plain:
    """A figure of an order as a money bag."""
    return lambda order: Bag(amount(order), order)


def connection(
    rows: Callable[[Any, Context], Any], number: Callable[[Any], int]
) -> Callable[[Any, Mapping[str, Any], Context], Page]:
    """A connection over a list that hangs on the source."""

    def resolve(source: Any, args: Mapping[str, Any], context: Context) -> Page:
        return page_of_list(rows(source, context), args, number, limited=context.limited)

    return resolve


def first_of(rows: Callable[[Any, Context], Any]) -> Callable[[Any, Mapping[str, Any], Context], list[Any]]:
    """A plain list with a `first` argument."""
    return lambda source, args, context: list(rows(source, context))[: args.get("first")]


def add_common(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    fields.add("MoneyBag", {"shopMoney": _shop_money, "presentmentMoney": _presentment})
    fields.add("MoneyV2", own("amount", currencyCode="currency"), source=Money)
    fields.add("Count", own("count", "precision"))
    fields.add("Attribute", {"key": lambda pair: pair[0], "value": lambda pair: pair[1]})
    for kind in _ERRORS:
        coded = {"code": lambda one: one.code} if kind != "UserError" else {}
        fields.add(kind, own("message") | {"field": _field} | coded)
    fields.add("MailingAddress", _address(), source=Address)
    _metafields(fields)


_ERRORS = (
    "UserError",
    "BulkOperationUserError",
    "CustomerSetUserError",
    "InventoryAdjustQuantitiesUserError",
    "InventorySetQuantitiesUserError",
    "MetafieldsSetUserError",
    "ProductSetUserError",
    "ProductVariantsBulkCreateUserError",
    "ProductVariantsBulkDeleteUserError",
    "ProductVariantsBulkUpdateUserError",
)


def _field(error: UserError) -> list[str] | None:
    return None if error.field is None else list(error.field)


def _shop_money(one: Bag) -> Money:
    return Money(one.amount, one.order.currency)


def _presentment(one: Bag) -> Money:
    order = one.order
    if order.presentment_currency == order.currency:
        return Money(one.amount, order.currency)
    return Money(rounded(one.amount * order.presentment_rate, order.presentment_currency), order.presentment_currency)


def _address() -> dict[str, Plain]:
    texts = text(
        firstName="first_name",
        lastName="last_name",
        company="company",
        address1="address1",
        address2="address2",
        city="city",
        provinceCode="province_code",
        zip="zip",
        countryCodeV2="country_code",
        phone="phone",
    )
    return texts | {
        "id": lambda one: address_gid(one.id),
        "name": lambda one: " ".join(filter(None, (one.first_name, one.last_name))) or None,
        "country": lambda one: countries.NAMES.get(one.country_code, one.country_code) or None,
        "province": lambda one: one.province_code or None,
        "formattedArea": _area,
    }


def _area(one: Address) -> str | None:
    country = countries.NAMES.get(one.country_code, one.country_code)
    return ", ".join(filter(None, (" ".join(filter(None, (one.city, one.province_code))), country))) or None


# ----------------------------------------------------------------------------------------------------------- metafields


def _metafields(fields: Fields) -> None:
    fields.add(
        "Metafield",
        own("namespace", "key", "type", "value", createdAt="created_at", updatedAt="updated_at", ownerType="owner_type")
        | {
            "id": id_of("Metafield"),
            "legacyResourceId": lambda one: one.id,
            "compareDigest": lambda one: sha256(f"{one.value}\0{one.updated_at}".encode()).hexdigest(),
            "jsonValue": _json_value,
        },
        source=Metafield,
    )


def _json_value(one: Metafield) -> Any:
    try:
        return json.loads(one.value)
    except ValueError:
        return one.value


def metafield(record: Any, args: Mapping[str, Any], context: Context) -> Metafield | None:
    """One metafield by namespace and key."""
    found: Metafield | None = record.metafields.get((args.get("namespace") or APP_NAMESPACE, args["key"]))
    return found


def metafields(record: Any, args: Mapping[str, Any], context: Context) -> Page:
    """A record's metafields, all or those of a namespace or of some keys."""
    rows = list(record.metafields.values())
    if args.get("namespace"):
        rows = [one for one in rows if one.namespace == args["namespace"]]
    if args.get("keys"):
        rows = [one for one in rows if one.key in args["keys"] or f"{one.namespace}.{one.key}" in args["keys"]]
    return page_of_list(rows, args, lambda one: one.id, limited=context.limited)


HAS_METAFIELDS = {"metafield": metafield, "metafields": metafields}
