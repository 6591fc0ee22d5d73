"""Runs of one process share a connection's points, places and log-in."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from time import sleep
from typing import Any

import pytest

from hub.clock import now
from hub.errors import PlatformRefused, RunCancelled
from hub.platforms.limits import REFUSED_FOR, KeptHere, OneConnection, OneProcess
from hub.platforms.platform import Wiring
from hub.platforms.transport import Call, Transport

from .conftest import Scripted, Time, answer

READ = Call("read", "GET", "/x")


def test_each_connection_has_limits_of_its_own_and_always_the_same() -> None:
    limits = OneProcess()
    assert limits.of(1) is limits.of(1)
    assert limits.of(1) is not limits.of(2)


def test_what_one_run_has_spent_another_one_misses(time: Time) -> None:
    limits = OneProcess()
    first, second = limits.of(1).budget(time.clock), limits.of(1).budget(time.clock)
    first.correct(1000, 100, 100, taken=first.take(0, pause=time.sleep), spent=0)
    assert second.take(150, pause=time.sleep).waited == pytest.approx(0.5)
    assert limits.of(2).budget(time.clock).bucket is None


def test_a_run_that_is_stopped_while_it_waits_does_not_stop_another(time: Time) -> None:
    budget = OneConnection().budget(time.clock)
    budget.correct(1000, 0, 100, taken=budget.take(0), spent=0)

    def stopped(seconds: float) -> None:
        raise RunCancelled

    with pytest.raises(RunCancelled):
        budget.take(100, pause=stopped)
    assert budget.take(10, pause=time.sleep).waited == pytest.approx(0.1)


@pytest.mark.parametrize(("shared", "busiest"), [(True, 2), (False, 4)])
def test_two_runs_keep_to_the_places_of_one_connection(
    server: Scripted, time: Time, shared: bool, busiest: int
) -> None:
    def slow(connection: Any) -> None:
        server.take(0.05)
        connection.sendall(answer())

    server.replies = [slow]
    limits = OneProcess()
    runs = [
        Transport(
            "shop",
            server.url,
            wiring=Wiring(clock=time.clock, sleep=time.sleep, limits=limits.of(1 if shared else number)),
            concurrency=2,
        )
        for number in range(2)
    ]
    threads = [threading.Thread(target=run.send, args=(READ,)) for run in runs for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run in runs:
        run.close()
    assert server.busiest == busiest


def test_a_stopped_run_does_not_wait_for_a_place(server: Scripted, time: Time) -> None:
    limits = OneConnection()
    transport = Transport("shop", server.url, wiring=Wiring(limits=limits, sleep=time.sleep), concurrency=1)
    assert limits.slots(1, time.clock).enter_at_once()
    transport.stop.set()
    with pytest.raises(RunCancelled):
        transport.send(READ)
    assert server.requests == []


def test_who_waits_for_a_place_comes_before_who_comes_back() -> None:
    places = OneConnection().slots(1, now)
    assert places.enter_at_once()
    got: list[bool] = []
    waiting = threading.Thread(target=lambda: got.append(places.enter()))
    waiting.start()
    while not places._waiting:
        sleep(0.001)
    places.leave()
    assert not places.enter_at_once(), "it is promised to the one who waits"
    waiting.join()
    assert got == [True]
    places.leave()
    assert places.enter_at_once()


class Platform:
    def __init__(self) -> None:
        self.log_ins = 0
        self.refuses = False

    def log_in(self) -> tuple[Mapping[str, Any], timedelta]:
        self.log_ins += 1
        if self.refuses:
            raise PlatformRefused("wrong password")
        return {"session": self.log_ins}, timedelta(minutes=29)


def test_two_runs_use_one_log_in_and_the_last_one_ends_it(time: Time) -> None:
    place, erp = KeptHere(time.clock), Platform()
    place.join()
    place.join()
    for _ in range(2):
        assert place.renew("me", None, erp.log_in, time.sleep).value == {"session": 1}
    assert place.part() is None
    ended = place.part()
    assert ended is not None
    assert ended.value == {"session": 1}
    assert place.current("me") is None


def test_a_refused_password_is_not_tried_by_the_run_beside(time: Time) -> None:
    place, erp = KeptHere(time.clock), Platform()
    erp.refuses = True
    for _ in range(3):
        with pytest.raises(PlatformRefused, match="wrong password"):
            place.renew("me", None, erp.log_in, time.sleep)
    assert erp.log_ins == 1
    erp.refuses = False
    assert place.renew("with another password", None, erp.log_in, time.sleep).generation == 1
    time.sleep(REFUSED_FOR.total_seconds())
    assert place.renew("me", None, erp.log_in, time.sleep).generation == 2


def test_a_log_in_made_with_other_credentials_is_not_used(time: Time) -> None:
    place, erp = KeptHere(time.clock), Platform()
    place.renew("me", None, erp.log_in, time.sleep)
    assert place.current("somebody else") is None
