from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.errors import (
    Changed,
    Conflict,
    HubError,
    InvalidRecord,
    OutcomeUnknown,
    PlatformRefused,
    PlatformUnavailable,
    RateLimited,
    WaitingForApproval,
    WritesStopped,
)
from hub.sync.verdict import VERDICTS, Failed, failed

LATER = datetime(2026, 11, 30, tzinfo=UTC)


def test_each_action_counts_as_what_it_did_and_linking_writes_nothing() -> None:
    assert VERDICTS == {
        "create": "created",
        "update": "updated",
        "cancel": "updated",
        "link": "unchanged",
        "unchanged": "unchanged",
        "skip": "skipped",
    }


def test_a_failure_says_what_happened_where_and_what_to_do() -> None:
    error = InvalidRecord("The barcode is too long.", detail="barcode", fix="Shorten it.")
    assert failed(error) == Failed("INVALID_FIELD", "barcode", "Shorten it.", "The barcode is too long.", waiting=False)


@pytest.mark.parametrize(
    ("error", "waiting"),
    [
        (OutcomeUnknown(), True),
        (PlatformUnavailable(), True),
        (RateLimited(), True),
        (Changed(), True),
        (Conflict(), False),
        (PlatformRefused(), False),
        (WritesStopped(), False),
    ],
)
def test_only_trouble_that_time_may_cure_waits(error: HubError, waiting: bool) -> None:
    assert failed(error).waiting is waiting


def test_a_moment_before_which_trying_is_pointless_is_kept() -> None:
    assert failed(OutcomeUnknown(), LATER).not_before == LATER
    assert failed(OutcomeUnknown()).not_before is None


def test_what_was_not_tried_is_no_further_failure_nor_is_looking_for_an_approval() -> None:
    assert failed(Changed()).tried is True
    assert failed(Changed(), tried=False).tried is False
    assert failed(WaitingForApproval()).tried is False
