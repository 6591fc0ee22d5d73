"""A set of texts that may be larger than memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from types import TracebackType

from hub.chunks import chunks


class Seen:
    """Keeps texts in a temporary file that nobody else sees and that is gone when it is closed; a context manager.

    Two systems do not agree on the order of their keys, so that two sorted lists could not be walked side by side.
    """

    def __init__(self) -> None:
        # A database without a name lies in memory while it is small, and in a temporary file beyond that.
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000;")
        self._file.execute("CREATE TABLE seen (text TEXT PRIMARY KEY) WITHOUT ROWID")

    def __enter__(self) -> Seen:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        """Throw everything away."""
        self.close()

    def close(self) -> None:
        """Throw everything away."""
        self._file.close()

    def add(self, texts: Iterable[str]) -> None:
        """Take texts in."""
        self._file.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((text,) for text in texts))

    def __len__(self) -> int:
        return int(self._file.execute("SELECT count(*) FROM seen").fetchone()[0])

    def among(self, texts: Iterable[str]) -> set[str]:
        """Those of the texts that were taken in."""
        found: set[str] = set()
        for part in chunks(texts):
            marks = ",".join("?" * len(part))
            rows = self._file.execute(f"SELECT text FROM seen WHERE text IN ({marks})", part)  # noqa: S608 - only marks
            found.update(row[0] for row in rows)
        return found
