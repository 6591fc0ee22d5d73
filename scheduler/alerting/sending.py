"""Telling people: one message per channel and round, sent by a thread that keeps nobody waiting."""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.logs import clean
from hub.store.alerts import DIGEST, Alert, Alerts, due
from hub.store.channels import Channel, Channels

log = logging.getLogger(__name__)

#: Alerts that one message tells; the others are only counted.
MOST = 40
#: Kinds of addresses whose host is one; that of others is part of a secret.
_PLAIN = frozenset({"form", "forms", "http", "https", "json", "jsons", "mailto", "mailtos", "xml", "xmls"})
_WORD = re.compile(r"[^/:@?&=#]{4,}")


@cache
def _library() -> ModuleType:
    """The library that sends. What it loads at first use asks for a module that Python is about to drop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise  # noqa: PLC0415 - it loads a hundred services, which only whoever sends has to wait for

        apprise.Apprise.instantiate("json://localhost")
    # What it says may have an address in it; we tell what matters of it ourselves.
    logging.getLogger("apprise").propagate = False
    return apprise


class _Said(logging.Handler):
    """Keeps what the library complains of, in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Take one complaint."""
        if record.thread == self._thread:
            self.words.append(record.getMessage())


@contextmanager
def _listening() -> Iterator[list[str]]:
    said = _Said()
    logger = logging.getLogger("apprise")
    logger.addHandler(said)
    try:
        yield said.words
    finally:
        logger.removeHandler(said)


def shown(url: str) -> str:
    """What may be shown of an address: its scheme, and its host where that is none of its secrets."""
    scheme, _, _ = url.partition("://")
    if scheme.lower() not in _PLAIN:
        return f"{scheme}://…"
    try:
        return f"{scheme}://{urlsplit(url).hostname or '…'}"
    except ValueError:
        return f"{scheme}://…"


def checked(url: str) -> str:
    """An address that can be told something; ConfigurationError, without the address in it, for any other."""
    with _listening():
        made = _library().Apprise.instantiate(url, suppress_exceptions=True)
    if made is None:
        raise ConfigurationError(
            "This is no address that alerts can go to.",
            detail="URL",
            fix="Write it as docs/alerts.md shows for mail, Slack and Teams.",
        )
    return url


def post(channel: Channel, title: str, body: str, kind: str = "info") -> str:
    """Send a message; answers why it could not be sent, empty = it was."""
    library = _library()
    with _listening() as words:
        try:
            made = library.Apprise.instantiate(channel.url, suppress_exceptions=True)
            sent = bool(made and made.notify(title=title, body=body, notify_type=kind, body_format="text"))
        except Exception as error:  # noqa: BLE001 - whatever a service throws, the alert waits for the next try
            words.append(f"{type(error).__name__}: {error}")
            sent = False
    return "" if sent else _without(channel.url, " ".join(words) or "It does not say why.")


def _without(url: str, words: str) -> str:
    """What a service complains of, without anything of its address but the host that may be shown."""
    hidden = set(_WORD.findall(url.partition("://")[2])) - {shown(url).partition("://")[2]}
    for word in sorted(hidden, key=len, reverse=True):
        words = words.replace(word, "…")
    return clean(words)[:500]


def message(raised: Sequence[Alert], over: Sequence[Alert]) -> tuple[str, str]:
    """Title and body that tell several alerts at once. Pure."""
    told = [_news(alert) for alert in raised] + [_over(alert) for alert in over]
    more = len(told) - MOST
    counts = [f"{len(alerts)} {word}" for alerts, word in ((raised, "new"), (over, "over")) if alerts]
    body = told[:MOST] + ([f"And {more} more; see them all by `hub alerts list`."] if more > 0 else [])
    return f"Integration hub: {', '.join(counts)}", "\n\n".join(body)


def _news(alert: Alert) -> str:
    return f"[{alert.kind}] {alert.text}" + (f"\nWhat to do: {alert.fix}" if alert.fix else "")


def _over(alert: Alert) -> str:
    lasted = round(((alert.cleared_at or alert.last_at) - alert.raised_at).total_seconds() / 60)
    return f"[over: {alert.kind}] {alert.subject}, after {lasted} minutes. It was: {alert.text}"


def deliver(hub: Hub, now: datetime) -> int:
    """Tell every channel what there is to tell; answers how many messages went out."""
    alerts, channels = Alerts(hub.database), Channels(hub.database, hub.vault).all()
    unsent = alerts.unsent()
    count = 0
    for channel in channels:
        # A channel that could not be told anything is not told so when it can.
        others = [one for one in unsent if (one.kind, one.subject) != ("channel", channel.name)]
        ids = [one.id for one in others if due(one, channel, now)]
        claimed = alerts.claim(channel, ids, now) if ids else []
        for part in ([one for one in claimed if one.kind != DIGEST], *([one] for one in claimed if one.kind == DIGEST)):
            count += bool(part) and _told(alerts, channel, part, hub.clock)
    alerts.conclude(channels, now)
    return count


def _told(alerts: Alerts, channel: Channel, part: Sequence[Alert], clock: Any) -> bool:
    """Tell a channel of alerts in one message, and note what came of it."""
    if part[0].kind == DIGEST:
        title, body, kind = f"Integration hub: {part[0].subject}", part[0].text, "info"
    else:
        raised = [alert for alert in part if alert.cleared_at is None]
        title, body = message(raised, [alert for alert in part if alert.cleared_at is not None])
        kind = "warning" if raised else "success"
    error = post(channel, title, body, kind)
    if error:
        log.warning("The channel %s could not be told of %s alerts: %s", channel.name, len(part), error)
    alerts.note(channel, [alert.id for alert in part], clock(), error)
    return not error


class Background:
    """Does something in a thread of its own, one round at a time, and keeps nobody waiting."""

    def __init__(self, name: str, act: Callable[[], object]) -> None:
        self._name, self._act = name, act
        self._busy = threading.Lock()
        self._thread: threading.Thread | None = None

    def nudge(self) -> None:
        """Have a round made, unless one is under way; returns at once."""
        if self._busy.acquire(blocking=False):
            self._thread = threading.Thread(target=self._round, name=self._name, daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for the round that is under way; answers whether it has ended."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def _round(self) -> None:
        try:
            self._act()
        except Exception:
            # The next round tries again; the clock must not hear of it.
            log.exception("What is done beside the clock has failed: %s.", self._name)
        finally:
            self._busy.release()
