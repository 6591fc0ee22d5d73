"""Whether linked records are still there: links read *gone* while one of their sides is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import or_, select

from hub.chunks import PARAMETERS, chunks
from hub.store.database import Database
from hub.store.link import LINKS, rows_of
from objects.fields import Side


@dataclass(frozen=True, slots=True)
class Both:
    """A link both of whose records are, or were, there."""

    id: int
    shop_id: str
    erp_id: str
    state: Literal["linked", "gone"]

    def on(self, side: Side) -> str:
        """The record's id on a side."""
        return self.shop_id if side == "shop" else self.erp_id


class Presence:
    """The same table as `Links`, asked for one thing only; of one integration."""

    def __init__(self, database: Database, integration_id: int) -> None:
        self._database, self._integration = database, integration_id

    def links(self, kind: str) -> Iterator[list[Both]]:
        """All links of a kind, in parts and in short reads: memory stays flat."""
        both = LINKS.c.shop_id.is_not(None) & LINKS.c.erp_id.is_not(None) & LINKS.c.state.in_(["linked", "gone"])
        columns = (LINKS.c.id, LINKS.c.shop_id, LINKS.c.erp_id, LINKS.c.state)
        query = select(*columns).where(rows_of(self._integration, kind), both).order_by(LINKS.c.id).limit(PARAMETERS)
        last = 0
        while True:
            with self._database.read() as connection:
                part = [Both(*row) for row in connection.execute(query.where(LINKS.c.id > last))]
            if not part:
                return
            yield part
            last = part[-1].id

    def note_gone(self, link_ids: Iterable[int], run: int) -> None:
        """Note that a side of these links is missing; one that another run is writing is left to that run."""
        self._change(link_ids, run, "linked", "gone")

    def note_back(self, link_ids: Iterable[int], run: int) -> None:
        """Note that both sides are there again."""
        self._change(link_ids, run, "gone", "linked")

    def _change(self, link_ids: Iterable[int], run: int, before: str, after: str) -> None:
        free = or_(LINKS.c.claimed_by.is_(None), LINKS.c.claimed_by == run)
        with self._database.write() as connection:
            for part in chunks(link_ids):
                where = LINKS.c.id.in_(part) & (LINKS.c.state == before) & free
                connection.execute(LINKS.update().where(where).values(state=after))
