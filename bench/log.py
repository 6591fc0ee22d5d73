"""The message log from empty to a million messages, written as the engine writes it, and then looked into.

Opens and closes come in the engine's batches, through the object graph of the hub itself: its ledger, vault, policy and
database. Only the ledger's own calls are timed, commits included; what it takes to invent bodies is not the log's.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench import log_content
from bench.log_content import Written
from bench.log_queries import Look, looks
from bench.stage import Say
from hub.bootstrap import Hub, build
from hub.config import from_environment
from hub.platforms.registry import PLATFORMS, platform
from hub.sync.pace import set_pace
from message_log.detail import Details
from message_log.entries import Policy
from message_log.ledger import Ledger
from message_log.models import EXCHANGE, MESSAGE, PAYLOAD
from message_log.queries import Queries
from message_log.redact import REMOVED
from objects.registry import OBJECTS

#: Messages opened, and closed, in one transaction.
OPENED, CLOSED = 100, 250
#: Messages invented ahead: a multiple of both.
AHEAD = 500
#: Timed turns of each query, after one that warms it.
TURNS = 25
#: The bars.
MESSAGES_PER_S, LAST_TENTH, PAGE_MS = 4_000, 0.5, 50


@dataclass(slots=True)
class Clock:
    """The time of the message that is written."""

    time: datetime = log_content.BEGIN

    def __call__(self) -> datetime:
        """Tell it."""
        return self.time


@dataclass(frozen=True, slots=True)
class Mark:
    """How many messages are written, and what that took: seconds of the clock, and of the processor (user, system)."""

    messages: int = 0
    seconds: float = 0.0
    processor: float = 0.0

    def rate(self, before: Mark) -> float:
        """Messages a second since an earlier mark."""
        return (self.messages - before.messages) / (self.seconds - before.seconds)

    def cost(self, before: Mark) -> float:
        """Microseconds of the processor for a message since an earlier mark."""
        return 1e6 * (self.processor - before.processor) / (self.messages - before.messages)


@dataclass(slots=True)
class Watch:
    """What the ledger's own calls take."""

    now: Mark = Mark()
    #: At the end of each tenth, and before the first.
    tenths: list[Mark] = field(default_factory=lambda: [Mark()])

    def time(self, call: Callable[[], Any], messages: int = 0) -> None:
        """Do something and add what it took."""
        seconds, processor = time.perf_counter(), time.process_time()
        call()
        self.now = Mark(
            self.now.messages + messages,
            self.now.seconds + time.perf_counter() - seconds,
            self.now.processor + time.process_time() - processor,
        )


def run(messages: int, say: Say, *, evidence: bool = False) -> dict[str, Any]:
    """The whole bench; answers {messages_per_s, last_tenth_ratio, bytes_per_message, page_ms_p95} and more."""
    say(f"log: {messages:,} messages, each with an exchange, a request and a response of its own")
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as home:
        hub = build(from_environment({"HUB_HOME": home}), clock=clock)
        # As in a run, of which this is a part.
        set_pace()
        try:
            watch = _write(hub, clock, messages, say, evidence=evidence)
            watch.time(partial(_checkpoint, hub))
            stored = _stored(hub)
            size = sum(path.stat().st_size for path in Path(home).glob("log.db*"))
            pages = _look(hub, messages, say)
        finally:
            hub.close()
    return _judged(messages, watch, stored, size, pages, evidence=evidence)


# -- writing ----------------------------------------------------------------------------------------------------------


def policy() -> Policy:
    """What a new integration has: level standard, personal fields kept encrypted and masked on display."""
    of_objects = (entry.personal for entry in OBJECTS.values())
    of_platforms = (platform(name).personal for name in PLATFORMS)
    return Policy(personal=frozenset[str]().union(*of_objects, *of_platforms))


def _write(hub: Hub, clock: Clock, messages: int, say: Say, *, evidence: bool) -> Watch:
    watch, given = Watch(), policy()
    for first in range(0, messages, AHEAD):
        written = list(log_content.messages(first, min(AHEAD, messages - first), evidence=evidence))
        clock.time = log_content.time_of(first)
        watch.time(partial(send, hub.ledger, given, written), len(written))
        if watch.now.messages * 10 >= len(watch.tenths) * messages:
            before, now = watch.tenths[-1], watch.now
            watch.tenths.append(now)
            pace = f"the last {now.rate(before):,.0f} a second, {now.cost(before):.0f} us of the processor each"
            say(f"  {now.messages:>9,} messages, {pace}")
    return watch


