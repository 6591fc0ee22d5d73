"""Long work on a route's pairs (searching, accepting, looking a list through): how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.routes import ROUTES

Kind = Literal["propose", "accept", "validate", "link"]
State = Literal["running", "done", "failed"]
#: Work that has given no sign of life for so long was broken off: its process is gone.
SILENT = timedelta(minutes=3)


class PairingRow(StoreBase):
    """One piece of work."""

    __tablename__ = "pairing"
    __table_args__ = (Index("pairing_route", "route_id", "id"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    kind: Mapped[str] = mapped_column(String(15))
    state: Mapped[str] = mapped_column(String(15))
    by: Mapped[str] = mapped_column(String(100))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When it last gave a sign of life, or ended.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    error: Mapped[str] = mapped_column(Text, default="")
    #: A list that was uploaded and its faults, encrypted: people name customers by their e-mail addresses.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


PAIRINGS = cast(Table, PairingRow.__table__)


@dataclass(frozen=True, slots=True)
class Pairing:
    """One piece of work as stored."""

    id: int
    route_id: int
    kind: Kind
    state: State
    by: str
    started_at: datetime
    seen_at: datetime
    counts: Mapping[str, Any]
    error: str
    sealed: bytes | None = field(repr=False, default=None)

    def goes_on(self, now: datetime) -> bool:
        """Whether somebody is at it."""
        return self.state == "running" and now - self.seen_at < SILENT


class Pairings:
    """The table of this work; one piece at a time on a route."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        route_id: int,
        kind: Kind,
        actor: str,
        now: datetime,
        sealed: bytes | None = None,
        *,
        follows: int | None = None,
    ) -> int:
        """Begin; ConfigurationError where something is going on on this route already.

        `follows`: the work that this goes on from; ConfigurationError where it is no longer the newest one.
        """
        with self._database.together():
            self._database.hold(ROUTES, route_id)
            last = self.newest(route_id)
            if last is not None and last.goes_on(now):
                raise ConfigurationError(
                    f"{last.by} has begun something on this route, which is not done yet.",
                    detail=last.kind,
                    fix="Wait until it is done: the page shows how far it is.",
                )
            if follows is not None and (last is None or last.id != follows):
                raise ConfigurationError(
                    f"{last.by if last else 'Somebody'} has begun something else on this route meanwhile. "
                    "Nothing was done.",
                    detail=last.kind if last else "",
                    fix="Look at what the page shows now; upload your list again if it is another one.",
                )
            with self._database.write() as connection:
                values: dict[str, Any] = {
                    "route_id": route_id,
                    "kind": kind,
                    "state": "running",
                    "by": actor,
                    "counts": {},
                }
                values |= {"started_at": now, "seen_at": now, "error": "", "sealed": sealed}
                inserted = connection.execute(PAIRINGS.insert().values(values)).inserted_primary_key
                identity = int(inserted[0]) if inserted else 0
                # What came of the work before counts no longer. It goes last: SQLite would give its id a second time.
                others = (PAIRINGS.c.route_id == route_id, PAIRINGS.c.id != identity)
                connection.execute(PAIRINGS.delete().where(*others))
        return identity

    def note(
        self,
        identity: int,
        now: datetime,
        counts: Mapping[str, Any],
        *,
        state: State = "running",
        error: str = "",
        sealed: bytes | None = None,
    ) -> None:
        """Note how far it is, or that it has ended."""
        values = {"seen_at": now, "counts": dict(counts), "state": state, "error": error}
        values |= {} if sealed is None else {"sealed": sealed}
        with self._database.write() as connection:
            connection.execute(PAIRINGS.update().where(PAIRINGS.c.id == identity).values(values))

    def forget(self, route_ids: Collection[int], now: datetime) -> None:
        """Take away the lists of these routes and what came of them, but for what goes on: they may name a person."""
        at_work = (PAIRINGS.c.state == "running") & (PAIRINGS.c.seen_at > now - SILENT)
        where = PAIRINGS.c.route_id.in_(list(route_ids)) & PAIRINGS.c.sealed.is_not(None) & ~at_work
        with self._database.write() as connection:
            connection.execute(PAIRINGS.delete().where(where))

    def live(self, identity: int, now: datetime) -> None:
        """Note that somebody is still at it."""
        mine = (PAIRINGS.c.id == identity, PAIRINGS.c.state == "running")
        with self._database.write() as connection:
            connection.execute(PAIRINGS.update().where(*mine).values(seen_at=now))

    def newest(self, route_id: int) -> Pairing | None:
        """The last work on a route."""
        query = select(PAIRINGS).where(PAIRINGS.c.route_id == route_id).order_by(PAIRINGS.c.id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Pairing(*row)
