"""Selection: the records that are marked for synchronisation, per integration and object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, String, Table, func, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.chunks import chunks
from hub.store.database import Database, StoreBase, UtcDateTime


class SelectedRow(StoreBase):
    """One marked record, by its key on the source."""

    __tablename__ = "selected"
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"), primary_key=True)
    object: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    #: What people call it; the key where that would be personal data.
    label: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(100))


SELECTED = cast(Table, SelectedRow.__table__)


@dataclass(frozen=True, slots=True)
class Selected:
    """One marked record: since when, and by whom."""

    key: str
    label: str
    at: datetime
    actor: str


class Selection:
    """The table, for one integration."""

    def __init__(self, database: Database, integration_id: int) -> None:
        self._database, self._integration = database, integration_id

    def _of(self, object_name: str) -> Any:
        return (SELECTED.c.integration_id == self._integration) & (SELECTED.c.object == object_name)

    def marked(self, object_name: str, keys: Iterable[str]) -> set[str]:
        """Those of the keys that are marked; one query for a page."""
        found: set[str] = set()
        with self._database.read() as connection:
            for part in chunks(keys):
                query = select(SELECTED.c.key).where(self._of(object_name), SELECTED.c.key.in_(part))
                found |= set(connection.scalars(query))
        return found

    def labels(self, object_name: str, keys: Iterable[str]) -> dict[str, str]:
        """Those of the keys that are marked, with what people call them."""
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for part in chunks(keys):
                query = select(SELECTED.c.key, SELECTED.c.label).where(self._of(object_name), SELECTED.c.key.in_(part))
                found |= {row.key: row.label for row in connection.execute(query)}
        return found

    def mark(self, object_name: str, records: Sequence[tuple[str, str]], actor: str, now: datetime) -> list[str]:
        """Mark (key, label) records; answers exactly the keys that were not marked before, in their order."""
        fixed = {"integration_id": self._integration, "object": object_name, "at": now, "actor": actor}
        fresh: set[str] = set()
        # What is marked already stays as it is, with whoever marked it.
        statement = self._database.insert(SELECTED).on_conflict_do_nothing().returning(SELECTED.c.key)
        with self._database.write() as connection:
            for part in chunks(records):
                rows = [{**fixed, "key": key, "label": label[:255]} for key, label in part]
                fresh |= set(connection.scalars(statement, rows))
        return [key for key in dict.fromkeys(key for key, _ in records) if key in fresh]

    def unmark(self, object_name: str, keys: Iterable[str]) -> int:
        """Take records out of the selection; answers how many were in it."""
        count = 0
        with self._database.write() as connection:
            for part in chunks(keys):
                gone = SELECTED.delete().where(self._of(object_name), SELECTED.c.key.in_(part))
                count += int(connection.execute(gone).rowcount)
        return count

    def page(self, object_name: str, after: str = "", limit: int = 100) -> list[Selected]:
        """Up to `limit` marked records in the order of their keys, behind the key `after`."""
        query = select(SELECTED.c.key, SELECTED.c.label, SELECTED.c.at, SELECTED.c.actor)
        query = query.where(self._of(object_name), SELECTED.c.key > after).order_by(SELECTED.c.key).limit(limit)
        with self._database.read() as connection:
            return [Selected(*row) for row in connection.execute(query)]

    def count(self, object_name: str) -> int:
        """How many records are marked."""
        query = select(func.count()).select_from(SELECTED).where(self._of(object_name))
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)
