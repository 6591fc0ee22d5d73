"""Named leases: what only one process of all may do at a time, such as being the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Integer, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase, UtcDateTime


class LeaseRow(StoreBase):
    """Who does a thing, and until when."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    holder: Mapped[str] = mapped_column(String(150))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Grows with every change of the holder.
    fence: Mapped[int] = mapped_column(Integer)


#: The lease of the process whose clock puts jobs in.
CLOCK = "clock"
LEASES = cast(Table, LeaseRow.__table__)


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as stored."""

    name: str
    holder: str
    until: datetime
    fence: int


class Leases:
    """The table of leases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, holder: str, now: datetime, until: datetime) -> Held | None:
        """Take a lease that nobody has or that ran out, or renew our own; None = somebody else has it."""
        mine = LEASES.update().where(LEASES.c.name == name, LEASES.c.holder == holder).values(until=until)
        with self._database.write() as connection:
            # A clock renews its lease every second, so that is one statement.
            fence = connection.scalar(mine.returning(LEASES.c.fence))
            if fence is not None:
                return Held(name, holder, until, fence)
            values = {"name": name, "holder": holder, "until": until, "fence": 1}
            statement = self._database.insert(LEASES).values(values)
            # Somebody may insert it in this very moment; the row is then judged like any other.
            connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
            row = connection.execute(select(LEASES).where(LEASES.c.name == name).with_for_update()).one()
            held = Held(*row)
            if held.holder == holder:
                return held
            if held.until >= now:
                return None
            fresh = {"holder": holder, "until": until, "fence": held.fence + 1}
            connection.execute(LEASES.update().where(LEASES.c.name == name).values(fresh))
            return Held(name, holder, until, held.fence + 1)

    def release(self, name: str, holder: str, now: datetime) -> None:
        """Let go of a lease, if it is ours."""
        mine = (LEASES.c.name == name) & (LEASES.c.holder == holder)
        with self._database.write() as connection:
            connection.execute(LEASES.update().where(mine).values(until=now))

    def holder(self, name: str, now: datetime) -> Held | None:
        """Who has a lease now."""
        query = select(LEASES).where(LEASES.c.name == name, LEASES.c.until >= now)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return Held(*row) if row else None
