"""What goes when it is old enough, what stays whatever its age, and how little is done at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Table, event, func, select

from message_log.entries import Evidence, Exchange, Level, Opening, Policy, Verdict
from message_log.ledger import Ledger
from message_log.models import ATTEMPT, EXCHANGE, MESSAGE, MESSAGE_EXCHANGE, MESSAGE_PERSON, PAYLOAD
from message_log.queries import Queries
from message_log.retention import BARE, BATCH, Keep, Retention
from message_log.streams import Filters

Make = Callable[..., Any]

DAY = timedelta(days=1)
KEEP = {"acme": Keep(done=90 * DAY, failed=365 * DAY)}
FULL = Policy(level=Level.FULL)
TABLES = (MESSAGE, ATTEMPT, EXCHANGE, MESSAGE_EXCHANGE, MESSAGE_PERSON, PAYLOAD)


@pytest.fixture
def retention(engine: Engine) -> Retention:
    return Retention(engine)


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def ids(engine: Engine, table: Table = MESSAGE) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(select(table.c.id).order_by(table.c.id)))


def settled(ledger: Ledger, opening: Make, closing: Make, *exchanges: Exchange, **changes: Any) -> int:
    verdict = changes.pop("verdict", Verdict.UPDATED)
    key = changes.pop("key", "MUG")
    ending = closing(verdict, *exchanges, cause="X" if verdict is Verdict.FAILED else None)
    (message,) = ledger.settled([(opening(key, **changes), ending)])
    return message


def test_messages_go_by_how_they_ended_and_by_their_age(
    ledger: Ledger, engine: Engine, retention: Retention, opening: Make, closing: Make, clock: Any
) -> None:
    for verdict in (Verdict.UPDATED, Verdict.SKIPPED, Verdict.FAILED):
        settled(ledger, opening, closing, verdict=verdict)
    clock.pass_by(days=10)
    young = settled(ledger, opening, closing)
    assert retention.messages(KEEP, clock() + 79 * DAY).messages == {}
    swept = retention.messages(KEEP, clock() + 81 * DAY)
    assert (swept.messages, swept.whole) == ({"updated": 1, "skipped": 1}, True)
    assert ids(engine) == [3, young]
    assert retention.messages(KEEP, clock() + 356 * DAY).messages == {"updated": 1, "failed": 1}
    assert ids(engine) == []


def test_nothing_of_a_message_is_left_behind(
    ledger: Ledger, engine: Engine, retention: Retention, queries: Queries, opening: Make, closing: Make, exchange: Make
) -> None:
    made = opening(persons=("ann@shop.example",), evidence=Evidence(b"source", b"canonical", b"diff"))
    ledger.settled([(made, closing(Verdict.UPDATED, exchange(), exchange(request=b"again")))])
    assert all(count(engine, table) for table in TABLES)
    later = made_at(engine) + 91 * DAY
    swept = retention.messages(KEEP, later)
    assert (swept.messages, swept.exchanges) == ({"updated": 1}, 2)
    assert retention.bodies().bodies == 6
    assert [count(engine, table) for table in TABLES] == [0] * 6
    assert queries.page(Filters(text="MUG")).entries == ()


def made_at(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.scalar(select(func.min(MESSAGE.c.opened_at)))


def test_the_text_index_finds_what_stays_and_nothing_else(
    ledger: Ledger, retention: Retention, queries: Queries, opening: Make, closing: Make, clock: Any
) -> None:
    settled(ledger, opening, closing, key="MUG-OLD")
    clock.pass_by(days=60)
    stays = settled(ledger, opening, closing, key="MUG-NEW")
    retention.messages(KEEP, clock() + 31 * DAY)
    assert [entry.id for entry in queries.page(Filters(text="mug")).entries] == [stays]
    assert queries.page(Filters(text="old")).entries == ()


def test_an_open_message_and_one_that_somebody_points_to_stay(
    ledger: Ledger, engine: Engine, retention: Retention, opening: Make, closing: Make, clock: Any
) -> None:
    (still_open,) = ledger.open([opening()])
    pointed_to = settled(ledger, opening, closing, verdict=Verdict.FAILED)
    settled(ledger, opening, closing, verdict=Verdict.FAILED)
    swept = retention.messages(KEEP, clock() + 1000 * DAY, frozenset({pointed_to}))
    assert swept.messages == {"failed": 1}
    assert ids(engine) == [still_open, pointed_to]


def test_a_message_that_was_closed_lately_counts_by_its_end(
    ledger: Ledger, engine: Engine, retention: Retention, opening: Make, closing: Make, clock: Any
) -> None:
    (message,) = ledger.open([opening()])
    clock.pass_by(days=100)
    ledger.close([(message, closing())])
    assert retention.messages(KEEP, clock() + DAY).messages == {}
    assert ids(engine) == [message]


def test_an_integration_that_is_not_named_is_left_alone(
    ledger: Ledger, engine: Engine, retention: Retention, opening: Make, closing: Make, clock: Any
) -> None:
    theirs = settled(ledger, opening, closing, integration="nordwind", route=2)
    settled(ledger, opening, closing)
    assert retention.messages(KEEP, clock() + 1000 * DAY).messages == {"updated": 1}
    assert ids(engine) == [theirs]


def test_an_exchange_that_served_a_batch_stays_until_its_last_message_goes(
    ledger: Ledger, engine: Engine, retention: Retention, opening: Make, closing: Make, exchange: Make, clock: Any
) -> None:
    call = exchange()
    ledger.settled([(opening("A"), closing(Verdict.UPDATED, call)), (opening("B"), closing(Verdict.FAILED, call))])
    assert retention.messages(KEEP, clock() + 100 * DAY).exchanges == 0
    retention.bodies()
    assert (count(engine, EXCHANGE), count(engine, PAYLOAD)) == (1, 2)
    assert retention.messages(KEEP, clock() + 400 * DAY).exchanges == 1
    retention.bodies()
    assert (count(engine, EXCHANGE), count(engine, PAYLOAD)) == (0, 0)


def test_exchanges_of_no_message_go_sooner_and_by_their_connection(
    ledger: Ledger, engine: Engine, retention: Retention, opening: Make, closing: Make, exchange: Make, clock: Any
) -> None:
    settled(ledger, opening, closing, exchange())
    ledger.record([exchange(request=b"old"), exchange(connection="acme-erp"), exchange(connection="other")], FULL)
    clock.pass_by(days=10)
    ledger.record([exchange(started_at=clock())], FULL)
    keep = {"acme-shop": 14 * DAY, "acme-erp": 30 * DAY}
    assert retention.exchanges(keep, clock() + 5 * DAY, only_count=True).exchanges == 1
    assert retention.exchanges(keep, clock() + 5 * DAY).exchanges == 1
    # The one of the message, the ones that are kept longer, and the young one.
    assert ids(engine, EXCHANGE) == [1, 3, 4, 5]
    assert retention.exchanges({}, clock() + 500 * DAY).exchanges == 0


def test_a_body_that_a_later_message_shares_stays(
    ledger: Ledger, engine: Engine, retention: Retention, opening: Make, closing: Make, exchange: Make, clock: Any
) -> None:
    settled(ledger, opening, closing, exchange(request=b"first", response=b"same"))
    clock.pass_by(days=80)
    stays = settled(ledger, opening, closing, exchange(request=b"second", response=b"same", started_at=clock()))
    retention.messages(KEEP, clock() + 20 * DAY)
    assert retention.bodies().bodies == 1
    with engine.connect() as connection:
        kept = connection.execute(select(EXCHANGE.c.request, EXCHANGE.c.response)).one()
    assert ids(engine) == [stays]
    assert ids(engine, PAYLOAD) == sorted(kept)


def test_a_body_that_is_referred_to_while_the_sweep_is_on_stays(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, clock: Any
) -> None:
    """The open message is given a body that nobody referred to when the references were looked through."""
    (message,) = ledger.open([opening()])
    ledger.settled([(opening("B", evidence=Evidence(source=b"same")), closing())])
    Retention(engine).messages(KEEP, clock() + 100 * DAY)

    def fail_it() -> None:
        ledger.close([(message, closing(Verdict.FAILED, cause="X", evidence=Evidence(source=b"same")))])

    sweep = Retention(engine, stop=once_when(lambda: bool(ids(engine, PAYLOAD)), fail_it))
    assert sweep.bodies().bodies == 0
    assert ids(engine, PAYLOAD) == [1]


def once_when(holds: Callable[[], bool], act: Callable[[], None]) -> Callable[[], bool]:
    """A stop flag that never stops: it acts the second time it is asked, which is when all is looked through."""
    asked: list[None] = []

    def stop() -> bool:
        asked.append(None)
        # Once within each table, and once after it.
        if len(asked) == 3 and holds():
            act()
        return False

    return stop


def test_a_ledger_that_remembers_a_body_stores_it_again_once_it_is_gone(
    ledger: Ledger, engine: Engine, retention: Retention, opening: Make, closing: Make, clock: Any
) -> None:
    ledger.settled([(opening(evidence=Evidence(source=b"same")), closing())])
    retention.messages(KEEP, clock() + 100 * DAY)
    assert retention.bodies().bodies == 1
    (message,) = ledger.settled([(opening(evidence=Evidence(source=b"same")), closing())])
    with engine.connect() as connection:
        source = connection.scalar(select(MESSAGE.c.source).where(MESSAGE.c.id == message))
    assert [source] == ids(engine, PAYLOAD)


def test_a_sweep_that_was_stopped_goes_on_where_it_ended(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, clock: Any
) -> None:
    ledger.settled([(opening(str(number)), closing()) for number in range(250)])
    turns: list[None] = []
    stopping = Retention(engine, pause=lambda: turns.append(None), stop=lambda: len(turns) >= 1)
    swept = stopping.messages(KEEP, clock() + 100 * DAY)
    assert (swept.messages, swept.whole) == ({"updated": BATCH}, False)
    rest = Retention(engine).messages(KEEP, clock() + 100 * DAY)
    assert (rest.messages, rest.whole) == ({"updated": 250 - BATCH}, True)
    assert ids(engine) == []


def test_counting_removes_nothing(
    ledger: Ledger, engine: Engine, retention: Retention, opening: Make, closing: Make, clock: Any
) -> None:
    for verdict in (Verdict.UPDATED, Verdict.CREATED, Verdict.FAILED):
        settled(ledger, opening, closing, verdict=verdict)
    swept = retention.messages(KEEP, clock() + 100 * DAY, only_count=True)
    assert swept.messages == {"updated": 1, "created": 1}
    assert len(ids(engine)) == 3


def test_an_empty_log_has_nothing_to_sweep(retention: Retention, clock: Any) -> None:
    assert retention.messages(KEEP, clock()).messages == {}
    assert retention.exchanges({"acme-shop": DAY}, clock()).exchanges == 0
    assert retention.bodies().bodies == 0


# -- at scale -------------------------------------------------------------------------------------------------------

MANY = 20_000


@dataclass
class Transactions:
    """Rows that each transaction of an engine has changed."""

    rows: list[int] = field(default_factory=list)


@contextmanager
def watched(engine: Engine) -> Iterator[Transactions]:
    """Count rows by what the driver says of each statement."""
    seen = Transactions()

    def begin(_connection: Any) -> None:
        seen.rows.append(0)

    def executed(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("DELETE", "INSERT", "UPDATE")):
            seen.rows[-1] += cursor.rowcount

    event.listen(engine, "begin", begin)
    event.listen(engine, "after_cursor_execute", executed)
    try:
        yield seen
    finally:
        event.remove(engine, "begin", begin)
        event.remove(engine, "after_cursor_execute", executed)


def test_transactions_stay_small_however_much_there_is_to_remove(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, exchange: Make, clock: Any
) -> None:
    for start in range(0, MANY, 1000):
        ledger.settled([_big(number, opening, closing, exchange) for number in range(start, start + 1000)])
    assert (count(engine, MESSAGE), count(engine, EXCHANGE)) == (MANY, MANY)
    turns: list[None] = []
    with watched(engine) as seen:
        retention = Retention(engine, pause=lambda: turns.append(None))
        messages = retention.messages(KEEP, clock() + 100 * DAY)
        bodies = retention.bodies()
    assert messages.messages.total() == MANY - MANY // 10
    assert (count(engine, MESSAGE), count(engine, EXCHANGE)) == (MANY // 10, MANY // 10)
    assert bodies.bodies == 2 * (MANY - MANY // 10)
    writing = [rows for rows in seen.rows if rows]
    # A message, its line in the text index, its attempt, exchange and link, and its person.
    assert max(writing) <= max(6 * BATCH, BARE)
    assert len(turns) >= len(writing) >= MANY * 9 // 10 // BATCH


def _big(number: int, opening: Make, closing: Make, exchange: Make) -> tuple[Opening, Any]:
    verdict = Verdict.FAILED if number % 10 == 0 else Verdict.UPDATED
    call = exchange(request=str(number).encode(), response=None)
    made = opening(f"K{number}", persons=(f"c{number}",), evidence=Evidence(source=f"s{number}".encode()))
    return made, closing(verdict, call, cause="X" if verdict is Verdict.FAILED else None)
