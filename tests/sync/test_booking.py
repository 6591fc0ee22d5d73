"""How often answered writes are booked: many at a time where many are under way, and soon where few are."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from hub.sync import apply
from message_log.ledger import Ledger
from tests.sync.conftest import Stage, counts


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages each booking has closed."""
    sizes: list[int] = []
    close = Ledger.close

    def noting(self: Ledger, closings: Any, *more: Any) -> int:
        done = close(self, closings, *more)
        sizes.append(done)
        return done

    monkeypatch.setattr(Ledger, "close", noting)
    return sizes


def test_answers_of_a_slow_platform_are_booked_together(
    stage: Stage, closed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "LONGEST_UNBOOKED", 60)
    for number in range(400):
        stage.erp.add_item(f"ITEM-{number}")
    stage.shop.pause = lambda: time.sleep(0.002)
    assert counts(stage.work("product", "initialize"))["created"] == 400
    # With four calls at a time 32 records are held at once, and room is made for as many.
    assert len(closed) <= 400 / 32 + 2, closed


def test_an_answer_does_not_wait_for_calls_that_hang(stage: Stage, closed: list[int]) -> None:
    for code in ("A", "B"):
        stage.erp.add_item(code)
    first = threading.Lock()
    waited: list[bool] = []

    def hang() -> None:
        if first.acquire(blocking=False):
            end = time.monotonic() + 10
            while not closed and time.monotonic() < end:
                time.sleep(0.01)
            waited.append(bool(closed))

    stage.shop.pause = hang
    assert counts(stage.work("product", "initialize"))["created"] == 2
    assert waited == [True], "the other record was booked meanwhile"
    assert closed == [1, 1]
