"""Records that fail: new kinds of failures, parked ones, and a share that is too large. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from hub import settings as integration_settings
from hub.configuration.standstill import shown
from hub.logs import clean
from hub.store.alerts import Wrong
from hub.store.integrations import Integration
from scheduler.alerting.picture import Group, Picture, about

#: What waiting may cure is given so long to be cured.
PATIENCE = timedelta(hours=1)
#: Details of one cause that have an alert of their own; the others of an integration share one.
DETAILS = 5
#: Causes that a platform's trouble explains, which is told by itself.
EXPLAINED = frozenset({"PLATFORM_UNAVAILABLE", "PLATFORM_REFUSED", "RATE_LIMITED", "OUTCOME_UNKNOWN", "WRITES_STOPPED"})
#: Letters of a detail that are told.
_LONGEST = 120


def failures(picture: Picture) -> Iterator[Wrong]:
    """Records that fail, by integration, cause and detail."""
    for integration, groups in _by_integration(picture):
        causes: dict[str, dict[str, list[Group]]] = defaultdict(lambda: defaultdict(list))
        for group in groups:
            causes[group.cause][group.detail].append(group)
        for cause, details in causes.items():
            wanted = {detail: found for detail, found in details.items() if _tells(picture, integration, found)}
            # Those that came first keep their alerts when others join them.
            ordered = sorted(wanted, key=lambda detail: (min(group.oldest for group in wanted[detail]), detail))
            for detail in ordered[:DETAILS]:
                yield _failure(picture, integration, cause, clean(detail)[:_LONGEST], wanted[detail])
            rest = [group for detail in ordered[DETAILS:] for group in wanted[detail]]
            if rest:
                yield _failure(picture, integration, cause, "other details", rest)


def _tells(picture: Picture, integration: Integration, groups: Sequence[Group]) -> bool:
    shut = any(line.shut for line in picture.sides(integration))
    if shut and groups[0].cause in EXPLAINED:
        return False
    return any(group.state != "waiting" or group.oldest <= picture.now - PATIENCE for group in groups)


def _failure(picture: Picture, integration: Integration, cause: str, detail: str, groups: Sequence[Group]) -> Wrong:
    since = shown(min(group.oldest for group in groups), integration_settings.zone(picture.settings[integration.id]))
    what = f"{cause} ({detail})" if detail else cause
    text = f"{integration.name}: {_fail(groups)} with {what}, the first since {since}."
    fix = f"{clean(groups[0].fix)} See: hub failures list {integration.name} --cause {cause}"
    subject = " ".join(part for part in (integration.name, cause, detail) if part)
    return about(integration, "failures", subject, text, fix)


def parked(picture: Picture) -> Iterator[Wrong]:
    """Records that have failed so often that they are not tried any more, by integration and cause."""
    for integration, groups in _by_integration(picture):
        causes: dict[str, list[Group]] = defaultdict(list)
        for group in groups:
            if group.state == "parked":
                causes[group.cause].append(group)
        for cause, found in causes.items():
            name = integration.name
            count = sum(group.count for group in found)
            text = f"{name}: {count} of the records with {cause} {'is' if count == 1 else 'are'} parked, no more tried."
            fix = f"{clean(found[0].fix)} See: hub failures list {name} --state parked"
            yield about(integration, "parked", f"{name} {cause}", text, fix)


def error_rate(picture: Picture) -> Iterator[Wrong]:
    """Routes of which too large a share of the last hour's tries has failed."""
    read: dict[int, int] = defaultdict(int)
    failed: dict[int, int] = defaultdict(int)
    for run in picture.runs:
        if run.route_id in picture.routes:
            read[run.route_id] += run.counts.get("read", 0)
            failed[run.route_id] += run.counts.get("failed", 0)
    for route_id, count in failed.items():
        integration = picture.of(route_id)
        settings = picture.settings[integration.id]
        percent = 100 * count / read[route_id] if read[route_id] else 0
        if count >= settings["alert_error_least"] and percent >= settings["alert_error_percent"]:
            name = picture.name(route_id)
            # A record that is tried again counts again.
            text = f"{name}: {count} of {read[route_id]} tries have failed within the last hour ({percent:.0f} %)."
            fix = f"See what they have in common: hub failures groups {integration.name}"
            yield about(integration, "error_rate", name, text, fix)


def _by_integration(picture: Picture) -> Iterator[tuple[Integration, list[Group]]]:
    """The failures of each integration, those of routes that are switched off left out."""
    groups: dict[int, list[Group]] = defaultdict(list)
    for group in picture.failures:
        if picture.routes[group.route_id].enabled:
            groups[picture.routes[group.route_id].integration_id].append(group)
    for identity, found in groups.items():
        yield picture.integrations[identity], found


def _fail(groups: Sequence[Group]) -> str:
    count = sum(group.count for group in groups)
    return "a record fails" if count == 1 else f"{count} records fail"
