"""Integrations: one company's shop connection and ERP connection, with the settings of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase, UtcDateTime


class IntegrationRow(StoreBase):
    """One integration."""

    __tablename__ = "integration"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    erp_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    #: As written in the integration's file; `hub.settings` gives them their types and defaults.
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Which fields are synchronised and who owns them, where that is not the default; see `objects.fields`.
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: When a worker last took a job of it: turns are taken.
    served_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


INTEGRATIONS = cast(Table, IntegrationRow.__table__)


@dataclass(frozen=True, slots=True)
class Integration:
    """One integration as stored."""

    id: int
    name: str
    shop_id: int
    erp_id: int
    settings: Mapping[str, Any]
    fields: Mapping[str, Any]


class Integrations:
    """The table of integrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        name: str,
        shop_id: int,
        erp_id: int,
        settings: Mapping[str, Any],
        fields: Mapping[str, Any] | None = None,
    ) -> int:
        """Insert or replace an integration; answers its id. Without `fields` those of before stay."""
        values: dict[str, Any] = {"shop_id": shop_id, "erp_id": erp_id, "settings": dict(settings)}
        values |= {} if fields is None else {"fields": dict(fields)}
        with self._database.write() as connection:
            known = connection.scalar(select(INTEGRATIONS.c.id).where(INTEGRATIONS.c.name == name))
            if known is None:
                inserted = connection.execute(
                    INTEGRATIONS.insert().values({"name": name, "fields": {}, **values})
                ).inserted_primary_key
                return int(inserted[0]) if inserted else 0
            connection.execute(INTEGRATIONS.update().where(INTEGRATIONS.c.id == known).values(**values))
            return int(known)

    def all(self) -> list[Integration]:
        """Every integration, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(INTEGRATIONS).order_by(INTEGRATIONS.c.name)).all()
        return [_integration(row) for row in rows]

    def get(self, identity: int) -> Integration:
        """One integration by its id."""
        with self._database.read() as connection:
            row = connection.execute(select(INTEGRATIONS).where(INTEGRATIONS.c.id == identity)).one()
        return _integration(row)

    def named(self, name: str) -> Integration:
        """One integration by its name; ConfigurationError that lists the known names when there is none."""
        known = self.all()
        for integration in known:
            if integration.name == name:
                return integration
        names = ", ".join(integration.name for integration in known) or "none; begin with `hub apply FILE.yaml`"
        raise ConfigurationError(f"There is no integration named {name}. Known: {names}.", detail=name)


def _integration(row: Any) -> Integration:
    return Integration(row.id, row.name, row.shop_id, row.erp_id, row.settings, row.fields)
