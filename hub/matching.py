"""Linking what exists on both sides, as it is asked for in the console: work that goes on while people look elsewhere.

Each piece of work is done by a thread of this process and says in the store how far it is. One that is broken off loses
nothing: proposals are kept part by part, and links are made in one transaction each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from hub.bootstrap import Hub
from hub.errors import RecordError
from hub.linking import accepting, importing, proposing
from hub.linking.accepting import Chosen
from hub.linking.importing import Checked
from hub.linking.sheet import Line
from hub.living import Background
from hub.planning import subject
from hub.store.pairings import Kind, Pairing, Pairings
from hub.store.routes import Route
from hub.sync.pair import Pair, opened_pair

#: Faults of a list that are kept, the first ones.
SHOWN = 500
#: Rows between two signs of life.
_AT_A_TIME = 100
_Work = Callable[["Progress", Pair], None]


class Progress:
    """How far a piece of work is."""

    def __init__(self, hub: Hub, identity: int) -> None:
        self.hub, self._kept, self._id = hub, Pairings(hub.database), identity
        self.counts: dict[str, Any] = {}
        self.sealed: bytes | None = None

    def note(self, **counts: Any) -> None:
        """Give a sign of life."""
        self.counts |= counts
        self._kept.note(self._id, self.hub.clock(), self.counts)

    def live(self) -> None:
        """Say that it goes on, as far as it was."""
        self._kept.live(self._id, self.hub.clock())

    def done(self) -> None:
        """It has come to its end."""
        self._kept.note(self._id, self.hub.clock(), self.counts, state="done", sealed=self.sealed)

    def failed(self, error: str) -> None:
        """It cannot go on."""
        self._kept.note(self._id, self.hub.clock(), self.counts, state="failed", error=error)


class Matching(Background):
    """Does such work in the background."""

    def propose(self, hub: Hub, route: Route) -> None:
        """Look for pairs."""
        self._start(hub, route, "propose", _propose)

    def accept(self, hub: Hub, route: Route, chosen: Chosen) -> None:
        """Link what was chosen among the proposals."""
        self._start(hub, route, "accept", lambda progress, pair: _accept(progress, pair, chosen))

    def validate(self, hub: Hub, route: Route, lines: Sequence[Line]) -> None:
        """Look a list through, row by row; nothing is linked."""
        sealed = hub.vault.encrypt(orjson.dumps({"lines": [asdict(line) for line in lines]}))
        self._start(hub, route, "validate", lambda progress, pair: _validate(progress, pair, lines), sealed)

    def link(self, hub: Hub, route: Route, looked_through: Pairing, *, skip_faulty: bool) -> None:
        """Link the rows of a list that was looked through; ConfigurationError where it is no longer the newest."""
        lines = [Line(**row) for row in told(hub, looked_through).get("lines", ())]

        def act(progress: Progress, pair: Pair) -> None:
            _link(progress, pair, lines, skip_faulty)

        self._start(hub, route, "link", act, looked_through.sealed, follows=looked_through.id)

    def _start(
        self, hub: Hub, route: Route, kind: Kind, act: _Work, sealed: bytes | None = None, follows: int | None = None
    ) -> None:
        begin = Pairings(hub.database).begin
        identity = begin(route.id, kind, hub.audit.actor, hub.clock(), sealed, follows=follows)
        progress = Progress(hub, identity)

        def on_a_pair() -> None:
            with opened_pair(hub, route) as pair:
                act(progress, pair)

        self.begin(f"pairs-{identity}", progress, on_a_pair)


def told(hub: Hub, pairing: Pairing | None) -> Mapping[str, Any]:
    """The list of a piece of work, and the faults in it."""
    if pairing is None or pairing.sealed is None:
        return {}
    found: dict[str, Any] = orjson.loads(hub.vault.decrypt(pairing.sealed))
    return found


def _propose(progress: Progress, pair: Pair) -> None:
    hub = progress.hub
    for so_far in proposing.propose(pair, hub.database, hub.clock()):
        progress.note(**asdict(so_far))
    hub.audit.note("links propose", subject(hub, pair.route), after=progress.counts)


def _accept(progress: Progress, pair: Pair, chosen: Chosen) -> None:
    hub = progress.hub
    done = accepting.Accepted()
    actor, now = hub.audit.actor, hub.clock()
    for done in accepting.accept(pair, hub.database, hub.jobs, chosen, actor=actor, now=now):
        progress.note(linked=done.linked, refused=len(done.refused))
    faults = [_fault(row.id, row.source_key, row.target_id, error) for row, error in done.refused]
    progress.sealed = hub.vault.encrypt(orjson.dumps({"faults": faults[:SHOWN]}))
    progress.counts |= {"linked": done.linked, "refused": len(done.refused)}
    asked = {"ids": list(chosen.ids)[:100], "min_score": chosen.least, **progress.counts}
    hub.audit.note("links accept", subject(hub, pair.route), after=asked)


def _validate(progress: Progress, pair: Pair, lines: Sequence[Line]) -> None:
    checked = _looked_through(progress, pair, lines)
    _seal(progress, lines, checked)


def _looked_through(progress: Progress, pair: Pair, lines: Sequence[Line]) -> Checked:
    hub = progress.hub
    checked = importing.check(pair, hub.database, _followed(progress, lines), hub.clock())
    good, faulty = len(checked.good), len(checked.faults)
    progress.note(read=len(lines), rows=checked.rows, empty=checked.empty, good=good, faulty=faulty)
    return checked


def _followed(progress: Progress, lines: Iterable[Line]) -> Iterator[Line]:
    for place, line in enumerate(lines):
        if place % _AT_A_TIME == 0:
            progress.note(read=place)
        yield line


def _link(progress: Progress, pair: Pair, lines: Sequence[Line], skip_faulty: bool) -> None:
    checked = _looked_through(progress, pair, lines)
    linked = bring(progress.hub, pair, checked, skip_faulty=skip_faulty)
    progress.counts |= {"linked": len(linked), "faulty": len(checked.faults)}
    _seal(progress, lines, checked)


def bring(hub: Hub, pair: Pair, checked: Checked, *, skip_faulty: bool) -> list[str]:
    """Link the good rows of a list that was looked through: all or none, unless faulty rows are to be left out."""
    now = hub.clock()
    with hub.database.together():
        linked = importing.take(pair, hub.database, checked, now, skip_faulty=skip_faulty)
        accepting.compare(pair, hub.jobs, linked, hub.audit.actor, now)
        after = {"rows": checked.rows, "linked": len(linked), "faulty": len(checked.faults)}
        hub.audit.note("links import", subject(hub, pair.route), after=after)
    return linked


def _seal(progress: Progress, lines: Sequence[Line], checked: Checked) -> None:
    rows = [_fault(one.line.number, one.line.source_key, one.line.target_id, one.error) for one in checked.faults]
    kept = {"lines": [asdict(line) for line in lines], "faults": rows[:SHOWN]}
    progress.sealed = progress.hub.vault.encrypt(orjson.dumps(kept))


def _fault(number: int, key: str, target: str, error: RecordError) -> dict[str, Any]:
    return {"number": number, "source_key": key, "target_id": target, "what": str(error), "fix": error.fix}
