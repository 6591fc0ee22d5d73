"""Integrations and their routes: how they stand, and pausing."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.problems import conflicting
from admin.api.reach import ROUTE, Place, integration, integrations, place
from admin.api.schedules import ScheduleSchema, flat
from admin.api.schemas import DoneSchema, numbers, when
from hub.agenda import Agenda, agendas
from hub.pausing import pause_route
from hub.readiness import refuse_switched_off
from hub.settings import timing
from hub.store.integrations import Integration
from hub.store.job import Job
from hub.store.runs import Run


class SideSchema(Schema):
    """One of the two connections of an integration."""

    name = fields.String(required=True)
    platform = fields.String(required=True)
    stopped_at = when()
    stopped_by = fields.String(required=True)
    down_since = when()
    refused_at = when()


class IntegrationSchema(Schema):
    """One integration."""

    name = fields.String(required=True)
    zone = fields.String(required=True)
    shop = fields.Nested(SideSchema, required=True)
    erp = fields.Nested(SideSchema, required=True)


class IntegrationsSchema(Schema):
    """All integrations that are open."""

    items = fields.List(fields.Nested(IntegrationSchema), required=True)


class LastRunSchema(Schema):
    """The last run of a route."""

    id = fields.Integer(required=True)
    state = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    ended_at = when()
    counts = numbers()
    causes = numbers()


class RouteSchema(Schema):
    """One object of an integration in one direction, and how it stands."""

    integration = fields.String(required=True)
    object = fields.String(required=True)
    direction = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(("off", "paused", "not_armed", "running", "waiting", "idle")),
        metadata={"description": "waiting: a job is there that nobody does yet; not_armed: see waits_for."},
    )
    enabled = fields.Boolean(required=True)
    initialization = fields.String(required=True)
    policy = fields.String(required=True, metadata={"description": "marked: only what is selected; or all."})
    paused_at = when()
    paused_by = fields.String(required=True)
    waits_for = fields.String(required=True, metadata={"description": "What has to happen first; empty = nothing."})
    schedule = fields.Nested(ScheduleSchema, required=True)
    next_run_at = when()
    last_run = fields.Nested(LastRunSchema, required=True, allow_none=True)
    jobs = fields.Integer(required=True, metadata={"description": "Jobs that wait or are being done."})


class RoutesSchema(Schema):
    """The routes of an integration."""

    items = fields.List(fields.Nested(RouteSchema), required=True)


# -- looking --------------------------------------------------------------------------------------------------------


@endpoint("GET /integrations", "read", tag="integrations", answer=IntegrationsSchema)
def list_integrations() -> Any:
    """The integrations that are open to you."""
    return {"items": [_shown(one) for one in integrations()]}


@endpoint("GET /integrations/<name>", "read", tag="integrations", answer=IntegrationSchema)
def get_integration(name: str) -> Any:
    """One integration with its two connections."""
    return _shown(integration(name))


@endpoint("GET /integrations/<name>/routes", "read", tag="integrations", answer=RoutesSchema)
def list_routes(name: str) -> Any:
    """The routes of an integration: state, schedule, last run."""
    one = integration(name)
    return {"items": _routes(agendas(the_hub(), one, the_hub().routes.of(one.id)))}


@endpoint(f"GET {ROUTE}", "read", tag="integrations", answer=RouteSchema)
def get_route(name: str, object_name: str, direction: str) -> Any:
    """One route: state, schedule, last run."""
    one, route = place(name, object_name, direction)
    return _routes(agendas(the_hub(), one, [route]))[0]


# -- acting ---------------------------------------------------------------------------------------------------------


@endpoint(f"POST {ROUTE}/pause", "act", tag="integrations", answer=DoneSchema)
def pause(name: str, object_name: str, direction: str) -> Any:
    """Let the jobs of a route wait. Runs under way go on to their end."""
    return _paused(place(name, object_name, direction), paused=True)


@endpoint(f"POST {ROUTE}/resume", "act", tag="integrations", answer=DoneSchema)
def resume(name: str, object_name: str, direction: str) -> Any:
    """Let the jobs of a route that was paused go on."""
    return _paused(place(name, object_name, direction), paused=False)


# -- parts ----------------------------------------------------------------------------------------------------------


def _paused(where: Place, *, paused: bool) -> dict[str, bool]:
    one, route = where
    with conflicting():
        refuse_switched_off(route)
    return {"changed": pause_route(the_hub(), one.name, route, paused=paused)}


def _shown(one: Integration) -> dict[str, Any]:
    zone, _ = timing(one.settings)
    return {"name": one.name, "zone": zone.key, "shop": _side(one.shop_id), "erp": _side(one.erp_id)}


def _side(identity: int) -> dict[str, Any]:
    stored, standing = the_hub().connections.get(identity), the_hub().health.of(identity)
    return {
        "name": stored.name,
        "platform": stored.platform,
        "stopped_at": stored.stopped_at,
        "stopped_by": stored.stopped_by,
        "down_since": standing.down_since,
        "refused_at": standing.refused_at,
    }


def _routes(found: list[Agenda]) -> list[dict[str, Any]]:
    ids = [agenda.route.id for agenda in found]
    last, jobs = the_hub().runs.latest(ids), the_hub().jobs.unfinished(ids)
    return [_route(one, last.get(one.route.id), [job for job in jobs if job.route_id == one.route.id]) for one in found]


def _route(agenda: Agenda, last: Run | None, jobs: list[Job]) -> dict[str, Any]:
    route = agenda.route
    return {
        "integration": agenda.integration.name,
        "object": route.object,
        "direction": route.direction,
        "state": state_of(agenda, jobs),
        "enabled": route.enabled,
        "initialization": route.initialization,
        "policy": route.policy,
        "paused_at": route.paused_at,
        "paused_by": route.paused_by,
        "waits_for": agenda.obstacle,
        "schedule": flat(agenda.schedule),
        "next_run_at": agenda.next_run,
        "last_run": last,
        "jobs": len(jobs),
    }


def state_of(agenda: Agenda, jobs: list[Job]) -> str:
    """How a route stands, in a word. Pure."""
    if not agenda.route.enabled:
        return "off"
    if any(job.state in ("running", "split") for job in jobs):
        return "running"
    if agenda.route.paused_at is not None:
        return "paused"
    if jobs:
        return "waiting"
    return "idle" if agenda.armed else "not_armed"
