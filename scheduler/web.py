"""What the hub says over HTTP: whether it lives, whether it is ready, how it is; and where the console is mounted.

Plain WSGI. Nobody is asked who he is here, so nothing is told that is secret, and what is told of the inside is for
those who watch it: keep the port to yourself, or let a proxy pass on only what the console serves.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from importlib.metadata import EntryPoint, entry_points
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hub.bootstrap import Hub
from hub.store import migrate
from hub.store.leases import CLOCK, Leases
from hub.store.workers import Workers
from scheduler.metrics import Metrics

log = logging.getLogger(__name__)

#: Who serves everything else names a function under this group of entry points: it takes the hub and gives a WSGI app.
ENTRY_POINTS = "hub.web"
_SAFE = ("GET", "HEAD")
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
)
_NO_CONSOLE = b"""The integration hub is at work; it has no console here. Use the command line: hub --help

/healthz   whether this process lives and its database answers
/readyz    whether a clock and a worker are there
/metrics   metrics for Prometheus
"""

#: Status, type and body of an answer.
Answer = tuple[HTTPStatus, str, bytes]


def application(hub: Hub, *, found: Iterable[EntryPoint] | None = None) -> WSGIApplication:
    """The WSGI application of a hub.

    The console (of `found`, or of the installed entry points) is made at once, so that one that cannot be made is no
    surprise later.
    """
    web = _Web(hub, Metrics(hub))
    console = mounted(hub, found)

    def serve(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        page = web.pages.get(environment.get("PATH_INFO", ""))
        if page is None and console is not None:
            return console(environment, start)
        return _respond(page or _missing, environment, start)

    return serve


def mounted(hub: Hub, found: Iterable[EntryPoint] | None = None) -> WSGIApplication | None:
    """The application that serves everything else; None where none is installed."""
    for one in entry_points(group=ENTRY_POINTS) if found is None else found:
        make: Callable[[Hub], WSGIApplication] = one.load()
        return make(hub)
    return None


class _Web:
    """The pages that are the hub's own."""

    def __init__(self, hub: Hub, metrics: Metrics) -> None:
        self._hub, self._metrics = hub, metrics
        self.pages: dict[str, Callable[[], Answer]] = {
            "/healthz": self.health,
            "/readyz": self.readiness,
            "/metrics": self.metrics,
        }

    def health(self) -> Answer:
        """Whether both databases answer."""
        return _verdict(self._unanswered())

    def readiness(self) -> Answer:
        """Whether jobs are put in and done: by this process or any other."""
        return _verdict(self._unanswered() or self._unready())

    def metrics(self) -> Answer:
        """Everything there is to measure."""
        return HTTPStatus.OK, CONTENT_TYPE_LATEST, self._metrics.text()

    def _databases(self) -> tuple[tuple[str, str, Any], ...]:
        hub = self._hub
        return ("store", "store", hub.database), ("log", "message log", hub.log_database)

    def _unanswered(self) -> list[str]:
        reasons = []
        for _, name, database in self._databases():
            try:
                with database.read() as connection:
                    connection.execute(text("SELECT 1"))
            except SQLAlchemyError as error:
                # Its words may name user and host.
                log.warning("The %s does not answer: %s", name, error)
                reasons.append(f"The {name} does not answer.")
        return reasons

    def _unready(self) -> list[str]:
        reasons = [
            f"The {name} is not at this release's schema; run: hub db upgrade"
            for branch, name, database in self._databases()
            if not migrate.is_current(database.engine, branch)
        ]
        if reasons:
            return reasons
        now = self._hub.clock()
        if Leases(self._hub.database).holder(CLOCK, now) is None:
            reasons.append("No clock is at work; start: hub serve, or hub clock")
        if not any(not worker.stopping for worker in Workers(self._hub.database).alive(now)):
            reasons.append("No worker has been heard of; start: hub serve, or hub worker")
        return reasons


def _verdict(reasons: list[str]) -> Answer:
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    told = {"status": "unavailable" if reasons else "ok", "reasons": reasons}
    return status, "application/json", orjson.dumps(told)


def _missing() -> Answer:
    return HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", _NO_CONSOLE


def _respond(page: Callable[[], Answer], environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    method = environment.get("REQUEST_METHOD", "GET")
    more: list[tuple[str, str]] = []
    if method not in _SAFE:
        status, kind, body = HTTPStatus.METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", b"GET is allowed here.\n"
        more = [("Allow", ", ".join(_SAFE))]
    else:
        status, kind, body = _answered(page)
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *_HEADERS, *more]
    start(f"{status.value} {status.phrase}", headers)
    return [b"" if method == "HEAD" else body]


def _answered(page: Callable[[], Answer]) -> Answer:
    """What a page says; where it cannot be said, that, and the reason goes to the log."""
    try:
        return page()
    except Exception:
        log.exception("A page could not be made.")
        return _verdict(["This cannot be told now; the hub's log says why."])
