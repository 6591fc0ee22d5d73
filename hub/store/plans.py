"""Plans: what a run would do, kept to the letter until it is carried out, dropped or replaced.

A step keeps the digests of both sides as it saw them. Carried out, each record is read afresh: with the same digests
the same step is done, otherwise nothing is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, cast

import orjson
from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Table, func, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.chunks import chunks
from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase, UtcDateTime

Listed = Literal["preview", "held"]
#: A dry run is there for a question of one person only: it is in no list, and nobody carries it out.
Kind = Literal["preview", "held", "dry run"]
State = Literal["making", "open", "released", "dropped", "applied", "replaced"]
Outcome = Literal["", "done", "stale", "failed"]
#: Steps read at a time.
CHUNK = 500


class PlanRow(StoreBase):
    """One plan of one route."""

    __tablename__ = "plan"
    __table_args__ = (Index("plan_route", "route_id", "state"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    #: The run that made it; None = a preview without a run.
    run_id: Mapped[int | None] = mapped_column(Integer)
    #: preview | held | dry run
    kind: Mapped[str] = mapped_column(String(10))
    #: making | open | released | dropped | applied | replaced
    state: Mapped[str] = mapped_column(String(10))
    scope: Mapped[str] = mapped_column(String(15))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(100))
    #: Steps by action, and refusals and skips by cause or reason.
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    causes: Mapped[dict[str, int]] = mapped_column(JSON)
    #: Why it is held, in sentences.
    reasons: Mapped[list[str]] = mapped_column(JSON)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(100), default="")


class PlanStepRow(StoreBase):
    """One record of a plan."""

    __tablename__ = "plan_step"
    __table_args__ = (Index("plan_step_key", "plan_id", "key"),)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(255))
    label: Mapped[str] = mapped_column(String(255))
    #: create | update | cancel | link | skip | refuse
    action: Mapped[str] = mapped_column(String(10))
    cause: Mapped[str] = mapped_column(String(50), default="")
    detail: Mapped[str] = mapped_column(String(255), default="")
    target_id: Mapped[str] = mapped_column(String(255), default="")
    source_digest: Mapped[str] = mapped_column(String(32), default="")
    target_digest: Mapped[str] = mapped_column(String(32), default="")
    #: Field -> {old, new}, encrypted: it may be personal.
    diff: Mapped[bytes] = mapped_column(LargeBinary)
    #: "" (not carried out yet) | done | stale | failed
    outcome: Mapped[str] = mapped_column(String(10), default="")


PLANS = cast(Table, PlanRow.__table__)
STEPS = cast(Table, PlanStepRow.__table__)


class Cipher(Protocol):
    """What keeps differences from the eyes of whoever only has the database."""

    def encrypt(self, data: bytes, /) -> bytes:
        """Encrypt."""
        ...

    def decrypt(self, data: bytes, /) -> bytes:
        """Decrypt."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan as stored."""

    id: int
    route_id: int
    run_id: int | None
    kind: Kind
    state: State
    scope: str
    created_at: datetime
    actor: str
    counts: dict[str, int]
    causes: dict[str, int]
    reasons: list[str]
    decided_at: datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class PlanStep:
    """What a plan says about one record; `diff` maps a field to {"old", "new"} in plain JSON values."""

    key: str
    label: str
    action: str
    cause: str = ""
    detail: str = ""
    target_id: str = ""
    source_digest: str = ""
    target_digest: str = ""
    diff: Mapping[str, Any] | None = None
    outcome: str = ""
    place: int = 0


