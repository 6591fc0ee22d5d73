"""What all workers share of a platform's limits: points to spend, places for calls, one log-in.

These leases last a second or a few, so the clocks of two machines may not be compared: whoever uses these tables takes
the time from the database (`time_of`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Float, ForeignKey, Integer, LargeBinary, String, Table, func, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase, UtcDateTime


class BudgetRow(StoreBase):
    """The bucket of points of one connection, less what workers have leased of it."""

    __tablename__ = "budget"
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    maximum: Mapped[float] = mapped_column(Float)
    available: Mapped[float] = mapped_column(Float)
    #: Points a second.
    restore_rate: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SlotRow(StoreBase):
    """One place for a call on a connection; `until` has passed = it is free."""

    __tablename__ = "slot"
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    holder: Mapped[str] = mapped_column(String(150))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class SlotWishRow(StoreBase):
    """A worker that waits for a place, so that others do not keep theirs longer than they need."""

    __tablename__ = "slot_wish"
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    holder: Mapped[str] = mapped_column(String(150), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class SessionRow(StoreBase):
    """The one log-in of a connection, sealed; a log-in under way is a lease named after it."""

    __tablename__ = "session"
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    ticket: Mapped[bytes] = mapped_column(LargeBinary)
    #: Grows with every log-in.
    generation: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)


BUDGETS = cast(Table, BudgetRow.__table__)
SLOTS = cast(Table, SlotRow.__table__)
SLOT_WISHES = cast(Table, SlotWishRow.__table__)
SESSIONS = cast(Table, SessionRow.__table__)

#: A place that nobody has ever had.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def time_of(database: Database) -> datetime:
    """The database's own time; an embedded one has no other than this machine's."""
    if database.engine.dialect.name == "sqlite":
        return datetime.now(UTC)
    with database.read() as connection:
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class StoredBudget:
    """The bucket of a connection as stored."""

    maximum: float
    available: float
    restore_rate: float
    at: datetime


class Budgets:
    """The table of budgets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self, connection_id: int) -> StoredBudget | None:
        """One budget, for this transaction alone; None = nothing is known yet."""
        query = select(BUDGETS.c.maximum, BUDGETS.c.available, BUDGETS.c.restore_rate, BUDGETS.c.at)
        with self._database.write() as connection:
            row = connection.execute(
                query.where(BUDGETS.c.connection_id == connection_id).with_for_update()
            ).one_or_none()
        return StoredBudget(*row) if row else None

    def put(self, connection_id: int, budget: StoredBudget) -> None:
        """Write a budget that was locked, or a first one; of two first ones the lower counts."""
        values = {name: getattr(budget, name) for name in ("maximum", "available", "restore_rate", "at")}
        with self._database.write() as connection:
            mine = BUDGETS.c.connection_id == connection_id
            if connection.execute(BUDGETS.update().where(mine).values(values)).rowcount:
                return
            statement = self._database.insert(BUDGETS).values(connection_id=connection_id, **values)
            lower = {"available": statement.excluded.available}
            worse = statement.excluded.available < BUDGETS.c.available
            connection.execute(
                statement.on_conflict_do_update(index_elements=["connection_id"], set_=lower, where=worse)
            )


