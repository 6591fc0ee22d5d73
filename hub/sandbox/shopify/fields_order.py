"""Resolvers of orders: the order itself, its money and its lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from hub.sandbox.shopify import order_totals as figures
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, Plain, own, text
from hub.sandbox.shopify.fields_common import HAS_METAFIELDS, Bag, Money, bag, connection, first_of, id_of
from hub.sandbox.shopify.fields_fulfilment import FulfilmentOf
from hub.sandbox.shopify.fields_order_parts import (
    LineOf,
    RefundOf,
    ShippingOf,
    TaxOf,
    TransactionOf,
    allocations,
    tax_lines,
)
from hub.sandbox.shopify.ids import gid
from hub.sandbox.shopify.money import ZERO, rounded
from hub.sandbox.shopify.order_records import Discount, Order, OrderLine
from hub.sandbox.shopify.ordering import confirmation_number


class CutOf(NamedTuple):
    """A discount of an order with its place."""

    order: Order
    it: Discount
    place: int

    @property
    def graphql_type(self) -> str:
        """The discount application it is."""
        return {"code": "DiscountCodeApplication", "automatic": "AutomaticDiscountApplication"}.get(
            self.it.kind, "ManualDiscountApplication"
        )


_FIGURES: dict[str, Callable[[Order], Decimal]] = {
    "currentShippingPriceSet": lambda order: figures.shipping(order) - figures.refunded_shipping(order),
    "currentSubtotalPriceSet": figures.current_subtotal,
    "currentTotalDiscountsSet": figures.current_discounts,
    "currentTotalPriceSet": figures.current_total,
    "currentTotalTaxSet": figures.current_tax,
    "netPaymentSet": figures.net_payment,
    "originalTotalPriceSet": lambda order: order.original_total,
    "subtotalPriceSet": figures.subtotal,
    "totalCapturableSet": figures.authorised,
    "totalDiscountsSet": figures.total_discounts,
    "totalOutstandingSet": figures.outstanding,
    "totalPriceSet": figures.total,
    "totalReceivedSet": figures.received,
    "totalRefundedSet": figures.refunded,
    "totalRefundedShippingSet": figures.refunded_shipping,
    "totalShippingPriceSet": figures.shipping,
    "totalTaxSet": figures.total_tax,
    "totalTipReceivedSet": lambda order: order.tip,
}


def add_order(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    fields.add("Order", _facts() | _states() | {name: bag(get) for name, get in _FIGURES.items()}, _relations(), Order)
    fields.add("OrderRiskSummary", {"recommendation": lambda order: order.risk})
    fields.add("CashRoundingAdjustment", dict.fromkeys(("paymentSet", "refundSet"), lambda order: Bag(ZERO, order)))
    _line(fields)
    _discounts(fields)


def _facts() -> dict[str, Plain]:
    return (
        own("name", "number", "tags", "test", "edited", createdAt="created_at", updatedAt="updated_at")
        | own(processedAt="processed_at", cancelledAt="cancelled_at", cancelReason="cancel_reason")
        | own(closedAt="closed_at", currencyCode="currency", presentmentCurrencyCode="presentment_currency")
        | own(taxesIncluded="taxes_included", billingAddress="billing", shippingAddress="shipping_address")
        | own(legacyResourceId="id", customAttributes="attributes")
        | text(email="email", phone="phone", note="note", poNumber="po_number", sourceName="source_name")
        | text(sourceIdentifier="source_identifier")
        | {
            "id": id_of("Order"),
            "billingAddressMatchesShippingAddress": lambda one: one.billing == one.shipping_address,
            "confirmationNumber": confirmation_number,
            "confirmed": lambda one: True,
            "estimatedTaxes": lambda one: False,
            "taxExempt": lambda one: False,
            "discountCode": lambda one: next((cut.title for cut in one.discounts if cut.kind == "code"), None),
            "discountCodes": lambda one: [cut.title for cut in one.discounts if cut.kind == "code"],
            "paymentGatewayNames": lambda one: list(dict.fromkeys(paid.gateway for paid in one.transactions)),
            "risk": lambda one: one,
            "totalCashRoundingAdjustment": lambda one: one,
            "currentTotalAdditionalFeesSet": lambda one: None,
            "currentTotalDutiesSet": lambda one: None,
        }
    )


def _states() -> dict[str, Plain]:
    return {
        "canMarkAsPaid": lambda one: one.cancelled_at is None and figures.outstanding(one) > 0,
        "capturable": lambda one: figures.authorised(one) > 0,
        "closed": lambda one: one.closed_at is not None,
        "currentSubtotalLineItemsQuantity": lambda one: sum(line.current for line in one.lines),
        "subtotalLineItemsQuantity": lambda one: sum(figures.sold_units(line) for line in one.lines),
        "displayFinancialStatus": figures.financial_status,
        "displayFulfillmentStatus": figures.fulfilment_status,
        "fullyPaid": lambda one: figures.received(one) >= figures.current_total(one),
        "refundable": lambda one: figures.net_payment(one) > 0,
        "requiresShipping": lambda one: any(line.requires_shipping for line in one.lines),
        "restockable": lambda one: any(line.current for line in one.lines),
        "returnStatus": lambda one: "NO_RETURN",
        "unpaid": lambda one: not figures.received(one),
        "taxLines": lambda one: [TaxOf(one, tax, tax.amount) for tax in figures.tax_lines(one, current=False)],
        "currentTaxLines": lambda one: [TaxOf(one, tax, tax.amount) for tax in figures.tax_lines(one, current=True)],
    }


def _relations() -> dict[str, Any]:
    def charges(order: Order, context: Context) -> list[ShippingOf]:
        return [ShippingOf(order, one) for one in order.shipping if not one.removed]

    return HAS_METAFIELDS | {
        "customer": _customer,
        "discountApplications": connection(
            lambda one, context: [CutOf(one, cut, at) for at, cut in enumerate(one.discounts)], lambda cut: cut.place
        ),
        "fulfillmentOrders": connection(lambda one, context: one.fulfilment_orders, lambda planned: planned.id),
        "fulfillments": first_of(lambda one, context: [FulfilmentOf(one, made) for made in one.fulfilments]),
        "lineItems": connection(lambda one, context: [LineOf(one, line) for line in one.lines], _number),
        "refunds": first_of(lambda one, context: [RefundOf(one, refund) for refund in one.refunds]),
        "shippingLine": lambda one, args, context: next(iter(charges(one, context)), None),
        "shippingLines": _shipping_lines,
        "transactions": first_of(lambda one, context: [TransactionOf(one, paid) for paid in one.transactions]),
    }


def _number(part: Any) -> int:
    number: int = part.it.id
    return number


def _customer(order: Order, args: Mapping[str, Any], context: Context) -> Any:
    return context.shop.store.customers.get(order.customer_id) if order.customer_id is not None else None


def _shipping_lines(order: Order, args: Mapping[str, Any], context: Context) -> Any:
    removals = bool(args.get("includeRemovals"))
    rows = [ShippingOf(order, one) for one in order.shipping if removals or not one.removed]
    return connection(lambda one, context: rows, _number)(order, args, context)


# --------------------------------------------------------------------------------------------------------------- lines


def _line(fields: Fields) -> None:
    def money(amount: Callable[[OrderLine], Decimal]) -> Plain:
        return lambda one: Bag(amount(one.it), one.order)

    fields.add(
        "LineItem",
        own(quantity="it.quantity", currentQuantity="it.current", unfulfilledQuantity="it.unfulfilled")
        | own(refundableQuantity="it.current", nonFulfillableQuantity="it.removed", isGiftCard="it.gift_card")
        | own(requiresShipping="it.requires_shipping", taxable="it.taxable", title="it.title")
        | own(customAttributes="it.attributes")
        | text(sku="it.sku", vendor="it.vendor", variantTitle="it.variant_title")
        | {
            "id": lambda one: gid("LineItem", one.it.id),
            "name": lambda one: " - ".join(filter(None, (one.it.title, one.it.variant_title))),
            "restockable": lambda one: bool(one.it.current),
            "discountAllocations": lambda one: allocations(one.order, one.it.allocations),
            "originalUnitPriceSet": money(lambda line: line.unit_price),
            "originalTotalSet": money(lambda line: line.original_total),
            "discountedUnitPriceSet": lambda one: _unit(one, one.it.original_total - _line_level(one)),
            "discountedUnitPriceAfterAllDiscountsSet": lambda one: _unit(one, one.it.total),
            "totalDiscountSet": lambda one: Bag(_line_level(one), one.order),
            "unfulfilledOriginalTotalSet": money(lambda line: line.unit_price * line.unfulfilled),
            "unfulfilledDiscountedTotalSet": lambda one: Bag(
                figures.line_amount(one.order, one.it, one.it.unfulfilled), one.order
            ),
        },
        {
            "discountedTotalSet": _discounted_total,
            "product": lambda one, args, context: context.shop.store.products.get(one.it.product_id),
            "variant": lambda one, args, context: context.shop.store.variants.get(one.it.variant_id),
            "taxLines": lambda one, args, context: tax_lines(one.order, one.it.tax_lines)[: args.get("first")],
        },
        LineOf,
    )


def _unit(one: LineOf, whole: Decimal) -> Bag:
    """The approximate price of one unit."""
    return Bag(rounded(whole / one.it.quantity, one.order.currency) if one.it.quantity else ZERO, one.order)


def _line_level(one: LineOf) -> Decimal:
    """What discounts other than codes take off: these are the ones that line prices show."""
    cuts = one.order.discounts
    return sum((part.amount for part in one.it.allocations if cuts[part.discount].kind != "code"), ZERO)


def _discounted_total(one: LineOf, args: Mapping[str, Any], context: Context) -> Bag:
    off = one.it.discount if args.get("withCodeDiscounts") else _line_level(one)
    return Bag(one.it.original_total - off, one.order)


# ----------------------------------------------------------------------------------------------------------- discounts


def _discounts(fields: Fields) -> None:
    fields.add("DiscountAllocation", {"allocatedAmountSet": lambda one: Bag(one.it.amount, one.order)})
    fields.add("DiscountAllocation", {"discountApplication": _application})
    fields.add("DiscountApplication", {})
    shared: dict[str, Plain] = {
        "allocationMethod": lambda one: "ACROSS",
        "index": lambda one: one.place,
        "targetSelection": lambda one: "ALL",
        "targetType": lambda one: one.it.target,
        "value": lambda one: Money(one.it.amount, one.order.currency),
    }
    title: dict[str, Plain] = {"title": lambda one: one.it.title, "description": lambda one: None}
    fields.add("DiscountCodeApplication", shared | {"code": lambda one: one.it.title})
    for kind in ("ManualDiscountApplication", "AutomaticDiscountApplication", "ScriptDiscountApplication"):
        fields.add(kind, shared | title)
    fields.add("PricingPercentageValue", {"percentage": lambda one: ZERO})
    for kind in ("DiscountCodeApplication", "ManualDiscountApplication", "AutomaticDiscountApplication"):
        fields.sources[kind] = CutOf


def _application(one: Any) -> CutOf:
    return CutOf(one.order, one.order.discounts[one.it.discount], one.it.discount)
