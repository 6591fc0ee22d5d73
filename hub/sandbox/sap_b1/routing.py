"""Addresses: `/b1s/v2/Orders(22)/Cancel` taken apart. Letter case counts everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from hub.sandbox.sap_b1.errors import bad_request
from hub.sandbox.sap_b1.schema import Property, Type
from hub.sandbox.sap_b1.values import accept

ROOT = re.compile(r"/b1s/v(?P<version>[12])/(?P<rest>.*)$", re.DOTALL)
_SEGMENT = re.compile(r"(?P<name>\$?\w+)(?:\((?P<key>.*)\))?$", re.DOTALL)
_KEY_PART = re.compile(r"\s*(?:(?P<name>\w+)\s*=\s*)?(?P<value>'(?:[^']|'')*'|[^',]+)\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a path below /b1s/vN/. `key` is the text inside the parentheses, None where there are none."""

    version: int
    name: str
    key: str | None = None
    #: What follows the entity: a property, an action, `$count`.
    tail: str = ""


def read_address(raw_path: str) -> Address | None:
    """Take a path apart (percent-encoded, as it was sent); None where it is not below /b1s/v1/ or /b1s/v2/."""
    root = ROOT.match(raw_path)
    if root is None:
        return None
    head, _, tail = _cut(root["rest"].replace("%27", "'"))
    segment = _SEGMENT.match(unquote(head))
    if segment is None:
        return Address(int(root["version"]), unquote(head), None, unquote(tail))
    return Address(int(root["version"]), segment["name"], segment["key"], unquote(tail).strip("/"))


def _cut(rest: str) -> tuple[str, str, str]:
    """Cut at the slash after the entity; a slash inside a quoted key belongs to the key."""
    inside = False
    for position, sign in enumerate(rest):
        if sign == "'":
            inside = not inside
        elif sign == "/" and not inside:
            return rest[:position], "/", rest[position + 1 :]
    return rest, "", ""


def read_key(text: str, record_type: Type, properties: dict[str, Property]) -> Any:
    """The key as the table knows it; raises ServiceError where it does not fit the type."""
    values: dict[str, Any] = {}
    position = 0
    while position < len(text):
        part = _KEY_PART.match(text, position)
        if part is None:
            raise bad_request(f"Invalid key ({text})")
        name = part["name"] or (record_type.key[0] if len(record_type.key) == 1 else "")
        if name not in record_type.key or name in values:
            raise bad_request(f"Invalid key ({text})")
        values[name] = _key_value(part["value"].strip(), properties[name])
        position = part.end()
    if values.keys() != set(record_type.key):
        raise bad_request(f"Invalid key ({text})")
    key = tuple(values[name] for name in record_type.key)
    return key[0] if len(key) == 1 else key


def _key_value(text: str, one: Property) -> Any:
    if one.kind == "S":
        if not text.startswith("'"):
            raise bad_request(f"Invalid key ({text})")
        return text[1:-1].replace("''", "'")
    if not text.lstrip("-").isdecimal():
        raise bad_request(f"Invalid key ({text})")
    return accept(one, Decimal(text), "key")
