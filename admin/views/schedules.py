"""Schedules: when routes run by themselves, with the next runs shown while a schedule is typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from admin.auth import person, requires
from admin.views.base import View, back, exposed
from hub.agenda import Agenda, agendas, ahead, plan
from hub.errors import ConfigurationError
from hub.schedule import NEVER, WEEKDAYS, Schedule, daily, every, weekly
from hub.store.leases import CLOCK
from hub.triggers import Planned, upcoming

#: Runs to come that are shown.
NEXT = 5
KINDS = ("never", "daily", "weekly", "every")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form; each kind keeps its own fields, so that trying another one loses nothing."""

    kind: str = "never"
    daily_at: str = "02:00"
    weekly_at: str = "02:00"
    days: tuple[str, ...] = ("monday",)
    every: str = "15"
    unit: str = "minutes"
    start: str = ""
    end: str = ""

    def schedule(self) -> Schedule:
        """What it means; ConfigurationError where it cannot be."""
        match self.kind:
            case "daily":
                return daily(self.daily_at)
            case "weekly":
                return weekly(self.days, self.weekly_at)
            case "every":
                return every(f"{self.every} {self.unit}", self.start, self.end)
            case "never":
                return NEVER
        raise ConfigurationError("When is it to run?", detail="kind", fix="Choose one of the four.")


def typed_of(schedule: Schedule) -> Typed:
    """A schedule as it stands in the form."""
    match schedule.kind:
        case "daily":
            return Typed("daily", daily_at=schedule.at)
        case "weekly":
            return Typed("weekly", weekly_at=schedule.at, days=schedule.weekdays)
        case "every":
            minutes = schedule.minutes or 0
            number, unit = (minutes // 60, "hours") if minutes % 60 == 0 else (minutes, "minutes")
            start, end = schedule.window_from, schedule.window_to
            return Typed("every", every=str(number), unit=unit, start=start, end=end)
    return Typed()


def typed_in(given: MultiDict[str, str]) -> Typed:
    """What somebody has typed."""
    kind, daily_at, weekly_at, number, unit, start, end = (
        given.get(name, "").strip() for name in ("kind", "daily_at", "weekly_at", "every", "unit", "start", "end")
    )
    return Typed(kind, daily_at, weekly_at, tuple(given.getlist("days")), number, unit, start, end)


class SchedulesView(View):
    """All schedules, and the editor of one."""

    @exposed("/")
    def index(self) -> str:
        """The schedules of all routes that are open to the person."""
        scope = self.scope()
        found: list[Agenda] = []
        for one in scope.integrations.values():
            mine = [route for route in scope.routes.values() if route.integration_id == one.id]
            found += agendas(self.hub, one, mine)
        last = self.hub.runs.latest(scope.routes)
        return self.page("schedules", agendas=found, last=last, ticking=self._ticking())

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """The schedule of one route."""
        agenda = self._agenda(identity)
        return self._shown(agenda, typed_of(agenda.schedule))

    def _shown(self, agenda: Agenda, typed: Typed) -> str:
        days = {day: day.capitalize() for day in WEEKDAYS}
        return self.page("schedule", typed=typed, days=days, kinds=KINDS, **self._next(agenda, typed))

    @exposed("/<int:identity>/next")
    def following(self, identity: int) -> str:
        """What comes of a schedule that is being typed: a part of the page."""
        return self.page("_next_runs", **self._next(self._agenda(identity), typed_in(request.args)))

    @exposed("/<int:identity>", "POST")
    @requires("act")
    def save(self, identity: int) -> Any:
        """Keep a schedule; or, without a script, only show what would come of it."""
        agenda, typed = self._agenda(identity), typed_in(request.form)
        if "show" in request.form:
            return self._shown(agenda, typed)
        try:
            wanted = typed.schedule()
        except ConfigurationError:
            # The page says what is wrong beside the next runs.
            return self._shown(agenda, typed), 400
        plan(self.hub.acting_for(person().name), agenda, wanted)
        return back(url_for("schedules.one", identity=identity), f"Saved: {wanted}.")

    def _agenda(self, identity: int) -> Agenda:
        scope, route = self.route(identity)
        return agendas(self.hub, scope.integration(route.id), [route])[0]

    def _next(self, agenda: Agenda, typed: Typed) -> Mapping[str, Any]:
        runs: list[Planned] = []
        differ: list[Planned] = []
        wrong = fix = ""
        wanted = NEVER
        try:
            wanted = typed.schedule()
            runs = upcoming(wanted, agenda.zone, agenda.begin, NEXT)
            differ = ahead(agenda, runs, wanted)
        except ConfigurationError as error:
            wrong, fix = str(error), error.fix
        facts = {"agenda": agenda, "wanted": wanted, "runs": runs, "differ": differ, "ticking": self._ticking()}
        return {**facts, "wrong": wrong, "fix": fix, "zone": agenda.zone}

    def _ticking(self) -> bool:
        return self.hub.leases.holder(CLOCK, self.now()) is not None
