"""Failures: grouped by what cures them; taken up again, acknowledged or ignored: some, a group, or all that match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, request, url_for

from admin.auth import person, requires
from admin.views.base import Scope, View, back, exposed
from hub.errors import ConfigurationError
from hub.store.failure_list import CAP, FailureList, Key, Place, Which
from hub.store.failures import OPEN_STATES, STATES
from hub.sync import resync
from objects.registry import OBJECTS

PAGE = 50
#: Act -> what becomes of a failure by it.
ACTS = {"resync": "", "acknowledge": "acknowledged", "ignore": "ignored"}
#: Longest note.
NOTE = 2_000
_FILTERS = ("integration", "route", "object", "cause", "state", "ident")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the address narrows the list to, with the same in the store's words."""

    scope: Scope
    which: Which
    asked: dict[str, str]


class FailuresView(View):
    """Groups, the list behind them, and what is done about them."""

    @exposed("/")
    def index(self) -> str:
        """Open failures by cause and detail, the largest group first."""
        found = self._narrowed(request.args)
        groups = FailureList(self.hub.database).groups(found.which)
        return self.page("failures", **self._choices(found), groups=groups)

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
        values = {"failures": page, "after": after, "count": count, "cap": CAP}
        return self.page("failure_list", **self._choices(found), **values)

    def _choices(self, found: Narrowed) -> dict[str, Any]:
        everything = self.scope()
        causes = FailureList(self.hub.database).causes(list(found.scope.routes))
        lists = {"objects": OBJECTS, "states": STATES, "causes": causes, "everything": everything}
        return {"scope": found.scope, "asked": found.asked, "sees": person().user.sees_personal, **lists}

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
        words = (asked.get("cause", ""), asked.get("detail"), asked.get("ident", ""))
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
        count = FailureList(self.hub.database).count(found.which)
        if "confirmed" not in request.form:
            return self.page("confirm", act=act, count=count, cap=CAP, **self._choices(found))
        return self._act_on_all(act, found)

    def _act_on_ticked(self, act: str) -> Any:
        scope = self.scope()
        ticked: dict[int, list[str]] = {}
        for pick in request.form.getlist("pick"):
            route, _, key = pick.partition("|")
            if not route.isdecimal() or int(route) not in scope.routes:
                abort(404)
            ticked.setdefault(int(route), []).append(key)
        if not ticked:
            return back(url_for("failures.listed"), "Nothing was ticked, so nothing was done.", "note")
        if act == "resync":
            known = {route: self.hub.failures.of(route, keys) for route, keys in ticked.items()}
            keys = [Key(route, key, one.last_message) for route, found in known.items() for key, one in found.items()]
            return self._resync(scope, keys, {"keys": [key.key for key in keys][:100]})
        note, until = self._noted(act, scope)
        count = sum(self.hub.failures.set_aside(route, keys, ACTS[act], note, until) for route, keys in ticked.items())
        asked = {"keys": [key for keys in ticked.values() for key in keys][:100]}
        return self._set_aside(act, scope, count, asked, (note, until))

    def _act_on_all(self, act: str, found: Narrowed) -> Any:
        failures = FailureList(self.hub.database)
        if act == "resync":
            return self._resync(found.scope, list(failures.keys(found.which)), found.asked)
        note, until = self._noted(act, found.scope)
        count = failures.set_aside(found.which, ACTS[act], note, until)
        return self._set_aside(act, found.scope, count, found.asked, (note, until))

    def _resync(self, scope: Scope, keys: list[Key], asked: dict[str, Any]) -> Any:
        """Put jobs in that read the records afresh; nothing that was sent before is sent again."""
        on = [key for key in keys if scope.routes[key.route_id].enabled]
        if not on:
            return back(url_for("failures.index"), "There is nothing of that kind to take up again.", "note")
        wanted = resync.requests(on, list(scope.routes.values()), person().name)
        jobs = [self.hub.jobs.put(one, self.now()) for one in wanted]
        for name in sorted({scope.integration(key.route_id).name for key in on}):
            mine = sum(scope.integration(key.route_id).name == name for key in on)
            self.note("re-sync", name, after={**asked, "records": mine})
        records = f"{len(on):,} records are" if len(on) != 1 else "1 record is"
        text = f"{records} read afresh by job {', '.join(str(job) for job in jobs)}."
        if len(jobs) == 1:
            return back(url_for("jobs.one", identity=jobs[0]), text)
        return back(url_for("jobs.index"), text)

    def _noted(self, act: str, scope: Scope) -> tuple[str, datetime | None]:
        note = request.form.get("note", "").strip()[:NOTE]
        if act == "acknowledge":
            return note, None
        try:
            until = datetime.fromisoformat(request.form.get("until", ""))
        except ValueError as error:
            what = "Until when are they to be ignored?"
            raise ConfigurationError(what, detail="until", fix="Choose a day and time.") from error
        # What is typed is meant by the clocks of the integration.
        until = until if until.tzinfo else until.replace(tzinfo=scope.any_zone)
        if until <= self.now():
            what = "That time is over already."
            raise ConfigurationError(what, detail="until", fix="Choose a day and time to come.")
        return note, until

    def _set_aside(
        self, act: str, scope: Scope, count: int, asked: dict[str, Any], said: tuple[str, datetime | None]
    ) -> Any:
        note, until = said
        after = {**asked, "failures": count, "note": note, "until": until.isoformat() if until else None}
        names = sorted({one.name for one in scope.integrations.values()})
        self.note(f"failures {ACTS[act]}", asked.get("integration") or ", ".join(names), after=after)
        return back(url_for("failures.index"), f"{count:,} {'failure' if count == 1 else 'failures'} {ACTS[act]}.")


def _place(text: str) -> Place | None:
    if not text:
        return None
    at, _, rest = text.partition("|")
    route, bar, key = rest.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        abort(400, "That is no place in the list.")
    if moment.tzinfo is None or not bar or not route.isdecimal():
        abort(400, "That is no place in the list.")
    return Place(moment, int(route), key)
