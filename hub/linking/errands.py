"""Work on a route's pairs as a job: searching, accepting, looking a list through, and linking it.

Broken off, it is simply done again: proposals are kept part by part, and what is linked already stays so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import orjson

from hub.errors import RecordError
from hub.linking import accepting, importing, proposing
from hub.linking.accepting import Accepted, Chosen
from hub.linking.importing import Checked
from hub.linking.sheet import Line
from hub.store.audit import Audit
from hub.store.database import Database
from hub.store.pairings import Kind, Pairing, Pairings
from hub.store.plans import Cipher
from hub.sync.context import Context
from hub.sync.pair import Pair, pair_of

#: Faults of a list that are kept, the first ones.
SHOWN = 500
#: Rows between two reports.
_AT_A_TIME = 100


def seal(cipher: Cipher, lines: Sequence[Line]) -> bytes:
    """A list as it is kept."""
    return cipher.encrypt(orjson.dumps([asdict(line) for line in lines]))


def faults_of(cipher: Cipher, pairing: Pairing) -> list[dict[str, Any]]:
    """What could not be linked, the first ones of it."""
    return [] if pairing.faults is None else list(orjson.loads(cipher.decrypt(pairing.faults)))


def carry_out(database: Database, context: Context, report: Callable[[], None]) -> None:
    """Do what the job of a run says; `report` is called after each part, and may end it."""
    pairing = Pairings(database).of_job(context.route.id, context.job.id)
    if pairing is not None and pairing.ended_at is None:
        work = _Work(database, context, report, pairing)
        acts: dict[Kind, Callable[[], None]] = {
            "propose": work.propose,
            "accept": work.accept,
            "validate": work.validate,
            "link": work.link,
        }
        acts[pairing.kind]()


class _Work:
    """One piece of it, and how far it is."""

    def __init__(self, database: Database, context: Context, report: Callable[[], None], pairing: Pairing) -> None:
        self._database, self._context, self._report, self._pairing = database, context, report, pairing
        self._pair: Pair = pair_of(context)
        self._kept, self._counts = Pairings(database), dict(pairing.counts)
        self._audit = Audit(database, context.clock, context.job.actor)

    def propose(self) -> None:
        """Look for pairs."""
        read = 0
        for so_far in proposing.propose(self._pair, self._database, self._context.clock()):
            self._context.tally.count("unchanged", times=so_far.read - read)
            read = so_far.read
            self._note(**asdict(so_far))
        self._end()
        self._audit.note("links propose", self._pair.subject, after=self._counts)

    def accept(self) -> None:
        """Link what was chosen among the proposals."""
        context, before, done = self._context, self._counts.get("linked", 0), Accepted()
        chosen = Chosen(tuple(context.job.limits["ids"]), context.job.limits["min_score"])
        actor, now = context.job.actor, context.clock()
        told = 0
        try:
            for done in accepting.accept(self._pair, self._database, context.jobs, chosen, actor=actor, now=now):
                linked = before + done.linked
                context.tally.count("updated", times=linked - self._counts.get("linked", 0))
                for _, error in done.refused[told:]:
                    context.tally.count("skipped", error.cause)
                told = len(done.refused)
                self._note(linked=linked, refused=told)
        finally:
            # Also of what is broken off: these are linked.
            self._audit.note("links accept", self._pair.subject, after={"job": context.job.id, **self._counts})
        self._end([_fault(row.id, row.source_key, row.target_id, error) for row, error in done.refused])

    def validate(self) -> None:
        """Look a list through, row by row; nothing is linked."""
        self._end(_faults(self._looked_through()))

    def link(self) -> None:
        """Link the rows of a list that was looked through."""
        checked, context = self._looked_through(), self._context
        with self._database.together():
            brought = importing.bring(
                self._pair,
                self._database,
                context.jobs,
                self._audit,
                checked,
                context.clock(),
                skip_faulty=context.job.limits["skip_faulty"],
            )
            self._counts |= {"linked": brought["linked"], "faulty": brought["faulty"]}
            # In the same transaction: a second worker finds that it is done.
            self._end(_faults(checked), linked=bool(brought["linked"]))
        self._context.tally.verdicts["unchanged"] -= brought["linked"]
        self._context.tally.count("updated", times=brought["linked"])

    def _looked_through(self) -> Checked:
        sealed = self._kept.lines(self._pairing.job_id)
        rows = [] if sealed is None else orjson.loads(self._context.cipher.decrypt(sealed))
        lines = [Line(**row) for row in rows]
        checked = importing.check(self._pair, self._database, self._followed(lines), self._context.clock())
        found = {"rows": checked.rows, "empty": checked.empty, "good": len(checked.good), "faulty": len(checked.faults)}
        self._note(read=len(lines), **found)
        return checked

    def _followed(self, lines: Iterable[Line]) -> Iterator[Line]:
        for place, line in enumerate(lines):
            if place and place % _AT_A_TIME == 0:
                self._note(read=place)
            self._context.tally.count("unchanged")
            yield line

    def _note(self, **counts: Any) -> None:
        self._counts |= counts
        self._report()
        # Whoever has lost the job to another worker notes nothing more.
        self._context.lease.ensure(timedelta(0))
        self._kept.note(self._pairing.job_id, self._counts)

    def _end(self, faults: Sequence[Mapping[str, Any]] = (), *, linked: bool = False) -> None:
        sealed = self._context.cipher.encrypt(orjson.dumps(faults[:SHOWN])) if faults else None
        self._kept.end(self._pairing.job_id, self._context.clock(), self._counts, sealed, linked=linked)


def _faults(checked: Checked) -> list[dict[str, Any]]:
    return [_fault(one.line.number, one.line.source_key, one.line.target_id, one.error) for one in checked.faults]


def _fault(number: int, key: str, target: str, error: RecordError) -> dict[str, Any]:
    return {"number": number, "source_key": key, "target_id": target, "what": str(error), "fix": error.fix}
