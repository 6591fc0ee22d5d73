"""Chores: what the clock has done at quiet hours, and when next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Float, Index, String, Table, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase, UtcDateTime


class ChoreRow(StoreBase):
    """One kind of housekeeping."""

    __tablename__ = "chore"
    __table_args__ = (Index("chore_due", "next_at"),)
    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seconds: Mapped[float | None] = mapped_column(Float)
    #: What it did, or why it could not, in words.
    outcome: Mapped[str] = mapped_column(Text, default="")


CHORES = cast(Table, ChoreRow.__table__)


@dataclass(frozen=True, slots=True)
class Done:
    """What one go at a chore has come to."""

    at: datetime
    seconds: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Chore:
    """One chore as stored."""

    name: str
    next_at: datetime | None
    last_at: datetime | None
    last_seconds: float | None
    outcome: str


class Chores:
    """The table of chores."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Chore]:
        """Every chore that was ever planned, by its name."""
        with self._database.read() as connection:
            return {row.name: Chore(*row) for row in connection.execute(select(CHORES).order_by(CHORES.c.name))}

    def due(self, now: datetime) -> list[str]:
        """Names of the chores whose time has come, the longest due first."""
        query = select(CHORES.c.name).where(CHORES.c.next_at <= now).order_by(CHORES.c.next_at, CHORES.c.name)
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def plan(self, name: str, next_at: datetime) -> None:
        """Say when a chore is next to be done; what it did last stays."""
        statement = self._database.insert(CHORES).values(name=name, next_at=next_at, outcome="")
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"next_at": next_at}))

    def note(self, name: str, done: Done, next_at: datetime) -> None:
        """Note what a chore has come to, and when it is next to be done."""
        values = {
            "next_at": next_at,
            "last_at": done.at,
            "last_seconds": done.seconds,
            "outcome": done.outcome,
        }
        statement = self._database.insert(CHORES).values(name=name, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))

    def forget(self, names: list[str]) -> None:
        """Strike off chores that nobody has any more."""
        with self._database.write() as connection:
            connection.execute(CHORES.delete().where(CHORES.c.name.in_(names)))
