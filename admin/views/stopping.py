"""The stop switch: how each connection stands, and stopping all writes over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, request, url_for

from admin.auth import person, requires
from admin.views.base import Scope, View, back, exposed
from hub.stopping import Affected, affected, all_affected, refuse_strangers, switch
from hub.store.connections import StoredConnection
from hub.store.health import Standing
from hub.store.integrations import Integration
from hub.store.routes import Route
from objects.fields import Side


@dataclass(frozen=True, slots=True)
class Shown:
    """A connection as the page shows it."""

    connection: StoredConnection
    health: Standing
    #: The integrations that are open to the person and use it, and as which side.
    users: list[tuple[Integration, Side]]
    #: Routes of theirs that write over it, and how many routes of others.
    routes: list[Route]
    others: int
    waiting: int


class StoppingView(View):
    """All connections."""

    @exposed("/")
    def index(self) -> str:
        """How each connection stands, and its switch."""
        scope = self.scope().named(request.args.get("integration", ""))
        writing, used = all_affected(self.hub), _used(scope)
        health = {one.id: one for one in self.hub.health.all()}
        known = {one.id: one for one in self.hub.connections.all()}
        shown = [
            _shown(scope, (known[identity], health[identity]), users, writing.get(identity) or Affected({}, []))
            for identity, users in used.items()
        ]
        return self.page("stopping", connections=shown, zone=scope.any_zone)

    @exposed("/<int:identity>/stop", "POST")
    @requires("act")
    def stop(self, identity: int) -> Any:
        """Stop all writes over a connection, after saying what that means; reading goes on."""
        if "confirmed" in request.form:
            return self._switch(identity, stopped=True)
        scope, users, connection, found = self._writing(identity)
        health = next(one for one in self.hub.health.all() if one.id == identity)
        shown = _shown(scope, (connection, health), users, found)
        return self.page("stopping_confirm", one=shown, scope=scope, zone=scope.any_zone)

    @exposed("/<int:identity>/resume", "POST")
    @requires("act")
    def resume(self, identity: int) -> Any:
        """Let the writes go on."""
        return self._switch(identity, stopped=False)

    def _writing(self, identity: int) -> tuple[Scope, list[tuple[Integration, Side]], StoredConnection, Affected]:
        """A connection that is the person's to switch, with who uses it and what writes over it."""
        scope = self.scope()
        users = _used(scope).get(identity)
        if users is None:
            abort(404)
        connection = self.hub.connections.get(identity)
        found = affected(self.hub, connection)
        refuse_strangers(connection, found, scope.integrations)
        return scope, users, connection, found

    def _switch(self, identity: int, *, stopped: bool) -> Any:
        _, users, connection, _ = self._writing(identity)
        done = switch(self.hub.acting_for(person().name), users[0][0].name, connection, stopped=stopped)
        words = "are stopped. Reading goes on" if stopped else "go on"
        text = f"Writes over {connection.name} {words}{'' if done else ' already'}."
        return back(url_for("stopping.index"), text, "good" if done else "note")


def _used(scope: Scope) -> dict[int, list[tuple[Integration, Side]]]:
    found: dict[int, list[tuple[Integration, Side]]] = {}
    for one in scope.integrations.values():
        found.setdefault(one.shop_id, []).append((one, "shop"))
        found.setdefault(one.erp_id, []).append((one, "erp"))
    return found


def _shown(
    scope: Scope, which: tuple[StoredConnection, Standing], users: list[tuple[Integration, Side]], found: Affected
) -> Shown:
    mine = found.open_to(scope.integrations)
    routes = [route for _, route in mine.routes.values()]
    return Shown(*which, users, routes, len(found.routes) - len(routes), len(mine.jobs))
