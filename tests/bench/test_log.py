"""The bench of the log on a small one: it writes what it says, finds what is there, and its figures add up."""

from __future__ import annotations

import pytest

from bench import log, log_content
from bench.log import Mark
from bench.log_queries import looks
from message_log.entries import Verdict

MESSAGES = 1_500


def test_all_that_is_written_is_in_the_log_without_its_secrets() -> None:
    said: list[str] = []
    result = log.run(MESSAGES, said.append)
    assert (result["closed"], result["exchanges"], result["payloads"]) == (MESSAGES, MESSAGES, 2 * MESSAGES)
    assert (result["removed"], result["secrets_left"]) == (2, 0)
    assert len(result["pages"]) == 12
    assert result["page_ms_p95"] == max(result["pages"].values())
    assert 1_000 < result["bytes_per_message"] < 10_000
    assert len(said) > 12


def test_the_evidence_of_decisions_is_stored_when_it_is_asked_for() -> None:
    result = log.run(500, lambda _text: None, evidence=True)
    # Source, canonical form, request and response of each, and one diff that is the same for all.
    assert result["payloads"] == 4 * 500 + 1


def test_the_same_number_makes_the_same_message_and_no_body_comes_twice() -> None:
    written = list(log_content.messages(5_000, 2_000, evidence=False))
    assert written[7].opening == next(log_content.messages(5_007, 1, evidence=False)).opening
    calls = [part.exchange for one in written for part in one.closing.attempts[0].parts]
    bodies = [body for call in calls for body in (call.request, call.response) if isinstance(body, bytes)]
    assert len(set(bodies)) == 2 * len(written)
    assert all(1_000 < len(body) < 2_000 for body in bodies)


def test_every_turn_meets_every_record_once_in_another_order() -> None:
    turns = [
        [log_content.record_of(turn * log_content.RECORDS + n) for n in range(log_content.RECORDS)] for turn in (0, 4)
    ]
    assert [len(set(turn)) for turn in turns] == [log_content.RECORDS] * 2
    assert turns[0][:50] != turns[1][:50]
    assert turns[0] != sorted(turns[0])


def test_one_in_a_hundred_thousand_is_rare() -> None:
    rare = [number for number in range(250_000) if log_content.is_rare(number)]
    assert len(rare) == 3
    (message,) = log_content.messages(rare[0], 1, evidence=False)
    assert (message.closing.verdict, message.closing.cause) == (Verdict.FAILED, log_content.RARE)


def test_the_looks_are_twelve_of_which_three_find_nothing() -> None:
    twelve = looks(1_000_000)
    assert len({look.name for look in twelve}) == 12
    assert [look.hits for look in twelve].count(False) == 3


@pytest.mark.parametrize(("share", "expected"), [(0.95, 19.0), (0.5, 10.0), (1.0, 20.0)])
def test_a_percentile_is_a_sample(share: float, expected: float) -> None:
    assert log.percentile([float(number) for number in range(20, 0, -1)], share) == expected


def test_rates_and_costs_are_those_between_two_marks() -> None:
    before, after = Mark(100, 1.0, 0.5), Mark(300, 2.0, 0.6)
    assert after.rate(before) == 200
    assert round(after.cost(before)) == 500
