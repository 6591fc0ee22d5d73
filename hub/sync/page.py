"""One page of records from native to settled: the steps of the architecture, each a short method in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marshmallow import ValidationError

from hub.errors import (
    AmbiguousMatch,
    InvalidRecord,
    OutcomeUnknown,
    RecordError,
    RecordVanished,
    TargetVanished,
)
from hub.platforms.endpoint import Native, Probe
from hub.settings import zone as integration_zone
from hub.store.jobs import JobKey
from hub.sync import plan
from hub.sync.apply import Applier, canonical_target, safe_after
from hub.sync.context import Context
from hub.sync.digest import digest
from hub.sync.item import Item
from hub.sync.match import Candidate, choose, refuse_case_twins
from hub.sync.references import find_answers
from hub.sync.resolve import NotLinked, in_place
from hub.sync.results import Results
from hub.sync.verdict import failed
from objects.base import Skip

NOBODY: Mapping[str, JobKey] = {}


class Settler:
    """Settles pages of one route; used by one thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._results = Results(context)
        self.applier = Applier(context, self._results)

    def settle(self, entries: Sequence[tuple[str, Native | None]], wanted: Mapping[str, JobKey] = NOBODY) -> None:
        """Bring a page of (key, native) to its verdicts; None as native = read it now.

        `wanted` are the records that somebody asked for: they are looked at whatever their digest says. When this
        returns, everything about the page is committed.
        """
        natives = dict(entries)
        self._remember(natives)
        try:
            items = self._known(self._load(natives, wanted))
            again = self._work(items)
            while again:
                again = self._work(self._reread(again))
        finally:
            self._results.flush()

    def _work(self, items: list[Item]) -> list[Item]:
        """From canonical form to carried out; answers what must be done again."""
        items = self._translate(items)
        items = self._gate(items)
        items = self._resolve(items)
        items = self._match(items)
        items = self._targets(items)
        return self.applier.carry_out(self._plan(items))

    # -- reading ------------------------------------------------------------------------------------------------

    def _remember(self, natives: Mapping[str, Native | None]) -> None:
        context = self._context
        self._results.failures = context.failures.of(context.route.id, natives)
        self._results.skips = context.skips.of(context.route.id, natives)

    def _load(self, natives: dict[str, Native | None], wanted: Mapping[str, JobKey]) -> list[Item]:
        missing = [key for key, native in natives.items() if native is None]
        if missing:
            natives = {**natives, **self._context.source.read(missing)}
        links = self._context.links.of(self._context.object_type.kind, natives)
        items = []
        for key, native in natives.items():
            item = Item(key, native or {}, "", key, wanted.get(key), links.get(key))
            if native is None:
                self._results.fail(item, RecordVanished(f"{key} is gone from the source.", detail=key))
                continue
            item.digest = digest(native, self._context.source.volatile)
            item.label = self._context.source.label(native)
            item.target_id = (item.link.target_id or "") if item.link else ""
            items.append(item)
        return items

    def _reread(self, items: list[Item]) -> list[Item]:
        """Both sides moved on: read the source afresh, keep the open message and what was tried."""
        natives = self._context.source.read([item.key for item in items])
        links = self._context.links.of(self._context.object_type.kind, natives)
        fresh = []
        for item in items:
            native = natives.get(item.key)
            if native is None:
                self._results.fail(item, RecordVanished(f"{item.key} is gone from the source.", detail=item.key))
                continue
            item.native, item.digest = native, digest(native, self._context.source.volatile)
            item.link = links.get(item.key)
            item.decision, item.target, item.target_record = None, None, {}
            fresh.append(item)
        return fresh

    # -- what is no news ----------------------------------------------------------------------------------------

    def _known(self, items: list[Item]) -> list[Item]:
        """Settle what is as it was when both sides last agreed, or when it was last skipped or parked."""
        if self._context.object_type.compares_target:
            return [item for item in items if item.wanted or not self._parked(item)]
        return [item for item in items if item.wanted or not (self._parked(item) or self._unmoved(item))]

    def _unmoved(self, item: Item) -> bool:
        version = self._context.mapping_version
        link, skip = item.link, self._results.skips.get(item.key)
        # A backfill asks for what the cut-over keeps out, so what was skipped before is decided anew.
        backfill = self._context.job.scope == "range"
        if skip is not None and not backfill and (skip.digest, skip.mapping_version) == (item.digest, version):
            self._results.still(item.key, "skipped", skip.reason)
            return True
        if item.key in self._results.failures or link is None or not item.linked:
            return False
        if (link.digest, link.mapping_version) != (item.digest, version):
            return False
        self._results.unchanged(item)
        return True

    def _parked(self, item: Item) -> bool:
        failure = self._results.failures.get(item.key)
        if failure is None or failure.state not in ("parked", "acknowledged", "ignored"):
            return False
        if failure.expires is not None and failure.expires < self._context.clock():
            return False
        if (failure.digest, failure.mapping_version) != (item.digest, self._context.mapping_version):
            return False
        self._results.still(item.key, "failed", failure.cause)
        return True

    # -- deciding -----------------------------------------------------------------------------------------------

    def _translate(self, items: list[Item]) -> list[Item]:
        kept = []
        for item in items:
            try:
                item.record = self._context.object_type.schema.load(self._context.source.to_canonical(item.native))
            except ValidationError as error:
                self._results.fail(item, _invalid(error))
            except RecordError as error:
                self._results.fail(item, error)
            else:
                kept.append(item)
        return kept

    def _gate(self, items: list[Item]) -> list[Item]:
        kept = []
        for item in items:
            # What may be on the target already is looked for first: no gate would undo it.
            reason = None if _may_be_there(item) else self._reason(item)
            if reason is None:
                kept.append(item)
            else:
                self._results.skip(item, reason)
        return kept

    def _reason(self, item: Item) -> Skip | None:
        context = self._context
        backfill = context.job.scope == "range"
        return context.object_type.decide(item.record, context.settings, linked=item.linked, backfill=backfill)

    def _resolve(self, items: list[Item]) -> list[Item]:
        """Put what the target calls them in the place of references and mapped values."""
        context = self._context
        posted = [item for item in items if context.object_type.document and item.linked]
        fresh = [item for item in items if not (context.object_type.document and item.linked)]
        answers = find_answers(context, [item.record for item in fresh], self._bring)
        zone = integration_zone(context.settings)
        kept = list(posted)
        for item in fresh:
            try:
                item.resolved = in_place(item.record, answers, context.translator, context.settings, zone)
            except NotLinked as missing:
                self._results.skip(item, missing.skip)
            except RecordError as error:
                self._results.fail(item, error)
            else:
                kept.append(item)
        return kept

    @staticmethod
    def _bring(context: Context, keys: Sequence[str]) -> None:
        helper = Settler(context)
        with helper.applier.running():
            helper.settle([(key, None) for key in keys])

    def _match(self, items: list[Item]) -> list[Item]:
        """Find on the target what has no link yet."""
        context = self._context
        new = [item for item in items if not item.linked]
        if not new:
            return items
        kept = {id(item) for item in items if item.linked}
        ready = [item for item in new if self._settled_by_now(item)]
        ready = self._without_case_twins(ready) if context.object_type.folds_case else ready
        probes = [Probe(item.key, context.object_type.probe(item.key, item.resolved)) for item in ready]
        found = context.target.find(probes) if probes else {}
        holders = self._holders(found)
        for item in ready:
            candidates = [self._candidate(native) for native in found.get(item.key, ())]
            try:
                match = choose(context.object_type, item.key, item.resolved, candidates, holders, context.settings)
            except RecordError as error:
                self._results.fail(item, error)
                continue
            if match is not None:
                item.target_id, item.target, item.target_record = match.target_id, dict(match.native), match.record
            elif _may_be_there(item) and (reason := self._reason(item)) is not None:
                self._results.skip(item, reason)
                continue
            kept.add(id(item))
        return [item for item in items if id(item) in kept]

    def _settled_by_now(self, item: Item) -> bool:
        """Whether a create that was sent earlier and not answered can be looked up with a true answer."""
        since = item.link.unknown_since if item.link else None
        after = safe_after(self._context, since) if since else None
        if after is None or self._context.clock() >= after:
            return True
        error = OutcomeUnknown("A create was sent and not answered; it could still land.")
        self._results.fail(item, error, failed(error, after, tried=False))
        return False

    def _without_case_twins(self, items: list[Item]) -> list[Item]:
        if self._context.settings["erp_ignores_case"]:
            return items
        taken = self._context.links.folded(self._context.object_type.kind, [item.key for item in items])
        kept = []
        for item in sorted(items, key=lambda item: item.key):
            try:
                refuse_case_twins(item.key, taken.get(item.key.casefold(), ()))
            except AmbiguousMatch as error:
                self._results.fail(item, error)
                continue
            taken.setdefault(item.key.casefold(), []).append(item.key)
            kept.append(item)
        return kept

    def _holders(self, found: Mapping[str, Sequence[Native]]) -> Mapping[str, str]:
        target_ids = {self._context.target.key(native) for natives in found.values() for native in natives}
        return self._context.links.holders(self._context.object_type.kind, target_ids - {""})

    def _candidate(self, native: Native) -> Candidate:
        return Candidate(self._context.target.key(native), canonical_target(self._context, native), native)

    def _targets(self, items: list[Item]) -> list[Item]:
        """Read the targets of the linked records in one batch, and fill in what depends on them."""
        context = self._context
        linked = [item.target_id for item in items if item.linked]
        natives = context.target.read(linked) if linked else {}
        kept = []
        for item in items:
            if item.linked:
                native = natives.get(item.target_id)
                if native is None:
                    self._results.fail(item, TargetVanished(f"{item.target_id} is gone.", detail=item.target_id))
                    continue
                item.target, item.target_record = native, canonical_target(context, native)
            kept.append(item)
        return self._prepare(kept)

    def _prepare(self, items: list[Item]) -> list[Item]:
        context = self._context
        if not context.object_type.compares_target:
            return items
        book = context.commitments.open_units({item.resolved["variant"] for item in items})
        kept = []
        for item in items:
            if item.target is None:
                gone = item.resolved["variant"]
                self._results.fail(item, TargetVanished(f"{gone} is gone from the shop.", detail=gone))
                continue
            reason = context.object_type.prepare(item.resolved, item.target_record, book, context.settings)
            if reason is None:
                kept.append(item)
            else:
                self._results.skip(item, reason)
        return kept

    def _plan(self, items: list[Item]) -> list[Item]:
        """Decide each record; what needs no write is settled here."""
        writes, equal = [], []
        for item in items:
            try:
                item.decision = self._decide(item)
            except RecordError as error:
                self._results.fail(item, error)
                continue
            if item.decision.action == "unchanged":
                equal.append(item)
            elif item.decision.action == "skip" and item.decision.skip is not None:
                self._results.skip(item, item.decision.skip)
                self._note_units(item)
            else:
                writes.append(item)
        self._touch(equal)
        return writes

    def _decide(self, item: Item) -> plan.Decision:
        context, object_type = self._context, self._context.object_type
        if item.target is None:
            return plan.create(object_type, item.resolved)
        if object_type.document and (item.linked or _may_be_there(item)):
            decision = plan.amend(object_type, item.record, item.target_record, context.settings)
            return decision if item.linked or decision.action == "cancel" else plan.Decision("link")
        base = item.link.source_base if item.link else {}
        return plan.change(object_type, item.resolved, item.target_record, base, context.keyed, linked=item.linked)

    def _touch(self, items: list[Item]) -> None:
        version = self._context.mapping_version
        self._context.links.touch([(item.link.id, item.digest, version) for item in items if item.link])
        for item in items:
            self._note_units(item)
            self._results.unchanged(item)

    def _note_units(self, item: Item) -> None:
        units = self._context.object_type.open_units(item.record, item.target_record or None)
        if units is not None:
            self._context.commitments.replace({item.key: units})


def _may_be_there(item: Item) -> bool:
    """Whether a create was sent whose outcome nobody knows."""
    return item.link is not None and item.link.state == "reserved" and item.link.unknown_since is not None


def _invalid(error: ValidationError) -> InvalidRecord:
    fields = error.messages if isinstance(error.messages, dict) else {"record": error.messages}
    names = ", ".join(sorted(str(name) for name in fields))
    return InvalidRecord(f"Not valid: {fields}", detail=names)
