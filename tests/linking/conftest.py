"""A stage on which both sides hold records already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from hub.linking.accepting import Accepted, Chosen, accept
from hub.linking.coverage import Coverage, Covered
from hub.linking.proposing import Proposed, proposals_of, propose
from hub.store.link_list import LinkEntry, LinkList
from hub.store.proposals import Proposal
from hub.sync.pair import Pair, opened_pair
from tests.sync.conftest import Stage, staged


class Scene:
    """The stage, and what somebody does to link what is on it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        #: None = the only direction that there is.
        self.direction: str | None = None

    @contextmanager
    def pair(self, object_name: str = "product") -> Iterator[Pair]:
        route = self.stage.hub.routes.find(self.stage.integration_id, object_name, self.direction)
        with opened_pair(self.stage.hub, route) as pair:
            yield pair

    def propose(self, object_name: str = "product") -> Proposed:
        """Look for pairs; each search is a second later than the one before."""
        self.stage.clock.advance(1)
        with self.pair(object_name) as pair:
            *_, done = propose(pair, self.stage.hub.database, self.stage.clock())
        return done

    def proposals(self, object_name: str = "product") -> list[Proposal]:
        with self.pair(object_name) as pair:
            return proposals_of(pair, self.stage.hub.database).page(limit=1000)

    def accept(self, chosen: Chosen, object_name: str = "product") -> Accepted:
        hub = self.stage.hub
        with self.pair(object_name) as pair:
            *_, done = accept(pair, hub.database, hub.jobs, chosen, actor="ann", now=self.stage.clock())
        return done

    def links(self, kind: str = "variant") -> dict[str | None, LinkEntry]:
        """Links by the ERP's id."""
        listed = LinkList(self.stage.hub.database, self.stage.integration_id)
        return {row.erp_id: row for row in listed.select(kind=kind, limit=1000)}

    def coverage(self, object_name: str = "product") -> dict[str, Covered]:
        hub = self.stage.hub
        with self.pair(object_name) as pair:
            parts = Coverage(pair, hub.database, hub.vault, pair.label).records(hub.clock())
            return {record.key: record for part in parts for record in part}

    def later(self, hours: float) -> None:
        self.stage.clock.advance(timedelta(hours=hours).total_seconds())


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with staged(tmp_path) as stage:
        yield Scene(stage)
