"""Which job may be begun, in which order, and which waiting one takes a later one in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from hub.store.connections import CONNECTIONS
from hub.store.integrations import INTEGRATIONS
from hub.store.job import ALONE, JOBS, UNFINISHED
from hub.store.routes import ROUTES
from objects.registry import OBJECTS


def available(now: datetime) -> Select[Any]:
    """The best job that nobody works on, or whose worker is gone; one of each route at a time.

    The parts of a job that was split are done side by side, and other jobs of the route wait for all of them.
    """
    busy = JOBS.alias()
    at_work = select(busy.c.route_id).where(busy.c.state.in_(["running", "split"]))
    whole_at_work = select(busy.c.route_id).where(busy.c.state == "running", busy.c.parent_id.is_(None))
    free = or_(
        and_(JOBS.c.parent_id.is_(None), JOBS.c.route_id.not_in(at_work)),
        and_(JOBS.c.parent_id.is_not(None), JOBS.c.route_id.not_in(whole_at_work)),
    )
    stale = (JOBS.c.state == "running") & (JOBS.c.lease_until < now)
    fresh = (JOBS.c.state == "waiting") & free
    order = (JOBS.c.state, JOBS.c.priority.desc(), JOBS.c.id)
    return select(JOBS).where(or_(stale, fresh)).order_by(*order).limit(1)


def claimable(now: datetime) -> Select[Any]:
    """The best job that may be begun now.

    Jobs wait while their route is paused (those that write to neither side do not), while one of their platforms does
    not answer or refuses us, and while a job of a lower rank that was due at the same time is not done. Then the more
    urgent one comes first, and among equals the integration that is worked on least and was served longest ago.
    """
    shop, erp = CONNECTIONS.alias(), CONNECTIONS.alias()
    busy, theirs = JOBS.alias(), ROUTES.alias()
    at_work = (
        select(func.count())
        .select_from(busy.join(theirs, theirs.c.id == busy.c.route_id))
        .where(busy.c.state == "running", theirs.c.integration_id == ROUTES.c.integration_id)
        .correlate(ROUTES)
        .scalar_subquery()
    )
    joined = (
        JOBS.join(ROUTES, ROUTES.c.id == JOBS.c.route_id)
        .join(INTEGRATIONS, INTEGRATIONS.c.id == ROUTES.c.integration_id)
        .join(shop, shop.c.id == INTEGRATIONS.c.shop_id)
        .join(erp, erp.c.id == INTEGRATIONS.c.erp_id)
    )
    answering = [side.c[name].is_(None) for side in (shop, erp) for name in ("down_since", "refused_at")]
    return (
        available(now)
        .select_from(joined)
        .where(
            or_(ROUTES.c.paused_at.is_(None), JOBS.c.mode == "read"),
            or_(JOBS.c.not_before.is_(None), JOBS.c.not_before <= now),
            *answering,
            or_(JOBS.c.tick.is_(None), ~_earlier().exists()),
        )
        .order_by(None)
        .order_by(
            JOBS.c.state,
            JOBS.c.priority.desc(),
            at_work,
            INTEGRATIONS.c.served_at.is_not(None),
            INTEGRATIONS.c.served_at,
            JOBS.c.id,
        )
    )


def joinable() -> ColumnElement[bool]:
    """Jobs that a later one of their route is joined with: those that wait and are not done by themselves.

    One that was split has read already, and would not look at what somebody wants now.
    """
    waits = (JOBS.c.state == "waiting") & JOBS.c.cancel_requested.is_(False)
    waits &= JOBS.c.scope.not_in(ALONE) & (JOBS.c.mode == "write")
    whole = JOBS.c.parent_id.is_(None) & JOBS.c.limits["split"].as_string().is_(None)
    free: ColumnElement[bool] = waits & whole & JOBS.c.plan_id.is_(None)
    return free


def _earlier() -> Select[Any]:
    """What of the same integration was due at the same time, has a lower rank, may be done, and is not."""
    other, theirs = JOBS.alias(), ROUTES.alias()
    return (
        select(other.c.id)
        .join(theirs, theirs.c.id == other.c.route_id)
        .where(
            other.c.state.in_(UNFINISHED),
            other.c.tick == JOBS.c.tick,
            theirs.c.paused_at.is_(None),
            theirs.c.integration_id == ROUTES.c.integration_id,
            _rank(theirs.c.object) < _rank(ROUTES.c.object),
        )
        .correlate(JOBS, ROUTES)
    )


def _rank(column: Any) -> Any:
    return case({name: one.rank for name, one in OBJECTS.items() if one.rank}, value=column, else_=0)
