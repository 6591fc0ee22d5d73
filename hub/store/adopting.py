"""Linking what exists: rows for pairs of records that a person, or a list, calls the same.

Nothing is written to either side. The rows bear neither digests nor bases, so the next run that reads such a record
compares it as it compares one that it has just matched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from hub.chunks import chunks
from hub.errors import AmbiguousMatch, Changed, RecordError
from hub.store.database import Database
from hub.store.link import LINKS, Kin, other, rows_of
from objects.fields import Side

UNLINK = "Choose another record, or find the link with `hub links list` and take it apart with `hub links unlink`."
ONCE = "Decide for one of them and leave the other out."
LATER = "Try again when the run is over."


@dataclass(frozen=True, slots=True)
class Adoption:
    """Two records that are the same, and the link that theirs hangs on (the product around a variant)."""

    source_id: str
    target_id: str
    label: str = ""
    parent: Kin | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """The rows that hold a record of the pairs already, by either id."""

    by_source: Mapping[str, Row[Any]]
    by_target: Mapping[str, Row[Any]]


class Adopter:
    """Makes linked rows in bulk, seen from one source side of one integration."""

    def __init__(self, database: Database, integration_id: int, source: Side) -> None:
        self._database, self._integration = database, integration_id
        self._source = source
        self._source_id, self._target_id = LINKS.c[f"{source}_id"], LINKS.c[f"{other(source)}_id"]

    def adopt(
        self, kind: str, pairs: Sequence[Adoption], now: datetime, *, partial: bool = False
    ) -> dict[int, RecordError]:
        """Link pairs in one transaction; answers those that cannot be, by their place in `pairs`, and why.

        With `partial` the others are linked all the same; without, one that is refused keeps all from being linked.
        """
        with self._database.write() as connection:
            known = self._known(connection, kind, pairs)
            refused = self._refused(pairs, known, now)
            if refused and not partial:
                return refused
            savepoint = connection.begin_nested()
            fit = {place: pair for place, pair in enumerate(pairs) if place not in refused}
            refused |= self._link(connection, kind, fit, known)
            if refused and not partial:
                savepoint.rollback()
            else:
                savepoint.commit()
        return refused

    def against(self, kind: str, pairs: Sequence[Adoption], now: datetime) -> dict[int, RecordError]:
        """What stands against each pair by itself, by place; nothing is written."""
        with self._database.read() as connection:
            known = self._known(connection, kind, pairs)
        errors = {place: self._against(pair, known, now) for place, pair in enumerate(pairs)}
        return {place: error for place, error in errors.items() if error is not None}

    # -- what stands against it -----------------------------------------------------------------------------------

    def _known(self, connection: Connection, kind: str, pairs: Sequence[Adoption]) -> _Known:
        by_source = self._rows(connection, kind, self._source_id, [pair.source_id for pair in pairs])
        by_target = self._rows(connection, kind, self._target_id, [pair.target_id for pair in pairs])
        return _Known(by_source, by_target)

    def _rows(self, connection: Connection, kind: str, column: Any, ids: Iterable[str]) -> dict[str, Row[Any]]:
        found = {}
        for part in chunks(ids):
            query = select(LINKS).where(rows_of(self._integration, kind), column.in_(part)).with_for_update()
            found.update({row._mapping[column]: row for row in connection.execute(query)})
        return found

    def _refused(self, pairs: Sequence[Adoption], known: _Known, now: datetime) -> dict[int, RecordError]:
        refused: dict[int, RecordError] = {}
        sources, targets = set[str](), set[str]()
        for place, pair in enumerate(pairs):
            error = self._against(pair, known, now)
            if error is None and (pair.source_id in sources or pair.target_id in targets):
                twice = pair.source_id if pair.source_id in sources else pair.target_id
                error = AmbiguousMatch(f"{twice} is named twice.", detail="twice", fix=ONCE)
            if error is None:
                sources.add(pair.source_id)
                targets.add(pair.target_id)
            else:
                refused[place] = error
        return refused

    def _against(self, pair: Adoption, known: _Known, now: datetime) -> RecordError | None:
        of_source, of_target = known.by_source.get(pair.source_id), known.by_target.get(pair.target_id)
        for row in (of_source, of_target):
            if row is not None and row.state != "reserved":
                mine, theirs = row._mapping[self._source_id], row._mapping[self._target_id]
                text = f"{mine} and {theirs} are linked already."
                return AmbiguousMatch(text, detail=f"link {row.id}", fix=UNLINK)
            if row is not None and row.claimed_until is not None and row.claimed_until > now:
                return Changed("A run is writing this record.", detail=f"link {row.id}", fix=LATER)
        return None

    # -- linking --------------------------------------------------------------------------------------------------

    def _link(
        self, connection: Connection, kind: str, fit: Mapping[int, Adoption], known: _Known
    ) -> dict[int, RecordError]:
        """Make the rows, or complete those that were reserved and are free; answers pairs that came too late."""
        parents = self._parents(connection, [pair.parent for pair in fit.values() if pair.parent is not None])
        fresh: dict[str, int] = {}
        rows = []
        for place, pair in fit.items():
            values = {"parent_id": parents.get(_name(pair.parent)) if pair.parent else None, **self._values(pair)}
            reserved = known.by_source.get(pair.source_id)
            spare = known.by_target.get(pair.target_id)
            if reserved is None and spare is None:
                fresh[pair.source_id] = place
                rows.append({**_blank(self._integration, kind), **values})
                continue
            if reserved is not None and spare is not None:
                connection.execute(LINKS.delete().where(LINKS.c.id == spare.id))
            kept = reserved or spare
            assert kept is not None
            free = {"claimed_by": None, "claimed_until": None, "unknown_since": None}
            connection.execute(LINKS.update().where(LINKS.c.id == kept.id).values({**values, **free}))
        made = self._insert(connection, rows, self._source_id)
        late = AmbiguousMatch("Another run has linked one of the two meanwhile.", detail="meanwhile", fix=UNLINK)
        return {place: late for source_id, place in fresh.items() if source_id not in made}

    def _values(self, pair: Adoption) -> dict[str, Any]:
        code = pair.source_id if self._source == "erp" else pair.target_id
        return {
            self._source_id.name: pair.source_id,
            self._target_id.name: pair.target_id,
            "state": "linked",
            "label": pair.label[:255],
            "fold": code.casefold(),
        }

    def _insert(self, connection: Connection, rows: Sequence[dict[str, Any]], answer: Any) -> set[str]:
        statement = self._database.insert(LINKS).on_conflict_do_nothing().returning(answer)
        made: set[str] = set()
        for part in chunks(rows):
            made |= set(connection.scalars(statement, part))
        return made

    def _parents(self, connection: Connection, kin: Sequence[Kin]) -> dict[tuple[str, str], int]:
        """The links that others hang on, by (kind, id); those that are missing are made."""
        found: dict[tuple[str, str], int] = {}
        wanted = {_name(one): one for one in kin}
        for kind in sorted({one.kind for one in kin}):
            of_kind = {name: one for name, one in wanted.items() if name[0] == kind}
            found |= self._hanging(connection, kind, of_kind)
            rows = [
                {
                    **_blank(self._integration, kind),
                    self._source_id.name: one.source_id,
                    self._target_id.name: one.target_id,
                }
                for name, one in of_kind.items()
                if name not in found
            ]
            self._insert(connection, rows, LINKS.c.id)
            found |= self._hanging(connection, kind, of_kind)
        return found

    def _hanging(
        self, connection: Connection, kind: str, wanted: Mapping[tuple[str, str], Kin]
    ) -> dict[tuple[str, str], int]:
        found = {}
        mine = rows_of(self._integration, kind)
        for part in chunks([name for _, name in wanted], 250):
            query = select(LINKS.c.id, self._source_id, self._target_id)
            query = query.where(mine, or_(self._source_id.in_(part), self._target_id.in_(part)))
            for row in connection.execute(query):
                for ident in (row[1], row[2]):
                    if (kind, ident) in wanted:
                        found[kind, ident] = int(row.id)
        return found


def _name(kin: Kin) -> tuple[str, str]:
    return kin.kind, str(kin.target_id if kin.target_id is not None else kin.source_id)


def _blank(integration_id: int, kind: str) -> dict[str, Any]:
    """A row as it is before anything is known of either side's state."""
    return {
        "integration_id": integration_id,
        "kind": kind,
        "parent_id": None,
        "shop_id": None,
        "erp_id": None,
        "state": "linked",
        "label": "",
        "fold": "",
        "mapping_version": "",
        "shop_digest": "",
        "erp_digest": "",
        "shop_base": {},
        "erp_base": {},
    }
