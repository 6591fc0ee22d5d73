"""Coverage: how far both sides cover each other, record by record, as the last look has found."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from admin.auth import person, requires
from admin.views.base import View, back, chosen, exposed, number
from hub import covering
from hub.awaited import awaited
from hub.linking.standing import CLASSES
from hub.store.coverage import CoverageBook, Look

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

    @exposed("/")
    def index(self) -> str:
        """The routes that are open to the person, with what their last look has found."""
        scope = self.scope()
        looks = CoverageBook(self.hub.database).of_routes(scope.routes)
        jobs = self.hub.jobs.several(one.newest.job_id for one in looks.values() if one.newest)
        return self.page("coverage", scope=scope, looks=looks, jobs=jobs, classes=CLASSES, meaning=MEANING)

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """One route: the classes with their reasons, and the records of one of them."""
        facts = self._facts(identity)
        return self.page("coverage_one", **facts, **self._listed(facts["look"], facts["name"]))

    @exposed("/<int:identity>/live")
    def live(self, identity: int) -> str:
        """The part of its page that changes while a look goes on."""
        return self.page("_coverage", **self._facts(identity))

    def _facts(self, identity: int) -> dict[str, Any]:
        scope, route = self.route(identity)
        looks = CoverageBook(self.hub.database).of_route(route.id)
        # What is newer than the report goes on, or has come to nothing.
        newer = looks.newest if looks.newest != looks.report else None
        stands = awaited(self.hub, newer.job_id) if newer else None
        goes_on = stands is not None and stands.job.unfinished
        facts = {"route": route, "integration": scope.integration(route.id), "look": looks.report}
        more = {"newer": newer, "stands": stands, "goes_on": goes_on, "classes": CLASSES, "meaning": MEANING}
        about = {"zone": scope.zone(route.id), "name": chosen("class", CLASSES), "reason": request.args.get("reason")}
        return {**facts, **more, **about}

    def _listed(self, look: Look | None, name: str) -> dict[str, Any]:
        if look is None or not name:
            return {"records": [], "following": None}
        after = number("after")
        place, reason = -1 if after is None else after, request.args.get("reason")
        rows = CoverageBook(self.hub.database).page(look.job_id, name, reason, after=place, limit=PAGE + 1)
        return {"records": rows[:PAGE], "following": rows[PAGE - 1].place if len(rows) > PAGE else None}

    @exposed("/<int:identity>/look", "POST")
    @requires("act")
    def look(self, identity: int) -> Any:
        """Have the whole source read afresh; it goes on while people look elsewhere."""
        _, route = self.route(identity)
        job = covering.look(self.hub.acting_for(person().name), route)
        return back(url_for("coverage.one", identity=route.id), f"Job {job} looks; you may leave this page.")
