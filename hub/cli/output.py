"""How lists are shown: a table for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.plainly import as_dict, cell, to_json

__all__ = ["as_dict", "cell", "followed", "show", "stream", "to_json"]

T = TypeVar("T")

#: Rows whose widths say how wide the columns of a long list are.
FIRST = 100
#: Seconds between two words about how far a long job is.
NOW_AND_THEN = 10

#: Columns where nobody's terminal says how many there are (a pipe, a file).
WIDE = 240


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
        # As it is: brackets in a name are no markup.
        table.add_row(*(Text(_text(row.get(column))) for column in columns))
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dict):
        return " ".join(f"{key}={entry}" for key, entry in value.items() if entry)
    if isinstance(value, list):
        return " ".join(str(entry) for entry in value)
    return str(value)


def stream(
    rows: Iterable[Any], columns: Sequence[str], *, as_json: bool, empty: str = "Nothing to show."
) -> tuple[int, dict[str, Any]]:
    """Print rows as they come, as `show` would; answers how many, and the last. Only the first hundred are held."""
    coming = (as_dict(row) for row in rows)
    count, last = _stream_json(coming) if as_json else _stream_text(coming, columns)
    if not count and not as_json:
        click.echo(empty)
    return count, last


def _stream_json(rows: Iterator[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    count, row = 0, dict[str, Any]()
    for count, row in enumerate(rows, 1):
        click.echo(f"{'[' if count == 1 else ','}{to_json(row)}", nl=False)
    click.echo("]" if count else "[]")
    return count, row


def _stream_text(rows: Iterator[dict[str, Any]], columns: Sequence[str]) -> tuple[int, dict[str, Any]]:
    first = list(islice(rows, FIRST))
    if not first:
        return 0, {}
    heads = {column: column.replace("_", " ") for column in columns}
    widths = {column: max(len(head), *(len(_text(row.get(column))) for row in first)) for column, head in heads.items()}
    count, row = -1, dict[str, Any]()
    for row in chain([heads], first, rows):
        count += 1
        cells = (f"{_text(row.get(column)):<{widths[column]}}" for column in columns)
        click.echo("  ".join(cells).rstrip())
    return count, row


def followed(progress: Iterator[T], start: T, say: Callable[[T], str], clock: Callable[[], datetime]) -> T:
    """See a long job through that tells how far it is; now and then a word goes to the terminal. Answers the end."""
    told, newest = clock(), start
    for newest in progress:
        if (clock() - told).total_seconds() >= NOW_AND_THEN:
            told = clock()
            click.echo(say(newest), err=True)
    return newest
