"""What is left of an order's money: pure arithmetic over an order as the API gives it.

The shop keeps a line's price, discounts and taxes as they were when the order was made, and each refund with its own
amounts. What the current units cost is therefore the line less what refunds took; units that an edit removed bear no
refund, so the line is shared out by units instead. In the end the parts must sum up to the order's current total; cents
that sharing out leaves over go to the lines that were shared out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from hub.platforms.shopify.native import Node, amount, exact

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax on what is left. `ours` is False where the marketplace collects it."""

    title: str
    rate: Decimal
    amount: Decimal
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    """What is left of one line or charge."""

    total: Decimal
    taxes: tuple[Tax, ...] = ()
    #: True: shared out by units, so it may be some cents off.
    estimated: bool = False

    @property
    def tax(self) -> Decimal:
        """All taxes together."""
        return sum((tax.amount for tax in self.taxes), ZERO)


@dataclass(slots=True)
class Taken:
    """What refunds took off one line or charge."""

    quantity: int = 0
    amount: Decimal = ZERO
    tax: Decimal = ZERO

    def add(self, quantity: int, taken: Decimal, tax: Decimal) -> None:
        """Count one refund's part."""
        self.quantity += quantity
        self.amount += taken
        self.tax += tax


@dataclass(slots=True)
class Refunded:
    """What all refunds of an order took, by line and by shipping line; `other` bears no line (money only)."""

    lines: dict[str, Taken] = field(default_factory=dict)
    shipping: dict[str, Taken] = field(default_factory=dict)
    other: Taken = field(default_factory=Taken)

    @classmethod
    def of(cls, refunds: Sequence[Node]) -> Refunded:
        """Add the refunds up."""
        sums = cls()
        for refund in refunds:
            for row in refund["refundLineItems"]:
                taken = sums.lines.setdefault(row["lineItem"]["id"], Taken())
                taken.add(row["quantity"], amount(row["subtotalSet"]), amount(row["totalTaxSet"]))
            for row in refund["refundShippingLines"]:
                taken = sums.shipping.setdefault(row["shippingLine"]["id"], Taken())
                taken.add(0, amount(row["subtotalAmountSet"]), amount(row["taxAmountSet"]))
            for row in refund["orderAdjustments"]:
                # Negative: money beyond goods and carriage was given back.
                sums.other.add(0, -amount(row["amountSet"]), -amount(row["taxAmountSet"]))
        return sums


def line_share(line: Node, taken: Taken, unit: Decimal) -> Share:
    """What the current units of a line cost, and the taxes on them. `unit` is the currency's smallest amount."""
    discounts = sum((amount(one["allocatedAmountSet"]) for one in line["discountAllocations"]), ZERO)
    total = amount(line["originalTotalSet"]) - discounts
    taxes = _taxes(line["taxLines"])
    if line["currentQuantity"] == line["quantity"] - taken.quantity:
        return Share(total - taken.amount, _less(taxes, taken.tax, unit))
    part = Decimal(line["currentQuantity"]) / Decimal(line["quantity"])
    shared = tuple(replace(tax, amount=_rounded(tax.amount * part, unit)) for tax in taxes)
    return Share(_rounded(total * part, unit), shared, estimated=True)


def shipping_share(line: Node, taken: Taken, unit: Decimal) -> Share:
    """What is left of a shipping line."""
    taxes = _less(_taxes(line["taxLines"]), taken.tax, unit)
    return Share(amount(line["discountedPriceSet"]) - taken.amount, taxes)


def settle(shares: Sequence[Share], left_over: Decimal, unit: Decimal) -> list[Share]:
    """Give the few cents that sharing out left over to the last share that was estimated.

    More than a smallest amount for each estimated share is no rounding: it stays, and shows as a difference.
    """
    settled = list(shares)
    estimated = [index for index, share in enumerate(settled) if share.estimated and share.total]
    if estimated and left_over and abs(left_over) <= unit * len(estimated):
        last = settled[estimated[-1]]
        settled[estimated[-1]] = replace(last, total=last.total + left_over)
    return settled


def without_foreign_tax(share: Share, *, included: bool) -> Share:
    """The share without tax that the marketplace collects: it is neither our revenue nor our tax."""
    if all(tax.ours for tax in share.taxes):
        return share
    foreign = sum((tax.amount for tax in share.taxes if not tax.ours), ZERO)
    total = share.total - foreign if included else share.total
    return replace(share, total=total, taxes=tuple(tax for tax in share.taxes if tax.ours))


def _taxes(lines: Sequence[Node]) -> tuple[Tax, ...]:
    return tuple(
        Tax(line["title"] or "", exact(line["rate"]), amount(line["priceSet"]), not line["channelLiable"])
        for line in lines
    )


def _less(taxes: tuple[Tax, ...], taken: Decimal, unit: Decimal) -> tuple[Tax, ...]:
    """Take refunded tax off the taxes of a line, in proportion; the last one bears the rounding."""
    whole = sum((tax.amount for tax in taxes), ZERO)
    if not taken or not whole:
        return taxes
    left = []
    rest = whole - taken
    for index, tax in enumerate(taxes):
        part = rest if index == len(taxes) - 1 else _rounded(tax.amount * (whole - taken) / whole, unit)
        rest -= part
        left.append(replace(tax, amount=part))
    return tuple(left)


def _rounded(value: Decimal, unit: Decimal) -> Decimal:
    return value.quantize(unit, ROUND_HALF_UP)