def send(ledger: Ledger, given: Policy, written: list[Written]) -> None:
    """Open and close messages, in batches as the engine does."""
    ids: list[int] = []
    for start in range(0, len(written), OPENED):
        ids += ledger.open([one.opening for one in written[start : start + OPENED]], given)
    pairs = [(id_, one.closing) for id_, one in zip(ids, written, strict=True)]
    for start in range(0, len(pairs), CLOSED):
        ledger.close(pairs[start : start + CLOSED], given)


def _checkpoint(hub: Hub) -> None:
    """Copy what still lies in the write-ahead log into the database, so that neither time nor size leaves it out."""
    connection = hub.log_database.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def _stored(hub: Hub) -> dict[str, int]:
    """What lies in the log, counted by the database itself."""
    with hub.log_database.read() as connection:
        counts = {
            "closed": select(func.count()).where(MESSAGE.c.verdict.is_not(None)),
            "exchanges": select(func.count()).select_from(EXCHANGE),
            "payloads": select(func.count()).select_from(PAYLOAD),
        }
        return {name: connection.scalar(query) or 0 for name, query in counts.items()} | _secrets(hub)


def _secrets(hub: Hub) -> dict[str, int]:
    """How many secrets were removed, and are left, in bodies that had some (200 of them at most)."""
    details = Details(hub.log_database.engine.execution_options(hub_reading=True), hub.vault, {})
    texts = []
    for message in range(2, 200 * log_content.REAL_SECRETS, log_content.REAL_SECRETS):
        if (shown := details.show(message, personal=True)) is not None:
            texts += [call.request.text or "" for one in shown.attempts for call in one.exchanges if call.request]
    return {
        "removed": sum(REMOVED in text for text in texts),
        "secrets_left": sum(log_content.SECRET in text for text in texts),
    }


# -- looking ----------------------------------------------------------------------------------------------------------


def _look(hub: Hub, messages: int, say: Say) -> dict[str, float]:
    """The 95th percentile of each query in milliseconds, warm. RuntimeError for a query that finds something else."""
    queries = Queries(hub.log_database.engine.execution_options(hub_reading=True), hub.vault)
    took = {}
    for look in looks(messages):
        found = len(_page(queries, look).entries)
        if bool(found) is not look.hits:
            raise RuntimeError(f"{look.name}: {found} messages found")
        samples = []
        for _ in range(TURNS):
            started = time.perf_counter()
            _page(queries, look)
            samples.append(1_000 * (time.perf_counter() - started))
        took[look.name] = percentile(samples, 0.95)
        say(f"  {look.name:<40} {found:>2} found, {took[look.name]:7.2f} ms")
    return took


def _page(queries: Queries, look: Look) -> Any:
    return queries.page(look.filters, before=look.before)


def percentile(samples: list[float], share: float) -> float:
    """The smallest sample that so large a share of all does not exceed."""
    return sorted(samples)[math.ceil(share * len(samples)) - 1]


def _judged(
    messages: int, watch: Watch, stored: dict[str, int], size: int, pages: dict[str, float], *, evidence: bool
) -> dict[str, Any]:
    rate, last = watch.now.rate(Mark()), watch.tenths[-1].rate(watch.tenths[-2])
    slowest = max(pages.values())
    complete = stored["closed"] == stored["exchanges"] == messages and stored["payloads"] >= 2 * messages
    complete = complete and stored["removed"] > 0 and not stored["secrets_left"]
    return {
        "bench": "log",
        "messages": messages,
        "messages_per_s": round(rate),
        "last_tenth_ratio": round(last / rate, 3),
        "bytes_per_message": round(size / messages),
        "page_ms_p95": round(slowest, 2),
        "pages": {name: round(took, 2) for name, took in pages.items()},
        "cpu_us_per_message": round(watch.now.cost(Mark())),
        "cpu_us_last_tenth": round(watch.tenths[-1].cost(watch.tenths[-2])),
        "evidence": evidence,
        **stored,
        "ok": complete and rate >= MESSAGES_PER_S and last / rate >= LAST_TENTH and slowest <= PAGE_MS,
    }
