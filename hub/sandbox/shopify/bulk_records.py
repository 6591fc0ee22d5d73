"""What is kept of a bulk operation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class BulkOperation:
    """One bulk query. Its result lies in a file of the sandbox until the process ends."""

    id: int
    query: str
    group: bool
    created_at: datetime
    #: When its work may begin; while it runs, when it was looked at last.
    due: datetime
    #: CREATED, RUNNING, COMPLETED, CANCELED or FAILED.
    status: str = "CREATED"
    error_code: str | None = None
    completed_at: datetime | None = None
    objects: int = 0
    roots: int = 0
    size: int = 0
    #: The scopes and version of the request that started it.
    scopes: frozenset[str] = frozenset()
    version: str = ""
    origin: str = ""
