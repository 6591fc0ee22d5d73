"""Items in ranges of their codes, so that several workers read them side by side.

A range is `{"after": code, "to": code}`, without the first code and with the last; an end that is None is open. The
company's database compares codes, never we: it alone knows its order of letters, so no item falls between two ranges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from hub.platforms.endpoint import Native
from hub.platforms.sap_b1.client import ServiceLayer
from hub.platforms.sap_b1.query import between


def ranges(layer: ServiceLayer, count: int, smallest: int) -> list[dict[str, str | None]]:
    """Up to `count` ranges of about as many items each, at least `smallest`: one request for each, and one more.

    The boundaries are looked up one by one, and items may come and go meanwhile: that shifts a boundary and loses none.
    """
    total = layer.count("Items")
    parts = min(count, total // smallest)
    ends: list[str] = []
    for number in range(1, parts):
        place = number * total // parts - 1
        options = {"$select": "ItemCode", "$orderby": "ItemCode", "$skip": str(place), "$top": "1"}
        ends += [row["ItemCode"] for row in layer.rows("Items", options) if row["ItemCode"] not in ends]
    return [{"after": after, "to": to} for after, to in pairwise([None, *ends, None])] if ends else []


def pages(layer: ServiceLayer, limits: Mapping[str, Any], select: Sequence[str], size: int) -> Iterator[list[Native]]:
    """Pages of the items in a range, in the order of their codes."""
    upto = between("ItemCode", None, limits.get("to"))
    return layer.walk("Items", "ItemCode", select, condition=upto, size=size, after=limits.get("after"))
