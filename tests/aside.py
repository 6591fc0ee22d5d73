"""Failures that somebody has set aside before a test begins."""

from __future__ import annotations

from datetime import datetime

from hub.store.database import Database
from hub.store.failure_list import FailureList, Which
from hub.store.failures import UNRESOLVED_STATES


def set_aside(
    database: Database, route_id: int, key: str, state: str, note: str = "", until: datetime | None = None
) -> None:
    """Acknowledge or ignore one failure."""
    one = Which((route_id,), UNRESOLVED_STATES, picks=((route_id, key),))
    assert FailureList(database).set_aside(one, state, note, until) == 1
