"""Divergences: fields in which two linked records differ and are left so.

A *drift* is an edit on the side that does not own the field; a *conflict* is a field that both sides have moved and
nobody owns: both versions are kept here until a person decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, cast

import orjson
from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.chunks import chunks
from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.integrations import INTEGRATIONS
from hub.store.link import LINKS
from hub.store.plans import Cipher

Kind = Literal["drift", "conflict"]
#: What a person has chosen: the version of one side, or a value of their own.
Choice = Literal["", "shop", "erp", "value"]
#: How a number with decimals is kept in JSON, which has only inexact ones.
EXACT = "exact"


class DivergenceRow(StoreBase):
    """One field of one linked record."""

    __tablename__ = "divergence"
    __table_args__ = (UniqueConstraint("link_id", "field"), Index("divergence_kind", "integration_id", "kind", "id"))
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id", ondelete="CASCADE"))
    #: The route that found it.
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    field: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(255))
    #: Both versions as JSON, encrypted.
    shop_value: Mapped[bytes] = mapped_column(LargeBinary)
    erp_value: Mapped[bytes] = mapped_column(LargeBinary)
    #: Keyed hashes of the versions: a choice counts only for the versions that it was made from.
    shop_hash: Mapped[str] = mapped_column(String(32))
    erp_hash: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    choice: Mapped[str] = mapped_column(String(10), default="")
    value: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    actor: Mapped[str] = mapped_column(String(100), default="")


DIVERGENCES = cast(Table, DivergenceRow.__table__)


@dataclass(frozen=True, slots=True)
class Divergence:
    """One divergence as people and the plan look at it."""

    link_id: int
    field: str
    kind: Kind
    label: str
    shop_value: Any
    erp_value: Any
    shop_hash: str
    erp_hash: str
    route_id: int = 0
    at: datetime | None = None
    choice: Choice = ""
    value: Any = None
    actor: str = ""
    id: int = 0


class Divergences:
    """The table, for one integration."""

    def __init__(self, database: Database, integration_id: int, cipher: Cipher) -> None:
        self._database, self._integration, self._cipher = database, integration_id, cipher

    def of(self, link_ids: Iterable[int]) -> dict[int, dict[str, Divergence]]:
        """What is known of these links, by link and field, in one query."""
        query = select(DIVERGENCES).where(DIVERGENCES.c.link_id.in_(list(link_ids)))
        found: dict[int, dict[str, Divergence]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                found.setdefault(row.link_id, {})[row.field] = self._divergence(row)
        return found

    def replace_all(self, route_id: int, fresh: Mapping[int, Sequence[Divergence]], now: datetime) -> None:
        """Put these in the place of all that was known of links; a choice is kept while its versions are the same."""
        known = self.of(fresh)
        rows, gone, kept = [], [], set[tuple[int, str]]()
        for link_id, divergences in fresh.items():
            before = known.get(link_id, {})
            for one in divergences:
                old = before.get(one.field)
                if old is not None and _same(old, one):
                    kept.add((link_id, one.field))
                else:
                    rows.append(self._row(route_id, one, now))
            gone += [old.id for name, old in before.items() if (link_id, name) not in kept]
        if not rows and not gone:
            return
        with self._database.write() as connection:
            if gone:
                connection.execute(DIVERGENCES.delete().where(DIVERGENCES.c.id.in_(gone)))
            if rows:
                connection.execute(DIVERGENCES.insert(), rows)

    def select(
        self,
        *,
        kind: Kind | None = None,
        label: str = "",
        routes: Sequence[int] | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[Divergence]:
        """Divergences in the order in which they were found, of all routes or of those that found them."""
        query = select(DIVERGENCES).where(DIVERGENCES.c.integration_id == self._integration, DIVERGENCES.c.id > after)
        if kind is not None:
            query = query.where(DIVERGENCES.c.kind == kind)
        if label:
            query = query.where(DIVERGENCES.c.label == label)
        if routes is not None:
            query = query.where(DIVERGENCES.c.route_id.in_(list(routes)))
        with self._database.read() as connection:
            return [self._divergence(row) for row in connection.execute(query.order_by(DIVERGENCES.c.id).limit(limit))]

    def records(self, *, kind: Kind, routes: Sequence[int], after: int = 0, limit: int = 100) -> list[tuple[int, int]]:
        """Links with fields of a kind, each once, by its first field; with its place, behind which a page goes on."""
        place = func.min(DIVERGENCES.c.id)
        query = (
            select(DIVERGENCES.c.link_id, place)
            .where(DIVERGENCES.c.integration_id == self._integration, DIVERGENCES.c.kind == kind)
            .where(DIVERGENCES.c.route_id.in_(list(routes)))
            .group_by(DIVERGENCES.c.link_id)
            # Of the group: a later field of a record that was shown does not bring it up again.
            .having(place > after)
            .order_by(place)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [(int(link), int(first)) for link, first in connection.execute(query)]

    def choose(self, one: Divergence, choice: Choice, value: Any, actor: str) -> bool:
        """Note what a person has decided, which the next runs carry out; False = the versions are others by now."""
        values = {"choice": choice, "value": self._seal(_exact(value)), "actor": actor}
        # A row's number may have been given anew.
        same = (DIVERGENCES.c.shop_hash == one.shop_hash) & (DIVERGENCES.c.erp_hash == one.erp_hash)
        where = (DIVERGENCES.c.id == one.id) & (DIVERGENCES.c.link_id == one.link_id) & same
        with self._database.write() as connection:
            changed = connection.execute(DIVERGENCES.update().where(where).values(values))
            return bool(changed.rowcount)

    def forget(self, ids: Collection[str]) -> None:
        """Forget both versions of what these records, known by their id on either side, are left to differ in.

        What still differs is found again by the next comparison.
        """
        with self._database.write() as connection:
            for part in chunks(sorted(ids)):
                known = LINKS.c.shop_id.in_(part) | LINKS.c.erp_id.in_(part)
                theirs = select(LINKS.c.id).where(LINKS.c.integration_id == self._integration, known)
                connection.execute(DIVERGENCES.delete().where(DIVERGENCES.c.link_id.in_(theirs)))

    def _row(self, route_id: int, one: Divergence, now: datetime) -> dict[str, Any]:
        return {
            "integration_id": self._integration,
            "link_id": one.link_id,
            "route_id": route_id,
            "field": one.field,
            "kind": one.kind,
            "label": one.label[:255],
            "shop_value": self._seal(one.shop_value),
            "erp_value": self._seal(one.erp_value),
            "shop_hash": one.shop_hash,
            "erp_hash": one.erp_hash,
            "at": now,
            "choice": one.choice,
            "value": self._seal(_exact(one.value)),
            "actor": one.actor,
        }

    def _seal(self, value: Any) -> bytes:
        return self._cipher.encrypt(orjson.dumps(value, str))

    def _open(self, sealed: bytes) -> Any:
        value = orjson.loads(self._cipher.decrypt(sealed)) if sealed else None
        return Decimal(value[EXACT]) if isinstance(value, dict) and value.keys() == {EXACT} else value

    def _divergence(self, row: Any) -> Divergence:
        return Divergence(
            row.link_id,
            row.field,
            row.kind,
            row.label,
            self._open(row.shop_value),
            self._open(row.erp_value),
            row.shop_hash,
            row.erp_hash,
            row.route_id,
            row.at,
            row.choice,
            self._open(row.value),
            row.actor,
            row.id,
        )


def integrations_with(database: Database, kind: Kind) -> set[int]:
    """The integrations that have anything of a kind: one look into an index for each."""
    theirs = (DIVERGENCES.c.integration_id == INTEGRATIONS.c.id) & (DIVERGENCES.c.kind == kind)
    query = select(INTEGRATIONS.c.id).where(select(DIVERGENCES.c.id).where(theirs).exists())
    with database.read() as connection:
        return set(connection.scalars(query))


def _exact(value: Any) -> Any:
    return {EXACT: str(value)} if isinstance(value, Decimal) else value


def _same(old: Divergence, new: Divergence) -> bool:
    return (old.kind, old.shop_hash, old.erp_hash) == (new.kind, new.shop_hash, new.erp_hash)
