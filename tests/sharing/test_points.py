"""One bucket for all workers. Time is the test's own; each worker has a door to the database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from hub.errors import RunCancelled
from hub.platforms.budget import Bucket
from hub.sharing.keeper import Keeper
from hub.sharing.points import FIRST_ANSWER, TURN, Books, SharedBudget, Told, refreshed, shared_part
from hub.store.database import Database, make_engine
from hub.store.limits import Budgets, StoredBudget

from .conftest import NOON, Time, counting_writes


class Worker:
    """One worker's part of the budget."""

    def __init__(self, url: str, connection_id: int, name: str, time: Time) -> None:
        self.database = Database(make_engine(url))
        self.keeper = Keeper(by_itself=False)
        self.books = Books(self.database, connection_id, name, time.clock)
        self.budget = SharedBudget(self.books, self.keeper, time.clock)


Make = Callable[[str], Worker]


@pytest.fixture
def worker(url: str, connection_id: int, time: Time) -> Iterator[Make]:
    made: list[Worker] = []

    def make(name: str) -> Worker:
        made.append(Worker(url, connection_id, name, time))
        return made[-1]

    yield make
    for one in made:
        one.database.dispose()


@pytest.fixture
def row(database: Database, connection_id: int) -> Callable[[], float]:
    def available() -> float:
        stored = Budgets(database).lock(connection_id)
        assert stored is not None
        return stored.available

    return available


def grant(database: Database, connection_id: int, available: float, rate: float = 100) -> None:
    Budgets(database).put(connection_id, StoredBudget(20 * rate, available, rate, NOON))


# -- what follows from what -------------------------------------------------------------------------------------


def test_the_row_never_becomes_quite_as_full_as_the_bucket() -> None:
    assert shared_part(2000, 100) == 1900
    assert shared_part(100, 100) == 90
    assert refreshed(Bucket(2000, 2000, 100, NOON), None, NOON, NOON).available == 1900


def test_news_lower_the_row_and_never_raise_it() -> None:
    bucket = Bucket(2000, 500, 100, NOON)
    assert refreshed(bucket, Told(2000, 100, 300, NOON), NOON, NOON).available == 301
    assert refreshed(bucket, Told(2000, 100, 900, NOON), NOON, NOON).available == 500


def test_old_news_are_no_news() -> None:
    later = NOON + timedelta(seconds=10)
    assert refreshed(Bucket(2000, 500, 100, NOON), Told(2000, 100, 0, NOON), later, later).available == 1500


def test_another_plan_of_the_shop_is_heeded() -> None:
    fresh = refreshed(Bucket(2000, 1800, 100, NOON), Told(1000, 50, 1000, NOON), NOON, NOON)
    assert (fresh.maximum, fresh.restore_rate, fresh.available) == (1000, 50, 950)


# -- leasing ----------------------------------------------------------------------------------------------------


def test_one_call_goes_ahead_and_tells_the_others_what_there_is(worker: Make, time: Time) -> None:
    a, b = worker("a"), worker("b")
    first = a.budget.take(100)
    assert first.waited == 0
    with pytest.raises(RunCancelled):
        b.budget.take(100, pause=stopped)
    a.budget.correct(2000, 1990, 100, taken=first, spent=10)
    a.keeper.tend()
    time.sleep(0.01)
    assert b.budget.take(100, pause=stopped).waited == 0


def stopped(seconds: float) -> None:
    raise RunCancelled


def test_where_the_first_call_is_never_answered_another_one_goes_ahead(worker: Make, time: Time) -> None:
    a, b = worker("a"), worker("b")
    a.budget.take(100)
    share = b.budget.take(100, pause=time.sleep)
    assert FIRST_ANSWER.total_seconds() <= share.waited < FIRST_ANSWER.total_seconds() + 1


def test_where_the_first_call_fails_the_next_one_goes_ahead_at_once(worker: Make, time: Time) -> None:
    a, b = worker("a"), worker("b")
    a.budget.give_back(a.budget.take(100))
    a.keeper.tend()
    time.sleep(0.01)
    assert b.budget.take(100, pause=stopped).waited == 0


def test_all_workers_together_lease_what_there_is_and_no_more(
    database: Database, connection_id: int, worker: Make, time: Time
) -> None:
    grant(database, connection_id, 300)
    workers = [worker(name) for name in "abc"]
    for one in workers:
        assert one.budget.take(100, pause=stopped).waited == 0
    with pytest.raises(RunCancelled):
        workers[0].budget.take(10, pause=stopped)


