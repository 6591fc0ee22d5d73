"""How the platforms behind the connections are: whether they answer, and whether they accept us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, select

from hub.store.connections import CONNECTIONS
from hub.store.database import Database

#: A platform that does not answer is asked again after so long, then after twice as long each time, up to a limit.
FIRST_PROBE, LONGEST_PROBE = timedelta(seconds=10), timedelta(minutes=5)
#: A platform that was back for so long has no past.
FORGIVEN_AFTER = timedelta(minutes=15)
#: Columns of a connection whose platform answers; `next_probe` then tells since when.
_UP = {"down_since": None, "down_why": ""}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one connection stands."""

    id: int
    name: str
    down_since: datetime | None
    down_why: str
    next_probe: datetime | None
    probes: int
    refused_at: datetime | None
    refused_why: str

    @property
    def well(self) -> bool:
        """Whether jobs may go over it."""
        return self.down_since is None and self.refused_at is None


_COLUMNS = tuple(CONNECTIONS.c[name] for name in Standing.__dataclass_fields__)


def probe_distance(probes: int) -> timedelta:
    """How long until a platform that was asked in vain so many times is asked again."""
    return cast(timedelta, min(FIRST_PROBE * 2 ** min(probes, 10), LONGEST_PROBE))


class Health:
    """What is noted of connections by whoever speaks to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, identity: int) -> Standing:
        """One connection."""
        with self._database.read() as connection:
            return Standing(*connection.execute(select(*_COLUMNS).where(CONNECTIONS.c.id == identity)).one())

    def all(self) -> list[Standing]:
        """All connections, by name."""
        with self._database.read() as connection:
            return [Standing(*row) for row in connection.execute(select(*_COLUMNS).order_by(CONNECTIONS.c.name))]

    def unavailable(self, name: str, why: str, now: datetime) -> None:
        """Note that a platform does not answer: jobs over it wait, and it is asked again by and by.

        One that was back only a while ago answers when it is asked, and not when it is worked with: it is asked ever
        more rarely all the same.
        """
        unknown = (CONNECTIONS.c.name == name) & CONNECTIONS.c.down_since.is_(None)
        with self._database.write() as connection:
            row = connection.execute(select(*_COLUMNS).where(unknown).with_for_update()).one_or_none()
            if row is None:
                return
            lately = row.next_probe is not None and now - row.next_probe < FORGIVEN_AFTER
            probes = row.probes + 1 if lately else 0
            values = {"down_since": now, "down_why": why, "probes": probes, "next_probe": now + probe_distance(probes)}
            connection.execute(CONNECTIONS.update().where(CONNECTIONS.c.id == row.id).values(values))

    def refused(self, name: str, why: str, now: datetime) -> None:
        """Note that a platform does not accept us: nothing is asked of it until a person has mended that."""
        unknown = (CONNECTIONS.c.name == name) & CONNECTIONS.c.refused_at.is_(None)
        with self._database.write() as connection:
            connection.execute(CONNECTIONS.update().where(unknown).values(refused_at=now, refused_why=why))

    def back(self, heard: Mapping[int, datetime]) -> bool:
        """Note that platforms answer again that were heard from since they did not; answers whether that is news.

        Those that refuse us are none of them: they answer, too.
        """
        news = [
            self._clear(
                (CONNECTIONS.c.id == identity) & (CONNECTIONS.c.down_since <= moment), {**_UP, "next_probe": moment}
            )
            for identity, moment in heard.items()
        ]
        return any(news)

    def mended(self, identity: int, now: datetime) -> bool:
        """Note that a platform answers and accepts us, as a person has found; answers whether that is news."""
        trouble = CONNECTIONS.c.down_since.is_not(None) | CONNECTIONS.c.refused_at.is_not(None)
        accepted = {"refused_at": None, "refused_why": ""}
        return self._clear((CONNECTIONS.c.id == identity) & trouble, {**_UP, **accepted, "next_probe": now})

    def _clear(self, where: ColumnElement[bool], values: dict[str, Any]) -> bool:
        # Nearly always there is nothing to note, and nobody has to wait for that.
        with self._database.read() as connection:
            if connection.scalar(select(CONNECTIONS.c.id).where(where).limit(1)) is None:
                return False
        with self._database.write() as connection:
            return bool(connection.execute(CONNECTIONS.update().where(where).values(values)).rowcount)

    def due(self, now: datetime) -> list[Standing]:
        """The connections that are to be asked again now; each is given to one caller only."""
        where = CONNECTIONS.c.down_since.is_not(None) & CONNECTIONS.c.refused_at.is_(None)
        query = select(*_COLUMNS).where(where, CONNECTIONS.c.next_probe <= now)
        with self._database.read() as connection:
            if connection.execute(query).first() is None:
                return []
        with self._database.write() as connection:
            found = [Standing(*row) for row in connection.execute(query.with_for_update(skip_locked=True))]
            for one in found:
                later = {"next_probe": now + probe_distance(one.probes + 1), "probes": one.probes + 1}
                connection.execute(CONNECTIONS.update().where(CONNECTIONS.c.id == one.id).values(later))
        return found
