"""How lists are shown: a table for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from hub.sync.digest import plain

#: Columns where nobody's terminal says how many there are (a pipe, a file).
WIDE = 240


def to_json(value: Any) -> str:
    """One line of JSON; times as ISO, decimals as text."""
    return orjson.dumps(value, plain).decode()


def as_dict(row: Any) -> dict[str, Any]:
    """A dataclass (slots or not) as a dict."""
    if is_dataclass(row):
        return {field.name: getattr(row, field.name) for field in fields(row)}
    return dict(row)


def show(rows: Iterable[Any], columns: Sequence[str], *, as_json: bool, empty: str = "Nothing to show.") -> None:
    """Print rows (dataclasses or dicts): as one JSON array, or as a table of the named columns."""
    dicts = [as_dict(row) for row in rows]
    if as_json:
        click.echo(to_json(dicts))
        return
    if not dicts:
        click.echo(empty)
        return
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in dicts:
        table.add_row(*(_text(row.get(column)) for column in columns))
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dict):
        return " ".join(f"{key}={entry}" for key, entry in value.items() if entry)
    return str(value)
