"""Audit trail: who changed or pressed what, with the values before and after. Secrets never come here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, cast

import orjson
from sqlalchemy import JSON, Integer, String, Table, Text, or_, select
from sqlalchemy import cast as cast_to
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

    def note(
        self, action: str, subject: str, before: Any = None, after: Any = None, *, actor: str | None = None
    ) -> None:
        """Add one act; of this process's actor unless another one is named, as in a console that many people use."""
        named = {"actor": actor or self.actor, "action": action, "subject": subject[:255]}
        values = {**named, "before": before, "after": after}
        with self._database.write() as connection:
            connection.execute(AUDIT.insert().values(at=self._clock(), **values))

    def newest(self, limit: int = 100) -> Iterator[Act]:
        """The newest acts first."""
        return iter(self.history(lambda act: True, limit=limit))

    def page(self, *, before: int | None = None, limit: int = 100) -> list[Act]:
        """The newest acts first, those older than `before`."""
        query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AUDIT.c.id < before)
        with self._database.read() as connection:
            return [Act(*row) for row in connection.execute(query)]

    def about(
        self, names: Sequence[str], subjects: Sequence[str], span: tuple[datetime, datetime], limit: int = 100
    ) -> list[Act]:
        """The newest acts of a span of time (its end not included) that are about one of these things.

        Either one of `subjects` is what an act is about, or one of `names` ends its subject, or is noted with it.
        """
        noted = cast_to(AUDIT.c.after, Text)
        named = [
            AUDIT.c.subject.in_(subjects),
            *(AUDIT.c.subject.endswith(f" {name}", autoescape=True) for name in names),
            # As it stands in JSON: the quotation marks keep MUG apart from MUG-2.
            *(noted.contains(orjson.dumps(name).decode(), autoescape=True) for name in names),
        ]
        begin, end = span
        query = select(AUDIT).where(AUDIT.c.at >= begin, AUDIT.c.at < end, or_(*named))
        with self._database.read() as connection:
            return [Act(*row) for row in connection.execute(query.order_by(AUDIT.c.id.desc()).limit(limit))]

    def history(
        self, wanted: Callable[[Act], bool], *, limit: int, mentions: Sequence[str] = (), since: datetime | None = None
    ) -> list[Act]:
        """The newest acts first among those that are wanted.

        `mentions`: only acts whose subject has one of these texts in it are looked at, which spares the others.
        """
        query = select(AUDIT).order_by(AUDIT.c.id.desc())
        if since is not None:
            query = query.where(AUDIT.c.at >= since)
        if mentions:
            query = query.where(or_(*(AUDIT.c.subject.contains(text, autoescape=True) for text in mentions)))
        streamed = {"yield_per": 500}
        with self._database.read() as connection, connection.execute(query, execution_options=streamed) as rows:
            return list(islice(filter(wanted, (Act(*row) for row in rows)), limit))
