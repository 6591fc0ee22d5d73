"""Connections: one configured account on a platform, its credentials encrypted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, Integer, LargeBinary, String, Table, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.vault import Vault


class ConnectionRow(StoreBase):
    """Settings in the clear, secrets encrypted."""

    __tablename__ = "connection"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    platform: Mapped[str] = mapped_column(String(50))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    credentials: Mapped[bytes] = mapped_column(LargeBinary)
    #: Daily hours without any call, in the integration's zone: [{"from": "02:00", "to": "03:30"}].
    blackout: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    #: Since when, and by whom, nothing is written over this connection; None = writes go on.
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_by: Mapped[str] = mapped_column(String(100), default="")
    #: Since when the platform does not answer, in which words, and when it is asked again; None = it answers.
    down_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    down_why: Mapped[str] = mapped_column(Text, default="")
    next_probe: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How often it was asked in vain.
    probes: Mapped[int] = mapped_column(Integer, default=0)
    #: Since when, and in which words, the platform refuses us; nothing is asked of it until a person has acted.
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_why: Mapped[str] = mapped_column(Text, default="")


CONNECTIONS = cast(Table, ConnectionRow.__table__)


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A connection as it is configured; `settings` include the secrets, so it is never logged or shown."""

    id: int
    name: str
    platform: str
    settings: Mapping[str, Any]
    #: Names of those settings that are secret.
    secret: frozenset[str]
    #: Daily hours without any call: [{"from": "02:00", "to": "03:30"}].
    blackout: tuple[Mapping[str, str], ...] = ()
    #: Since when nothing is written over it, and who said so; None = writes go on.
    stopped_at: datetime | None = None
    stopped_by: str = ""


class Connections:
    """The table of connections."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def save(
        self,
        name: str,
        platform: str,
        settings: Mapping[str, Any],
        secret: frozenset[str],
        blackout: Sequence[Mapping[str, str]] | None = None,
    ) -> int:
        """Insert or replace a connection; the settings named in `secret` are encrypted.

        Without `blackout` the hours of before stay.
        """
        plain = {key: value for key, value in settings.items() if key not in secret}
        sealed = self._vault.seal({key: settings[key] for key in sorted(secret & settings.keys())})
        values: dict[str, Any] = {"platform": platform, "settings": plain, "credentials": sealed}
        values |= {} if blackout is None else {"blackout": [dict(hours) for hours in blackout]}
        with self._database.write() as connection:
            known = connection.scalar(select(CONNECTIONS.c.id).where(CONNECTIONS.c.name == name))
            if known is None:
                inserted = connection.execute(
                    CONNECTIONS.insert().values({"name": name, "blackout": [], **values})
                ).inserted_primary_key
                return int(inserted[0]) if inserted else 0
            # What the platform did not accept may be mended now.
            mended = {"refused_at": None, "refused_why": ""}
            connection.execute(CONNECTIONS.update().where(CONNECTIONS.c.id == known).values({**values, **mended}))
            return int(known)

    def stop(self, name: str, now: datetime | None, actor: str) -> None:
        """Stop all writes over a connection (`now`), or let them go on (None)."""
        values = {"stopped_at": now, "stopped_by": actor if now else ""}
        with self._database.write() as connection:
            connection.execute(CONNECTIONS.update().where(CONNECTIONS.c.name == name).values(values))

    def stopped(self, identity: int) -> tuple[datetime, str] | None:
        """Since when writes are stopped, and by whom; None = they go on."""
        query = select(CONNECTIONS.c.stopped_at, CONNECTIONS.c.stopped_by).where(CONNECTIONS.c.id == identity)
        with self._database.read() as connection:
            row = connection.execute(query).one()
        return None if row.stopped_at is None else (row.stopped_at, row.stopped_by)

    def all(self) -> list[StoredConnection]:
        """Every connection, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(CONNECTIONS).order_by(CONNECTIONS.c.name)).all()
        return [self._stored(row) for row in rows]

    def get(self, identity: int) -> StoredConnection:
        """One connection by its id."""
        with self._database.read() as connection:
            row = connection.execute(select(CONNECTIONS).where(CONNECTIONS.c.id == identity)).one()
        return self._stored(row)

    def named(self, name: str) -> StoredConnection:
        """One connection by its name; ConfigurationError when there is none."""
        with self._database.read() as connection:
            row = connection.execute(select(CONNECTIONS).where(CONNECTIONS.c.name == name)).one_or_none()
        if row is None:
            raise ConfigurationError(f"There is no connection named {name}.", detail=name)
        return self._stored(row)

    def _stored(self, row: Any) -> StoredConnection:
        opened = self._vault.unseal(row.credentials)
        return StoredConnection(
            row.id,
            row.name,
            row.platform,
            {**row.settings, **opened},
            frozenset(opened),
            tuple(row.blackout),
            row.stopped_at,
            row.stopped_by,
        )
