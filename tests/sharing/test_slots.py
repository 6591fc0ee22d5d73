"""Places for calls that all workers share. Each worker has a door to the database of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import sleep

import pytest
from sqlalchemy import text

from hub.sharing import slots
from hub.sharing.keeper import Keeper
from hub.sharing.slots import LIFE, Crowd, SharedSlots, Table
from hub.store.database import Database, make_engine
from hub.store.limits import SLOTS

from .conftest import Time, counting_writes

MOST = 4


class Worker:
    """One worker's part of the places."""

    def __init__(self, url: str, connection_id: int, name: str, time: Time) -> None:
        self.database = Database(make_engine(url))
        self.keeper = Keeper(by_itself=False)
        self.time = time
        self.table = Table(self.database, connection_id, name, MOST, time.clock)
        self.slots = SharedSlots(self.table, self.keeper, time.clock)

    def enters(self) -> bool:
        """Whether a call may begin now, or as soon as the table may be asked again."""
        if self.slots.enter_at_once() or self.slots.enter():
            return True
        self.time.sleep(0.6)
        return self.slots.enter()

    def fill(self) -> int:
        """Begin as many calls as possible."""
        begun = 0
        while self.enters():
            begun += 1
        return begun


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


def test_who_wishes_gets_a_fair_part() -> None:
    assert Crowd(1, 1).fair(4) == 2
    assert Crowd(2, 1).fair(4) == 1
    assert Crowd(8, 1).fair(4) == 1, "nobody is left without one for ever"
    assert Crowd(2, 1).allowed(4) == 2, "what does not divide evenly is used as well"
    assert Crowd(2, 0).allowed(4) == 4


def test_one_worker_alone_has_all_places(worker: Make) -> None:
    assert worker("a").fill() == MOST


def test_all_workers_together_have_no_more(worker: Make) -> None:
    workers = [worker(name) for name in "abc"]
    begun = [0, 0, 0]
    for _ in range(4):
        for place, one in enumerate(workers):
            begun[place] += one.slots.enter()
    assert sum(begun) == MOST


def test_a_place_goes_from_call_to_call_without_the_table(worker: Make) -> None:
    a = worker("a")
    assert a.enters()
    a.database.engine.dispose()
    for _ in range(1000):
        a.slots.leave()
        assert a.slots.enter_at_once()


def test_in_steady_use_the_table_is_written_every_two_seconds_however_many_calls_there_are(
    worker: Make, time: Time
) -> None:
    a = worker("a")
    assert a.fill() == MOST
    with counting_writes(a.database) as writes:
        for _ in range(240):
            for _ in range(25):
                a.slots.leave()
                assert a.slots.enter_at_once()
            time.sleep(0.25)
            a.keeper.tend()
    assert len(writes) <= 60 / 1.5, "6,000 calls in a minute"


def test_an_idle_place_is_given_back_at_once_to_who_wishes_for_it(worker: Make, time: Time) -> None:
    a, b = worker("a"), worker("b")
    assert a.fill() == MOST
    assert not b.enters()
    for _ in range(MOST):
        a.slots.leave()
    a.keeper.tend()
    assert b.enters()


def test_a_place_in_use_is_handed_over_when_its_call_ends(worker: Make, time: Time) -> None:
    a, b = worker("a"), worker("b")
    assert a.fill() == MOST
    assert not b.enters()
    a.keeper.tend()
    a.slots.leave()
    assert not a.slots.enter_at_once(), "it is promised to somebody else"
    a.keeper.tend()
    assert b.enters()


def test_who_has_a_fair_part_keeps_it(worker: Make, time: Time) -> None:
    a, b = worker("a"), worker("b")
    assert a.fill() == MOST
    assert not b.enters()
    for _ in range(2):
        a.slots.leave()
        a.keeper.tend()
    assert b.fill() == 2
    for _ in range(4):
        time.sleep(1)
        a.keeper.tend()
        b.keeper.tend()
        for one in (a, b):
            one.slots.leave()
            assert one.slots.enter_at_once()


def test_an_idle_place_is_given_back_after_a_second_even_if_nobody_wishes_for_it(worker: Make, time: Time) -> None:
    a = worker("a")
    assert a.fill() == MOST
    for _ in range(3):
        a.slots.leave()
    time.sleep(1)
    a.keeper.tend()
    time.sleep(1)
    a.keeper.tend()
    assert a.table._slots.holders(a.table._connection_id, time.now) == {"a": 1}


def test_a_long_call_keeps_its_place(worker: Make, time: Time) -> None:
    a, b = worker("a"), worker("b")
    assert a.fill() == MOST
    for _ in range(20):
        time.sleep(1)
        a.keeper.tend()
    assert not b.enters()


def test_the_places_of_a_worker_that_died_are_free_when_their_time_has_passed(worker: Make, time: Time) -> None:
    dead, alive = worker("dead"), worker("alive")
    assert dead.fill() == MOST
    assert not alive.enters()
    time.sleep(LIFE.total_seconds())
    assert alive.fill() == MOST


def test_a_worker_that_stood_still_begins_nothing_on_places_it_has_lost(worker: Make, time: Time) -> None:
    still, other = worker("still"), worker("other")
    assert still.fill() == MOST
    for _ in range(MOST):
        still.slots.leave()
    time.sleep(90)
    assert other.fill() == MOST
    assert not still.enters()


def test_with_more_workers_than_places_everybody_has_a_turn(worker: Make, time: Time) -> None:
    workers = [worker(str(number)) for number in range(MOST + 2)]
    served: set[int] = set()
    busy: list[int] = []
    for _ in range(80):
        for number in busy:
            workers[number].slots.leave()
        busy = []
        for number, one in enumerate(workers):
            if one.slots.enter():
                busy.append(number)
                served.add(number)
        assert len(busy) <= MOST
        time.sleep(0.25)
        for one in workers:
            one.keeper.tend()
    assert served == set(range(MOST + 2))


def test_who_waits_for_a_place_comes_before_who_comes_back(worker: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    a = worker("a")
    assert a.fill() == MOST
    monkeypatch.setattr(slots, "_LOOK_UP", 10)
    got: list[bool] = []
    waiting = threading.Thread(target=lambda: got.append(a.slots.enter()))
    waiting.start()
    while not a.slots._waiting:
        sleep(0.001)
    a.slots.leave()
    assert not a.slots.enter_at_once(), "it is promised to the one who waits"
    waiting.join()
    assert got == [True]


def test_a_process_that_ends_leaves_its_places_to_others(worker: Make, time: Time) -> None:
    a, b = worker("a"), worker("b")
    assert a.fill() == MOST
    a.keeper.close()
    time.sleep(0.1)
    assert b.fill() == MOST


def test_a_place_that_ran_out_during_a_call_is_leased_anew(worker: Make, time: Time) -> None:
    a = worker("a")
    assert a.enters()
    time.sleep(10)
    a.slots.leave()
    assert not a.slots.enter_at_once()
    assert a.enters()


def test_a_store_that_is_away_costs_no_answer(worker: Make, time: Time, caplog: pytest.LogCaptureFixture) -> None:
    a = worker("a")
    assert a.fill() == MOST
    with a.database.write() as connection:
        connection.execute(SLOTS.delete())
        connection.execute(text("ALTER TABLE slot RENAME TO slot_away"))
    for _ in range(MOST):
        a.slots.leave()
    time.sleep(3)
    assert a.keeper.tend(), "tried again"
    assert "could not be tended" in caplog.text
