"""Links: the same thing on both sides, down to variants and documents.

A row is *reserved* before any create and *claimed* before any update, so that in the whole system one writer at a time
works on a record, whichever route, job or process asks. `unknown_since` marks a create that was sent and not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import (
    JSON,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase, UtcDateTime

Side = Literal["shop", "erp"]
State = Literal["reserved", "linked", "gone"]


class LinkRow(StoreBase):
    """One link; `shop_*` and `erp_*` hold what is known of each side."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("integration_id", "kind", "shop_id"),
        UniqueConstraint("integration_id", "kind", "erp_id"),
        Index("link_parent", "parent_id"),
        Index("link_claim", "claimed_by"),
        Index("link_fold", "integration_id", "kind", "fold"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    kind: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    shop_id: Mapped[str | None] = mapped_column(String(255))
    erp_id: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(255), default="")
    #: The ERP's code without letter case: codes that differ only by case are told apart by it.
    fold: Mapped[str] = mapped_column(String(255), default="")
    claimed_by: Mapped[int | None] = mapped_column(Integer)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unknown_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The message of the last write, so that a crash between the write and its message can be told from one before it.
    message: Mapped[int | None] = mapped_column(Integer)
    mapping_version: Mapped[str] = mapped_column(String(32), default="")
    shop_digest: Mapped[str] = mapped_column(String(32), default="")
    erp_digest: Mapped[str] = mapped_column(String(32), default="")
    shop_base: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    erp_base: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


LINKS = cast(Table, LinkRow.__table__)


