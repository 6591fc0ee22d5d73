"""A run that writes nothing: everything is read and decided as in earnest, and what would be done becomes a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from hub.errors import RecordError
from hub.store.runs import Verdict
from hub.sync.context import Context
from hub.sync.guard import Census
from hub.sync.item import Item
from hub.sync.results import Result, Results
from hub.sync.steps import PlanWriter, foresee, step_of
from hub.sync.verdict import VERDICTS, Failed
from objects.base import Skip


class Rehearsal(Results):
    """Collects results as steps of a plan. Nothing is noted anywhere else."""

    def __init__(self, context: Context, writer: PlanWriter | None) -> None:
        super().__init__(context)
        #: None: only counted, as the records are those of another route that this one depends on.
        self._writer = writer
        #: Of records that are only counted: those that would be on the target once this was carried out.
        self.promised: set[str] = set()
        #: Records of which nothing would be done, and which are in no step: how many are unchanged, or not marked.
        self.unlisted: Counter[str] = Counter()

    def still(self, item: Item, verdict: Verdict, cause: str) -> None:
        """What is as it was last reported is shown all the same; only what is not marked is counted alone."""
        failure, skipped = self.failure(item.key), self.skipped(item.key)
        if verdict == "failed" and failure is not None:
            known = Failed(cause, failure.detail, failure.fix, failure.text, waiting=False, tried=False)
            self.add(Result(item, "none", "failed", failed=known))
        elif verdict == "skipped" and skipped is not None and skipped.reason == cause:
            self.add(Result(item, "skip", "skipped", skip=Skip(cause, skipped.detail)))
        else:
            self.unlisted[cause.lower()] += 1
            super().still(item, verdict, cause)

    def flush(self) -> None:
        """Keep what was collected as steps, and count it."""
        results, self._waiting = self._waiting, []
        context = self._context
        if self._writer is not None:
            self._writer.add([step_of(one.item, context, one) for one in results if not _nothing(one)])
        else:
            self.promised |= {one.item.key for one in results if one.failed is None and one.skip is None}
        self.unlisted["unchanged"] += sum(map(_nothing, results))
        self.unlisted += Counter()
        for result in results:
            self.forget(result.item.key)
            context.tally.count(result.verdict, result.cause)


def _nothing(result: Result) -> bool:
    """Whether there is nothing to tell; a record that only has a conflict is refused."""
    return result.action == "unchanged" and result.failed is None


class Rehearser:
    """Stands where the applier stands in earnest."""

    def __init__(self, context: Context, results: Rehearsal) -> None:
        self._context = context
        self._results = results
        #: What a run would be judged by.
        self.census = Census()

    @contextmanager
    def running(self) -> Iterator[Rehearser]:
        """Nothing runs."""
        yield self

    def put(self, items: Sequence[Item]) -> None:
        """Note what would be done; what the target would refuse before anything is sent is noted as that."""
        for item in items:
            assert item.decision is not None
            action = item.decision.action
            try:
                foresee(item, self._context)
            except RecordError as error:
                self._results.fail(item, error)
                continue
            self.census.see(self._context.object_type, item.decision, self._context.settings)
            self._results.add(Result(item, action, VERDICTS[action]))

    def under_way(self, keys: Collection[str]) -> dict[str, str]:
        """Nothing ever is."""
        return {}

    def drain(self) -> None:
        """Keep what was collected."""
        self._results.flush()

    def again(self) -> list[Item]:
        """Nothing changes under our hands."""
        return []