def test_a_slice_serves_many_calls(database: Database, connection_id: int, worker: Make, time: Time) -> None:
    grant(database, connection_id, 0, rate=1000)
    a, calls = worker("a"), 0
    a.budget.take(10, pause=time.sleep)
    with counting_writes(a.database) as writes:
        while time.now < NOON + timedelta(seconds=30):
            a.budget.take(10, pause=time.sleep)
            calls += 1
    assert calls == pytest.approx(30 * 100, rel=0.1), "all that is restored is used"
    # Two slices a second; each is a turn taken (two statements), the row, and the turn passed on.
    assert len(writes) <= 30 * 2 * 4 * 1.2


def test_what_is_not_used_is_given_back(
    database: Database, connection_id: int, worker: Make, time: Time, row: Callable[[], float]
) -> None:
    grant(database, connection_id, 500, rate=100)
    a = worker("a")
    for _ in range(6):
        a.budget.take(10, pause=stopped)
    assert row() < 440
    time.sleep(1)
    assert not a.keeper.tend(), "nothing is held any more"
    assert row() == pytest.approx(500 - 60 + 100)


def test_a_dear_call_that_cost_little_gives_back_at_once(
    database: Database, connection_id: int, worker: Make, time: Time, row: Callable[[], float]
) -> None:
    grant(database, connection_id, 900)
    a = worker("a")
    share = a.budget.take(900, 300, pause=stopped)
    a.budget.correct(2000, 800, 100, taken=share, spent=300)
    a.keeper.tend()
    assert row() == pytest.approx(600 - 150)


def test_what_somebody_else_took_is_missed(
    database: Database, connection_id: int, worker: Make, time: Time, row: Callable[[], float]
) -> None:
    grant(database, connection_id, 1000)
    a = worker("a")
    share = a.budget.take(10, pause=stopped)
    a.budget.correct(2000, 0, 100, taken=share, spent=0)
    assert a.budget.take(50, pause=time.sleep).waited >= 0.4
    assert row() < 100


def test_what_is_leased_already_is_given_up_where_somebody_else_took_it(
    database: Database, connection_id: int, worker: Make, time: Time
) -> None:
    grant(database, connection_id, 1000)
    a = worker("a")
    shares = [a.budget.take(10, pause=stopped) for _ in range(4)]
    assert a.budget.take(10, pause=stopped).waited == 0, "a slice is left"
    a.budget.correct(2000, 0, 100, taken=shares[0], spent=0)
    with pytest.raises(RunCancelled):
        a.budget.take(10, pause=stopped)


def test_a_dear_call_of_one_worker_is_not_overtaken_by_the_cheap_ones_of_another(
    database: Database, connection_id: int, worker: Make, time: Time
) -> None:
    grant(database, connection_id, 50)
    dear, cheap = worker("dear"), worker("cheap")
    overtaken = 0

    def meanwhile(seconds: float) -> None:
        nonlocal overtaken
        time.sleep(seconds)
        try:
            cheap.budget.take(10, pause=stopped)
            overtaken += 1
        except RunCancelled:
            pass

    assert dear.budget.take(500, pause=meanwhile).waited == pytest.approx(4.5, abs=0.3)
    assert overtaken == 0


def test_the_turn_of_a_worker_that_died_passes(
    database: Database, connection_id: int, worker: Make, time: Time
) -> None:
    grant(database, connection_id, 0)
    with pytest.raises(RunCancelled):
        worker("dead").budget.take(500, pause=stopped)
    waited = worker("alive").budget.take(10, pause=time.sleep).waited
    assert TURN.total_seconds() <= waited < TURN.total_seconds() + 0.5


def test_who_is_stopped_passes_the_turn_on(database: Database, connection_id: int, worker: Make, time: Time) -> None:
    grant(database, connection_id, 0)
    a, b = worker("a"), worker("b")
    with pytest.raises(RunCancelled):
        a.budget.take(500, pause=stopped)
    a.keeper.tend()
    assert b.budget.take(10, pause=time.sleep).waited < 1


def test_more_than_the_bucket_holds_waits_for_a_full_one(
    database: Database, connection_id: int, worker: Make, time: Time
) -> None:
    grant(database, connection_id, 0)
    assert worker("a").budget.take(5000, pause=time.sleep).waited == pytest.approx(19, abs=0.3)


def test_a_process_that_ends_leaves_nothing_behind(
    database: Database, connection_id: int, worker: Make, time: Time, row: Callable[[], float]
) -> None:
    grant(database, connection_id, 500)
    a = worker("a")
    for _ in range(4):
        a.budget.take(10, pause=stopped)
    a.keeper.close()
    assert row() == pytest.approx(500 - 40)
