"""One page of records from native to decided: the steps of the architecture, each a short method in their order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from hub.errors import InvalidRecord, RecordError, RecordVanished, TargetVanished
from hub.platforms.endpoint import Native
from hub.settings import zone as integration_zone
from hub.store.job import JobKey
from hub.store.plans import PlanStep
from hub.sync import plan
from hub.sync.agreeing import conflict_of
from hub.sync.base import Chosen
from hub.sync.context import Context
from hub.sync.item import Item, Ticket
from hub.sync.matching import Matcher, may_be_there
from hub.sync.news import News
from hub.sync.references import Bring, find_answers
from hub.sync.resolve import NotLinked, in_place
from hub.sync.results import Results
from hub.sync.schema import canonical_source, canonical_target
from hub.sync.steps import is_stale
from hub.sync.vanished import Doubts
from objects.base import Skip

NOBODY: Mapping[str, JobKey] = {}
NO_PLAN: Mapping[str, PlanStep] = {}


class Way(Protocol):
    """Where decided records go on: to the applier, to the gate before it, or into a plan."""

    def put(self, items: Sequence[Item]) -> None:
        """Take decided records."""

    def under_way(self, keys: Collection[str]) -> Mapping[str, str]:
        """Which of these are not settled yet, with the digest of the version that was read."""

    def drain(self) -> None:
        """Wait for what is being written."""

    def again(self) -> list[Item]:
        """Records to be planned anew."""


class Settler:
    """Brings pages of one route to their decisions; used by one thread."""

    def __init__(self, context: Context, results: Results, way: Way, bring: Bring) -> None:
        self._context = context
        self._results = results
        self._way = way
        self._bring = bring
        self._news = News(context, results)
        self._doubts = Doubts(context, results)
        self._matcher = Matcher(context, results, self._reason)

    def settle(
        self,
        entries: Sequence[tuple[str, Native | None]],
        wanted: Mapping[str, JobKey] = NOBODY,
        ticket: Ticket | None = None,
        planned: Mapping[str, PlanStep] = NO_PLAN,
    ) -> None:
        """Decide a page of (key, native), and hand it on; None as native = read it now.

        `wanted` are the records that somebody asked for: they are looked at whatever their digest says. `planned` is
        what the plan says that is carried out. The page is settled once its ticket has none open.
        """
        natives = dict(entries)
        if self._way.under_way(natives):
            self._way.drain()
            natives = self._not_waiting(natives)
        self._results.remember(natives)
        items = self._load(natives, wanted, ticket or Ticket())
        for item in items:
            item.planned = planned.get(item.key)
        items = self._news.told(self._doubts.of_comparison(items))
        self._work(self._doubts.of_links(items))
        self._results.flush()
        self._once_more()

    def _not_waiting(self, natives: dict[str, Native | None]) -> dict[str, Native | None]:
        """Leave out what waits at the gate; what has changed since it was read there is asked for once more."""
        context, waiting = self._context, self._way.under_way(natives)
        newer = [
            key
            for key, digest in waiting.items()
            if (native := natives[key]) is not None and context.digest(native, context.source) != digest
        ]
        if newer:
            context.ask_again(newer)
        return {key: native for key, native in natives.items() if key not in waiting}

    def finish(self) -> None:
        """Wait for everything that is under way, and settle it."""
        self._way.drain()
        while self._once_more():
            self._way.drain()
        self._results.flush()

    def _once_more(self) -> bool:
        """Plan anew what changed under our hands; False = there was nothing."""
        again = self._way.again()
        self._work(self._reread(again))
        return bool(again)

    def _work(self, items: list[Item]) -> None:
        """From canonical form to decided."""
        items = self._translate(items)
        items = self._gate(items)
        items = self._resolve(items)
        items = self._news.moved(items)
        items = self._matcher.match(items)
        items = self._targets(items)
        self._way.put(self._plan(items))

    # -- reading ------------------------------------------------------------------------------------------------

    def _load(self, natives: dict[str, Native | None], wanted: Mapping[str, JobKey], ticket: Ticket) -> list[Item]:
        missing = [key for key, native in natives.items() if native is None]
        if missing:
            natives = {**natives, **self._context.source.read(missing)}
        links = self._context.links.of(self._context.object_type.kind, natives)
        ticket.open += len(natives)
        items = []
        for key, native in natives.items():
            item = Item(key, native or {}, "", key, wanted.get(key), ticket=ticket, link=links.get(key))
            if native is None:
                self._results.fail(item, RecordVanished(f"{key} is gone from the source.", detail=key))
                continue
            item.digest = self._context.digest(native, self._context.source)
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
            item.native, item.digest = native, self._context.digest(native, self._context.source)
            item.link = links.get(item.key)
            item.decision, item.target, item.target_record = None, None, {}
            fresh.append(item)
        return self._doubts.of_links(fresh)

    # -- deciding -----------------------------------------------------------------------------------------------

    def _translate(self, items: list[Item]) -> list[Item]:
        kept = []
        for item in items:
            try:
                item.record = canonical_source(self._context, item.native)
            except RecordError as error:
                self._results.fail(item, error)
            else:
                kept.append(item)
        return kept

    def _gate(self, items: list[Item]) -> list[Item]:
        kept = []
        for item in items:
            # What may be on the target already is looked for first: no gate would undo it.
            reason = None if may_be_there(item) else self._reason(item)
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
                try:
                    item.target, item.target_record = native, canonical_target(context, native)
                except InvalidRecord as error:
                    self._results.fail(item, error)
                    continue
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
        writes = []
        for item in items:
            try:
                item.decision = self._decide(item)
                stale = is_stale(item, self._context)
            except RecordError as error:
                self._results.fail(item, error)
                continue
            decision = item.decision
            if stale:
                self._results.skip(item, _stale(decision, item.given))
            elif decision.action == "skip" and decision.skip is not None:
                self._results.skip(item, decision.skip, compared=True)
            elif decision.action != "unchanged":
                writes.append(item)
            elif (conflict := conflict_of(item)) is not None:
                self._results.fail(item, conflict, compared=True)
            else:
                self._results.unchanged(item, compared=True)
        return writes

    def _decide(self, item: Item) -> plan.Decision:
        context, object_type = self._context, self._context.object_type
        terms = context.terms(item.known)
        if item.target is None:
            return plan.create(object_type, item.resolved, terms)
        if object_type.document and (item.linked or may_be_there(item)):
            decision = plan.amend(object_type, item.record, item.target_record, context.settings)
            return decision if item.linked or decision.action == "cancel" else plan.Decision("link")
        if object_type.compares_target:
            return plan.level(object_type, item.resolved, item.target_record, linked=item.linked)
        bases = (item.link.source_base, item.link.target_base) if item.link and item.linked else None
        decision = plan.change(object_type, item.resolved, item.target_record, bases, terms, context.keyed)
        self._take_choices(item, decision, terms.choices)
        return decision

    def _take_choices(self, item: Item, decision: plan.Decision, choices: Mapping[str, Chosen]) -> None:
        """A value that a person has entered takes the place of the source's own."""
        own = {
            name: decision.diff[name].new
            for name, choice in choices.items()
            if choice.winner == "value" and name in decision.diff
        }
        if own:
            item.resolved = self._context.object_type.replaced(item.resolved, own)


def _stale(decision: plan.Decision, given: Mapping[str, Any] | None) -> Skip:
    """The step of a plan that is no longer what would be done; the new one is told."""
    fields = ", ".join(sorted(given or decision.diff))
    now = f"now: {decision.action}{f' ({fields})' if fields else ''}"
    return Skip("PLAN_STALE", now, "A side has changed since the plan was made: make a new one.", passing=True)
