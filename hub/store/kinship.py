"""The links around a record: its product, its variants, its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from sqlalchemy import Connection, bindparam, select

from hub.store.database import Database
from hub.store.link import LINKS, Agreement, Kin, new_row, other, rows_of
from message_log.bulk import Bulk
from objects.fields import Side


class Kinship:
    """Makes the relatives of records that are agreed on, seen from one source side of one integration."""

    def __init__(self, database: Database, integration_id: int, source: Side) -> None:
        self._integration = integration_id
        self._source_id = LINKS.c[f"{source}_id"]
        self._target_id = LINKS.c[f"{other(source)}_id"]
        columns = [*new_row(integration_id, "", "linked"), self._source_id.key, self._target_id.key]
        self._insert = Bulk(database.insert(LINKS).on_conflict_do_nothing(), columns)
        self._hang = Bulk(
            LINKS.update().where(LINKS.c.id == bindparam("b_child")).values(parent_id=bindparam("b_parent"))
        )

    def relate(self, connection: Connection, agreements: Sequence[Agreement]) -> dict[int, int]:
        """Make the relatives that are not known yet, and hang children below; answers the parents, by link."""
        pairs = [(agreement.link_id, kin) for agreement in agreements for kin in agreement.kin]
        parents: dict[int, int] = {}
        children = []
        for kind in sorted({kin.kind for _, kin in pairs}):
            mine = [(link_id, kin) for link_id, kin in pairs if kin.kind == kind]
            known = self._relatives(connection, kind, {self._name(kin): kin for _, kin in mine})
            for link_id, kin in mine:
                if kin.parent:
                    parents[link_id] = known[self._name(kin)]
                else:
                    children.append({"b_child": known[self._name(kin)], "b_parent": link_id})
        self._hang.write(connection, children)
        return parents

    def _relatives(
        self, connection: Connection, kind: str, kin: Mapping[tuple[bool, str], Kin]
    ) -> dict[tuple[bool, str], int]:
        """Links of relatives by their names, those made that were not there."""
        known = self._known(connection, kind, kin.keys())
        missing = kin.keys() - known.keys()
        if missing:
            fresh = [
                {
                    **new_row(self._integration, kind, "linked"),
                    self._source_id.key: kin[name].source_id,
                    self._target_id.key: kin[name].target_id,
                }
                # Runs that make the same relatives at the same time do so in the same order, so none blocks another.
                for name in sorted(missing)
            ]
            self._insert.write(connection, fresh)
            known |= self._known(connection, kind, missing)
        return known

    @staticmethod
    def _name(kin: Kin) -> tuple[bool, str]:
        """What a relative is known by: its id on the target, else on the source."""
        return (True, kin.target_id) if kin.target_id is not None else (False, kin.source_id or "")

    def _known(self, connection: Connection, kind: str, names: Set[tuple[bool, str]]) -> dict[tuple[bool, str], int]:
        found: dict[tuple[bool, str], int] = {}
        for on_target, column in ((True, self._target_id), (False, self._source_id)):
            wanted = [name for is_target, name in names if is_target is on_target]
            if wanted:
                query = select(column, LINKS.c.id).where(rows_of(self._integration, kind), column.in_(wanted))
                found |= {(on_target, name): link_id for name, link_id in connection.execute(query)}
        return found
