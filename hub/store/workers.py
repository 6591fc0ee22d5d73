"""Workers: which processes are there to do jobs, as they themselves say every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Boolean, Integer, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase, UtcDateTime

#: How often a worker says that it is there, and after how long of silence it counts as gone.
SAYS_SO_EVERY, GONE_AFTER = timedelta(seconds=3), timedelta(seconds=15)


class WorkerRow(StoreBase):
    """One worker process."""

    __tablename__ = "worker"
    name: Mapped[str] = mapped_column(String(150), primary_key=True)
    #: local | celery
    engine: Mapped[str] = mapped_column(String(10))
    #: How many jobs it does at a time.
    slots: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: True: it takes no more jobs.
    stopping: Mapped[bool] = mapped_column(Boolean, default=False)


WORKERS = cast(Table, WorkerRow.__table__)


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """One worker process as stored."""

    name: str
    engine: str
    slots: int
    started_at: datetime
    seen_at: datetime
    stopping: bool


class Workers:
    """The table of workers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def say(self, worker: WorkerProcess) -> None:
        """Note that a worker is there."""
        values: dict[str, Any] = {
            "engine": worker.engine,
            "slots": worker.slots,
            "started_at": worker.started_at,
            "seen_at": worker.seen_at,
            "stopping": worker.stopping,
        }
        statement = self._database.insert(WORKERS).values(name=worker.name, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))

    def leave(self, name: str) -> None:
        """Strike a worker off that has ended."""
        with self._database.write() as connection:
            connection.execute(WORKERS.delete().where(WORKERS.c.name == name))

    def alive(self, now: datetime) -> list[WorkerProcess]:
        """The workers that were heard of lately, by name."""
        query = select(WORKERS).where(WORKERS.c.seen_at >= now - GONE_AFTER).order_by(WORKERS.c.name)
        with self._database.read() as connection:
            return [WorkerProcess(*row) for row in connection.execute(query)]

    def places(self, now: datetime) -> int:
        """How many jobs the workers that are there, and not about to end, do at a time."""
        return sum(worker.slots for worker in self.alive(now) if not worker.stopping)

    def forget(self, before: datetime) -> int:
        """Strike off those that have not been heard of since; answers how many."""
        with self._database.write() as connection:
            return int(connection.execute(WORKERS.delete().where(WORKERS.c.seen_at < before)).rowcount)
