"""How the platforms behind the connections are: whether they answer, and whether they accept us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select

from hub.store.connections import CONNECTIONS
from hub.store.database import Database

#: A platform that does not answer is asked again after so long, then after twice as long each time, up to a limit.
FIRST_PROBE, LONGEST_PROBE = timedelta(seconds=10), timedelta(minutes=5)


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
        """Note that a platform does not answer: jobs over it wait, and it is asked again by and by."""
        values = {"down_since": now, "down_why": why, "next_probe": now + FIRST_PROBE, "probes": 0}
        unknown = (CONNECTIONS.c.name == name) & CONNECTIONS.c.down_since.is_(None)
        with self._database.write() as connection:
            connection.execute(CONNECTIONS.update().where(unknown).values(values))

    def refused(self, name: str, why: str, now: datetime) -> None:
        """Note that a platform does not accept us: nothing is asked of it until a person has mended that."""
        unknown = (CONNECTIONS.c.name == name) & CONNECTIONS.c.refused_at.is_(None)
        with self._database.write() as connection:
            connection.execute(CONNECTIONS.update().where(unknown).values(refused_at=now, refused_why=why))

    def answered(self, *identities: int) -> bool:
        """Note that platforms answer and accept us; answers whether that is news."""
        trouble = CONNECTIONS.c.down_since.is_not(None) | CONNECTIONS.c.refused_at.is_not(None)
        where = CONNECTIONS.c.id.in_(identities) & trouble
        # Nearly always there is nothing to note, and nobody has to wait for that.
        with self._database.read() as connection:
            if connection.scalar(select(CONNECTIONS.c.id).where(where).limit(1)) is None:
                return False
        values = {"down_since": None, "down_why": "", "next_probe": None, "probes": 0}
        values |= {"refused_at": None, "refused_why": ""}
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
