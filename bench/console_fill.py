"""A hub that has worked for a long time: messages, runs, links, marks, failures and acts by the million.

The first messages are written by the ledger. The others are copies of them, made in the database: other keys, times and
runs, and entered into every index as the ledger enters its own. The bodies are shared by all copies of a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Interval, Table, cast, func, insert, literal, select
from sqlalchemy.sql.elements import ColumnElement

from bench import log_content
from bench.log import Clock, policy, send
from bench.log_content import Written
from bench.stage import Say
from hub.bootstrap import Hub
from hub.chunks import chunks
from hub.store.audit import AUDIT
from hub.store.failures import Trouble
from hub.store.integrations import Integration
from hub.store.job import JOBS
from hub.store.link import LINKS
from hub.store.proposals import Pairing, Proposals
from hub.store.runs import RUNS, Tally
from hub.store.selection import Selection
from message_log import search
from message_log.models import ATTEMPT, MESSAGE, MESSAGE_EXCHANGE, MESSAGE_PERSON

#: Somebody whom one message in so many is about.
PERSON, EVERY = "ada@shop.example", 1_000
#: Messages that the ledger writes at a time.
AT_ONCE = 500
CAUSES = 20
#: Rows of one statement.
_PART = 1_000
_WORDS = 5_000


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is."""

    messages: int = 1_000_000
    items: int = 100_000
    failures: int = 50_000
    acts: int = 20_000
    #: Messages that the ledger writes itself, at most.
    first: int = 10_000

    @property
    def written(self) -> int:
        """Messages that the ledger writes itself."""
        return min(self.messages, self.first)

    @property
    def runs(self) -> int:
        """Runs of all messages."""
        return -(-self.messages // log_content.RUN)


def fill(hub: Hub, clock: Clock, integrations: list[Integration], load: Load, say: Say) -> None:
    """Fill the hub of these integrations, whose routes are those of `log_content` in their order."""
    end = log_content.time_of(load.messages)
    routes = [route.id for one in integrations for route in hub.routes.of(one.id)]
    if routes != list(range(1, len(log_content.ROUTES) + 1)):
        raise RuntimeError("The routes are not those of the messages.")
    say(f"Filling: {load.messages:,} messages …")
    _messages(hub, clock, load)
    clock.time = end
    say(f"  … {load.items:,} items, {load.failures:,} failures, {load.runs:,} runs, {load.acts:,} acts")
    _runs(hub, load)
    for one in integrations:
        _items(hub, one.id, load.items // len(integrations), end)
    _proposals(hub, integrations[0].id, routes[0], load.items // 10, end)
    _failures(hub, load, end)
    _acts(hub, integrations[0].name, load.acts, end)
    _settle(hub)


def key_of(copy: int, key: str) -> str:
    """What a record of a copy is called."""
    return f"{key}~{copy}" if copy else key


# -- messages ---------------------------------------------------------------------------------------------------------


def _messages(hub: Hub, clock: Clock, load: Load) -> None:
    given = policy()
    for first in range(0, load.written, AT_ONCE):
        count = min(AT_ONCE, load.written - first)
        clock.time = log_content.time_of(first)
        made = enumerate(log_content.messages(first, count, evidence=False), first)
        send(hub.ledger, given, [_about_people(number, one, load) for number, one in made])
    copies = -(-load.messages // load.written)
    with hub.log_database.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:  # All of an index at hand, as rows come at any place of it.
            connection.exec_driver_sql("PRAGMA cache_size=-400000")
        connection.rollback()
        for copy in range(1, copies):
            with connection.begin():
                _copy(connection, copy, load.written, min(load.written, load.messages - copy * load.written))
        with connection.begin():
            _go_on_behind(connection, MESSAGE, ATTEMPT)


def shown(load: Load) -> int:
    """A message that failed, and of which it is known whom it is about."""
    return next(number for number in range(load.written // 2, load.written) if log_content.is_too_long(number))


def _about_people(number: int, one: Written, load: Load) -> Written:
    """The same message; of some it is known whom they are about."""
    if number % EVERY and number != shown(load):
        return one
    return replace(one, opening=replace(one.opening, persons=(PERSON,)))


def _copy(connection: Connection, copy: int, written: int, count: int) -> None:
    """One more set of the first messages, or of some of them."""
    offset = copy * written
    mine = MESSAGE.c.id <= count
    runs = copy * (written // log_content.RUN)
    later = log_content.STEP * offset
    changed: dict[str, ColumnElement[Any]] = {
        "id": MESSAGE.c.id + offset,
        "run": MESSAGE.c.run + runs,
        "job": MESSAGE.c.job + runs,
        **{name: MESSAGE.c[name] + f"~{copy}" for name in ("key", "source_id", "target_id", "label")},
        **{name: _moved(connection, MESSAGE.c[name], later) for name in ("opened_at", "closed_at")},
    }
    _again(connection, MESSAGE, changed, mine)
    of_mine = ATTEMPT.c.message <= count
    attempts = copy * (connection.scalar(select(func.max(ATTEMPT.c.id)).where(ATTEMPT.c.message <= written)) or 0)
    _again(connection, ATTEMPT, {"id": ATTEMPT.c.id + attempts, "message": ATTEMPT.c.message + offset}, of_mine)
    link = {"message": MESSAGE_EXCHANGE.c.message + offset, "attempt": MESSAGE_EXCHANGE.c.attempt + attempts}
    _again(connection, MESSAGE_EXCHANGE, link, MESSAGE_EXCHANGE.c.message <= count)
    person = {"message": MESSAGE_PERSON.c.message + offset}
    _again(connection, MESSAGE_PERSON, person, MESSAGE_PERSON.c.message <= count)
    for first in range(1, count + 1, _WORDS):
        search.add(connection, range(offset + first, offset + min(first + _WORDS, count + 1)))


def _go_on_behind(connection: Connection, *tables: Table) -> None:
    """What comes is numbered behind what was filled in; an embedded database sees to that itself."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            last = connection.scalar(select(func.max(table.c.id)))
            connection.execute(select(func.setval(f"{table.name}_id_seq", last)))


def _moved(connection: Connection, column: ColumnElement[Any], later: timedelta) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return column + literal(later // timedelta(microseconds=1), MESSAGE.c.id.type)
    return column + cast(literal(later, Interval()), Interval())


def _again(
    connection: Connection, table: Table, changed: dict[str, ColumnElement[Any]], which: ColumnElement[bool]
) -> None:
    names = table.c.keys()
    rows = select(*(changed.get(name, table.c[name]) for name in names)).where(which)
    connection.execute(insert(table).from_select(names, rows))


# -- the store --------------------------------------------------------------------------------------------------------


def _runs(hub: Hub, load: Load) -> None:
    """A run and its job for the messages of each run."""
    jobs, runs = [], []
    for number in range(1, load.runs + 1):
        first = (number - 1) * log_content.RUN
        began, ended = log_content.time_of(first), log_content.time_of(first + log_content.RUN)
        route = number % len(log_content.ROUTES) + 1
        tally = Tally()
        tally.count("updated", times=log_content.RUN - 60)
        tally.count("failed", "INVALID_FIELD", times=60)
        common = {"id": number, "route_id": route, "worker": "bench:1", "fence": 1}
        job = {"scope": "changes", "limits": {}, "priority": 30, "reason": "schedule", "actor": "clock"}
        jobs.append({**common, **job, "created_at": began, "state": "done", "cancel_requested": False, "mode": "write"})
        counts = {"counts": tally.counts(), "causes": dict(tally.causes), "error": "", "warnings": []}
        runs.append({**common, **counts, "job_id": number, "state": "done", "started_at": began, "ended_at": ended})
    with hub.database.write() as connection:
        for table, rows in ((JOBS, jobs), (RUNS, runs)):
            for part in chunks(rows):
                connection.execute(table.insert(), part)
        _go_on_behind(connection, JOBS, RUNS)


def _items(hub: Hub, integration_id: int, count: int, now: datetime) -> None:
    """Items that are linked, and marked for synchronisation."""
    common = {"integration_id": integration_id, "kind": "variant", "state": "linked"}
    with hub.database.write() as connection:
        for part in chunks(range(count)):
            rows = [
                {
                    **common,
                    "shop_id": log_content.variant_id(record),
                    "erp_id": log_content.code(record),
                    "label": log_content.code(record),
                    "fold": log_content.code(record).lower(),
                    "shop_base": {"price": "9.90"},
                    "erp_base": {"price": "9.90"},
                }
                for record in part
            ]
            connection.execute(LINKS.insert(), rows)
    codes = [log_content.code(record) for record in range(count)]
    Selection(hub.database, integration_id).mark("product", [(code, code) for code in codes], "bench", now)


def _proposals(hub: Hub, integration_id: int, route_id: int, count: int, now: datetime) -> None:
    """Pairs of items without a link; one in ten has a second one that could be it."""
    pairs = [
        Pairing(f"NEW-{number}", f"NEW-{number}", f"new-{number}-{place}", f"NEW-{number}", 100 - place, "code")
        for number in range(count)
        for place in range(1 if number % 10 else 2)
    ]
    proposals = Proposals(hub.database, route_id, integration_id, "variant", "erp")
    proposals.put(pairs, now)
    proposals.settle(now)


def cause_of(number: int) -> str:
    """The cause of a failure."""
    return f"CAUSE_{number % CAUSES:02}"


def troubles(first: int, count: int) -> Iterator[Trouble]:
    """So many failures from a number on."""
    for number in range(first, first + count):
        code = log_content.code(number)
        said = f"Title of {code} is too long (line {number})"
        yield Trouble(code, code, cause_of(number), "", "Correct the field in the ERP.", said, False, number + 1)


def _failures(hub: Hub, load: Load, end: datetime) -> None:
    """Of the routes in turn, a moment after one another; the newest are the last."""
    routes = len(log_content.ROUTES)
    for turn, first in enumerate(range(0, load.failures, _PART)):
        count = min(_PART, load.failures - first)
        at = end - timedelta(minutes=5) * (load.failures - first) / _PART
        hub.failures.record(turn % routes + 1, list(troubles(first, count)), at)


def _acts(hub: Hub, name: str, count: int, end: datetime) -> None:
    with hub.database.write() as connection:
        for part in chunks(range(count)):
            rows = [
                {
                    "at": end - timedelta(minutes=count - number),
                    "actor": "ann",
                    "action": "set",
                    "subject": f"{name}: settings",
                    "before": {"price_list": number},
                    "after": {"price_list": number + 1},
                }
                for number in part
            ]
            connection.execute(AUDIT.insert(), rows)


def _settle(hub: Hub) -> None:
    """What a PostgreSQL does by itself after a while, done now: statistics, and what is visible to all."""
    for database in {hub.database.engine.url: hub.database, hub.log_database.engine.url: hub.log_database}.values():
        if database.engine.dialect.name == "postgresql":
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