@dataclass(frozen=True, slots=True)
class Link:
    """One link, seen from the side that is the source."""

    id: int
    parent_id: int | None
    source_id: str | None
    target_id: str | None
    state: State
    unknown_since: datetime | None
    message: int | None
    #: Digest of the source's native record when it was last settled, and the mapping it was settled under.
    digest: str
    mapping_version: str
    source_base: Mapping[str, str]
    target_base: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kin:
    """A link of the record's tree, by its ids."""

    kind: str
    source_id: str | None
    target_id: str | None
    parent: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both sides agreed on, to be written to a link."""

    link_id: int
    target_id: str
    digest: str
    mapping_version: str
    source_base: Mapping[str, str] = field(default_factory=dict)
    #: None = leave the base of the target as it is (the platform answered no record).
    target_base: Mapping[str, str] | None = None
    message: int | None = None
    kin: tuple[Kin, ...] = ()


def other(side: Side) -> Side:
    """The opposite side."""
    return "erp" if side == "shop" else "shop"


class Links:
    """The table of links, seen from one source side of one integration."""

    def __init__(self, database: Database, integration_id: int, source: Side) -> None:
        self._database = database
        self._integration = integration_id
        self._source, self._target = source, other(source)
        self._source_id = LINKS.c[f"{source}_id"]
        self._target_id = LINKS.c[f"{self._target}_id"]

    def _mine(self, kind: str) -> Any:
        return (LINKS.c.integration_id == self._integration) & (LINKS.c.kind == kind)

    def _link(self, row: Any) -> Link:
        return Link(
            row.id,
            row.parent_id,
            row._mapping[self._source_id],
            row._mapping[self._target_id],
            row.state,
            row.unknown_since,
            row.message,
            row._mapping[LINKS.c[f"{self._source}_digest"]],
            row.mapping_version,
            row._mapping[LINKS.c[f"{self._source}_base"]],
            row._mapping[LINKS.c[f"{self._target}_base"]],
        )

    # -- reading ------------------------------------------------------------------------------------------------

    def of(self, kind: str, source_ids: Iterable[str]) -> dict[str, Link]:
        """The links of a page, by the source's ids, in one query."""
        query = select(LINKS).where(self._mine(kind), self._source_id.in_(list(source_ids)))
        with self._database.read() as connection:
            links = [self._link(row) for row in connection.execute(query)]
        return {link.source_id: link for link in links if link.source_id is not None}

    def targets(self, kind: str, source_ids: Iterable[str]) -> dict[str, str]:
        """Target ids of linked records, by the source's ids."""
        wanted = list(source_ids)
        if not wanted:
            return {}
        query = select(self._source_id, self._target_id).where(
            self._mine(kind), LINKS.c.state == "linked", self._source_id.in_(wanted), self._target_id.is_not(None)
        )
        with self._database.read() as connection:
            return dict(connection.execute(query).all())

    def holders(self, kind: str, target_ids: Iterable[str]) -> dict[str, str]:
        """Source ids that hold these target ids already (reserved or linked)."""
        wanted = list(target_ids)
        if not wanted:
            return {}
        query = select(self._target_id, self._source_id).where(
            self._mine(kind), self._target_id.in_(wanted), self._source_id.is_not(None)
        )
        with self._database.read() as connection:
            return dict(connection.execute(query).all())

    def folded(self, kind: str, codes: Iterable[str]) -> dict[str, list[str]]:
        """Linked or reserved ERP codes by their form without letter case."""
        wanted = sorted({code.casefold() for code in codes})
        query = select(LINKS.c.fold, LINKS.c.erp_id).where(
            self._mine(kind), LINKS.c.fold.in_(wanted), LINKS.c.erp_id.is_not(None)
        )
        found: dict[str, list[str]] = {}
        with self._database.read() as connection:
            for fold, code in connection.execute(query):
                found.setdefault(fold, []).append(code)
        return found

    # -- reserving and claiming ---------------------------------------------------------------------------------

    def reserve(
        self, kind: str, records: Sequence[tuple[str, str]], run: int, now: datetime, until: datetime
    ) -> dict[str, Link]:
        """Reserve (source id, label) rows for a create, or claim them where they exist.

        Answers the rows that are ours now; one that another run holds is missing.
        """
        with self._database.write() as connection:
            for source_id, label in records:
                erp_code = source_id if self._source == "erp" else ""
                statement = self._database.insert(LINKS).values(
                    **self._fresh(kind, "reserved", label=label, fold=erp_code.casefold()),
                    **{f"{self._source}_id": source_id},
                )
                connection.execute(statement.on_conflict_do_nothing())
            ids = [source_id for source_id, _ in records]
            self._claim(connection, self._mine(kind) & self._source_id.in_(ids), run, now, until)
            rows = connection.execute(
                select(LINKS).where(self._mine(kind), self._source_id.in_(ids), LINKS.c.claimed_by == run)
            )
            links = [self._link(row) for row in rows]
        return {link.source_id: link for link in links if link.source_id is not None}

    def claim(self, link_ids: Sequence[int], run: int, now: datetime, until: datetime) -> set[int]:
        """Claim links for an update; answers those that are ours now. A record is claimed through its root."""
        with self._database.write() as connection:
            roots = {
                row.id: row.parent_id or row.id
                for row in connection.execute(select(LINKS.c.id, LINKS.c.parent_id).where(LINKS.c.id.in_(link_ids)))
            }
            wanted = set(roots.values()) | roots.keys()
            self._claim(connection, LINKS.c.id.in_(wanted), run, now, until)
            ours = set(connection.scalars(select(LINKS.c.id).where(LINKS.c.id.in_(wanted), LINKS.c.claimed_by == run)))
        return {link_id for link_id, root in roots.items() if link_id in ours and root in ours}

    @staticmethod
    def _claim(connection: Connection, where: Any, run: int, now: datetime, until: datetime) -> None:
        free = or_(LINKS.c.claimed_until.is_(None), LINKS.c.claimed_until < now, LINKS.c.claimed_by == run)
        connection.execute(LINKS.update().where(where, free).values(claimed_by=run, claimed_until=until))

    def release(self, link_ids: Iterable[int], run: int) -> None:
        """Let go of links that were not written."""
        self._let_go((LINKS.c.id.in_(list(link_ids))) & (LINKS.c.claimed_by == run))

    def release_all(self, run: int) -> None:
        """Let go of everything a run holds: at its end, or when it is taken over."""
        self._let_go(LINKS.c.claimed_by == run)

    def claimants(self) -> set[int]:
        """The runs that hold links of this integration."""
        query = select(LINKS.c.claimed_by).where(
            LINKS.c.integration_id == self._integration, LINKS.c.claimed_by.is_not(None)
        )
        with self._database.read() as connection:
            return set(connection.scalars(query.distinct()))

    def _let_go(self, where: Any) -> None:
        with self._database.write() as connection:
            connection.execute(LINKS.update().where(where).values(claimed_by=None, claimed_until=None))

    def note_unknown(self, link_ids: Iterable[int], at: datetime) -> None:
        """Note that a create was sent at this time and not answered."""
        with self._database.write() as connection:
            chosen = LINKS.c.id.in_(list(link_ids)) & (LINKS.c.state == "reserved")
            connection.execute(LINKS.update().where(chosen).values(unknown_since=at))

    def drop_reservations(self, link_ids: Iterable[int], run: int) -> None:
        """Remove reservations whose create was refused: nothing exists on the target."""
        chosen = LINKS.c.id.in_(list(link_ids)) & (LINKS.c.state == "reserved") & (LINKS.c.claimed_by == run)
        with self._database.write() as connection:
            connection.execute(LINKS.delete().where(chosen))

    # -- agreeing -----------------------------------------------------------------------------------------------

    def agree(
        self, agreements: Sequence[Agreement], run: int, kind: str, also: Callable[[Connection], None]
    ) -> set[int]:
        """Commit ids, digests and bases; answers the links that were still ours to write.

        `also` is called inside the same transaction, for what must be true exactly when the links are.
        A link that another run has taken over meanwhile is left alone: its new holder decides.
        """
        if not agreements:
            return set()
        with self._database.write() as connection:
            ids = [agreement.link_id for agreement in agreements]
            ours = set(connection.scalars(select(LINKS.c.id).where(LINKS.c.id.in_(ids), LINKS.c.claimed_by == run)))
            kept = [agreement for agreement in agreements if agreement.link_id in ours]
            for with_base in (True, False):
                rows = [self._row(item, with_base) for item in kept if (item.target_base is not None) is with_base]
                if rows:
                    connection.execute(self._agreement(with_base), rows)
            for agreement in kept:
                for kin in agreement.kin:
                    self._relate(connection, kind, agreement.link_id, kin)
            roots = select(LINKS.c.parent_id).where(LINKS.c.id.in_(ours), LINKS.c.parent_id.is_not(None))
            freed = LINKS.c.id.in_(roots) & (LINKS.c.claimed_by == run)
            connection.execute(LINKS.update().where(freed).values(claimed_by=None, claimed_until=None))
            also(connection)
        return ours

    def touch(self, settled: Sequence[tuple[int, str, str]]) -> None:
        """Note (link id, digest, mapping version) of records that were compared and found equal."""
        if not settled:
            return
        digest = LINKS.c[f"{self._source}_digest"]
        statement = (
            LINKS.update()
            .where(LINKS.c.id == bindparam("b_id"), LINKS.c.claimed_by.is_(None))
            .values({digest: bindparam("b_digest"), LINKS.c.mapping_version: bindparam("b_version")})
        )
        rows = [{"b_id": link_id, "b_digest": value, "b_version": version} for link_id, value, version in settled]
        with self._database.write() as connection:
            connection.execute(statement, rows)

    def _agreement(self, with_base: bool) -> Any:
        values: dict[Any, Any] = {
            self._target_id: bindparam("b_target_id"),
            LINKS.c[f"{self._source}_digest"]: bindparam("b_digest"),
            LINKS.c[f"{self._source}_base"]: bindparam("b_source_base", type_=JSON),
            LINKS.c.mapping_version: bindparam("b_mapping_version"),
            LINKS.c.message: bindparam("b_message"),
            LINKS.c.state: "linked",
            LINKS.c.unknown_since: None,
            LINKS.c.claimed_by: None,
            LINKS.c.claimed_until: None,
        }
        if self._source == "shop":
            values[LINKS.c.fold] = bindparam("b_fold")
        if with_base:
            values[LINKS.c[f"{self._target}_base"]] = bindparam("b_target_base", type_=JSON)
        return LINKS.update().where(LINKS.c.id == bindparam("b_id")).values(values)

    def _row(self, agreement: Agreement, with_base: bool) -> dict[str, Any]:
        row: dict[str, Any] = {
            "b_id": agreement.link_id,
            "b_target_id": agreement.target_id,
            "b_digest": agreement.digest,
            "b_source_base": dict(agreement.source_base),
            "b_mapping_version": agreement.mapping_version,
            "b_message": agreement.message,
        }
        if self._source == "shop":
            row["b_fold"] = agreement.target_id.casefold()
        if with_base:
            row["b_target_base"] = dict(agreement.target_base or {})
        return row

    def _relate(self, connection: Connection, kind: str, link_id: int, kin: Kin) -> None:
        ids = {f"{self._source}_id": kin.source_id, f"{self._target}_id": kin.target_id}
        known = connection.scalar(
            select(LINKS.c.id).where(self._mine(kin.kind), self._target_id == kin.target_id)
            if kin.target_id is not None
            else select(LINKS.c.id).where(self._mine(kin.kind), self._source_id == kin.source_id)
        )
        if known is None:
            values = {**self._fresh(kin.kind, "linked"), **ids}
            inserted = connection.execute(LINKS.insert().values(values)).inserted_primary_key
            known = inserted[0] if inserted else None
        child, parent = (link_id, known) if kin.parent else (known, link_id)
        connection.execute(LINKS.update().where(LINKS.c.id == child).values(parent_id=parent))

    def _fresh(self, kind: str, state: State, *, label: str = "", fold: str = "") -> dict[str, Any]:
        return {
            "integration_id": self._integration,
            "kind": kind,
            "state": state,
            "label": label,
            "fold": fold,
            "mapping_version": "",
            "shop_digest": "",
            "erp_digest": "",
            "shop_base": {},
            "erp_base": {},
        }
