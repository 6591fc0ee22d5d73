"""Marking all that meet criteria as a job: it may be a hundred thousand records, and no browser waits for that."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Literal

import orjson

from hub.platforms.endpoint import Criteria
from hub.selecting.choosing import Choice
from hub.selecting.marking import REASON, Marker, Marking, noted
from hub.store.audit import Audit
from hub.store.database import Database
from hub.store.job import Request
from hub.store.plans import Cipher
from hub.sync.context import Context
from hub.sync.pair import pair_of

Act = Literal["mark", "unmark"]


def request(
    route_id: int, act: Act, choice: Choice, actor: str, cipher: Cipher, noted_as: Mapping[str, Any], total: int | None
) -> Request:
    """The job that marks, or unmarks, all that a choice means.

    Whom somebody looks for may be personal, so the criteria are encrypted; `noted_as` are they as the trail shows them.
    """
    sealed = b64encode(cipher.encrypt(orjson.dumps(asdict(choice.criteria)))).decode()
    limits = {"act": act, "criteria": sealed, "show": choice.show, "noted": dict(noted_as), "total": total}
    return Request(route_id, "select", REASON, actor, limits=limits)


def choice_of(limits: Mapping[str, Any], cipher: Cipher) -> Choice:
    """What such a job means."""
    given = orjson.loads(cipher.decrypt(b64decode(limits["criteria"])))
    criteria = Criteria((given["codes"][0], given["codes"][1]), (given["groups"][0], given["groups"][1]), given["text"])
    return Choice(criteria, show=limits["show"])


def carry_out(database: Database, context: Context, report: Callable[[], None]) -> None:
    """Mark or unmark what the job of a run says; `report` is called after each part, and may end it.

    Broken off, it is simply done again: what is marked already stays so.
    """
    job, pair = context.job, pair_of(context)
    marker = Marker(pair, database, context.jobs, actor=job.actor, clock=context.clock)
    choice, act = choice_of(job.limits, context.cipher), job.limits["act"]
    audit = Audit(database, context.clock, job.actor)
    before = (0, 0)
    with noted(audit, act, pair.subject, job.limits["noted"], marker.done):
        for done in marker.mark(choice) if act == "mark" else marker.unmark(choice):
            before = _counted(context, done, before)
            report()
    for key, error in sorted(marker.done.refused.items())[:100]:
        context.tally.warnings.append(f"{key}: its own field was not written: {error}")


def _counted(context: Context, done: Marking, before: tuple[int, int]) -> tuple[int, int]:
    """Count a part: what was marked or unmarked is updated, what was so already unchanged."""
    chosen, changed = done.chosen - before[0], done.changed - before[1]
    context.tally.count("updated", times=changed)
    context.tally.count("unchanged", times=chosen - changed)
    return done.chosen, done.changed
