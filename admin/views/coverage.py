"""Coverage: how far both sides cover each other, record by record, as the last look has found."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from admin.auth import person, requires
from admin.views.base import View, back, chosen, exposed, number
from hub.bootstrap import Hub
from hub.covering import Covering
from hub.linking.standing import CLASSES
from hub.store.coverage import CoverageBook

PAGE = 50
#: What each class means, for people.
MEANING = {
    "connected": "linked to a record of the other side",
    "syncable": "not on the other side yet; the next run that may carries it",
    "warning": "worth a look: it differs, is gone, or is left alone",
    "error": "open trouble: see its failure",
    "ignored": "left out because a person, a tag or a setting says so",
}


class CoverageView(View):
    """All routes, and the lists of one."""

    def __init__(self, hub: Hub, name: str, **more: Any) -> None:
        super().__init__(hub, name, **more)
        self.covering = Covering()

    @exposed("/")
    def index(self) -> str:
        """The routes that are open to the person, with what their last look has found."""
        scope = self.scope()
        looks = CoverageBook(self.hub.database).looks(scope.routes)
        return self.page("coverage", scope=scope, looks=looks, classes=CLASSES, meaning=MEANING)

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """One route: the classes with their reasons, and the records of one of them."""
        return self.page("coverage_one", **self._facts(identity), **self._listed(identity))

    @exposed("/<int:identity>/live")
    def live(self, identity: int) -> str:
        """The part of its page that changes while a look goes on."""
        return self.page("_coverage", **self._facts(identity))

    def _facts(self, identity: int) -> dict[str, Any]:
        scope, route = self.route(identity)
        look = CoverageBook(self.hub.database).look(route.id)
        goes_on = look is not None and look.goes_on(self.now())
        broken_off = look is not None and look.state == "running" and not goes_on
        facts = {"route": route, "integration": scope.integration(route.id), "look": look, "goes_on": goes_on}
        more = {"broken_off": broken_off, "classes": CLASSES, "meaning": MEANING, "zone": scope.zone(route.id)}
        return {**facts, **more, "name": chosen("class", CLASSES), "reason": request.args.get("reason")}

    def _listed(self, identity: int) -> dict[str, Any]:
        name, after = chosen("class", CLASSES), number("after")
        if not name:
            return {"records": [], "following": None}
        place = -1 if after is None else after
        rows = CoverageBook(self.hub.database).page(
            identity, name, request.args.get("reason"), after=place, limit=PAGE + 1
        )
        return {"records": rows[:PAGE], "following": rows[PAGE - 1].place if len(rows) > PAGE else None}

    @exposed("/<int:identity>/look", "POST")
    @requires("act")
    def look(self, identity: int) -> Any:
        """Read the whole source afresh; it goes on while people look elsewhere."""
        scope, route = self.route(identity)
        self.covering.look(self.hub.acting_for(person().name), route)
        self.note("coverage", f"{scope.integration(route.id).name} {route.name}")
        return back(url_for("coverage.one", identity=route.id))
