"""Routes: one object of an integration in one direction, with its marks and the state of its first full load."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, Table, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase, UtcDateTime

Direction = Literal["shop_to_erp", "erp_to_shop"]
Policy = Literal["marked", "all"]
Initialization = Literal["none", "running", "done", "done_with_failures"]


class RouteRow(StoreBase):
    """One route."""

    __tablename__ = "route"
    __table_args__ = (UniqueConstraint("integration_id", "object", "direction"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    object: Mapped[str] = mapped_column(String(20))
    direction: Mapped[str] = mapped_column(String(20))
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    initialization: Mapped[str] = mapped_column(String(20), default="none")
    #: Per change source, how far it has been read, in the source's own clock.
    marks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: Per full-compare source, when it was last read to its end.
    compared: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    #: Hash of the settings that shape what is written; a change makes the next run a full compare.
    mapping_version: Mapped[str] = mapped_column(String(32), default="")
    #: "marked": only records of the selection are carried; "all": every record.
    policy: Mapped[str] = mapped_column(String(10), default="all")
    #: Times in which nothing is written: [{"from": ISO time with zone, "to": ISO time with zone}].
    freeze: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    #: Since when, and by whom, its jobs wait; None = they are done.
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_by: Mapped[str] = mapped_column(String(100), default="")
    #: An alert is raised after so many minutes without a run that came to its end; None = never.
    silence_minutes: Mapped[int | None] = mapped_column(Integer)


ROUTES = cast(Table, RouteRow.__table__)


@dataclass(frozen=True, slots=True)
class Route:
    """One route as stored."""

    id: int
    integration_id: int
    object: str
    direction: Direction
    enabled: bool
    initialization: Initialization
    marks: dict[str, Any]
    compared: dict[str, str]
    mapping_version: str
    policy: Policy
    freeze: list[dict[str, str]]
    paused_at: datetime | None = None
    paused_by: str = ""
    silence_minutes: int | None = None

    @property
    def name(self) -> str:
        """How people and logs call it ("order shop_to_erp")."""
        return f"{self.object} {self.direction}"


class Routes:
    """The table of routes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        integration_id: int,
        object_name: str,
        direction: Direction,
        *,
        enabled: bool,
        policy: Policy | None = None,
        freeze: list[dict[str, str]] | None = None,
        silence_minutes: int | None = None,
    ) -> int:
        """Make a route or switch it; what it knows already (marks, initialization), and what is None here, stays.

        `silence_minutes` 0 = never an alert for its silence.
        """
        given = {"enabled": enabled, "policy": policy, "freeze": freeze}
        chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        chosen |= {} if silence_minutes is None else {"silence_minutes": silence_minutes or None}
        where = (
            (ROUTES.c.integration_id == integration_id)
            & (ROUTES.c.object == object_name)
            & (ROUTES.c.direction == direction)
        )
        with self._database.write() as connection:
            known = connection.scalar(select(ROUTES.c.id).where(where))
            if known is not None:
                connection.execute(ROUTES.update().where(ROUTES.c.id == known).values(chosen))
                return int(known)
            values = {"integration_id": integration_id, "object": object_name, "direction": direction}
            fresh = {"initialization": "none", "marks": {}, "compared": {}, "mapping_version": ""}
            fresh |= {"policy": "all", "freeze": []}
            inserted = connection.execute(ROUTES.insert().values({**values, **fresh, **chosen})).inserted_primary_key
            return int(inserted[0]) if inserted else 0

    def get(self, identity: int) -> Route:
        """One route by its id."""
        with self._database.read() as connection:
            return Route(*connection.execute(select(ROUTES).where(ROUTES.c.id == identity)).one())

    def of(self, integration_id: int) -> list[Route]:
        """All routes of an integration."""
        query = select(ROUTES).where(ROUTES.c.integration_id == integration_id).order_by(ROUTES.c.id)
        with self._database.read() as connection:
            return [Route(*row) for row in connection.execute(query)]

    def all(self) -> list[Route]:
        """All routes of all integrations."""
        with self._database.read() as connection:
            return [Route(*row) for row in connection.execute(select(ROUTES).order_by(ROUTES.c.id))]

    def pause(self, identity: int, now: datetime | None, actor: str) -> None:
        """Let the jobs of a route wait (`now`), or be done again (None)."""
        values = {"paused_at": now, "paused_by": actor if now else ""}
        with self._database.write() as connection:
            connection.execute(ROUTES.update().where(ROUTES.c.id == identity).values(values))

    def find(self, integration_id: int, object_name: str, direction: str | None = None) -> Route:
        """The enabled route of an object; ConfigurationError when there is none or the direction is left open."""
        found = [
            route
            for route in self.of(integration_id)
            if route.object == object_name and direction in (None, route.direction) and route.enabled
        ]
        if len(found) == 1:
            return found[0]
        if found:
            directions = " or ".join(f"--direction {route.direction}" for route in found)
            raise ConfigurationError(f"{object_name} is synchronised both ways: add {directions}.", detail=object_name)
        raise ConfigurationError(
            f"No enabled route carries {object_name}{f' {direction}' if direction else ''}.",
            detail=object_name,
            fix="Add the route to the integration's file and run `hub apply`.",
        )

    def move_mark(self, identity: int, source: str, mark: dict[str, Any]) -> None:
        """Note how far a source is settled."""
        self._merge(identity, "marks", {source: mark})

    def note_compared(self, identity: int, source: str, at: datetime) -> None:
        """Note when a full-compare source was read to its end."""
        self._merge(identity, "compared", {source: at.isoformat()})

    def _merge(self, identity: int, column: str, change: dict[str, Any]) -> None:
        with self._database.write() as connection:
            current = connection.scalar(select(ROUTES.c[column]).where(ROUTES.c.id == identity).with_for_update())
            merged = {**(current or {}), **change}
            connection.execute(ROUTES.update().where(ROUTES.c.id == identity).values({column: merged}))

    def set_initialization(self, identity: int, state: Initialization) -> None:
        """Note the state of the first full load."""
        with self._database.write() as connection:
            connection.execute(ROUTES.update().where(ROUTES.c.id == identity).values(initialization=state))

    def set_mapping_version(self, identity: int, version: str) -> None:
        """Note under which mapping the route was last compared in full."""
        with self._database.write() as connection:
            connection.execute(ROUTES.update().where(ROUTES.c.id == identity).values(mapping_version=version))
