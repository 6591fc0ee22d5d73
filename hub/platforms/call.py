"""One HTTP call and its answer, as platforms and transport hand them to each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from hub.errors import OutcomeUnknown, PlatformUnavailable


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to ask of the platform. `path` is appended to the base URL (`stream` also takes a whole URL)."""

    #: Its name in the platform's words, for counts and the log ("productSet", "POST Orders").
    operation: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    writes: bool = False
    #: False: a create that nothing protects; once its outcome is unknown it is not sent again.
    repeatable: bool = True
    idempotency_key: str = ""
    #: Seconds to wait for the answer, where it is not the connection's read timeout.
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform said. `repeated`: an earlier try of the same call may have been carried out already."""

    call: Call
    status: int
    #: Names are case-insensitive.
    headers: Mapping[str, str]
    body: bytes
    cookies: Mapping[str, str] = field(default_factory=dict)
    repeated: bool = False

    def json(self, *, exact: bool = False) -> Any:
        """Parse the body; `exact` reads numbers with a fraction as Decimal instead of float.

        Raises OutcomeUnknown for a write that was answered 2xx with something else than JSON (a proxy's page),
        PlatformUnavailable for anything else that is not JSON.
        """
        try:
            return json.loads(self.body, parse_float=Decimal) if exact else orjson.loads(self.body)
        except ValueError:
            kind = self.headers.get("Content-Type", "no content type")
            # What it says instead is nobody's business here: whoever types an address is not to read what is behind it.
            error = OutcomeUnknown if self.call.writes and self.status < 300 else PlatformUnavailable
            raise error(
                f"{self.call.operation}: the answer is not JSON (status {self.status}, {kind})",
                detail=f"status {self.status}, not JSON",
            ) from None
