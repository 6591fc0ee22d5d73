"""What is planned for a route, and what stands in the way: how a schedule is told to people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from hub.bootstrap import Hub
from hub.schedule import NEVER, Schedule, waits_for
from hub.settings import timing
from hub.store.integrations import Integration
from hub.store.routes import Route
from hub.store.schedules import Stored
from hub.triggers import Planned, days_that_differ, next_run


@dataclass(frozen=True, slots=True)
class Agenda:
    """A route with its schedule, and what decides on its next run."""

    integration: Integration
    route: Route
    zone: ZoneInfo
    #: Of the integration's orders.
    cut_over: datetime | None
    stored: Stored | None
    now: datetime

    @property
    def schedule(self) -> Schedule:
        """Its schedule; never, where it has none."""
        return self.stored.schedule if self.stored else NEVER

    @property
    def waits_for(self) -> Literal["", "enabled", "initialize", "cut_over"]:
        """What has to happen before the schedule makes jobs; empty where nothing has."""
        if not self.route.enabled:
            return "enabled"
        has_run = self.stored is not None and self.stored.last_planned_at is not None
        return waits_for(self.route.object, self.route.initialization, self.cut_over, self.now, has_run=has_run)

    @property
    def armed(self) -> bool:
        """Whether the schedule makes jobs when its time has come."""
        return not self.waits_for

    @property
    def obstacle(self) -> str:
        """What has to happen first, in words with the command; empty where nothing has."""
        match self.waits_for:
            case "enabled":
                return "the route is switched off: set `enabled: true` in the file and run: hub apply FILE"
            case "initialize":
                both = f" --direction {self.route.direction}" if self.route.object == "product" else ""
                begun = "; its first load has begun and is not done" if self.route.initialization == "running" else ""
                return f"is armed by: hub initialize {self.integration.name} {self.route.object}{both}{begun}"
            case "cut_over" if self.cut_over is None:
                return "is armed by the cut-over: set `order_cut_over` in the file and run: hub apply FILE"
            case "cut_over":
                moment = (self.cut_over or self.now).astimezone(self.zone)
                return f"is armed by the cut-over at {moment:%Y-%m-%d %H:%M}"
        return ""

    @property
    def begin(self) -> datetime:
        """From when on runs are planned: now, or a cut-over to come."""
        if self.waits_for == "cut_over" and self.cut_over is not None:
            # A run at the very moment of the cut-over is one of them.
            return self.cut_over - timedelta(microseconds=1)
        return self.now

    @property
    def next_run(self) -> datetime | None:
        """The next run; None where there is none, or where somebody has to do something first."""
        if self.armed and self.stored and self.stored.next_run_at and self.stored.zone == self.zone.key:
            return self.stored.next_run_at
        if self.armed or (self.waits_for == "cut_over" and self.cut_over is not None):
            return next_run(self.schedule, self.zone, self.begin)
        return None


def agendas(hub: Hub, integration: Integration, routes: Iterable[Route]) -> list[Agenda]:
    """What is planned for these routes of an integration."""
    zone, cut_over = timing(integration.settings)
    stored, now = hub.schedules.of(integration.id), hub.clock()
    return [Agenda(integration, route, zone, cut_over, stored.get(route.id), now) for route in routes]


def plan(hub: Hub, before: Agenda, wanted: Schedule) -> None:
    """Store a schedule, with a word in the audit trail where it is another one than before."""
    if before.stored is not None and before.stored.schedule == wanted:
        return
    route, old = before.route, str(before.stored.schedule) if before.stored else None
    with hub.database.together():
        planned = next_run(wanted, before.zone, before.now)
        actor, zone = hub.audit.actor, before.zone.key
        hub.schedules.save(route.id, wanted, zone, now=before.now, actor=actor, next_run_at=planned)
        subject = f"{before.integration.name} {route.name}"
        hub.audit.note("schedule", subject, {"schedule": old}, {"schedule": str(wanted)})


def ahead(agenda: Agenda, shown: Sequence[Planned], wanted: Schedule | None = None) -> list[Planned]:
    """Runs of the coming year whose time is skipped or comes twice, apart from those that are shown anyway.

    `wanted`: a schedule that is only thought of, instead of the stored one.
    """
    schedule = agenda.schedule if wanted is None else wanted
    return [run for run in days_that_differ(schedule, agenda.zone, agenda.begin) if run not in shown]