class Slots:
    """The table of places for calls, and of those who wish for one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prepare(self, connection_id: int, most: int) -> None:
        """Make a connection's places where they are missing."""
        known = select(SLOTS.c.number).where(SLOTS.c.connection_id == connection_id)
        with self._database.write() as connection:
            missing = set(range(1, most + 1)) - set(connection.scalars(known))
            if missing:
                rows = [
                    {"connection_id": connection_id, "number": number, "holder": "", "until": _NEVER}
                    for number in sorted(missing)
                ]
                statement = self._database.insert(SLOTS)
                connection.execute(statement.on_conflict_do_nothing(), rows)

    def take(self, connection_id: int, holder: str, count: int, now: datetime, until: datetime, most: int) -> list[int]:
        """Take up to so many free places of the first `most`."""
        free = (SLOTS.c.connection_id == connection_id) & (SLOTS.c.until <= now) & (SLOTS.c.number <= most)
        query = select(SLOTS.c.number).where(free).order_by(SLOTS.c.number).limit(count)
        with self._database.write() as connection:
            numbers = list(connection.scalars(query.with_for_update(skip_locked=True)))
            if numbers:
                taken = (SLOTS.c.connection_id == connection_id) & SLOTS.c.number.in_(numbers)
                connection.execute(SLOTS.update().where(taken).values(holder=holder, until=until))
        return numbers

    def keep(self, connection_id: int, holder: str, numbers: Collection[int], until: datetime) -> list[int]:
        """Hold places until then; answers those that are still this holder's. `until` = now gives them back."""
        mine = (SLOTS.c.connection_id == connection_id) & (SLOTS.c.holder == holder) & SLOTS.c.number.in_(list(numbers))
        with self._database.write() as connection:
            statement = SLOTS.update().where(mine).values(until=until).returning(SLOTS.c.number)
            return sorted(connection.scalars(statement))

    def holders(self, connection_id: int, now: datetime) -> dict[str, int]:
        """How many places each has now."""
        held = (SLOTS.c.connection_id == connection_id) & (SLOTS.c.until > now)
        query = select(SLOTS.c.holder, func.count()).where(held).group_by(SLOTS.c.holder)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def wish(self, connection_id: int, holder: str, until: datetime) -> None:
        """Note that somebody waits for a place."""
        statement = self._database.insert(SLOT_WISHES).values(connection_id=connection_id, holder=holder, until=until)
        with self._database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["connection_id", "holder"], set_={"until": until})
            )

    def forget_wish(self, connection_id: int, holder: str) -> None:
        """Somebody does not wait any more."""
        with self._database.write() as connection:
            mine = (SLOT_WISHES.c.connection_id == connection_id) & (SLOT_WISHES.c.holder == holder)
            connection.execute(SLOT_WISHES.delete().where(mine))

    def wishes(self, connection_id: int, now: datetime) -> set[str]:
        """Who waits for a place now."""
        query = select(SLOT_WISHES.c.holder).where(
            SLOT_WISHES.c.connection_id == connection_id, SLOT_WISHES.c.until > now
        )
        with self._database.read() as connection:
            return set(connection.scalars(query))


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A connection's log-in as stored."""

    ticket: bytes
    generation: int
    opened_at: datetime
    used_at: datetime


class Sessions:
    """The table of log-ins."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, connection_id: int) -> StoredSession | None:
        """The log-in of a connection."""
        query = select(SESSIONS.c.ticket, SESSIONS.c.generation, SESSIONS.c.opened_at, SESSIONS.c.used_at)
        with self._database.read() as connection:
            row = connection.execute(query.where(SESSIONS.c.connection_id == connection_id)).one_or_none()
        return StoredSession(*row) if row else None

    def put(self, connection_id: int, ticket: bytes, now: datetime) -> int:
        """Keep a new log-in in the place of the one before; answers its generation."""
        statement = self._database.insert(SESSIONS).values(
            connection_id=connection_id, ticket=ticket, generation=1, opened_at=now, used_at=now
        )
        newer = {"ticket": ticket, "generation": SESSIONS.c.generation + 1, "opened_at": now, "used_at": now}
        statement = statement.on_conflict_do_update(index_elements=["connection_id"], set_=newer)
        with self._database.write() as connection:
            return int(connection.execute(statement.returning(SESSIONS.c.generation)).scalar_one())

    def used(self, connection_id: int, generation: int, now: datetime) -> None:
        """Note that a log-in is in use."""
        mine = (SESSIONS.c.connection_id == connection_id) & (SESSIONS.c.generation == generation)
        with self._database.write() as connection:
            connection.execute(SESSIONS.update().where(mine).values(used_at=now))
