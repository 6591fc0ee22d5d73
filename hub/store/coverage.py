"""What the last look through a route's source has found: every record in one of five classes, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Table, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.routes import ROUTES

#: A look that has given no sign of life for so long was broken off: its process is gone.
SILENT = timedelta(minutes=3)

#: Class -> reason -> how many.
Reasons = Mapping[Any, Mapping[str, int]]


class CoverageLookRow(StoreBase):
    """The last look of a route."""

    __tablename__ = "coverage_look"
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"), primary_key=True)
    #: running | done | failed
    state: Mapped[str] = mapped_column(String(15))
    by: Mapped[str] = mapped_column(String(100))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When it last gave a sign of life, or ended.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read: Mapped[int] = mapped_column(Integer)
    #: Class -> reason -> how many.
    reasons: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)
    error: Mapped[str] = mapped_column(Text, default="")


class CoverageRecordRow(StoreBase):
    """One record of it."""

    __tablename__ = "coverage_record"
    __table_args__ = (
        Index("coverage_class", "route_id", "name", "reason", "place"),
        Index("coverage_place", "route_id", "name", "place"),
    )
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: connected | syncable | warning | error | ignored
    name: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(50))
    detail: Mapped[str] = mapped_column(String(255))
    key: Mapped[str] = mapped_column(String(255))
    #: What people call it, where that is not personal; else its key.
    label: Mapped[str] = mapped_column(String(255))


LOOKS = cast(Table, CoverageLookRow.__table__)
RECORDS = cast(Table, CoverageRecordRow.__table__)


@dataclass(frozen=True, slots=True)
class Look:
    """A look as stored."""

    route_id: int
    state: str
    by: str
    started_at: datetime
    seen_at: datetime
    read: int
    reasons: Mapping[str, Mapping[str, int]]
    error: str

    def goes_on(self, now: datetime) -> bool:
        """Whether somebody is at it."""
        return self.state == "running" and now - self.seen_at < SILENT


@dataclass(frozen=True, slots=True)
class Found:
    """One record as it stood."""

    place: int
    name: str
    reason: str
    detail: str
    key: str
    label: str


_FOUND = [RECORDS.c[name] for name in Found.__dataclass_fields__]


class CoverageBook:
    """Both tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, route_id: int, actor: str, now: datetime) -> None:
        """Begin a look; ConfigurationError where one goes on. What the one before has found is forgotten."""
        with self._database.together():
            self._database.hold(ROUTES, route_id)
            last = self.look(route_id)
            if last is not None and last.goes_on(now):
                raise ConfigurationError(
                    f"{last.by} has begun to look already.", detail="coverage", fix="The page shows how far it is."
                )
            values = {"state": "running", "by": actor, "started_at": now, "seen_at": now, "read": 0}
            values |= {"reasons": {}, "error": ""}
            with self._database.write() as connection:
                connection.execute(RECORDS.delete().where(RECORDS.c.route_id == route_id))
                connection.execute(LOOKS.delete().where(LOOKS.c.route_id == route_id))
                connection.execute(LOOKS.insert().values(route_id=route_id, **values))

    def add(self, route_id: int, found: Iterable[Found], reasons: Reasons, read: int, now: datetime) -> None:
        """Keep a part of the records, and how far the look is."""
        rows = [
            {
                "route_id": route_id,
                "place": one.place,
                "name": one.name,
                "reason": one.reason[:50],
                "detail": one.detail[:255],
                "key": one.key,
                "label": one.label[:255],
            }
            for one in found
        ]
        with self._database.write() as connection:
            if rows:
                connection.execute(RECORDS.insert(), rows)
            values = {
                "seen_at": now,
                "read": read,
                "reasons": {str(name): dict(each) for name, each in reasons.items()},
            }
            connection.execute(LOOKS.update().where(LOOKS.c.route_id == route_id).values(values))

    def live(self, route_id: int, now: datetime) -> None:
        """Note that somebody is still at it."""
        mine = (LOOKS.c.route_id == route_id, LOOKS.c.state == "running")
        with self._database.write() as connection:
            connection.execute(LOOKS.update().where(*mine).values(seen_at=now))

    def end(self, route_id: int, now: datetime, error: str = "") -> None:
        """Note that a look has ended."""
        values = {"seen_at": now, "state": "failed" if error else "done", "error": error}
        with self._database.write() as connection:
            connection.execute(LOOKS.update().where(LOOKS.c.route_id == route_id).values(values))

    def look(self, route_id: int) -> Look | None:
        """The last look of a route."""
        return self.looks([route_id]).get(route_id)

    def looks(self, route_ids: Iterable[int]) -> dict[int, Look]:
        """The last look of each of these routes."""
        query = select(LOOKS).where(LOOKS.c.route_id.in_(list(route_ids)))
        with self._database.read() as connection:
            return {row.route_id: Look(*row) for row in connection.execute(query)}

    def page(self, route_id: int, name: str, reason: str | None, *, after: int = -1, limit: int = 50) -> list[Found]:
        """Records of a class, or of one of its reasons, behind a place, as the source lists them."""
        query = select(*_FOUND).where(RECORDS.c.route_id == route_id, RECORDS.c.name == name, RECORDS.c.place > after)
        if reason is not None:
            query = query.where(RECORDS.c.reason == reason)
        with self._database.read() as connection:
            return [Found(*row) for row in connection.execute(query.order_by(RECORDS.c.place).limit(limit))]
