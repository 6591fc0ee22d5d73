"""Two people who press at the same moment: each is answered by what is so, and nobody's work is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from hub import covering, drafting, matching
from hub.configuration.draft import Document
from hub.errors import ConfigurationError
from hub.planning import apply, ask, give_up
from hub.store.coverage import CoverageBook
from hub.store.job import Request
from hub.store.jobs import Jobs
from hub.store.pairings import Pairings
from hub.store.plans import Plan
from tests.sync.conftest import Stage, staged


@pytest.fixture
def stage(tmp_path: Path, url: str) -> Iterator[Stage]:
    with staged(tmp_path, HUB_DATABASE_URL=url, HUB_LOG_URL=f"sqlite:///{tmp_path / 'log.db'}") as made:
        yield made


def both(*acts: Callable[[], Any]) -> list[Any]:
    """What comes of acts that are done at once; a refusal is its text."""

    def done(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except ConfigurationError as error:
            return str(error)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(done, acts))


class Meeting:
    """Where two wait for each other between looking and writing; a while only, if the other one cannot come."""

    def __init__(self) -> None:
        self._barrier = Barrier(2)

    def __call__(self) -> None:
        try:
            self._barrier.wait(timeout=0.5)
        except BrokenBarrierError:
            return

    def after(self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
        """Have a look at the store end with this."""
        real = getattr(owner, name)

        def slow(*given: Any, **more: Any) -> Any:
            found = real(*given, **more)
            self()
            return found

        monkeypatch.setattr(owner, name, slow)


def test_two_changes_of_one_draft_are_both_in_it(stage: Stage) -> None:
    meet = Meeting()

    def setting(name: str, value: int) -> Callable[[Document], None]:
        def edit(document: Document) -> None:
            meet()
            document["settings"][name] = value

        return edit

    both(
        lambda: drafting.change(stage.hub, "acme", "settings", setting("stock_buffer", 3)),
        lambda: drafting.change(stage.hub, "acme", "fields", setting("price_list", 7)),
    )
    there = drafting.work(stage.hub, "acme")
    assert there is not None
    assert (there.document["settings"]["stock_buffer"], there.document["settings"]["price_list"]) == (3, 7)
    assert {"settings", "fields"} <= there.steps.keys()


@pytest.mark.parametrize(
    ("owner", "look", "begin"),
    [
        (Pairings, "newest", matching.propose),
        (CoverageBook, "of_route", covering.look),
    ],
)
def test_one_of_two_begins_work_on_a_route(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, owner: type, look: str, begin: Callable[[Any, Any], Any]
) -> None:
    route = stage.route("product")
    Meeting().after(monkeypatch, owner, look)
    answers = both(*[lambda: begin(stage.hub, route)] * 2)
    assert sum("ann has begun" in str(answer) for answer in answers) == 1


def previewed(stage: Stage) -> Plan:
    stage.erp.add_item("MUG")
    route = stage.route("product")
    job = ask(stage.hub, Request(route.id, "full", "preview", "ann"))
    stage.hub.worker().work_off(job)
    run = stage.hub.runs.of_job(job)
    assert run is not None
    plan = stage.hub.plans.of_run(run.id)
    assert plan is not None
    return plan


def test_two_who_apply_a_plan_get_one_job(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, route = previewed(stage), stage.route("product")
    Meeting().after(monkeypatch, Jobs, "unfinished")
    first, second = both(*[lambda: apply(stage.hub, plan, route)] * 2)
    assert first == second


def test_a_plan_is_applied_or_given_up_and_never_both(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, route = previewed(stage), stage.route("product")
    Meeting().after(monkeypatch, Jobs, "unfinished")
    both(
        lambda: apply(stage.hub, plan, route),
        lambda: give_up(stage.hub, plan, "plans drop"),
    )
    under_way = [job for job in stage.hub.jobs.unfinished([route.id]) if job.plan_id == plan.id]
    assert bool(under_way) == (stage.hub.plans.get(plan.id).state == "open")
