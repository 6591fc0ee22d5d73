"""Audit trail: who changed or pressed what, with the values before and after. Secrets never come here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, Integer, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import Clock
from hub.store.database import Database, StoreBase, UtcDateTime


class AuditRow(StoreBase):
    """One act."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(50))
    subject: Mapped[str] = mapped_column(String(255))
    before: Mapped[Any] = mapped_column(JSON)
    after: Mapped[Any] = mapped_column(JSON)


AUDIT = cast(Table, AuditRow.__table__)


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the trail."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: Any
    after: Any


class Audit:
    """The trail; rows are only added."""

    def __init__(self, database: Database, clock: Clock, actor: str) -> None:
        self._database = database
        self._clock = clock
        self.actor = actor

    def note(self, action: str, subject: str, before: Any = None, after: Any = None) -> None:
        """Add one act."""
        values = {"actor": self.actor, "action": action, "subject": subject, "before": before, "after": after}
        with self._database.write() as connection:
            connection.execute(AUDIT.insert().values(at=self._clock(), **values))

    def newest(self, limit: int = 100) -> Iterator[Act]:
        """The newest acts first."""
        with self._database.read() as connection:
            rows = connection.execute(select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)).all()
        return (Act(*row) for row in rows)
