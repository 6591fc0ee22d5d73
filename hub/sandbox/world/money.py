"""What an order comes to, and how a discount is shared out, to the last cent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from hub.sandbox.world.model import ZERO, Line, ShippingLine

CENT = Decimal("0.01")


def line_amount(line: Line) -> Decimal:
    """What a line comes to before its discount."""
    return line.unit_price * line.quantity


def order_total(lines: Iterable[Line], shipping: Iterable[ShippingLine] = (), tip: Decimal = ZERO) -> Decimal:
    """What is to be paid. Prices are taken as they are: whether they include tax is the world's matter."""
    return sum((line_amount(line) - line.discount for line in lines), sum((line.price for line in shipping), tip))


def spread(discount: Decimal, lines: Sequence[Line]) -> tuple[Line, ...]:
    """Take the discount off the lines, each by its share of what is left, so that no cent is lost."""
    if not discount:
        return tuple(lines)
    rest = sum(map(line_amount, lines), ZERO)
    result = []
    for line in lines:
        amount = line_amount(line)
        share = (discount * amount / rest).quantize(CENT, ROUND_HALF_UP) if rest else ZERO
        result.append(dataclasses.replace(line, discount=line.discount + share))
        discount -= share
        rest -= amount
    return tuple(result)
