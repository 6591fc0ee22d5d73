"""From times to ids of runs. Ids grow with time, and are what the indexes are by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

#: So many runs may begin at the same moment, and have their ids in another order.
SIDE_BY_SIDE = 1000


def first_since(connection: Connection, runs: Table, moment: datetime) -> int:
    """About the first id since a moment: no run that began since is more than SIDE_BY_SIDE ids before it."""
    low, high = connection.execute(select(func.min(runs.c.id), func.max(runs.c.id))).one()
    if low is None:
        return 0
    high += 1
    while low < high:
        middle = (low + high) // 2
        query = select(runs.c.id, runs.c.started_at).where(runs.c.id >= middle).order_by(runs.c.id).limit(1)
        row: Any = connection.execute(query).one_or_none()
        if row is None or row.started_at >= moment:
            high = middle
        else:
            low = row.id + 1
    return int(low)


def within(connection: Connection, runs: Table, begin: datetime, end: datetime) -> list[ColumnElement[bool]]:
    """The conditions for runs that began in a span of time, its end not included."""
    lowest = first_since(connection, runs, begin) - SIDE_BY_SIDE
    highest = first_since(connection, runs, end) + SIDE_BY_SIDE
    at = runs.c.started_at
    return [runs.c.id >= lowest, runs.c.id <= highest, at >= begin, at < end]
