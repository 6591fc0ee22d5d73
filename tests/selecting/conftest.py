"""A stage with items to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.selecting.choosing import Chooser
from hub.selecting.marking import Marker, Marking
from hub.store.selection import Selection
from hub.sync.pair import Pair, opened_pair
from tests.sync.conftest import Stage, staged


class Scene:
    """The stage, and what somebody does with the selection of one object."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @contextmanager
    def pair(self, object_name: str = "product", **settings: Any) -> Iterator[Pair]:
        with opened_pair(self.stage.hub, self.stage.route(object_name)) as pair:
            yield replace(pair, settings={**pair.settings, **settings})

    @property
    def selection(self) -> Selection:
        return Selection(self.stage.hub.database, self.stage.integration_id)

    def chooser(self, pair: Pair) -> Chooser:
        return Chooser(pair, self.stage.hub.database)

    def marker(self, pair: Pair) -> Marker:
        hub = self.stage.hub
        return Marker(pair, hub.database, hub.jobs, actor="ann", clock=hub.clock)

    def queued(self, done: Marking) -> list[str]:
        """The keys of the jobs that a marking has queued."""
        jobs = self.stage.hub.jobs
        return [key.key for job in sorted(done.jobs) for key in jobs.keys(job)]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with staged(tmp_path) as stage:
        for number in range(1, 6):
            stage.erp.add_item(f"A{number}", title=f"Cup {number}", product_type="10" if number < 3 else "20")
        stage.erp.add_item("B1", title="Plate", product_type="20")
        yield Scene(stage)
