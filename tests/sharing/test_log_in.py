"""One log-in in the whole installation. Each worker has a door to the database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from hub.errors import PlatformRefused, PlatformUnavailable
from hub.platforms.limits import REFUSED_FOR, Kept
from hub.sharing.keeper import Keeper
from hub.sharing.log_in import TURN, Register, SharedLogIn
from hub.store.database import Database, make_engine
from hub.store.limits import Sessions
from hub.store.vault import Vault

from .conftest import NOON, Time

IDLE = timedelta(minutes=29)
ME = "the hub's user"


class Platform:
    """What is logged in to."""

    def __init__(self) -> None:
        self.log_ins = 0
        self.error: Exception | None = None

    def log_in(self) -> tuple[Mapping[str, Any], timedelta]:
        self.log_ins += 1
        if self.error is not None:
            raise self.error
        return {"session": f"s{self.log_ins}", "route": ".node1"}, IDLE


class Worker:
    def __init__(self, url: str, vault: Vault, connection_id: int, name: str, time: Time, erp: Platform) -> None:
        self.database = Database(make_engine(url))
        self.keeper = Keeper(by_itself=False)
        self.register = Register(self.database, vault, connection_id, name, time.clock)
        self.place = SharedLogIn(self.register, self.keeper, time.clock)
        self.time, self.erp = time, erp

    def ask(self, stale: int | None = None, who: str = ME) -> Kept:
        kept = self.place.current(who)
        if kept is None or kept.generation == stale:
            kept = self.place.renew(who, stale, self.erp.log_in, self.time.sleep)
        return kept


Make = Callable[[str], Worker]


@pytest.fixture
def erp() -> Platform:
    return Platform()


@pytest.fixture
def worker(url: str, vault: Vault, connection_id: int, time: Time, erp: Platform) -> Iterator[Make]:
    made: list[Worker] = []

    def make(name: str) -> Worker:
        made.append(Worker(url, vault, connection_id, name, time, erp))
        return made[-1]

    yield make
    for one in made:
        one.database.dispose()


def test_what_one_has_logged_in_all_use(worker: Make, erp: Platform) -> None:
    assert {worker(name).ask().value["session"] for name in "abc"} == {"s1"}
    assert erp.log_ins == 1


def test_workers_that_begin_together_log_in_once(worker: Make, erp: Platform) -> None:
    workers, start = [worker(name) for name in "abcd"], Barrier(4)

    def begin(one: Worker) -> str:
        start.wait()
        return str(one.ask().value["session"])

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(begin, workers)) == {"s1"}
    assert erp.log_ins == 1


def test_an_ended_session_is_replaced_once_for_all(worker: Make, erp: Platform) -> None:
    a, b = worker("a"), worker("b")
    old = a.ask().generation
    assert b.ask().generation == old
    assert a.ask(stale=old).value["session"] == "s2"
    assert b.ask(stale=old).value["session"] == "s2"
    assert erp.log_ins == 2


def test_the_session_is_kept_sealed(worker: Make, database: Database, connection_id: int) -> None:
    worker("a").ask()
    stored = Sessions(database).get(connection_id)
    assert stored is not None
    assert b"s1" not in stored.ticket
    assert b"node1" not in stored.ticket


def test_nobody_ends_what_others_use(worker: Make, erp: Platform) -> None:
    a, b = worker("a"), worker("b")
    a.place.join()
    a.ask()
    assert a.place.part() is None
    a.keeper.close()
    assert b.ask().value["session"] == "s1"


def test_a_session_that_others_use_is_not_idle(worker: Make, time: Time, erp: Platform) -> None:
    a, b = worker("a"), worker("b")
    a.ask()
    b.ask()
    for _ in range(40):
        time.sleep(60)
        b.ask()
    assert a.ask().value["session"] == "s1"


def test_a_session_that_nobody_uses_is_not_used_again(worker: Make, time: Time, erp: Platform) -> None:
    worker("a").ask()
    time.sleep(IDLE.total_seconds())
    assert worker("b").ask().value["session"] == "s2"


def test_a_refused_password_is_tried_once_for_all(worker: Make, time: Time, erp: Platform) -> None:
    erp.error = PlatformRefused("wrong password", detail="log-in -304")
    for name in "abc":
        with pytest.raises(PlatformRefused, match="wrong password") as caught:
            worker(name).ask()
        assert caught.value.detail == "log-in -304"
    assert erp.log_ins == 1


def test_a_mended_password_is_tried_at_once_and_the_same_one_later(worker: Make, time: Time, erp: Platform) -> None:
    a = worker("a")
    erp.error = PlatformRefused("wrong password")
    with pytest.raises(PlatformRefused):
        a.ask()
    erp.error = None
    assert a.ask(who="with another password").value["session"] == "s2"
    erp.error = PlatformRefused("wrong password")
    with pytest.raises(PlatformRefused):
        a.ask()
    erp.error = None
    time.sleep(REFUSED_FOR.total_seconds())
    assert a.ask().value["session"] == "s4"


def test_a_platform_that_is_down_is_no_refusal(worker: Make, erp: Platform) -> None:
    a, b = worker("a"), worker("b")
    erp.error = PlatformUnavailable("down")
    with pytest.raises(PlatformUnavailable):
        a.ask()
    erp.error = None
    assert b.ask().value["session"] == "s2"


def test_the_log_in_of_others_is_waited_for(worker: Make, time: Time, erp: Platform) -> None:
    slow, waits = worker("slow"), worker("waits")
    assert slow.register.take_turn()

    def done_meanwhile(seconds: float) -> None:
        time.sleep(seconds)
        slow.register.keep(ME, {"session": "of the other"}, IDLE)
        slow.register.end_turn()

    assert waits.place.renew(ME, None, erp.log_in, done_meanwhile).value["session"] == "of the other"
    assert erp.log_ins == 0


def test_a_log_in_that_was_made_in_the_very_moment_before_is_used(
    worker: Make, time: Time, erp: Platform, vault: Vault, connection_id: int
) -> None:
    other, first = worker("other"), True

    def moment() -> datetime:
        nonlocal first
        if first:
            # We have looked and found nothing; now somebody else logs in.
            first = False
            other.ask()
            time.sleep(0.01)
        return time.clock()

    register = Register(other.database, vault, connection_id, "late", moment)
    place = SharedLogIn(register, other.keeper, time.clock)
    assert register.read() is None
    assert place.renew(ME, None, erp.log_in, time.sleep).value["session"] == "s1"
    assert erp.log_ins == 1


def test_a_worker_that_died_while_it_logged_in_holds_nobody_up_for_long(
    worker: Make, time: Time, erp: Platform
) -> None:
    assert worker("dead").register.take_turn()
    assert worker("alive").ask().value["session"] == "s1"
    assert TURN <= time.now - NOON < TURN + timedelta(seconds=1)


def test_a_log_in_that_takes_long_is_not_doubled(worker: Make, time: Time, erp: Platform) -> None:
    slow, other = worker("slow"), worker("other")
    turns: list[bool] = []

    def long(seconds: float = 60) -> tuple[Mapping[str, Any], timedelta]:
        for _ in range(int(seconds)):
            time.sleep(1)
            slow.keeper.tend()
            turns.append(other.register.take_turn())
        return erp.log_in()

    slow.place.renew(ME, None, long, time.sleep)
    assert not any(turns)


def test_a_session_in_steady_use_is_written_about_once_a_minute(
    worker: Make, time: Time, database: Database, connection_id: int
) -> None:
    a, seen = worker("a"), set()
    for _ in range(180):
        a.ask()
        time.sleep(1)
        stored = Sessions(database).get(connection_id)
        assert stored is not None
        seen.add(stored.used_at)
    assert len(seen) == 3


def test_another_node_is_chosen_in_this_process_only(worker: Make) -> None:
    a, b = worker("a"), worker("b")
    kept = a.ask()
    a.place.amend(kept.generation, {"session": "s1", "route": ""})
    assert (a.ask().value["route"], b.ask().value["route"]) == ("", ".node1")
