"""The table of links as people look at it: both ids side by side, found by either, and taken apart on request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from hub.chunks import chunks
from hub.errors import ConfigurationError
from hub.store.database import Database
from hub.store.link import LINKS


@dataclass(frozen=True, slots=True)
class LinkEntry:
    """One link. `parent_id` is the link of the tree's root."""

    id: int
    integration_id: int
    kind: str
    shop_id: str | None
    erp_id: str | None
    state: str
    parent_id: int | None
    label: str
    unknown_since: datetime | None
    #: The message of the last write.
    message: int | None


_COLUMNS = [LINKS.c[name] for name in LinkEntry.__dataclass_fields__]


class LinkList:
    """The links of one integration, or of several."""

    def __init__(self, database: Database, *integrations: int) -> None:
        self._database = database
        self._mine = LINKS.c.integration_id.in_(integrations)
        # Of several integrations nearly every link is wanted: in the order of ids a page of them is soon full. By the
        # bare column SQLite would find and sort them all.
        self._nearly_all = (LINKS.c.integration_id + 0).in_(integrations) if len(integrations) > 1 else self._mine

    def select(self, *, kind: str = "", ident: str = "", after: int = 0, limit: int = 100) -> list[LinkEntry]:
        """Links in the order of their ids, from behind `after` on; `ident` is either side's id."""
        mine = self._mine if kind or ident else self._nearly_all
        query = select(*_COLUMNS).where(mine, LINKS.c.id > after)
        if kind:
            query = query.where(LINKS.c.kind == kind)
        if ident:
            query = query.where(or_(LINKS.c.shop_id == ident, LINKS.c.erp_id == ident))
        with self._database.read() as connection:
            return [LinkEntry(*row) for row in connection.execute(query.order_by(LINKS.c.id).limit(limit))]

    def named(self, idents: Sequence[str], kinds: Sequence[str], limit: int = 50) -> list[LinkEntry]:
        """The links of these kinds that have one of these ids, on whichever side."""
        found: dict[int, LinkEntry] = {}
        with self._database.read() as connection:
            for side in (LINKS.c.shop_id, LINKS.c.erp_id):
                # By side and kind: so it is a few looks into an index, however many links there are.
                query = select(*_COLUMNS).where(self._mine, LINKS.c.kind.in_(kinds), side.in_(idents))
                rows = connection.execute(query.order_by(LINKS.c.id).limit(limit))
                found |= {row.id: LinkEntry(*row) for row in rows}
        return list(found.values())[:limit]

    def below(self, link_id: int, limit: int) -> list[LinkEntry]:
        """The links that hang on this one."""
        query = select(*_COLUMNS).where(self._mine, LINKS.c.parent_id == link_id).order_by(LINKS.c.id).limit(limit)
        with self._database.read() as connection:
            return [LinkEntry(*row) for row in connection.execute(query)]

    def of(self, link_ids: Iterable[int]) -> dict[int, LinkEntry]:
        """Links by their ids."""
        found: dict[int, LinkEntry] = {}
        with self._database.read() as connection:
            for part in chunks(set(link_ids)):
                rows = connection.execute(select(*_COLUMNS).where(self._mine, LINKS.c.id.in_(part)))
                found |= {row.id: LinkEntry(*row) for row in rows}
        return found

    def get(self, link_id: int) -> LinkEntry:
        """One link by its id; ConfigurationError where there is none."""
        found = self.of([link_id]).get(link_id)
        if found is None:
            raise _unknown(link_id)
        return found

    def agreed(self, link_id: int) -> list[str]:
        """The fields in which both sides agreed when the record was last settled."""
        query = select(LINKS.c.shop_base, LINKS.c.erp_base).where(self._mine, LINKS.c.id == link_id)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return sorted({*(row.shop_base or {}), *(row.erp_base or {})}) if row else []

    def siblings(self, link: LinkEntry) -> int:
        """How many links hang on the same root as this one, itself included."""
        if link.parent_id is None:
            return 1
        query = select(func.count()).where(self._mine, LINKS.c.parent_id == link.parent_id)
        with self._database.read() as connection:
            return int(connection.scalar(query) or 1)

    def unlink(self, link_id: int, now: datetime) -> LinkEntry:
        """Forget that two records are the same; a root that nothing else hangs on goes with its last child.

        Raises ConfigurationError while a run is writing the record, or while other links hang on it.
        """
        with self._database.write() as connection:
            query = select(*_COLUMNS, LINKS.c.claimed_until).where(self._mine, LINKS.c.id == link_id)
            row = connection.execute(query.with_for_update()).one_or_none()
            if row is None:
                raise _unknown(link_id)
            if row.claimed_until is not None and row.claimed_until > now:
                raise ConfigurationError("A run is writing this record.", detail=str(link_id), fix="Try again later.")
            if connection.scalar(select(LINKS.c.id).where(LINKS.c.parent_id == link_id).limit(1)) is not None:
                raise ConfigurationError(
                    "Other links hang on this one.", detail=str(link_id), fix="Remove those below it instead."
                )
            connection.execute(LINKS.delete().where(LINKS.c.id == link_id))
            if row.parent_id is not None:
                siblings = select(LINKS.c.id).where(LINKS.c.parent_id == row.parent_id)
                if connection.scalar(siblings.limit(1)) is None:
                    connection.execute(LINKS.delete().where(LINKS.c.id == row.parent_id, LINKS.c.erp_id.is_(None)))
        return LinkEntry(*row[:-1])


def _unknown(link_id: int) -> ConfigurationError:
    return ConfigurationError(f"There is no link {link_id}.", detail=str(link_id), fix="See `hub links list`.")
