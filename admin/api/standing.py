"""How the hub is: alerts, health, and who you are to it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from admin.api.blueprint import bearer, endpoint, the_hub
from admin.api.paging import PageSchema, gathered, listed, page, read
from admin.api.reach import integrations, is_open
from admin.api.schemas import when
from hub.store.alerts import Alert, Alerts
from hub.store.leases import CLOCK


class AlertSchema(Schema):
    """One alert."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    subject = fields.String(required=True)
    text = fields.String(required=True)
    fix = fields.String(required=True)
    integrations = fields.List(fields.String(), required=True, metadata={"description": "Empty = all."})
    raised_at = fields.DateTime(required=True)
    last_at = fields.DateTime(required=True)
    count = fields.Integer(required=True)
    cleared_at = when()
    sent_at = when()


class AlertsQuerySchema(PageSchema):
    """Which alerts are wanted."""

    cleared = fields.Boolean(load_default=False, metadata={"description": "What was wrong and is over, too."})


class ConnectionSchema(Schema):
    """Whether a platform answers, and accepts us."""

    name = fields.String(required=True)
    well = fields.Boolean(required=True)
    down_since = when()
    down_why = fields.String(required=True)
    next_probe = when()
    refused_at = when()
    refused_why = fields.String(required=True)


class HealthSchema(Schema):
    """Whether jobs are put in and done."""

    ready = fields.Boolean(required=True, metadata={"description": "A clock and a worker are at work."})
    clock_is_running = fields.Boolean(required=True)
    workers = fields.Integer(required=True)
    places = fields.Integer(required=True, metadata={"description": "Jobs that they do at a time."})
    connections = fields.List(fields.Nested(ConnectionSchema), required=True)


class MeSchema(Schema):
    """Whose token this is, and what it may do."""

    user = fields.String(required=True)
    role = fields.String(required=True)
    token = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    expires_at = when()
    sees_personal = fields.Boolean(required=True)
    integrations = fields.List(fields.String(), required=True, metadata={"description": "Empty = all."})


@endpoint("GET /me", "read", tag="standing", answer=MeSchema)
def me() -> Any:
    """Whose token this is, and what it may do."""
    found = bearer()
    return {
        "user": found.token.user,
        "role": found.role,
        "token": found.token.name,
        "scopes": found.token.scopes,
        "expires_at": found.token.expires_at,
        "sees_personal": found.sees_personal,
        "integrations": found.integrations,
    }


@endpoint("GET /alerts", "read", tag="standing", query=AlertsQuerySchema, answer=listed(AlertSchema))
def list_alerts(asked: dict[str, Any]) -> Any:
    """What is wrong now, the newest first."""
    alerts, limit = Alerts(the_hub().database), asked["limit"]
    begin = (read(asked["cursor"], "alerts", int) or (None,))[0]

    def fetch(last: Alert | None) -> list[Alert]:
        return alerts.newest(limit + 1, cleared=asked["cleared"], before=last.id if last else begin)

    found = gathered(fetch, _concerns, limit + 1)
    return page(found, limit, "alerts", lambda alert: [alert.id])


def _concerns(alert: Alert) -> bool:
    return not alert.integrations or any(is_open(name) for name in alert.integrations)


@endpoint("GET /health", "read", tag="standing", answer=HealthSchema)
def health() -> Any:
    """Whether a clock and workers are at work, and whether the platforms answer. For probes: /healthz, /readyz."""
    hub, now = the_hub(), the_hub().clock()
    workers = [worker for worker in hub.workers.alive(now) if not worker.stopping]
    ticking = hub.leases.holder(CLOCK, now) is not None
    mine = {identity for one in integrations() for identity in (one.shop_id, one.erp_id)}
    return {
        "ready": ticking and bool(workers),
        "clock_is_running": ticking,
        "workers": len(workers),
        "places": hub.workers.places(now),
        "connections": [one for one in hub.health.all() if one.id in mine],
    }
