"""Proposals: pairs of existing records that could be the same, until a person accepts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub.chunks import chunks
from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.link import LINKS, other, rows_of
from objects.fields import Side

#: `unique`: the only pair of both. `ambiguous`: the source record has several candidates. `duplicate`: the target is
#: proposed to several source records, or linked already.
State = Literal["unique", "ambiguous", "duplicate", "accepted"]
STATES: tuple[State, ...] = ("unique", "ambiguous", "duplicate", "accepted")


class ProposalRow(StoreBase):
    """One possible pair."""

    __tablename__ = "proposal"
    __table_args__ = (
        UniqueConstraint("route_id", "source_key", "target_id"),
        Index("proposal_state", "route_id", "state", "id"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    source_key: Mapped[str] = mapped_column(String(255))
    source_label: Mapped[str] = mapped_column(String(255))
    target_id: Mapped[str] = mapped_column(String(255))
    target_label: Mapped[str] = mapped_column(String(255))
    #: 0 to 100.
    score: Mapped[int] = mapped_column(Integer)
    #: What they share: "sku", "barcode", "e-mail", "phone", "reference", with a plus between.
    reason: Mapped[str] = mapped_column(String(50))
    #: unique | ambiguous | duplicate | accepted
    state: Mapped[str] = mapped_column(String(15))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


PROPOSALS = cast(Table, ProposalRow.__table__)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two records that could be the same, and what speaks for it."""

    source_key: str
    source_label: str
    target_id: str
    target_label: str
    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One row as people look at it."""

    id: int
    source_key: str
    source_label: str
    target_id: str
    target_label: str
    score: int
    reason: str
    state: State


_COLUMNS = [PROPOSALS.c[name] for name in Proposal.__dataclass_fields__]


class Proposals:
    """The proposals of one route, whose records are linked under `kind`."""

    def __init__(self, database: Database, route_id: int, integration_id: int, kind: str, source: Side) -> None:
        self._database, self._route = database, route_id
        self._links = rows_of(integration_id, kind)
        self._source_id, self._target_id = LINKS.c[f"{source}_id"], LINKS.c[f"{other(source)}_id"]
        self._mine = PROPOSALS.c.route_id == route_id
        self._undecided = self._mine & (PROPOSALS.c.state != "accepted")

    # -- making -------------------------------------------------------------------------------------------------

    def put(self, pairings: Sequence[Pairing], now: datetime) -> None:
        """Note possible pairs; one that is known already gets its new score. Their states come with `settle`."""
        statement = self._database.insert(PROPOSALS)
        newest = {
            name: statement.excluded[name]
            for name in ("source_label", "target_label", "score", "reason", "state", "at")
        }
        statement = statement.on_conflict_do_update(index_elements=["route_id", "source_key", "target_id"], set_=newest)
        rows = [
            {
                "route_id": self._route,
                "source_key": pairing.source_key,
                "source_label": pairing.source_label[:255],
                "target_id": pairing.target_id,
                "target_label": pairing.target_label[:255],
                "score": pairing.score,
                "reason": pairing.reason,
                "state": "unique",
                "at": now,
            }
            for pairing in pairings
        ]
        with self._database.write() as connection:
            for part in chunks(rows):
                connection.execute(statement, part)

    def settle(self, since: datetime) -> dict[str, int]:
        """Drop what was last proposed before `since`, and tell the states of the rest; answers how many of each."""
        with self._database.write() as connection:
            connection.execute(PROPOSALS.delete().where(self._undecided, PROPOSALS.c.at < since))
            self._classify(connection)
        return self.counts()

    def _classify(self, connection: Connection) -> None:
        connection.execute(PROPOSALS.delete().where(self._undecided, self._linked(self._source_id, "source_key")))
        state = case(
            (self._linked(self._target_id, "target_id"), "duplicate"),
            (PROPOSALS.c.source_key.in_(self._several("source_key")), "ambiguous"),
            (PROPOSALS.c.target_id.in_(self._several("target_id")), "duplicate"),
            else_="unique",
        )
        connection.execute(PROPOSALS.update().where(self._undecided).values(state=state))

    def _linked(self, side: Any, name: str) -> Any:
        """Whether a link (not a mere reservation) holds the record."""
        return exists().where(self._links, side == PROPOSALS.c[name], LINKS.c.state != "reserved")

    def _several(self, name: str) -> Any:
        """What is in more than one undecided proposal."""
        rows = PROPOSALS.alias()
        mine = and_(rows.c.route_id == self._route, rows.c.state != "accepted")
        return select(rows.c[name]).where(mine).group_by(rows.c[name]).having(func.count() > 1)

    # -- deciding -----------------------------------------------------------------------------------------------

    def accept(self, ids: Iterable[int]) -> None:
        """Note that these pairs are linked now."""
        with self._database.write() as connection:
            for part in chunks(ids):
                chosen = self._mine & PROPOSALS.c.id.in_(part)
                connection.execute(PROPOSALS.update().where(chosen).values(state="accepted"))

    def classify(self) -> dict[str, int]:
        """Tell the states anew from what is linked by now; what was proposed for a linked source record goes."""
        with self._database.write() as connection:
            self._classify(connection)
        return self.counts()

    # -- looking ------------------------------------------------------------------------------------------------

    def page(
        self, *, states: Sequence[str] = (), least: int = 0, ids: Sequence[int] = (), after: int = 0, limit: int = 100
    ) -> list[Proposal]:
        """Up to `limit` proposals in the order of their numbers, behind `after`."""
        query = select(*_COLUMNS).where(self._mine, PROPOSALS.c.id > after, PROPOSALS.c.score >= least)
        if states:
            query = query.where(PROPOSALS.c.state.in_(list(states)))
        if ids:
            query = query.where(or_(*(PROPOSALS.c.id.in_(part) for part in chunks(ids))))
        with self._database.read() as connection:
            return [Proposal(*row) for row in connection.execute(query.order_by(PROPOSALS.c.id).limit(limit))]

    def of(self, source_keys: Iterable[str]) -> dict[str, list[Proposal]]:
        """What is proposed for source records and not decided yet, the best first."""
        found: dict[str, list[Proposal]] = {}
        with self._database.read() as connection:
            for part in chunks(source_keys):
                query = select(*_COLUMNS).where(self._undecided, PROPOSALS.c.source_key.in_(part))
                for row in connection.execute(query.order_by(PROPOSALS.c.score.desc(), PROPOSALS.c.id)):
                    found.setdefault(row.source_key, []).append(Proposal(*row))
        return found

    def count(self, state: State, least: int) -> int:
        """How many proposals are in a state, from a score on."""
        query = select(func.count()).where(self._mine, PROPOSALS.c.state == state, PROPOSALS.c.score >= least)
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)

    def counts(self) -> dict[str, int]:
        """How many proposals are in each state."""
        query = select(PROPOSALS.c.state, func.count()).where(self._mine).group_by(PROPOSALS.c.state)
        with self._database.read() as connection:
            found: dict[str, int] = dict(connection.execute(query).all())
        return {state: found.get(state, 0) for state in STATES}


def counts_by_route(database: Database, route_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many proposals of each of these routes are in each state."""
    query = select(PROPOSALS.c.route_id, PROPOSALS.c.state, func.count()).group_by(
        PROPOSALS.c.route_id, PROPOSALS.c.state
    )
    found: dict[int, dict[str, int]] = {}
    with database.read() as connection:
        for part in chunks(route_ids):
            for route, state, count in connection.execute(query.where(PROPOSALS.c.route_id.in_(part))):
                found.setdefault(route, {})[state] = count
    return found
