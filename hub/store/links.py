"""Links: the same thing on both sides, down to variants and documents.

A row is *reserved* before any create and *claimed* before any update, so that in the whole system one writer at a time
works on a record, whichever route, job or process asks. `unknown_since` marks a create that was sent and not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, Integer, bindparam, func, literal_column, null, or_, select
from sqlalchemy.exc import IntegrityError

from hub.store.database import Database
from hub.store.kinship import Kinship
from hub.store.link import LINKS, Agreed, Agreement, Link, Touch, new_row, other, rows_of
from message_log.bulk import Bulk
from objects.fields import Side


class Links:
    """The table of links, seen from one source side of one integration."""

    def __init__(self, database: Database, integration_id: int, source: Side) -> None:
        self._database = database
        self._integration = integration_id
        self._source, self._target = source, other(source)
        self._source_id = LINKS.c[f"{source}_id"]
        self._target_id = LINKS.c[f"{self._target}_id"]
        #: The columns that make a `Link`, in the order of its fields.
        self._of_link = (
            LINKS.c.id,
            LINKS.c.parent_id,
            self._source_id,
            self._target_id,
            LINKS.c.state,
            LINKS.c.unknown_since,
            LINKS.c.message,
            LINKS.c[f"{source}_digest"],
            LINKS.c.mapping_version,
            LINKS.c[f"{source}_base"],
            LINKS.c[f"{self._target}_base"],
        )
        self._kinship = Kinship(database, integration_id, source)
        columns = [*new_row(integration_id, "", "reserved"), "claimed_by", "claimed_until", f"{source}_id"]
        self._reservation = Bulk(database.insert(LINKS).on_conflict_do_nothing(), columns)
        self._agreeing = Bulk(self._agreement())
        #: Whether roots of trees were claimed along with their records, and have to be let go with them.
        self._holds_roots = False

    def _mine(self, kind: str) -> Any:
        return rows_of(self._integration, kind)

    def _links(self, connection: Connection, where: Any) -> list[Link]:
        return [Link(*row) for row in connection.execute(select(*self._of_link).where(where))]

    # -- reading ------------------------------------------------------------------------------------------------

    def of(self, kind: str, source_ids: Iterable[str]) -> dict[str, Link]:
        """The links of a page, by the source's ids, in one query."""
        with self._database.read() as connection:
            links = self._links(connection, self._mine(kind) & self._source_id.in_(list(source_ids)))
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

    def count(self, kind: str) -> int:
        """How many records of a kind are linked."""
        query = select(func.count()).select_from(LINKS).where(self._mine(kind), LINKS.c.state == "linked")
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)

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
        values = {"claimed_by": run, "claimed_until": until}
        fresh = [
            {
                **new_row(self._integration, kind, "reserved", label=label, fold=self._fold(source_id)),
                **values,
                f"{self._source}_id": source_id,
            }
            for source_id, label in records
        ]
        wanted = self._mine(kind) & self._source_id.in_([source_id for source_id, _ in records])
        with self._database.write() as connection:
            self._reservation.write(connection, fresh)
            links = self._held(connection, wanted, run)
            if len(links) < len(records):
                # Some are there from before, and may be held by somebody else.
                self._claim(connection, wanted, run, now, until)
                links = self._held(connection, wanted, run)
        return {link.source_id: link for link in links if link.source_id is not None}

    def _held(self, connection: Connection, wanted: Any, run: int) -> list[Link]:
        return self._links(connection, wanted & (LINKS.c.claimed_by == run))

    def claim(self, link_ids: Sequence[int], run: int, now: datetime, until: datetime) -> set[int]:
        """Claim links for an update; answers those that are ours now. A record is claimed through its root."""
        with self._database.write() as connection:
            roots = {
                row.id: row.parent_id or row.id
                for row in connection.execute(select(LINKS.c.id, LINKS.c.parent_id).where(LINKS.c.id.in_(link_ids)))
            }
            wanted = set(roots.values()) | roots.keys()
            self._holds_roots = self._holds_roots or len(wanted) > len(roots)
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
        self, agreements: Sequence[Agreement], run: int, kind: str, also: Callable[[Connection, Set[int]], None]
    ) -> Agreed:
        """Commit ids, digests and bases; answers the links that were still ours to write.

        `also` is called inside the same transaction with their ids, for what must be true exactly when the links are.
        A link that another run has taken over meanwhile is left alone: its new holder decides. A target that belongs
        to another record is not taken from it.
        """
        if not agreements:
            return Agreed(frozenset(), {})
        try:
            return self._agree(agreements, run, kind, also)
        except IntegrityError:
            # Another run has linked one of the targets in this very moment; now it is seen.
            return self._agree(agreements, run, kind, also)

    def _agree(
        self, agreements: Sequence[Agreement], run: int, kind: str, also: Callable[[Connection, Set[int]], None]
    ) -> Agreed:
        with self._database.write() as connection:
            ids = [agreement.link_id for agreement in agreements]
            held = set(connection.scalars(select(LINKS.c.id).where(LINKS.c.id.in_(ids), LINKS.c.claimed_by == run)))
            taken = self._taken(connection, kind, [one for one in agreements if one.link_id in held])
            kept = [one for one in agreements if one.link_id in held and one.link_id not in taken]
            ours = frozenset(one.link_id for one in kept)
            parents = self._kinship.relate(connection, kept)
            self._agreeing.write(connection, [self._row(item, parents.get(item.link_id)) for item in kept])
            if self._holds_roots:
                roots = select(LINKS.c.parent_id).where(LINKS.c.id.in_(ours), LINKS.c.parent_id.is_not(None))
                freed = LINKS.c.id.in_(roots) & (LINKS.c.claimed_by == run)
                connection.execute(LINKS.update().where(freed).values(claimed_by=None, claimed_until=None))
            also(connection, ours)
        return Agreed(ours, taken)

    def _taken(self, connection: Connection, kind: str, agreements: Sequence[Agreement]) -> dict[int, str]:
        """Links whose target's record is another one's, with its holder.

        The other direction may have reserved the same pair from its own end: a row that only it knows gives way.
        """
        mine = {agreement.link_id: agreement.target_id for agreement in agreements}
        query = select(LINKS.c.id, LINKS.c.state, LINKS.c.claimed_by, self._source_id, self._target_id).where(
            self._mine(kind), self._target_id.in_(list(mine.values())), LINKS.c.id.not_in(list(mine))
        )
        holders: dict[str, str] = {}
        for row in connection.execute(query).all():
            source_id, target_id = row._mapping[self._source_id], row._mapping[self._target_id]
            if source_id is None and row.state == "reserved" and row.claimed_by is None:
                connection.execute(LINKS.delete().where(LINKS.c.id == row.id))
            else:
                holders[target_id] = source_id or "another run"
        first: dict[str, int] = {}
        taken = {}
        for link_id, target_id in mine.items():
            if target_id in holders:
                taken[link_id] = holders[target_id]
            elif first.setdefault(target_id, link_id) != link_id:
                taken[link_id] = "another record of this run"
        return taken

    def touch(self, settled: Sequence[Touch]) -> None:
        """Note what was compared and found equal; a link that is being written is left to its writer."""
        columns = {
            "digest": LINKS.c[f"{self._source}_digest"],
            "mapping_version": LINKS.c.mapping_version,
            "source_base": LINKS.c[f"{self._source}_base"],
            "target_base": LINKS.c[f"{self._target}_base"],
            "target_digest": LINKS.c[f"{self._target}_digest"],
        }
        shapes: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for one in settled:
            given = {name: getattr(one, name) for name in columns if getattr(one, name) is not None}
            row = {f"b_{name}": value for name, value in given.items()}
            shapes.setdefault(tuple(given), []).append({"b_id": one.link_id, **row})
        if not shapes:
            return
        with self._database.write() as connection:
            for names, rows in shapes.items():
                values: dict[Any, Any] = {
                    columns[name]: bindparam(f"b_{name}", type_=columns[name].type) for name in names
                }
                where = (LINKS.c.id == bindparam("b_id")) & LINKS.c.claimed_by.is_(None)
                connection.execute(LINKS.update().where(where).values(values), rows)

    def _agreement(self) -> Any:
        values: dict[Any, Any] = {
            self._target_id: bindparam("b_target_id"),
            LINKS.c[f"{self._source}_digest"]: bindparam("b_digest"),
            LINKS.c[f"{self._target}_digest"]: bindparam("b_target_digest"),
            LINKS.c[f"{self._source}_base"]: bindparam("b_source_base", type_=JSON),
            LINKS.c[f"{self._target}_base"]: bindparam("b_target_base", type_=JSON),
            LINKS.c.mapping_version: bindparam("b_mapping_version"),
            LINKS.c.message: bindparam("b_message"),
            LINKS.c.parent_id: func.coalesce(bindparam("b_parent", type_=Integer), LINKS.c.parent_id),
            LINKS.c.state: literal_column("'linked'"),
            LINKS.c.unknown_since: null(),
            LINKS.c.claimed_by: null(),
            LINKS.c.claimed_until: null(),
        }
        if self._source == "shop":
            values[LINKS.c.fold] = bindparam("b_fold")
        return LINKS.update().where(LINKS.c.id == bindparam("b_id")).values(values)

    def _row(self, agreement: Agreement, parent: int | None) -> dict[str, Any]:
        row: dict[str, Any] = {
            "b_id": agreement.link_id,
            "b_parent": parent,
            "b_target_id": agreement.target_id,
            "b_digest": agreement.digest,
            "b_target_digest": agreement.target_digest,
            "b_source_base": dict(agreement.source_base),
            "b_target_base": dict(agreement.target_base),
            "b_mapping_version": agreement.mapping_version,
            "b_message": agreement.message,
        }
        if self._source == "shop":
            row["b_fold"] = agreement.target_id.casefold()
        return row

    def _fold(self, source_id: str) -> str:
        return source_id.casefold() if self._source == "erp" else ""
