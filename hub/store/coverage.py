"""What looks through a route's source have found: every record in one of five classes, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase, UtcDateTime

#: Records that are taken away in one transaction.
AT_ONCE = 2000

#: Class -> reason -> how many.
Reasons = Mapping[Any, Mapping[str, int]]


class CoverageLookRow(StoreBase):
    """One look; its job tells how it goes on."""

    __tablename__ = "coverage_look"
    __table_args__ = (Index("coverage_route", "route_id", "job_id"),)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    by: Mapped[str] = mapped_column(String(100))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When all was looked through; None = it goes on, or has come to nothing.
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read: Mapped[int] = mapped_column(Integer)
    #: Class -> reason -> how many.
    reasons: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)


class CoverageRecordRow(StoreBase):
    """One record of it."""

    __tablename__ = "coverage_record"
    __table_args__ = (
        Index("coverage_class", "job_id", "name", "reason", "place"),
        Index("coverage_place", "job_id", "name", "place"),
    )
    job_id: Mapped[int] = mapped_column(ForeignKey("coverage_look.job_id"), primary_key=True)
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

    job_id: int
    route_id: int
    by: str
    started_at: datetime
    ended_at: datetime | None
    read: int
    reasons: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of a route: the newest, and the newest that came to its end."""

    newest: Look | None = None
    report: Look | None = None


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
    """Both tables; what a look has found stays until the next one has come to its end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, route_id: int, job_id: int, actor: str, now: datetime) -> None:
        """Note what a job is to look through."""
        values = {"route_id": route_id, "job_id": job_id, "by": actor, "started_at": now, "read": 0, "reasons": {}}
        with self._database.write() as connection:
            connection.execute(LOOKS.insert().values(values))

    def add(self, job_id: int, found: Iterable[Found], reasons: Reasons, read: int) -> None:
        """Keep a part of the records, and how far the look is."""
        rows = [
            {
                "job_id": job_id,
                "place": one.place,
                "name": one.name,
                "reason": one.reason[:50],
                "detail": one.detail[:255],
                "key": one.key,
                "label": one.label[:255],
            }
            for one in found
        ]
        values = {"read": read, "reasons": {str(name): dict(each) for name, each in reasons.items()}}
        with self._database.write() as connection:
            if rows:
                connection.execute(RECORDS.insert(), rows)
            connection.execute(LOOKS.update().where(LOOKS.c.job_id == job_id).values(values))

    def end(self, job_id: int, now: datetime) -> None:
        """Note that all was looked through."""
        with self._database.write() as connection:
            connection.execute(LOOKS.update().where(LOOKS.c.job_id == job_id).values(ended_at=now))

    def empty(self, job_id: int) -> None:
        """Take away what a look has found, in small steps; it may be begun anew."""
        while True:
            first = select(RECORDS.c.place).where(RECORDS.c.job_id == job_id).order_by(RECORDS.c.place)
            with self._database.write() as connection:
                places = list(connection.scalars(first.limit(AT_ONCE)))
                if not places:
                    break
                where = (RECORDS.c.job_id == job_id) & (RECORDS.c.place <= places[-1])
                connection.execute(RECORDS.delete().where(where))

    def forget(self, looks: Iterable[Look]) -> None:
        """Take looks away, with all that they have found."""
        for look in looks:
            self.empty(look.job_id)
            with self._database.write() as connection:
                connection.execute(LOOKS.delete().where(LOOKS.c.job_id == look.job_id))

    def of_route(self, route_id: int) -> Looks:
        """The looks of a route."""
        return self.of_routes([route_id]).get(route_id, Looks())

    def of_routes(self, route_ids: Collection[int]) -> dict[int, Looks]:
        """The looks of each of these routes that has any."""
        found: dict[int, Looks] = {}
        for look in self.all_of(route_ids):
            before = found.get(look.route_id, Looks())
            found[look.route_id] = Looks(look, look if look.ended_at else before.report)
        return found

    def of_job(self, route_id: int, job_id: int) -> Look | None:
        """The look of a job."""
        return next((look for look in self.all_of([route_id]) if look.job_id == job_id), None)

    def all_of(self, route_ids: Collection[int]) -> list[Look]:
        """All looks of these routes, the oldest first."""
        query = select(LOOKS).where(LOOKS.c.route_id.in_(list(route_ids))).order_by(LOOKS.c.job_id)
        with self._database.read() as connection:
            return [Look(*row) for row in connection.execute(query)]

    def page(self, job_id: int, name: str, reason: str | None, *, after: int = -1, limit: int = 50) -> list[Found]:
        """Records of a class, or of one of its reasons, behind a place, as the source lists them."""
        query = select(*_FOUND).where(RECORDS.c.job_id == job_id, RECORDS.c.name == name, RECORDS.c.place > after)
        if reason is not None:
            query = query.where(RECORDS.c.reason == reason)
        with self._database.read() as connection:
            return [Found(*row) for row in connection.execute(query.order_by(RECORDS.c.place).limit(limit))]
