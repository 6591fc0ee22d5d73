"""Values as files and programs read them: a line of JSON, a cell of a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import orjson

from hub.linking.sheet import harmless
from hub.sync.digest import plain


def to_json(value: Any) -> str:
    """One line of JSON; times as ISO, decimals as text."""
    return orjson.dumps(value, plain).decode()


def as_dict(row: Any) -> dict[str, Any]:
    """A dataclass (slots or not) as a dict."""
    if is_dataclass(row):
        return {field.name: getattr(row, field.name) for field in fields(row)}
    return dict(row)


def cell(value: Any) -> Any:
    """A value for a spreadsheet: a text that would be taken for a formula is marked as text."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        return harmless(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return to_json(value) if isinstance(value, Mapping | list) else value
