"""What is no news: it is settled without a comparison, and mostly without a call. All of it is counted."""

from __future__ import annotations

from collections.abc import Mapping

from hub.store.divergences import Divergence
from hub.sync.agreeing import same_base
from hub.sync.context import Context
from hub.sync.item import Item
from hub.sync.results import Results
from objects.base import Skip

NOT_MARKED = Skip("NOT_MARKED", "", "Mark it for synchronisation: `hub select mark`.", passing=True)
NOTHING_KNOWN: Mapping[str, Divergence] = {}


class News:
    """Keeps what has to be looked at; used by one thread."""

    def __init__(self, context: Context, results: Results) -> None:
        self._context = context
        self._results = results

    def told(self, items: list[Item]) -> list[Item]:
        """Settle what is as it was when both sides last agreed, or when it was last skipped or parked."""
        items = self._marked(items)
        followed = not self._context.object_type.compares_target
        return [
            item
            for item in items
            if item.wanted or item.planned or not (self._parked(item) or (followed and self._unmoved(item)))
        ]

    def moved(self, items: list[Item]) -> list[Item]:
        """Look up known divergences, and settle what only came back: no field of it has moved since both agreed.

        The target is not even read for it.
        """
        context, object_type = self._context, self._context.object_type
        if object_type.compares_target or object_type.document:
            return items
        linked = [item for item in items if item.linked]
        known = context.divergences.of([item.link.id for item in linked if item.link]) if linked else {}
        kept = []
        for item in items:
            if item.link is None or not item.linked:
                kept.append(item)
                continue
            item.known = known.get(item.link.id, NOTHING_KNOWN)
            asked = item.wanted or item.planned or item.known or self._results.failure(item.key)
            values = object_type.values(item.resolved)
            if asked or not same_base(values, item.link.source_base, context.owners or values, context):
                kept.append(item)
            else:
                self._results.unchanged(item, compared=True)
        return kept

    def _marked(self, items: list[Item]) -> list[Item]:
        """Leave out what is not marked for synchronisation; it is counted, and noted only where somebody asked."""
        if self._context.marked is None:
            return items
        marked = self._context.marked([item.key for item in items])
        for item in items:
            if item.key in marked:
                continue
            if item.planned is not None or (item.wanted is not None and item.wanted.follows is not None):
                self._results.skip(item, NOT_MARKED)
            else:
                self._results.still(item, "skipped", NOT_MARKED.reason)
        return [item for item in items if item.key in marked]

    def _unmoved(self, item: Item) -> bool:
        version = self._context.mapping_version
        link, skip = item.link, self._results.skipped(item.key)
        # A backfill asks for what the cut-over keeps out, so what was skipped before is decided anew.
        backfill = self._context.job.scope == "range"
        if skip is not None and not backfill and (skip.digest, skip.mapping_version) == (item.digest, version):
            self._results.still(item, "skipped", skip.reason)
            return True
        if self._results.failure(item.key) or link is None or not item.linked or link.digest != item.digest:
            return False
        self._results.unchanged(item)
        return True

    def _parked(self, item: Item) -> bool:
        failure = self._results.failure(item.key)
        if failure is None or failure.state not in ("parked", "acknowledged", "ignored"):
            return False
        if failure.expires is not None and failure.expires < self._context.clock():
            return False
        if (failure.digest, failure.mapping_version) != (item.digest, self._context.mapping_version):
            return False
        self._results.still(item, "failed", failure.cause)
        return True
