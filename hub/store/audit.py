"""Audit trail: who changed or pressed what, with the values before and after. Secrets never come here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, Integer, String, Table, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.chunks import chunks
from hub.clock import Clock
from hub.store.database import Database, StoreBase, UtcDateTime

#: Longest name by which an act is found.
_LONGEST = 255


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


class AuditAboutRow(StoreBase):
    """One name of what an act is about: by it the act is found."""

    __tablename__ = "audit_about"
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    act: Mapped[int] = mapped_column(ForeignKey("audit.id"), primary_key=True)


AUDIT, ABOUT = cast(Table, AuditRow.__table__), cast(Table, AuditAboutRow.__table__)


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


def names_of(subject: str, after: Any) -> set[str]:
    """Every name by which an act is found: its subject, each end of it behind a space, and all texts noted with it."""
    words = subject.split(" ")
    ends = (" ".join(words[place:]) for place in range(len(words)))
    return {name for name in (*ends, *_texts(after)) if 0 < len(name) <= _LONGEST}


def _texts(noted: Any) -> Iterator[str]:
    if isinstance(noted, str):
        yield noted
    elif isinstance(noted, Mapping):
        for value in noted.values():
            yield from _texts(value)
    elif isinstance(noted, list | tuple | set | frozenset):
        for value in noted:
            yield from _texts(value)


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
            made = connection.execute(AUDIT.insert().values(at=self._clock(), **values)).inserted_primary_key
            about = (
                [{"name": name, "act": made[0]} for name in sorted(names_of(named["subject"], after))] if made else []
            )
            for part in chunks(about):
                connection.execute(ABOUT.insert(), part)

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

    def about(self, names: Sequence[str], span: tuple[datetime, datetime], limit: int = 100) -> list[Act]:
        """The newest acts of a span of time (its end not included) that are about one of these things.

        A name is the subject of an act or ends it, or it is noted with the act.
        """
        begin, end = span
        named = AUDIT.c.id.in_(select(ABOUT.c.act).where(ABOUT.c.name.in_(names)))
        query = select(AUDIT).where(named, AUDIT.c.at >= begin, AUDIT.c.at < end)
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
