"""Bodies of control requests as pieces of a world, and what they name in the shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.sandbox.shopify.ids import number_of
from hub.sandbox.shopify.order_records import Order
from hub.sandbox.shopify.records import Address, Location
from hub.sandbox.shopify.store import Store
from hub.sandbox.world import model as world

Body = Mapping[str, Any]
DEFAULT_GATEWAY = "shopify_payments"


class BadControl(ValueError):
    """A control request that makes no sense; the sentence says why."""


def location_of(store: Store, given: Any) -> Location:
    """A location by id or code."""
    found = store.locations.get(number_of(given, "Location") or 0) or store.location_by_code(str(given))
    if found is None:
        raise BadControl(f"no location {given}")
    return found


def amount_of(value: Any) -> Decimal:
    """An amount of a body, which may be a number or a text."""
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise BadControl(f"no amount: {value}") from error


def money_of(order: Order, body: Body) -> list[tuple[str, Decimal]] | None:
    """What a refund gives back: (gateway, amount) pairs; None = what it comes to."""
    given = body.get("money")
    if given is None:
        return None
    if isinstance(given, list):
        return [(one["gateway"], amount_of(one["amount"])) for one in given]
    gateway = next((one.gateway for one in order.transactions if one.kind != "REFUND"), DEFAULT_GATEWAY)
    return [(gateway, amount_of(given))] if amount_of(given) else []


def option_of(body: Body, single: bool) -> str:
    """The option value of a variant in a body."""
    return "Default Title" if single else body.get("option") or body.get("sku") or "Default Title"


def charge_of(body: Body, rate: Decimal) -> world.ShippingLine:
    """A charge for carriage."""
    return world.ShippingLine(
        title=body.get("title", "Shipping"),
        price=amount_of(body["price"]),
        code=body.get("code", body.get("title", "Shipping")),
        tax_rate=amount_of(body.get("tax_rate", rate)),
    )


def transaction_of(body: Body) -> world.Transaction:
    """A payment."""
    return world.Transaction(
        gateway=body.get("gateway", DEFAULT_GATEWAY),
        amount=amount_of(body["amount"]),
        kind=body.get("kind", "SALE"),
        status=body.get("status", "SUCCESS"),
    )


def typed_address(body: Body | None) -> world.Address | None:
    """A postal address; None where nothing is given."""
    return replace(world.Address(), **body) if body else None


_API_NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "province_code": "provinceCode",
    "country_code": "countryCode",
}


def api_address_of(body: Body) -> dict[str, Any]:
    """An address in the form of the API's input."""
    return {_API_NAMES.get(name, name): value for name, value in body.items() if name in Address.__slots__}
