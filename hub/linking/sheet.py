"""The list of pairs as a spreadsheet: written out with what is proposed, filled in by people, and read back.

A row is about one record of the source. `source_key` and `target_id` are what counts; the other columns help whoever
fills it in. A row without a `target_id` is left alone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from hub.errors import ConfigurationError
from hub.linking.proposing import Unlinked
from hub.store.proposals import Proposal

COLUMNS = ("source_key", "source_label", "target_id", "target_label", "score", "reason", "state", "candidates")
NEEDED = ("source_key", "target_id")
#: A spreadsheet would take a text that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it was filled in; `number` is its line in the file."""

    number: int
    source_key: str
    target_id: str


def sheet_row(record: Unlinked, proposals: Sequence[Proposal], labels: Mapping[str, str]) -> dict[str, str]:
    """The row of a source record. Only a pair without a rival is filled in; else the candidates are listed.

    `labels` say what people call a record, where that is another thing than the store knows.
    """
    row = dict.fromkeys(COLUMNS, "")
    row |= {"source_key": record.key, "source_label": labels.get(record.key, record.label)}
    if len(proposals) == 1 and proposals[0].state == "unique":
        (one,) = proposals
        row |= {"target_id": one.target_id, "target_label": labels.get(one.target_id, one.target_label)}
        row |= {"score": str(one.score), "reason": one.reason, "state": one.state}
    elif proposals:
        listed = (f"{one.target_id} ({one.score} {one.reason})" for one in proposals)
        row |= {"state": proposals[0].state, "candidates": " | ".join(listed)}
    return row


def write(rows: Iterator[dict[str, str]], file: IO[str]) -> int:
    """Write rows as they come; answers how many."""
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    count = 0
    for row in rows:
        writer.writerow({name: harmless(value) for name, value in row.items()})
        count += 1
    return count


def read(file: IO[str], name: str) -> Iterator[Line]:
    """The rows of a list; commas, semicolons and tabs may part its columns. Raises ConfigurationError."""
    try:
        head = file.readline()
        # A table program of another country parts columns in its own way.
        separator = max(",;\t", key=head.count)
        columns = [column.strip().casefold() for column in next(csv.reader([head], delimiter=separator), [])]
        missing = [column for column in NEEDED if column not in columns]
        if missing:
            raise ConfigurationError(
                f"{name} lacks the column {' and '.join(missing)}.",
                detail=name,
                fix="Begin with `hub links export`, and keep the first line as it is.",
            )
        places = [columns.index(column) for column in NEEDED]
        reader = csv.reader(file, delimiter=separator)
        line = 2
        for cells in reader:
            key, target = (plain(cells[place]) if place < len(cells) else "" for place in places)
            if key or target:
                yield Line(line, key, target)
            line = reader.line_num + 2
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name} is no UTF-8 text.", detail=name, fix="Save it as CSV in UTF-8.") from error
    except csv.Error as error:
        what = f"{name} is no list of rows: {error}."
        raise ConfigurationError(what, detail=name, fix="Save it as CSV in UTF-8.") from error


def harmless(text: str) -> str:
    """A text for a spreadsheet: one that would be taken for a formula is marked as text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain(cell: str) -> str:
    """The text that was meant: without the mark that made it harmless."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
