"""Commitments: units of imported orders that are still open in the shop, so that stock is never counted twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from sqlalchemy import Connection, ForeignKey, Index, Integer, String, Table, func, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase

#: (variant id, location id) in the shop.
Place = tuple[str, str]


class CommitmentRow(StoreBase):
    """Units of one order at one place."""

    __tablename__ = "commitment"
    __table_args__ = (Index("commitment_place", "integration_id", "variant", "location"),)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    variant: Mapped[str] = mapped_column(String(255), primary_key=True)
    location: Mapped[str] = mapped_column(String(255), primary_key=True)
    open_units: Mapped[int] = mapped_column(Integer)


COMMITMENTS = cast(Table, CommitmentRow.__table__)


class Commitments:
    """The book of committed units."""

    def __init__(self, database: Database, integration_id: int) -> None:
        self._database = database
        self._integration = integration_id

    def replace(self, orders: Mapping[str, Mapping[Place, int]]) -> None:
        """Set the open units of orders anew, as they were just read."""
        with self._database.write() as connection:
            self.write(connection, orders)

    def write(self, connection: Connection, orders: Mapping[str, Mapping[Place, int]]) -> None:
        """The same inside a transaction of the caller: an order's link and its units are agreed on together."""
        if not orders:
            return
        mine = COMMITMENTS.c.integration_id == self._integration
        rows = [
            {
                "integration_id": self._integration,
                "order_id": order_id,
                "variant": variant,
                "location": location,
                "open_units": units,
            }
            for order_id, places in orders.items()
            for (variant, location), units in places.items()
            if units
        ]
        connection.execute(COMMITMENTS.delete().where(mine, COMMITMENTS.c.order_id.in_(list(orders))))
        if rows:
            connection.execute(COMMITMENTS.insert(), rows)

    def orders(self) -> list[str]:
        """Orders of which units are still open."""
        mine = COMMITMENTS.c.integration_id == self._integration
        query = select(COMMITMENTS.c.order_id).where(mine, COMMITMENTS.c.open_units != 0)
        with self._database.read() as connection:
            return list(connection.scalars(query.distinct().order_by(COMMITMENTS.c.order_id)))

    def open_units(self, variants: Iterable[str]) -> dict[Place, int]:
        """Units of imported orders that are still open, summed by place."""
        columns = (COMMITMENTS.c.variant, COMMITMENTS.c.location)
        query = (
            select(*columns, func.sum(COMMITMENTS.c.open_units))
            .where(COMMITMENTS.c.integration_id == self._integration, COMMITMENTS.c.variant.in_(list(variants)))
            .group_by(*columns)
        )
        with self._database.read() as connection:
            return {(variant, location): int(units) for variant, location, units in connection.execute(query)}
