"""Shopify's global ids: `gid://shopify/<Type>/<number>`, some with a query string that is part of them."""

from __future__ import annotations

import re
from typing import NamedTuple

_GID = re.compile(r"gid://shopify/([A-Za-z]+)/([0-9]{1,19})(?:\?(.*))?\Z")


class Gid(NamedTuple):
    """A parsed global id; `query` is what follows the question mark."""

    kind: str
    number: int
    query: str = ""


def gid(kind: str, number: int) -> str:
    """The global id of a thing."""
    return f"gid://shopify/{kind}/{number}"


def parse_gid(text: object) -> Gid | None:
    """Take a global id apart; None where it is none."""
    match = _GID.match(text) if isinstance(text, str) else None
    return Gid(match[1], int(match[2]), match[3] or "") if match else None


def number_of(text: object, kind: str) -> int | None:
    """The number in a global id of that kind; None for anything else."""
    parsed = parse_gid(text)
    return parsed.number if parsed and parsed.kind == kind else None


def level_gid(location: int, item: int) -> str:
    """A level's id: the number stands for the location, the query names the item."""
    return f"gid://shopify/InventoryLevel/{location}?inventory_item_id={item}"


def parse_level_gid(text: object) -> tuple[int, int] | None:
    """(location, item) of a level's id; None where it is none."""
    parsed = parse_gid(text)
    name, _, item = parsed.query.partition("=") if parsed else ("", "", "")
    if parsed is None or parsed.kind != "InventoryLevel" or name != "inventory_item_id" or not item.isdecimal():
        return None
    return parsed.number, int(item)


def address_gid(number: int) -> str:
    """The id of an address in a customer's book."""
    return f"gid://shopify/MailingAddress/{number}?model_name=CustomerAddress"
