"""What the chores of housekeeping do. Each begins anew where it ended, and may be ended between two small steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.store.commitments import Commitments
from hub.store.compacting import can_shrink, is_sqlite, refresh_statistics, shrink
from hub.store.integrations import Integration
from hub.store.job import BACKFILL, Request, Wanted
from hub.store.leavings import Leavings
from hub.store.routes import Route
from hub.store.workers import Workers
from hub.sync.comparison import Compared, Comparison
from message_log.retention import Keep, Retention, Swept

#: Who asks for what a chore asks for.
ACTOR = "housekeeping"
OPEN_ORDERS = "open orders"
#: How long steps of decided plans, alerts that are over, and workers that are gone are kept.
KEEP_STEPS, KEEP_ALERTS, KEEP_WORKERS = timedelta(days=30), timedelta(days=90), timedelta(days=1)
#: How long the answer to a question of one person is kept that was never answered.
KEEP_DRY_RUNS = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Turns:
    """Between two steps: `pause` lets others have their turn, `stop` says whether to end there."""

    pause: Callable[[], None] = lambda: None
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Report:
    """What a chore has come to, in words and in figures."""

    text: str
    figures: dict[str, Any] = field(default_factory=dict)
    #: True: somebody should look at it.
    warning: bool = False


# -- open orders ----------------------------------------------------------------------------------------------------


def reread_open_orders(hub: Hub, integration: Integration) -> Report:
    """Ask for the imported orders that are still open in the shop: a change that was missed shows by itself."""
    orders = Commitments(hub.database, integration.id).orders()
    routes = [route for route in _at_work(hub, integration) if route.name == "order shop_to_erp"]
    if not routes:
        return Report("No route carries orders to the ERP, or it is paused.", {"orders": 0})
    if orders:
        wanted = [Wanted(key) for key in orders]
        request = Request(routes[0].id, "keys", OPEN_ORDERS, ACTOR, priority=BACKFILL, keys=wanted)
        hub.jobs.put(request, hub.clock())
    return Report(f"{len(orders):,} open orders are read again by the next run.", {"orders": len(orders)})


# -- comparison of keys ---------------------------------------------------------------------------------------------


def compare_keys(hub: Hub, integration: Integration) -> Report:
    """Find linked records that one side no longer has; a run of their route settles each."""
    routes = [route for route in _at_work(hub, integration) if route.initialization.startswith("done")]
    found = Comparison(hub, hub.database, hub.jobs, ACTOR).run(integration, routes)
    if not found:
        return Report("Nothing to compare: no route of masters or stock is at work.", {"objects": []})
    doubtful = [one for one in found if one.warning]
    text = " ".join(_told(one) for one in (*doubtful, *(one for one in found if not one.warning)))
    return Report(text, {"objects": [_figures(one) for one in found]}, warning=bool(doubtful))


def _told(one: Compared) -> str:
    if one.warning:
        return f"{one.object}: {one.warning} Nothing was changed; see that the connection may read them all."
    shop, erp = one.missing["shop"], one.missing["erp"]
    news = [f"{shop} no longer in the shop"] if shop else []
    news += [f"{erp} no longer in the ERP"] if erp else []
    news += [f"{one.back} back"] if one.back else []
    news += [f"{one.gone} gone as before"] if one.gone else []
    return f"{one.object}: {one.linked:,} linked{''.join(f', {part}' for part in news) or ', all there'}."


def _figures(one: Compared) -> dict[str, Any]:
    names = ("object", "linked", "gone", "back", "warning")
    return {**{name: getattr(one, name) for name in names}, **{f"missing_{k}": n for k, n in one.missing.items()}}


def _at_work(hub: Hub, integration: Integration) -> list[Route]:
    return [route for route in hub.routes.of(integration.id) if route.enabled and route.paused_at is None]


# -- retention ------------------------------------------------------------------------------------------------------


#: What the store leaves behind, as it is told.
_LEFT = ("reports", "runs", "jobs", "failures", "dry_runs", "plan_steps")


def keep_to_retention(hub: Hub, integration: Integration, turns: Turns, *, only_count: bool = False) -> Report:
    """Remove what an integration keeps no longer; `only_count`: say what of the message log would go."""
    now = hub.clock()
    settings = integration_settings.load(integration.settings)
    done = timedelta(days=settings["keep_days_done"])
    keep = Keep(done, timedelta(days=settings["keep_days_failed"]))
    routes = [route.id for route in hub.routes.of(integration.id)]
    log = Retention(hub.log_database.engine, pause=turns.pause, stop=turns.stop)
    spared = hub.failures.messages(routes)
    swept = log.messages({integration.name: keep}, now, spared, only_count=only_count)
    loose = log.exchanges(_loose(hub, integration), now, only_count=only_count) if swept.whole else Swept(whole=False)
    figures = {
        "messages": dict(swept.messages),
        "exchanges": swept.exchanges + loose.exchanges,
        "whole": loose.whole and not turns.stop(),
    }
    if only_count:
        return Report(f"Would remove {_in_words(swept, loose)}.", figures)
    figures |= _leavings(hub, routes, now, done, turns)
    over = {name: figures[name] for name in _LEFT if figures[name]}
    rest = "".join(f", {count:,} {name.replace('_', ' ')}" for name, count in over.items())
    end = "" if figures["whole"] else " The rest follows in the next quiet hours."
    return Report(f"Removed {_in_words(swept, loose)}{rest}.{end}", figures)


def _loose(hub: Hub, integration: Integration) -> dict[str, timedelta]:
    """How long exchanges of no message are kept, by connection: where several integrations share one, the longest."""
    days: dict[int, int] = {}
    for one in hub.integrations.all():
        own = integration_settings.load(one.settings)["keep_days_exchanges"]
        for identity in (one.shop_id, one.erp_id):
            days[identity] = max(days.get(identity, 0), own)
    mine = (integration.shop_id, integration.erp_id)
    return {hub.connections.get(identity).name: timedelta(days=days[identity]) for identity in mine}


def _leavings(hub: Hub, routes: list[int], now: datetime, done: timedelta, turns: Turns) -> dict[str, int]:
    leavings = Leavings(hub.database, pause=turns.pause, stop=turns.stop)
    return {
        "reports": leavings.reports(routes, now - done),
        "runs": leavings.runs(routes, now - done),
        "jobs": leavings.jobs(routes, now - done),
        "failures": leavings.failures(routes, now - done),
        "dry_runs": leavings.dry_runs(routes, now - KEEP_DRY_RUNS),
        "plan_steps": leavings.plan_steps(routes, now - KEEP_STEPS),
    }


def _in_words(swept: Swept, loose: Swept) -> str:
    by = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(swept.messages.items()))
    calls = swept.exchanges + loose.exchanges
    return f"{swept.messages.total():,} messages{f' ({by})' if by else ''}, {calls:,} exchanges"


# -- tidying --------------------------------------------------------------------------------------------------------


def tidy(hub: Hub, turns: Turns) -> Report:
    """Remove what belongs to nobody any more, and give the room back."""
    now = hub.clock()
    log = Retention(hub.log_database.engine, pause=turns.pause, stop=turns.stop)
    figures: dict[str, Any] = {"bodies": log.bodies().bodies}
    figures["alerts"] = Leavings(hub.database, pause=turns.pause, stop=turns.stop).alerts(now - KEEP_ALERTS)
    figures["workers"] = Workers(hub.database).forget(now - KEEP_WORKERS)
    figures["pages"] = 0
    stiff = []
    for name, database in (("store", hub.database), ("message log", hub.log_database)):
        figures["pages"] += shrink(database, pause=turns.pause, stop=turns.stop)
        refresh_statistics(database)
        stiff += [] if can_shrink(database) else [name]
    room = f"gave {figures['pages'] * 4 / 1024:,.0f} MB back to the disk" if is_sqlite(hub.database) else _POSTGRESQL
    text = f"Removed {figures['bodies']:,} bodies and {figures['alerts']:,} alerts; {room}."
    if stiff:
        text += f" The file of the {' and the '.join(stiff)} is not the hub's own and does not shrink: VACUUM it once."
    return Report(text, figures, warning=bool(stiff))


_POSTGRESQL = "PostgreSQL looks after its room by itself (autovacuum)"
