"""Long work on a route's pairs (searching, accepting, looking a list through): how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, LargeBinary, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.job import JOBS, UNFINISHED

Kind = Literal["propose", "accept", "validate", "link"]


class PairingRow(StoreBase):
    """One piece of work; its job tells how it goes on."""

    __tablename__ = "pairing"
    __table_args__ = (Index("pairing_route", "route_id", "job_id"),)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    kind: Mapped[str] = mapped_column(String(15))
    by: Mapped[str] = mapped_column(String(100))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When all of it was done; None = it goes on, or has come to nothing.
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: A list that was uploaded, encrypted: people name customers by their e-mail addresses. None = it is linked.
    lines: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: What could not be linked, encrypted for the same reason.
    faults: Mapped[bytes | None] = mapped_column(LargeBinary)


PAIRINGS = cast(Table, PairingRow.__table__)


@dataclass(frozen=True, slots=True)
class Pairing:
    """One piece of work as stored, without the list that it is about: that is large."""

    job_id: int
    route_id: int
    kind: Kind
    by: str
    started_at: datetime
    ended_at: datetime | None
    counts: Mapping[str, Any]
    faults: bytes | None = field(repr=False, default=None)


_COLUMNS = [PAIRINGS.c[name] for name in Pairing.__dataclass_fields__]


class Pairings:
    """The table of this work; the last piece of each route is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, route_id: int, job_id: int, kind: Kind, actor: str, now: datetime, lines: bytes | None = None
    ) -> None:
        """Note what a job is to do; what came of the work before counts no longer."""
        about = {"route_id": route_id, "job_id": job_id, "kind": kind, "by": actor}
        with self._database.write() as connection:
            connection.execute(PAIRINGS.delete().where(PAIRINGS.c.route_id == route_id))
            connection.execute(PAIRINGS.insert().values(**about, started_at=now, counts={}, lines=lines))

    def note(self, job_id: int, counts: Mapping[str, Any]) -> None:
        """Note how far it is."""
        self._update(job_id, {"counts": dict(counts)})

    def end(self, job_id: int, now: datetime, counts: Mapping[str, Any], faults: bytes | None, *, linked: bool) -> None:
        """Note that all of it is done, and what came of it. A list that is `linked` is needed no longer."""
        gone = {"lines": None} if linked else {}
        self._update(job_id, {"ended_at": now, "counts": dict(counts), "faults": faults, **gone})

    def _update(self, job_id: int, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            connection.execute(PAIRINGS.update().where(PAIRINGS.c.job_id == job_id).values(values))

    def forget(self, route_ids: Collection[int]) -> None:
        """Take away the lists of these routes and what came of them, but for what goes on: they may name a person."""
        at_work = select(JOBS.c.id).where(JOBS.c.route_id.in_(list(route_ids)), JOBS.c.state.in_(UNFINISHED))
        named = PAIRINGS.c.lines.is_not(None) | PAIRINGS.c.faults.is_not(None)
        where = PAIRINGS.c.route_id.in_(list(route_ids)) & named
        with self._database.write() as connection:
            connection.execute(PAIRINGS.delete().where(where, PAIRINGS.c.job_id.not_in(at_work)))

    def newest(self, route_id: int) -> Pairing | None:
        """The last work on a route."""
        return self._one(PAIRINGS.c.route_id == route_id)

    def of_job(self, route_id: int, job_id: int) -> Pairing | None:
        """The work of a job; None = something else was begun since, or it was forgotten."""
        return self._one((PAIRINGS.c.route_id == route_id) & (PAIRINGS.c.job_id == job_id))

    def lines(self, job_id: int) -> bytes | None:
        """The list that a job is about, as it was sealed."""
        with self._database.read() as connection:
            return connection.scalar(select(PAIRINGS.c.lines).where(PAIRINGS.c.job_id == job_id))

    def _one(self, where: ColumnElement[bool]) -> Pairing | None:
        query = select(*_COLUMNS).where(where).order_by(PAIRINGS.c.job_id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Pairing(*row)
