"""Records that are gone from one side: looked for first, noted with their links, and linked again once they are back.

The nightly comparison of keys only says which records seem to be missing; a run reads each of them afresh, and what it
finds is what counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hub.errors import RecordVanished, TargetVanished
from hub.sync.context import Context
from hub.sync.item import Item

if TYPE_CHECKING:
    from hub.sync.results import Result, Results

#: Why a record is looked at that the comparison of keys has missed, or found again.
COMPARED = "comparison of keys"
CAUSES = frozenset({RecordVanished.cause, TargetVanished.cause})


class Doubts:
    """Settles, before anything else, whether the target of a doubtful record is there; used by one thread."""

    def __init__(self, context: Context, results: Results) -> None:
        self._context, self._results = context, results

    def of_comparison(self, items: list[Item]) -> list[Item]:
        """Look for what the comparison of keys asks about, whether it is marked for synchronisation or not."""
        return self._without(items, [one for one in items if one.wanted and one.wanted.reason == COMPARED])

    def of_links(self, items: list[Item]) -> list[Item]:
        """Look for what is linked to a record that was gone; nothing is created in its place.

        What is known to be missing is not looked for again until somebody asks: it is counted, and no news.
        """
        known = [item for item in items if self._is_known(item)]
        for item in known:
            failure = self._results.failure(item.key)
            assert failure is not None
            self._results.still(item, "failed", failure.cause)
        rest = [item for item in items if item not in known] if known else items
        return self._without(rest, [item for item in rest if item.link and item.link.state == "gone"])

    def _is_known(self, item: Item) -> bool:
        failure = self._results.failure(item.key)
        if item.wanted or item.planned or failure is None or item.link is None or item.link.state != "gone":
            return False
        over = failure.expires is not None and failure.expires < self._context.clock()
        return failure.cause in CAUSES and not over

    def _without(self, items: list[Item], doubtful: Sequence[Item]) -> list[Item]:
        """The items without those whose target is gone; a link that was gone and is complete again is linked."""
        asked = [item for item in doubtful if item.link and item.link.state != "reserved" and item.target_id]
        if not asked:
            return items
        context = self._context
        found = context.target.read([item.target_id for item in asked])
        missing = [item for item in asked if item.target_id not in found]
        for item in missing:
            self._results.fail(item, TargetVanished(f"{item.target_id} is gone.", detail=item.target_id))
        back = [item for item in asked if item.link and item.link.state == "gone" and item not in missing]
        if back and context.job.mode == "write":
            context.presence.note_back([item.link.id for item in back if item.link], context.run_id)
        for item in back:
            assert item.link is not None
            item.link = replace(item.link, state="linked")
        return [item for item in items if item not in missing]


def note_vanished(results: Sequence[Result], context: Context) -> None:
    """Note with their links which records are gone. Orders are history: of those only the open units go."""
    missing = [result for result in results if result.failed and result.failed.cause in CAUSES]
    if context.object_type.document:
        lost = [result.item.key for result in missing if result.cause == RecordVanished.cause]
        context.commitments.replace({key: {} for key in lost})
        return
    links = [result.item.link.id for result in missing if result.item.link is not None]
    if links:
        context.presence.note_gone(links, context.run_id)
