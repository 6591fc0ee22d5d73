"""Finding on the target what has no link yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hub.errors import AmbiguousMatch, OutcomeUnknown, RecordError
from hub.platforms.endpoint import Native, Probe
from hub.sync.context import Context
from hub.sync.item import Item
from hub.sync.match import Candidate, choose, refuse_case_twins
from hub.sync.results import Results
from hub.sync.schema import canonical_target
from hub.sync.verdict import failed
from objects.base import Skip


def may_be_there(item: Item) -> bool:
    """Whether a create was sent whose outcome nobody knows."""
    return item.link is not None and item.link.state == "reserved" and item.link.unknown_since is not None


class Matcher:
    """Looks for the records of a page on the target, in as few calls as the platform allows."""

    def __init__(self, context: Context, results: Results, reason: Callable[[Item], Skip | None]) -> None:
        self._context, self._results = context, results
        #: Why a record is left alone that turns out not to be on the target.
        self._reason = reason

    def match(self, items: list[Item]) -> list[Item]:
        """Find what has no link; what cannot be told is settled here, the rest goes on."""
        new = [item for item in items if not item.linked]
        if not new:
            return items
        kept = {id(item) for item in items if item.linked}
        ready = [item for item in new if self._settled_by_now(item)]
        ready = self._without_case_twins(ready) if self._context.object_type.folds_case else ready
        kept |= {id(item) for item in self._found(ready)}
        return [item for item in items if id(item) in kept]

    def _found(self, ready: list[Item]) -> list[Item]:
        context = self._context
        probes = [Probe(item.key, context.object_type.probe(item.key, item.resolved)) for item in ready]
        found = context.target.find(probes) if probes else {}
        holders = self._holders(found)
        kept = []
        for item in ready:
            try:
                candidates = [self._candidate(native) for native in found.get(item.key, ())]
                match = choose(context.object_type, item.key, item.resolved, candidates, holders, context.settings)
            except RecordError as error:
                self._results.fail(item, error)
                continue
            if match is not None:
                item.target_id, item.target, item.target_record = match.target_id, dict(match.native), match.record
            elif may_be_there(item) and (reason := self._reason(item)) is not None:
                self._results.skip(item, reason)
                continue
            kept.append(item)
        return kept

    def _settled_by_now(self, item: Item) -> bool:
        """Whether a create that was sent earlier and not answered can be looked up with a true answer."""
        since = item.link.unknown_since if item.link else None
        after = self._context.safe_after(since) if since else None
        if after is None or self._context.clock() >= after:
            return True
        error = OutcomeUnknown("A create was sent and not answered; it could still land.")
        self._results.fail(item, error, failed(error, after, tried=False))
        return False

    def _without_case_twins(self, items: list[Item]) -> list[Item]:
        """Leave out codes that differ only by letter case from one that came first.

        Where the ERP takes them for one code, a second record of the same code is found to be taken when it is matched.
        """
        context = self._context
        if context.settings["erp_ignores_case"]:
            return items
        codes = {id(item): context.object_type.code(item.resolved) or item.key for item in items}
        taken = context.links.folded(context.object_type.kind, list(codes.values()))
        kept = []
        for item in sorted(items, key=lambda item: codes[id(item)]):
            code = codes[id(item)]
            try:
                refuse_case_twins(code, taken.get(code.casefold(), ()))
            except AmbiguousMatch as error:
                self._results.fail(item, error)
                continue
            taken.setdefault(code.casefold(), []).append(code)
            kept.append(item)
        return kept

    def _holders(self, found: Mapping[str, Sequence[Native]]) -> Mapping[str, str]:
        target_ids = {self._context.target.key(native) for natives in found.values() for native in natives}
        return self._context.links.holders(self._context.object_type.kind, target_ids - {""})

    def _candidate(self, native: Native) -> Candidate:
        return Candidate(self._context.target.key(native), canonical_target(self._context, native), native)
