"""The daily summary of an integration: what ran, what is wrong, and what has been set aside for too long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.store.alerts import DIGEST, Alert, Alerts, Wrong
from hub.store.failures import FAILURES
from hub.store.integrations import Integration
from hub.store.routes import Route
from hub.store.runs import RUNS
from hub.working import sentence
from scheduler.alerting.picture import Picture

#: What was parked or set aside longer ago than this is called to mind.
LONG_AGO = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Day:
    """The runs of one route within a day."""

    runs: int = 0
    #: Runs that have not come to their end, by how they ended.
    broken: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aside:
    """Failures of one route that were set aside long ago."""

    route_id: int
    state: str
    cause: str
    count: int


def announce(hub: Hub, picture: Picture) -> int:
    """Put the summaries in that are due; answers how many. One that was missed is put in later on the same day."""
    count = 0
    alerts, now = Alerts(hub.database), picture.now
    for integration in picture.integrations.values():
        settings = picture.settings[integration.id]
        local = now.astimezone(integration_settings.zone(settings))
        hour = settings["alert_digest_hour"]
        if hour is None or local.hour < hour:
            continue
        subject = f"{integration.name} {local:%Y-%m-%d}"
        if not alerts.known(DIGEST, subject):
            routes = hub.routes.of(integration.id)
            text = summary(integration, routes, days(hub, now), asides(hub, now), alerts.newest(), subject)
            count += alerts.announce(Wrong(DIGEST, subject, text, "", integration.id, (integration.name,)), now)
    return count


def summary(
    integration: Integration,
    routes: Sequence[Route],
    days: Mapping[int, Day],
    asides: Iterable[Aside],
    alerts: Iterable[Alert],
    title: str,
) -> str:
    """The text of a summary. Pure."""
    names = {route.id: route.name for route in routes}
    lines = [f"{title}. Runs of the last 24 hours:"]
    lines += [f"- {route.name}: {_day(days.get(route.id, Day()))}" for route in routes if route.enabled]
    mine = [alert for alert in alerts if not alert.integrations or integration.name in alert.integrations]
    lines += ["", "Wrong now:" if mine else "Nothing is wrong now."]
    lines += [f"- {alert.text}" for alert in mine]
    old = [aside for aside in asides if aside.route_id in names]
    if old:
        lines += ["", f"Untouched for more than {LONG_AGO.days} days:"]
        lines += [f"- {names[aside.route_id]}: {aside.count} {aside.state} with {aside.cause}" for aside in old]
        lines.append(f"See: hub failures list {integration.name} --state parked --state ignored --state acknowledged")
    return "\n".join(lines)


def _day(day: Day) -> str:
    if not day.runs:
        return "no run"
    runs = "1 run" if day.runs == 1 else f"{day.runs} runs"
    broken = "".join(f", {count} {state}" for state, count in sorted(day.broken.items()))
    return f"{runs}{broken}; {sentence(dict(day.counts))}"


def days(hub: Hub, now: datetime) -> dict[int, Day]:
    """The runs of the last 24 hours by route, read backwards by their ids."""
    runs: Counter[int] = Counter()
    broken: dict[int, Counter[str]] = {}
    counts: dict[int, Counter[str]] = {}
    query = select(RUNS.c.route_id, RUNS.c.state, RUNS.c.counts, RUNS.c.started_at).order_by(RUNS.c.id.desc())
    with hub.database.read() as connection, connection.execute(query, execution_options={"yield_per": 200}) as rows:
        for row in rows:
            if row.started_at < now - timedelta(days=1):
                break
            runs[row.route_id] += 1
            counts.setdefault(row.route_id, Counter()).update(row.counts)
            if row.state not in ("done", "running"):
                broken.setdefault(row.route_id, Counter())[row.state] += 1
    return {route: Day(count, broken.get(route, {}), counts[route]) for route, count in runs.items()}


def asides(hub: Hub, now: datetime) -> list[Aside]:
    """What has been parked, or set aside, for long."""
    columns = (FAILURES.c.route_id, FAILURES.c.state, FAILURES.c.cause)
    states = FAILURES.c.state.in_(["parked", "ignored", "acknowledged"])
    query = select(*columns, func.count()).where(states, FAILURES.c.last_at < now - LONG_AGO).group_by(*columns)
    with hub.database.read() as connection:
        return [Aside(*row) for row in connection.execute(query.order_by(*columns))]
