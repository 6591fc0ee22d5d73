"""The message log as a file, written while it is read: memory stays flat, however many messages match."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from operator import attrgetter
from typing import Any, Literal

from hub.bootstrap import Hub
from hub.chunks import chunks
from hub.looking import note_showing, queries, told
from hub.plainly import cell, to_json
from message_log.queries import EXPORT_PAGE, Entry
from message_log.streams import Filters

Form = Literal["csv", "jsonl"]
#: Form -> what a browser is told that it is.
TYPES: dict[Form, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
COLUMNS = (*Entry.__dataclass_fields__, "attempt_count")
_VALUES = attrgetter(*Entry.__dataclass_fields__)


@dataclass(slots=True)
class Export:
    """One export."""

    hub: Hub
    filters: Filters
    form: Form
    personal: bool = False
    #: How many messages were taken; known at the end.
    rows: int = field(default=0, init=False)

    def parts(self) -> Iterator[str]:
        """The text of the file, some hundred lines at a time, the oldest message first.

        However it ends, it is in the audit trail: which search, and how many rows had been taken by then.
        """
        if self.personal:
            note_showing(self.hub, "messages export", self.filters)
        log = queries(self.hub)
        rows, complete = 0, False
        try:
            yield self._written([COLUMNS]) if self.form == "csv" else ""
            for entries in chunks(log.export(self.filters, personal=self.personal), EXPORT_PAGE):
                tries = log.attempts([entry.id for entry in entries])
                yield self._written([(*_VALUES(entry), tries.get(entry.id, 0)) for entry in entries])
                rows += len(entries)
            complete = True
        finally:
            self._note(rows, complete=complete)
            self.rows = rows

    def _written(self, rows: Sequence[tuple[Any, ...]]) -> str:
        if self.form == "jsonl":
            return "".join(f"{to_json(dict(zip(COLUMNS, row, strict=True)))}\n" for row in rows)
        file = StringIO(newline="")
        csv.writer(file).writerows(map(cell, row) for row in rows)
        return file.getvalue()

    def _note(self, rows: int, *, complete: bool) -> None:
        after = {**told(self.hub, self.filters), "format": self.form, "rows": rows, "complete": complete}
        self.hub.audit.note("export messages", self.filters.integration or "all integrations", after=after)
