"""Schedules: when a route runs by itself. Rows with an indexed time, never pickled jobs."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import StoreBase, UtcDateTime


class ScheduleRow(StoreBase):
    """The schedule of one route; a route without a row has never had one."""

    __tablename__ = "schedule"
    __table_args__ = (Index("schedule_due", "next_run_at"),)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"), primary_key=True)
    #: never | daily | weekly | every
    kind: Mapped[str] = mapped_column(String(10))
    #: Daily and weekly: the time of the day, "02:30".
    at: Mapped[str] = mapped_column(String(5), default="")
    #: Weekly: "monday" to "sunday".
    weekdays: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Every: so many minutes.
    minutes: Mapped[int | None] = mapped_column(Integer)
    #: Every: only between these times of the day; empty = round the clock.
    window_from: Mapped[str] = mapped_column(String(5), default="")
    window_to: Mapped[str] = mapped_column(String(5), default="")
    #: The zone in which `next_run_at` was computed.
    zone: Mapped[str] = mapped_column(String(50))
    #: None = not armed, or never.
    next_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The planned time that was last made a job.
    last_planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(String(100))


SCHEDULES = cast(Table, ScheduleRow.__table__)
