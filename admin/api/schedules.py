"""Schedules: when routes run by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from admin.api.blueprint import endpoint, the_hub
from admin.api.reach import ROUTE, integration, place
from admin.api.schemas import when
from hub.agenda import Agenda, agendas, ahead, plan
from hub.schedule import NEVER, WEEKDAYS, Schedule, daily, every, weekly
from hub.store.leases import CLOCK
from hub.triggers import Planned, upcoming

KINDS = ("never", "daily", "weekly", "every")
#: Runs to come that are told.
NEXT = 5
#: What each kind takes besides, and what of it it cannot do without.
_PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "never": ((), ()),
    "daily": (("at",), ("at",)),
    "weekly": (("at", "days"), ("at", "days")),
    "every": (("every", "start", "end"), ("every",)),
}


class ScheduleSchema(Schema):
    """When a route runs by itself, by the clocks of the integration's zone."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    at = fields.String(metadata={"description": "Daily and weekly: the time of the day, such as 02:30."})
    days = fields.List(
        fields.String(validate=validate.OneOf(WEEKDAYS)), metadata={"description": "Weekly: on these days."}
    )
    every = fields.String(metadata={"description": "Every: such as 15 minutes, or 2 hours."})
    start = fields.String(data_key="from", metadata={"description": "Every: not before this time of the day."})
    end = fields.String(data_key="to", metadata={"description": "Every: not after this time of the day."})

    @validates_schema
    def _fits(self, data: dict[str, Any], **more: Any) -> None:
        may, must = _PARTS[data["kind"]]
        wrong = {name: ["Not with this kind."] for name in data if name != "kind" and name not in may}
        wrong |= {name: ["Needed with this kind."] for name in must if name not in data}
        if wrong:
            raise ValidationError(wrong)


class PlannedSchema(Schema):
    """One run to come."""

    at = fields.DateTime(required=True)
    note = fields.String(required=True, metadata={"description": "What is special about its day; mostly nothing."})


class AgendaSchema(Schema):
    """The schedule of a route, and what comes of it."""

    integration = fields.String(required=True)
    object = fields.String(required=True)
    direction = fields.String(required=True)
    schedule = fields.Nested(ScheduleSchema, required=True)
    zone = fields.String(required=True)
    armed = fields.Boolean(required=True)
    waits_for = fields.String(required=True)
    paused = fields.Boolean(required=True)
    next_run_at = when()
    next = fields.List(fields.Nested(PlannedSchema), required=True)
    days_that_differ = fields.List(
        fields.Nested(PlannedSchema),
        required=True,
        metadata={"description": "Runs of the coming year whose time is skipped or comes twice."},
    )
    clock_is_running = fields.Boolean(required=True)


class AgendasSchema(Schema):
    """The schedules of an integration."""

    items = fields.List(fields.Nested(AgendaSchema), required=True)


@endpoint("GET /integrations/<name>/schedules", "read", tag="schedules", answer=AgendasSchema)
def list_schedules(name: str) -> Any:
    """When the routes of an integration run by themselves, with their next runs."""
    one = integration(name)
    return {"items": [_told(agenda) for agenda in agendas(the_hub(), one, the_hub().routes.of(one.id))]}


@endpoint(f"GET {ROUTE}/schedule", "read", tag="schedules", answer=AgendaSchema)
def get_schedule(name: str, object_name: str, direction: str) -> Any:
    """When a route runs by itself, with its next runs."""
    return _told(_agenda(name, object_name, direction))


@endpoint(f"PUT {ROUTE}/schedule", "act", tag="schedules", body=ScheduleSchema, answer=AgendaSchema)
def set_schedule(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Have a route run by itself, or never; answers with its next runs."""
    wanted = _schedule(asked)
    plan(the_hub(), _agenda(name, object_name, direction), wanted)
    return _told(_agenda(name, object_name, direction))


def flat(schedule: Schedule) -> dict[str, Any]:
    """A schedule as it is sent and answered."""
    if schedule.kind == "daily":
        return {"kind": "daily", "at": schedule.at}
    if schedule.kind == "weekly":
        return {"kind": "weekly", "days": list(schedule.weekdays), "at": schedule.at}
    if schedule.kind == "every":
        told = schedule.written()
        hours = {"start": told["from"], "end": told["to"]} if "from" in told else {}
        return {"kind": "every", "every": told["every"], **hours}
    return {"kind": "never"}


def _schedule(asked: dict[str, Any]) -> Schedule:
    match asked["kind"]:
        case "daily":
            return daily(asked["at"])
        case "weekly":
            return weekly(asked["days"], asked["at"])
        case "every":
            return every(asked["every"], asked.get("start", ""), asked.get("end", ""))
        case _:
            return NEVER


def _agenda(name: str, object_name: str, direction: str) -> Agenda:
    one, route = place(name, object_name, direction)
    return agendas(the_hub(), one, [route])[0]


def _told(agenda: Agenda) -> dict[str, Any]:
    runs = upcoming(agenda.schedule, agenda.zone, agenda.begin, NEXT)
    return {
        "integration": agenda.integration.name,
        "object": agenda.route.object,
        "direction": agenda.route.direction,
        "schedule": flat(agenda.schedule),
        "zone": agenda.zone.key,
        "armed": agenda.armed,
        "waits_for": agenda.obstacle,
        "paused": agenda.route.paused_at is not None,
        "next_run_at": _local(agenda, agenda.next_run),
        "next": [_run(agenda, run) for run in runs],
        "days_that_differ": [_run(agenda, run) for run in ahead(agenda, runs)],
        "clock_is_running": the_hub().leases.holder(CLOCK, the_hub().clock()) is not None,
    }


def _run(agenda: Agenda, run: Planned) -> dict[str, Any]:
    return {"at": _local(agenda, run.at), "note": run.note}


def _local(agenda: Agenda, moment: datetime | None) -> datetime | None:
    return moment.astimezone(agenda.zone) if moment is not None else None
