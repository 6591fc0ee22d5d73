"""What a worker does besides synchronising: errands of people that take too long for a page."""

from __future__ import annotations

from collections.abc import Callable

from hub.linking import covering
from hub.linking import errands as pairs
from hub.selecting import errand as selecting
from hub.store.database import Database
from hub.sync.context import Context

_ERRANDS = {"select": selecting.carry_out, "pairs": pairs.carry_out, "coverage": covering.carry_out}


def carry_out(database: Database, context: Context, report: Callable[[], None]) -> None:
    """Do what the job of a run asks for; `report` is called after each part, and may end it."""
    _ERRANDS[context.job.scope](database, context, report)
