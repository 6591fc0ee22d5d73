"""Channels: where alerts go. The address of one holds secrets; it is sealed, and shown to nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import JSON, Integer, LargeBinary, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase
from hub.store.vault import Vault


class ChannelRow(StoreBase):
    """Where alerts go; the address holds secrets and is sealed."""

    __tablename__ = "channel"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    url: Mapped[bytes] = mapped_column(LargeBinary)
    #: Kinds of alerts that go there; empty = all.
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Names of integrations whose alerts go there; empty = all.
    integrations: Mapped[list[str]] = mapped_column(JSON, default=list)


CHANNELS = cast(Table, ChannelRow.__table__)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel, its address opened."""

    id: int
    name: str
    url: str = field(repr=False)
    kinds: tuple[str, ...]
    integrations: tuple[str, ...]

    def wants(self, kind: str, integrations: Collection[str]) -> bool:
        """Whether an alert goes there; one that concerns no integration in particular concerns all of them."""
        concerned = not self.integrations or not integrations or not set(self.integrations).isdisjoint(integrations)
        return concerned and (not self.kinds or kind in self.kinds)


class Channels:
    """The table of channels."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def save(self, name: str, url: str, kinds: Sequence[str] = (), integrations: Sequence[str] = ()) -> bool:
        """Make a channel or replace it; answers whether it is new."""
        values: dict[str, Any] = {
            "url": self._vault.seal({"url": url}),
            "kinds": list(kinds),
            "integrations": list(integrations),
        }
        with self._database.write() as connection:
            known = connection.scalar(select(CHANNELS.c.id).where(CHANNELS.c.name == name))
            if known is None:
                connection.execute(CHANNELS.insert().values(name=name, **values))
                return True
            connection.execute(CHANNELS.update().where(CHANNELS.c.id == known).values(values))
            return False

    def remove(self, name: str) -> None:
        """Take a channel away; ConfigurationError when there is none of this name."""
        self.named(name)
        with self._database.write() as connection:
            connection.execute(CHANNELS.delete().where(CHANNELS.c.name == name))

    def all(self) -> list[Channel]:
        """Every channel, by name."""
        with self._database.read() as connection:
            return [self._opened(row) for row in connection.execute(select(CHANNELS).order_by(CHANNELS.c.name))]

    def named(self, name: str) -> Channel:
        """One channel; ConfigurationError that lists the known names when there is none."""
        known = self.all()
        for channel in known:
            if channel.name == name:
                return channel
        names = ", ".join(channel.name for channel in known) or "none; add one with `hub alerts add NAME URL`"
        raise ConfigurationError(f"There is no channel named {name}. Known: {names}.", detail=name)

    def _opened(self, row: Any) -> Channel:
        url = str(self._vault.unseal(row.url)["url"])
        return Channel(row.id, row.name, url, tuple(row.kinds), tuple(row.integrations))
