"""The shop's records as the hub hands them on: connections are plain lists, whatever way a record was read."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

Node = dict[str, Any]


def flatten(value: Any) -> Any:
    """Replace every connection in a node by the list of its rows."""
    if isinstance(value, dict):
        if "nodes" in value and value.keys() <= {"nodes", "pageInfo"}:
            return [flatten(node) for node in value["nodes"]]
        return {name: flatten(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [flatten(inner) for inner in value]
    return value


def amount(money: Node | None) -> Decimal:
    """The amount of a money bag in the shop's currency; zero where there is none."""
    return Decimal(money["shopMoney"]["amount"]) if money else Decimal(0)


def exact(number: float | int | str | None) -> Decimal:
    """A number that the API gives as a float (a rate, a weight), as the decimal that was meant."""
    return Decimal(str(number)) if number is not None else Decimal(0)


def moment(text: str) -> datetime:
    """A date-time of the API; always in UTC."""
    return datetime.fromisoformat(text)


def type_of(gid: str) -> str:
    """The type in a global id (`gid://shopify/Order/1` -> `Order`)."""
    return gid.split("/", 4)[3]
