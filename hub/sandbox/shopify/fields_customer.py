"""Resolvers of customers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from hub.sandbox.shopify import order_totals
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, own, text
from hub.sandbox.shopify.fields_common import HAS_METAFIELDS, Money, connection, id_of
from hub.sandbox.shopify.paging import Page, page_of_list
from hub.sandbox.shopify.records import Address, Customer
from hub.sandbox.shopify.texts import is_email


class Email(NamedTuple):
    """A customer's e-mail address."""

    customer: Customer


class Phone(NamedTuple):
    """A customer's phone number."""

    number: str


def add_customer(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    fields.add(
        "Customer",
        own("tags", "locale", "state", createdAt="created_at", updatedAt="updated_at", taxExempt="tax_exempt")
        | own(displayName="display_name", taxExemptions="tax_exemptions", legacyResourceId="id")
        | text(firstName="first_name", lastName="last_name", note="note", email="email", phone="phone")
        | {
            "id": id_of("Customer"),
            "canDelete": lambda one: not one.order_ids,
            "dataSaleOptOut": lambda one: False,
            "defaultAddress": _default_address,
            "defaultEmailAddress": lambda one: Email(one) if one.email else None,
            "defaultPhoneNumber": lambda one: Phone(one.phone) if one.phone else None,
            "numberOfOrders": lambda one: len(one.order_ids),
            "verifiedEmail": lambda one: bool(one.email),
        },
        HAS_METAFIELDS
        | {
            "addressesV2": connection(lambda one, context: one.addresses, lambda address: address.id),
            "amountSpent": _amount_spent,
            "orders": _orders,
        },
        source=Customer,
    )
    fields.add(
        "CustomerEmailAddress",
        {
            "emailAddress": lambda one: one.customer.email,
            "marketingOptInLevel": lambda one: one.customer.marketing_level,
            "marketingState": lambda one: one.customer.marketing_state,
            "marketingUpdatedAt": lambda one: one.customer.marketing_at,
            "validFormat": lambda one: is_email(one.customer.email),
        },
    )
    fields.add("CustomerPhoneNumber", {"phoneNumber": lambda one: one.number})


def _default_address(customer: Customer) -> Address | None:
    return next((one for one in customer.addresses if one.id == customer.default_address), None)


def _amount_spent(customer: Customer, args: Mapping[str, Any], context: Context) -> Money:
    store = context.shop.store
    spent = sum((order_totals.net_payment(store.orders[number]) for number in customer.order_ids), Decimal(0))
    return Money(spent, store.facts.currency)


def _orders(customer: Customer, args: Mapping[str, Any], context: Context) -> Page:
    orders = context.shop.store.orders
    rows = [orders[number] for number in customer.order_ids]
    return page_of_list(rows, args, lambda one: one.id, limited=context.limited)
