"""What a person asks for, and the word about it in the trail: both, or neither; and what comes before what."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub import covering, matching
from hub.bootstrap import Hub
from hub.linking.accepting import Chosen
from hub.linking.sheet import Line
from hub.queueing import cancel
from hub.starting import look, start
from hub.store.job import SCHEDULE, SYNC_NOW, Request
from hub.store.routes import Route
from tests.sync.conftest import Stage


def asked(stage: Stage) -> Request:
    return Request(stage.route("product").id, "changes", "sync now", "ann")


def fail(*_: object, **__: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("ask", [start, look])
def test_what_could_not_be_put_in_is_not_in_the_trail(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Hub, Request], int]
) -> None:
    monkeypatch.setattr(stage.hub.jobs, "put", fail)
    with pytest.raises(ZeroDivisionError):
        ask(stage.hub, asked(stage))
    assert list(stage.hub.audit.newest()) == []


def test_a_job_is_not_cancelled_without_a_word(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    job = stage.hub.jobs.put(asked(stage), stage.clock())
    monkeypatch.setattr(stage.hub.audit, "note", fail)
    with pytest.raises(ZeroDivisionError):
        cancel(stage.hub, stage.hub.jobs.get(job))
    assert stage.hub.jobs.get(job).state == "waiting"


@pytest.mark.parametrize(
    "long",
    [
        matching.propose,
        lambda hub, route: matching.validate(hub, route, [Line(1, "MUG", "1")]),
        covering.look,
    ],
    ids=["propose", "validate", "coverage"],
)
def test_what_reads_a_whole_side_comes_after_what_is_due(stage: Stage, long: Callable[[Hub, Route], int]) -> None:
    route = stage.route("product")
    job = long(stage.hub, route)
    assert stage.hub.jobs.get(job).priority < SCHEDULE


def test_what_somebody_waits_for_comes_first(stage: Stage) -> None:
    job = matching.accept(stage.hub, stage.route("product"), Chosen(least=80), 1)
    assert stage.hub.jobs.get(job).priority == SYNC_NOW
