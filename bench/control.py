"""The control API of a sandbox, over a connection that is kept open: asked many times a second by what watches."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import orjson

Rows = list[dict[str, Any]]

#: Seconds between two looks at what is still on its way.
_LOOK_AGAIN = 0.1


class Control:
    """One sandbox, asked and steered as another user of the platform would. For one thread."""

    def __init__(self, url: str, *, timeout: float = 60) -> None:
        self.url = url
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)

    def get(self, path: str) -> Any:
        """Ask `/control/PATH`."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Do something; the answer says what became of it."""
        answer: dict[str, Any] = self._ask("POST", path, body)
        return answer

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Set `/control/PATH`."""
        return self._ask("PUT", path, body)

    def delete(self, path: str) -> Any:
        """Clear `/control/PATH`."""
        return self._ask("DELETE", path, None)

    def counts(self) -> dict[str, int]:
        """Requests so far, by operation."""
        counts: dict[str, int] = self.get("counts")
        return counts

    def busy(self) -> float:
        """The share of one core that the sandbox's process has used since this was asked last."""
        return float(self.get("busy")["busy"])

    def state(self, collection: str, fields: Iterable[str]) -> Rows:
        """Chosen fields of all records of a collection."""
        rows: Rows = self.get(f"state/{collection}?fields={','.join(fields)}")
        return rows

    # -- faults -------------------------------------------------------------------------------------------------

    def set_faults(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Put these rules in the place of all others."""
        self._ask("PUT", "faults", list(rules))

    def clear_faults(self) -> int:
        """Switch all faults off; answers how many requests they had met."""
        hits = sum(int(rule["hits"]) for rule in self.get("faults"))
        self._ask("DELETE", "faults", None)
        return hits

    # -- traffic ------------------------------------------------------------------------------------------------

    def requests(self) -> int:
        """How many requests it has seen."""
        return sum(self.counts().values())

    def pending(self) -> int:
        """How many requests it has taken in and not carried out yet."""
        return int(self.get("pending")["pending"])

    def drain(self, patience: float = 60) -> None:
        """Wait until nothing is on its way any more; TimeoutError if it never ends."""
        end = time.monotonic() + patience
        while self.pending():
            if time.monotonic() > end:
                raise TimeoutError(f"{self.url} still has {self.pending()} requests to carry out.")
            time.sleep(_LOOK_AGAIN)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: Any) -> Any:
        sent = None if body is None else orjson.dumps(body, str)
        headers = {"Content-Type": "application/json"}
        try:
            self._connection.request(method, f"/control/{path}", sent, headers)
            answer = self._connection.getresponse()
        except (HTTPException, ConnectionError):
            # A connection that was idle for long is closed by the server; a fresh one is opened by itself.
            self._connection.close()
            self._connection.request(method, f"/control/{path}", sent, headers)
            answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise ValueError(f"{self.url} refused {method} {path}: {content[:300]!r}")
        return orjson.loads(content)