class Plans:
    """The tables of plans and their steps."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database, self._cipher = database, cipher

    # -- making -------------------------------------------------------------------------------------------------

    def begin(self, route_id: int, run_id: int | None, kind: Kind, scope: str, actor: str, now: datetime) -> int:
        """Begin a plan to which steps are added; answers its id. It is open once it is complete.

        What an earlier run of the route, which is gone, has left unfinished is removed: a route has one run at a time.
        """
        values: dict[str, Any] = {
            "route_id": route_id,
            "run_id": run_id,
            "kind": kind,
            "state": "making",
            "scope": scope,
            "created_at": now,
            "actor": actor,
            "counts": {},
            "causes": {},
            "reasons": [],
            "decided_by": "",
        }
        with self._database.write() as connection:
            left = select(PLANS.c.id).where(PLANS.c.route_id == route_id, PLANS.c.state == "making")
            connection.execute(STEPS.delete().where(STEPS.c.plan_id.in_(left)))
            connection.execute(PLANS.delete().where(PLANS.c.route_id == route_id, PLANS.c.state == "making"))
            inserted = connection.execute(PLANS.insert().values(values)).inserted_primary_key
        return int(inserted[0]) if inserted else 0

    def add(self, plan_id: int, steps: Sequence[PlanStep], place: int) -> None:
        """Add steps, the first at `place`."""
        rows = [
            {
                "plan_id": plan_id,
                "place": place + offset,
                "key": step.key,
                "label": step.label[:255],
                "action": step.action,
                "cause": step.cause,
                "detail": step.detail[:255],
                "target_id": step.target_id,
                "source_digest": step.source_digest,
                "target_digest": step.target_digest,
                "diff": self._cipher.encrypt(orjson.dumps(dict(step.diff or {}))),
                "outcome": "",
            }
            for offset, step in enumerate(steps)
        ]
        if rows:
            with self._database.write() as connection:
                connection.execute(STEPS.insert(), rows)

    def complete(
        self, plan_id: int, counts: Mapping[str, int], causes: Mapping[str, int], reasons: Sequence[str] = ()
    ) -> None:
        """Note the totals of a plan whose steps are all there. An older open one of its kind and route is replaced."""
        with self._database.write() as connection:
            row = connection.execute(select(PLANS).where(PLANS.c.id == plan_id)).one()
            if row.kind == "held":
                older = (PLANS.c.route_id == row.route_id) & (PLANS.c.kind == "held") & (PLANS.c.state == "open")
                replaced = older & (PLANS.c.id != plan_id)
                # Nobody will carry them out: what they were about stays, their steps go.
                connection.execute(STEPS.delete().where(STEPS.c.plan_id.in_(select(PLANS.c.id).where(replaced))))
                connection.execute(PLANS.update().where(replaced).values(state="replaced"))
            totals = {"state": "open", "counts": dict(counts), "causes": dict(causes), "reasons": list(reasons)}
            connection.execute(PLANS.update().where(PLANS.c.id == plan_id).values(totals))

    def forget(self, plan_id: int) -> None:
        """Remove a plan that nobody wants to keep."""
        with self._database.write() as connection:
            connection.execute(STEPS.delete().where(STEPS.c.plan_id == plan_id))
            connection.execute(PLANS.delete().where(PLANS.c.id == plan_id))

    # -- deciding -----------------------------------------------------------------------------------------------

    def decide(self, plan_id: int, state: State, actor: str, now: datetime) -> bool:
        """Release, drop, or note as applied; False = somebody else has decided meanwhile."""
        allowed = ("open",) if state == "released" else ("open", "released")
        where = (PLANS.c.id == plan_id) & PLANS.c.state.in_(allowed)
        values: dict[str, Any] = {"state": state}
        if state != "applied":
            values |= {"decided_at": now, "decided_by": actor}
        with self._database.write() as connection:
            return bool(connection.execute(PLANS.update().where(where).values(values)).rowcount)

    def note_outcomes(self, plan_id: int, outcomes: Mapping[str, Outcome]) -> None:
        """Note what became of steps, by their key."""
        by_outcome: dict[Outcome, list[str]] = {}
        for key, outcome in outcomes.items():
            by_outcome.setdefault(outcome, []).append(key)
        with self._database.write() as connection:
            for ended, keys in by_outcome.items():
                for part in chunks(keys):
                    where = (STEPS.c.plan_id == plan_id) & STEPS.c.key.in_(part)
                    connection.execute(STEPS.update().where(where).values(outcome=ended))

    def forget_values(self, keys: Collection[str]) -> None:
        """Blank what any plan says about these records: it may name a person. That there was a step, stays."""
        blank = {"diff": self._cipher.encrypt(orjson.dumps({})), "label": STEPS.c.key, "detail": ""}
        with self._database.write() as connection:
            for part in chunks(sorted(keys)):
                connection.execute(STEPS.update().where(STEPS.c.key.in_(part)).values(blank))

    # -- looking ------------------------------------------------------------------------------------------------

    def find(self, plan_id: int) -> Plan | None:
        """The plan of this number; None where there is none."""
        with self._database.read() as connection:
            row = connection.execute(select(PLANS).where(PLANS.c.id == plan_id)).one_or_none()
        return None if row is None or row.kind == "dry run" else Plan(*row)

    def get(self, plan_id: int) -> Plan:
        """One plan; ConfigurationError where there is none of this number."""
        found = self.find(plan_id)
        if found is None:
            raise ConfigurationError(f"There is no plan {plan_id}.", detail=str(plan_id), fix="See `hub plans list`.")
        return found

    def of_run(self, run_id: int) -> Plan | None:
        """The plan that a run has made; None = it made none, or nobody has kept it."""
        with self._database.read() as connection:
            row = connection.execute(select(PLANS).where(PLANS.c.run_id == run_id, PLANS.c.state != "making")).first()
        return Plan(*row) if row else None

    def newest(
        self,
        route_ids: Sequence[int],
        *,
        kind: Listed | None = None,
        states: Collection[State] = (),
        limit: int = 50,
        before: int | None = None,
    ) -> list[Plan]:
        """Plans of routes, the newest first, in any of these states; `before` goes on behind a plan."""
        query = select(PLANS).where(PLANS.c.route_id.in_(list(route_ids)), PLANS.c.state != "making")
        query = query.where(PLANS.c.kind == kind if kind is not None else PLANS.c.kind != "dry run")
        if states:
            query = query.where(PLANS.c.state.in_(states))
        if before is not None:
            query = query.where(PLANS.c.id < before)
        with self._database.read() as connection:
            return [Plan(*row) for row in connection.execute(query.order_by(PLANS.c.id.desc()).limit(limit))]

    def steps(
        self, plan_id: int, *, actions: Sequence[str] = (), outcome: str | None = None, after: int = -1
    ) -> Iterator[PlanStep]:
        """The steps of a plan in their order, behind a place; read in chunks, so that memory stays flat.

        Steps are not looked at twice, so what has become of them may be noted meanwhile.
        """
        while True:
            found = self.page(plan_id, CHUNK, actions=actions, outcome=outcome, after=after)
            yield from found
            if len(found) < CHUNK:
                return
            after = found[-1].place

    def page(
        self,
        plan_id: int,
        limit: int,
        *,
        actions: Sequence[str] = (),
        cause: str = "",
        outcome: str | None = None,
        after: int = -1,
    ) -> list[PlanStep]:
        """Up to `limit` steps of a plan in their order, behind a place; narrowed by what is given."""
        query = select(STEPS).where(STEPS.c.plan_id == plan_id, STEPS.c.place > after)
        query = query.where(STEPS.c.action.in_(list(actions))) if actions else query
        query = query.where(STEPS.c.cause == cause) if cause else query
        query = query.where(STEPS.c.outcome == outcome) if outcome is not None else query
        with self._database.read() as connection:
            return [self._step(row) for row in connection.execute(query.order_by(STEPS.c.place).limit(limit))]

    def count(self, plan_id: int, outcome: str) -> int:
        """How many steps ended like this."""
        return self.outcomes(plan_id).get(outcome, 0)

    def outcomes(self, plan_id: int) -> dict[str, int]:
        """How many steps ended in which way; "" = nothing has become of them."""
        query = select(STEPS.c.outcome, func.count()).where(STEPS.c.plan_id == plan_id).group_by(STEPS.c.outcome)
        with self._database.read() as connection:
            return {outcome: int(count) for outcome, count in connection.execute(query)}

    def _step(self, row: Any) -> PlanStep:
        return PlanStep(
            row.key,
            row.label,
            row.action,
            row.cause,
            row.detail,
            row.target_id,
            row.source_digest,
            row.target_digest,
            orjson.loads(self._cipher.decrypt(row.diff)),
            row.outcome,
            row.place,
        )
