"""Logs of the process: structured lines on stderr that bear the ids of what they are about, and nothing to hide.

What happened to records is in the message log; these lines are for those who run the hub. Every module logs by
`logging.getLogger`, every library does, and all of it goes through here. Secrets and personal data are taken out of
each line, whoever has written it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import IO, Any

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import EventDict, Processor, WrappedLogger

from hub.errors import ConfigurationError
from hub.platforms.registry import PLATFORMS, platform
from message_log.redact import MASK, REMOVED, lowered, text_masked, text_without_secrets, without_addresses
from message_log.suspicion import is_secret_name
from objects.registry import OBJECTS

LEVELS = ("debug", "info", "warning", "error", "critical")
#: Libraries that, asked for details, would tell whole statements, addresses with their query strings, or every tick.
QUIET = ("alembic", "amqp", "apprise", "apscheduler", "celery", "kombu", "redis", "requests", "sqlalchemy", "urllib3")
#: Ids and the words of the line itself: never masked as a whole, however a platform may call its fields.
_OURS = frozenset({"event", "level", "logger", "timestamp", "run", "job", "route", "integration", "messages"})


@contextmanager
def bound(**ids: Any) -> Iterator[None]:
    """Put ids (run, job, route, integration, messages) on every line that is logged inside, in this context.

    A thread begins with an empty context unless it is started in a copy of one (`contextvars.copy_context`).
    """
    with bound_contextvars(**ids):
        yield


def configure(environment: Mapping[str, str], level: str = "warning", stream: IO[str] | None = None) -> None:
    """Send all logs to stderr (or a stream), as the environment says; may be done again at any time.

    `HUB_LOG_LEVEL` overrides `level`. `HUB_LOG_FORMAT` is json or console; without it people at a terminal get lines to
    read, and whoever collects them gets JSON. Raises ConfigurationError where one of the two is none.
    """
    chosen = (environment.get("HUB_LOG_LEVEL") or level).lower()
    form = (environment.get("HUB_LOG_FORMAT") or _usual_form(stream)).lower()
    _refuse_unknown("HUB_LOG_LEVEL", chosen, LEVELS)
    _refuse_unknown("HUB_LOG_FORMAT", form, ("json", "console"))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _Handler)]:
        root.removeHandler(old)
    handler = _Handler(stream)
    ending = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[ending, structlog.processors.format_exc_info, redact, _renderer(form)],
        )
    )
    root.addHandler(handler)
    root.setLevel(chosen.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def redact(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Take secrets and personal data out of a line: by the names of its values, and by their look within texts."""
    return {name: value if name in ("level", "timestamp") else _clean(name, value) for name, value in line.items()}


def clean(text: str) -> str:
    """A text without secrets and personal data, for wherever it leaves the hub by another way than the log."""
    return without_addresses(text_masked(text_without_secrets(text), _personal()))


def _clean(name: str, value: Any) -> Any:
    if name not in _OURS:
        if is_secret_name(name) or name.casefold() in _secret():
            return REMOVED
        if name.casefold() in _personal():
            return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("event", inner) for inner in value]
    return clean(value if isinstance(value, str) else str(value))


@cache
def _personal() -> frozenset[str]:
    """Names of fields that hold personal data, ours and those of every platform."""
    names = frozenset().union(*(entry.personal for entry in OBJECTS.values()))
    return lowered(names.union(*(platform(name).personal for name in PLATFORMS)))


@cache
def _secret() -> frozenset[str]:
    return lowered(frozenset().union(*(platform(name).secret for name in PLATFORMS)))


class _Handler(logging.StreamHandler[Any]):
    """Writes to a stream; without one to stderr, whatever that is at the moment."""

    def __init__(self, stream: IO[str] | None) -> None:
        logging.Handler.__init__(self)
        self._own = stream

    @property
    def stream(self) -> Any:
        """Where the lines go."""
        return self._own or sys.stderr


def _usual_form(stream: IO[str] | None) -> str:
    return "console" if (stream or sys.stderr).isatty() else "json"


def _refuse_unknown(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigurationError(f"{name}={value}: write {', '.join(known[:-1])} or {known[-1]}.", detail=name)


def _renderer(form: str) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    # The usual formatter of errors shows the values of all local variables: passwords, orders.
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


_SHARED: list[Processor] = [
    merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
