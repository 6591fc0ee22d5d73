"""The bench of schedules on a few: a clock is killed, what is lost and doubled would be found, and figures add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench import dst, schedules
from hub.bootstrap import Hub
from hub.config import from_environment
from hub.store.job import Request
from hub.store.jobs import Jobs
from hub.store.schedules import Due, Move
from scheduler.clockwork import Clockwork
from tests.databases import new_hub

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
COUNT = 40


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = new_hub(from_environment({"HUB_HOME": str(tmp_path)}), clock=lambda: NOW)
    yield made
    made.close()


def test_a_clock_that_is_killed_among_others_loses_and_doubles_nothing() -> None:
    said: list[str] = []
    result = schedules.run(said.append, count=1_200, lease=timedelta(seconds=1.5), batch=20)
    words = "\n".join(said)
    assert (result["lost"], result["doubled"], result["inserted"]) == (0, 0, 1_200), words
    assert 0 < result["killed_at"] < 1_200, words
    assert result["takeover_s"] > 0, words
    assert {"start_s", "idle_tick_ms", "due_1200_s", "done_after_takeover_s"} < result.keys()


class Gone(Exception):
    """The process ends here."""


class Careless(Clockwork):
    """Moves schedules on in one transaction, and inserts their jobs in the next: in the second batch it is killed."""

    batches = 0

    @contextmanager
    def _fenced(self, now: datetime) -> Iterator[bool]:
        yield True

    def _carry_on(self, due: Sequence[Due], now: datetime) -> int:
        self.batches += 1
        if self.batches == 2:
            later = now + timedelta(days=1)
            self._hub.schedules.advance([Move(one.stored.route_id, later, "Asia/Tokyo") for one in due])
            raise Gone
        return super()._carry_on(due, now)


def test_a_clock_that_moves_schedules_on_and_inserts_apart_loses_what_it_was_at(hub: Hub) -> None:
    plan = schedules.fill(hub, COUNT, NOW, NOW)
    assert schedules.measure(hub, plan).lost == COUNT
    with pytest.raises(Gone):
        Careless(hub, "careless", batch=8).tick(NOW)
    Clockwork(hub, "careless").tick(NOW)
    assert schedules.measure(hub, plan) == schedules.Findings(lost=8, doubled=0)


def test_a_job_too_many_is_found(hub: Hub) -> None:
    plan = schedules.fill(hub, COUNT, NOW, NOW)
    Clockwork(hub, "one").tick(NOW)
    assert schedules.measure(hub, plan) == schedules.Findings(0, 0)
    route = next(iter(plan))
    Jobs(hub.database).put(Request(route, "changes", "schedule", "x", planned_at=NOW + timedelta(seconds=1)), NOW)
    assert schedules.measure(hub, plan) == schedules.Findings(0, 1)


def test_the_matrix_says_what_it_compared() -> None:
    result = dst.run(lambda _text: None, (2018, 2019))
    assert (result["wrong"], result["ok"]) == (0, True)
    assert result["cron_failing_schedules"] > 10
