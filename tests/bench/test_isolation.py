"""When a job counts as waiting for a place of the dead company, and what the bench's figures come to."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from bench.fleet import Stretch
from bench.isolation import Turn, dead_port, judged, longest_wait, turn_of

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def run(company: str, start: float, end: float | None) -> Stretch:
    ended = None if end is None else AT + timedelta(seconds=end)
    return Stretch(company, "done", AT + timedelta(seconds=start), ended, {})


def wait(*runs: Stretch) -> float:
    return longest_wait(runs, "dead", AT, 2)


def test_who_waits_while_the_dead_one_has_one_of_all_places_waits_for_it() -> None:
    assert wait(run("dead", 0, 5), run("a", 0, 9), run("b", 5, 6)) == 5


def test_who_waits_for_the_living_alone_does_not() -> None:
    assert wait(run("c", 0, 5), run("a", 0, 9), run("b", 5, 6)) == 0


def test_nobody_waits_for_the_dead_one_while_there_is_a_place() -> None:
    assert wait(run("dead", 0, 5), run("b", 4, 6)) == 0


def test_a_dead_one_that_is_beyond_the_places_takes_none() -> None:
    # The living have both places, so they are what is waited for.
    assert wait(run("dead", 0, None), run("a", 0, 9), run("c", 0, 5), run("b", 5, 6)) == 0


def test_a_job_waits_for_those_of_its_own_company_before_it_waits_for_a_place() -> None:
    assert wait(run("dead", 0, 8), run("a", 0, 4), run("c", 4, 8), run("a", 8, 9)) == 4


def test_a_dead_one_that_has_not_ended_has_its_place_to_the_end() -> None:
    assert wait(run("dead", 0, None), run("a", 0, 3), run("b", 3, 4)) == 3


def test_a_turn_takes_each_company_until_its_last_job_is_done() -> None:
    made = turn_of([run("a", 0, 2), run("b", 0, 3), run("a", 2, 5), run("dead", 0, 60)], "dead", AT, 8)
    assert made == Turn({"a": 5, "b": 3}, 0)
    assert made.last == 5


def test_the_bar_is_for_each_company_and_for_all_and_for_the_waiting() -> None:
    usual = [Turn({"a": 10, "b": 12}, 0)] * 3
    assert judged([Turn({"a": 11, "b": 13}, 0)] * 3, usual, 9, print)["ok"]
    assert not judged([Turn({"a": 13, "b": 16}, 0)] * 3, usual, 9, print)["ok"]
    assert not judged([Turn({"a": 10, "b": 16}, 0)] * 3, usual, 9, print)["ok"]
    late = judged([Turn({"a": 10, "b": 12}, wait) for wait in (0, 2.5, 0)], usual, 9, print)
    assert (late["ok"], late["longest_wait_s"], late["slowdown"]) == (False, 2.5, 1.0)


def test_the_dead_port_takes_a_connection_and_says_nothing() -> None:
    with dead_port() as port, socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
