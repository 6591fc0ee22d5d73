"""Failures: grouped by what cures them; taken up again, acknowledged or ignored: some, a group, or all that match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, request, url_for

from admin.auth import person, requires
from admin.numbers import whole
from admin.views.base import Scope, View, back, exposed, moment
from hub import curing
from hub.errors import ConfigurationError
from hub.hiding import masked_text
from hub.looking import spellings
from hub.store.failure_list import CAP, GROUPS, FailureList, Place, Which
from hub.store.failures import OPEN_STATES, STATES
from objects.registry import OBJECTS

PAGE = 50
#: Act -> what becomes of a failure by it.
ACTS = {"resync": "", "acknowledge": "acknowledged", "ignore": "ignored"}
#: More than anybody can tick on a page.
TICKED = 1_000
#: Longest note.
NOTE = 2_000
_FILTERS = ("integration", "route", "object", "cause", "state", "ident")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the address narrows the list to, with the same in the store's words."""

    scope: Scope
    which: Which
    asked: dict[str, Any]


class FailuresView(View):
    """Groups, the list behind them, and what is done about them."""

    @exposed("/")
    def index(self) -> str:
        """Open failures by cause and detail, the largest group first."""
        found = self._narrowed(request.args)
        groups = FailureList(self.hub.database).groups(found.which)
        return self.page("failures", **self._choices(found), groups=groups, most=GROUPS)

    @exposed("/list")
    def listed(self) -> str:
        """The failures themselves, newest first."""
        found = self._narrowed(request.args)
        failures = FailureList(self.hub.database)
        place = _place(request.args.get("after", ""))
        page, further = failures.page(found.which, after=place, limit=PAGE)
        # Where all of it is on this page, it is counted already.
        count = len(page) if place is None and further is None else failures.count(found.which)
        after = f"{further.at.isoformat()}|{further.route}|{further.key}" if further else ""
        zones = sorted({found.scope.zone(one.route_id).key for one in page})
        values = {"failures": page, "after": after, "count": count, "cap": CAP, "zones": zones}
        return self.page("failure_list", **self._choices(found), **values)

    def _choices(self, found: Narrowed) -> dict[str, Any]:
        everything = self.scope()
        causes = FailureList(self.hub.database).open_ones(list(found.scope.routes)).by_cause
        lists = {"objects": OBJECTS, "states": STATES, "causes": causes, "everything": everything}
        sees = person().user.sees_personal
        return {"scope": found.scope, "asked": found.asked, "said": _as_said if sees else masked_text, **lists}

    def _narrowed(self, given: Mapping[str, str]) -> Narrowed:
        asked = {name: given[name].strip() for name in _FILTERS if given.get(name, "").strip()}
        if "detail" in given:
            asked["detail"] = given["detail"]
        scope = self.scope().named(asked.get("integration", ""))
        wanted = [
            one.id
            for one in scope.routes.values()
            if asked.get("object") in (None, one.object) and asked.get("route") in (None, str(one.id))
        ]
        state = asked.get("state", "")
        if state and state not in (*STATES, "all"):
            abort(400, f"state cannot be {state}.")
        states = STATES if state == "all" else (state,) if state else OPEN_STATES
        ident = asked.get("ident", "")
        words = (asked.get("cause", ""), asked.get("detail"), ident, spellings(ident) if ident else ())
        return Narrowed(scope, Which(tuple(wanted), states, *words), asked)

    @exposed("/act", "POST")
    @requires("act")
    def act(self) -> Any:
        """Do something about those that are ticked, or about all that match, after showing how many."""
        act = request.form.get("act", "")
        if act not in ACTS:
            abort(400, "There is no such act.")
        if "all" not in request.form:
            return self._act_on_ticked(act)
        found = self._narrowed(request.form)
        found = replace(found, which=curing.acted_on(self.hub, found.which, afresh=act == "resync"))
        with self.hub.database.together():
            count, expected = curing.count(self.hub, found.which), request.form.get("expected")
            if expected is not None and count <= (whole(expected) or 0):
                return self._do(act, found)
        zones = self._zones(found)
        asking = self.page("confirm", act=act, count=count, expected=expected, zones=zones, **self._choices(found))
        return asking, 200 if expected is None else 409

    def _act_on_ticked(self, act: str) -> Any:
        scope = self.scope()
        picks = []
        for pick in request.form.getlist("pick"):
            route, _, key = pick.partition("|")
            identity = whole(route)
            if identity not in scope.routes or identity is None:
                abort(404)
            picks.append((identity, key))
        if not picks:
            return back(url_for("failures.listed"), "Nothing was ticked, so nothing was done.", "note")
        if len(picks) > TICKED:
            abort(400, "That is more than any page shows.")
        asked = {"keys": [key for _, key in picks][:100]}
        return self._do(act, Narrowed(scope, curing.certain(picks, scope.routes), asked))

    def _do(self, act: str, found: Narrowed) -> Any:
        hub = self.hub.acting_for(person().name)
        if act != "resync":
            how = curing.Aside(ACTS[act], *self._noted(act, found))
            count = curing.set_aside(hub, found.which, how, found.asked)
            return back(url_for("failures.index"), f"{count:,} {'failure' if count == 1 else 'failures'} {ACTS[act]}.")
        done = curing.take_up(hub, found.which, found.asked)
        if not done.jobs:
            return back(url_for("failures.index"), "There is nothing of that kind to take up again.", "note")
        records = f"{done.records:,} records are" if done.records != 1 else "1 record is"
        text = f"{records} read afresh by job {', '.join(str(job) for job in done.jobs)}."
        if len(done.jobs) == 1:
            return back(url_for("jobs.one", identity=done.jobs[0]), text)
        return back(url_for("jobs.index"), text)

    def _zones(self, found: Narrowed) -> list[ZoneInfo]:
        """The time zones of the routes that have any of them."""
        routes = FailureList(self.hub.database).by_route(found.which)
        return sorted({found.scope.zone(one) for one in routes}, key=str)

    def _noted(self, act: str, found: Narrowed) -> tuple[str, datetime | None]:
        note = request.form.get("note", "").strip()[:NOTE]
        if act == "acknowledge":
            return note, None
        zones = self._zones(found)
        if len(zones) > 1:
            what = f"They belong to integrations of different time zones ({', '.join(map(str, zones))})."
            raise ConfigurationError(what, detail="until", fix="Ignore those of one integration at a time.")
        try:
            until = moment(request.form.get("until", ""), zones[0] if zones else found.scope.any_zone)
        except ValueError as error:
            what = "Until when are they to be ignored?"
            raise ConfigurationError(what, detail="until", fix="Choose a day and time.") from error
        if until <= self.now():
            what = "That time is over already."
            raise ConfigurationError(what, detail="until", fix="Choose a day and time to come.")
        return note, until


def _place(text: str) -> Place | None:
    if not text:
        return None
    at, _, rest = text.partition("|")
    route, bar, key = rest.partition("|")
    identity = whole(route)
    try:
        last = moment(at, UTC)
    except ValueError:
        identity = None
    if identity is None or not bar:
        abort(400, "That is no place in the list.")
    return Place(last, identity, key)


def _as_said(text: str, _: str) -> str:
    return text
