"""Skips: records that are left alone on purpose, so that the same decision is news only once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, Integer, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase, UtcDateTime


class SkipRow(StoreBase):
    """One record that is skipped, and why."""

    __tablename__ = "skip"
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    reason: Mapped[str] = mapped_column(String(50))
    detail: Mapped[str] = mapped_column(String(255))
    digest: Mapped[str] = mapped_column(String(32))
    mapping_version: Mapped[str] = mapped_column(String(32))
    message: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


SKIPS = cast(Table, SkipRow.__table__)


@dataclass(frozen=True, slots=True)
class Skipped:
    """One skipped record."""

    key: str
    reason: str
    detail: str
    digest: str
    mapping_version: str
    message: int | None = None


class Skips:
    """The table of skips."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, route_id: int, keys: Iterable[str]) -> dict[str, Skipped]:
        """What is known to be skipped, in one query."""
        where = (SKIPS.c.route_id == route_id) & SKIPS.c.key.in_(list(keys))
        with self._database.read() as connection:
            return {
                row.key: Skipped(row.key, row.reason, row.detail, row.digest, row.mapping_version, row.message)
                for row in connection.execute(select(SKIPS).where(where))
            }

    def record(self, route_id: int, skipped: Sequence[Skipped], now: datetime) -> None:
        """Note skips, in place of what was known of these records."""
        with self._database.write() as connection:
            for skip in skipped:
                values = {
                    "reason": skip.reason,
                    "detail": skip.detail[:255],
                    "digest": skip.digest,
                    "mapping_version": skip.mapping_version,
                    "message": skip.message,
                    "at": now,
                }
                statement = self._database.insert(SKIPS).values(route_id=route_id, key=skip.key, **values)
                connection.execute(statement.on_conflict_do_update(index_elements=["route_id", "key"], set_=values))

    def forget(self, route_id: int, keys: Iterable[str]) -> None:
        """Drop the skips of records that are linked or written now."""
        where = (SKIPS.c.route_id == route_id) & SKIPS.c.key.in_(list(keys))
        with self._database.write() as connection:
            connection.execute(SKIPS.delete().where(where))

    def keys(self, route_id: int) -> list[str]:
        """The keys of all skipped records of a route."""
        with self._database.read() as connection:
            return list(connection.scalars(select(SKIPS.c.key).where(SKIPS.c.route_id == route_id)))
