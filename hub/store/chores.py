"""Chores: what the clock has done at quiet hours, and when next."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import Float, Index, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import StoreBase, UtcDateTime


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
