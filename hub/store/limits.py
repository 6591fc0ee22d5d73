"""What all workers share of a platform's limits: points to spend, places for calls, one log-in."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import Float, ForeignKey, Integer, LargeBinary, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import StoreBase, UtcDateTime


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
