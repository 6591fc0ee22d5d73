"""What is wrong, told from a picture of everything. Pure: the same picture gives the same alerts.

Each condition says what is wrong now; what is not wrong any more is simply not said, and its alert is over. A trouble
that has a cause of its own is told once, by its cause: a platform that is down does not make every route silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from hub import settings as integration_settings
from hub.configuration.standstill import shown
from hub.logs import clean
from hub.platforms.registry import PLATFORMS, platform
from hub.store.alerts import Wrong
from hub.store.integrations import Integration
from scheduler.alerting.failing import error_rate, failures, parked
from scheduler.alerting.picture import Line, Picture, about
from scheduler.alerting.silence import silence

#: So long may jobs wait while nobody works.
WAITING = timedelta(minutes=10)
#: And so long while somebody does.
STUCK = timedelta(minutes=30)
#: A job that has lost its worker so many times is told of.
TAKEOVERS = 5
#: A channel that fails so many times in a row is told of, on the others.
TRIES = 3

Condition = Callable[[Picture], Iterator[Wrong]]


def wrong(picture: Picture) -> list[Wrong]:
    """Everything that is wrong now."""
    found = [one for condition in CONDITIONS for one in condition(picture)]
    if any(one.kind == "workers" for one in found):
        # Where nobody works, every route is silent.
        found = [one for one in found if one.kind != "silence"]
    return found


def zone_of(picture: Picture, integration: Integration | None) -> ZoneInfo:
    """The zone in which times are told."""
    known = integration or next(iter(picture.integrations.values()), None)
    return integration_settings.zone(picture.settings[known.id]) if known else ZoneInfo("UTC")


def platform_down(picture: Picture) -> Iterator[Wrong]:
    """Connections that do not answer; their routes wait, which is told once and here."""
    for line in picture.lines.values():
        if line.down_since is not None and line.refused_at is None:
            since = shown(line.down_since, zone_of(picture, _user(picture, line)))
            text = f"{line.name} has not answered since {since}; its routes wait. {clean(line.down_why)}"
            fix = "Nothing to mend in the hub: all that waits is done when it answers again."
            yield _of_line(picture, "platform_down", line, text, fix)


def credentials(picture: Picture) -> Iterator[Wrong]:
    """Connections whose platform refuses us."""
    for line in picture.lines.values():
        if line.refused_at is not None:
            user = _user(picture, line)
            since = shown(line.refused_at, zone_of(picture, user))
            text = f"{line.name} has refused us since {since}; its routes wait. {clean(line.refused_why)}"
            fix = "Mend its credentials or scopes. Then run `hub apply` with the new ones, or"
            yield _of_line(picture, "credentials", line, text, f"{fix} hub check {user.name if user else 'NAME'}")


def held(picture: Picture) -> Iterator[Wrong]:
    """Runs that would have done something monstrous, and wait for somebody to decide."""
    for plan in picture.held:
        integration = picture.of(plan.route_id)
        since = shown(plan.created_at, zone_of(picture, integration))
        text = f"A run of {picture.name(plan.route_id)} has been held since {since}: {' '.join(plan.reasons)}"
        fix = f"Look at it: hub held show {plan.id}. Then hub held release {plan.id}, or hub held drop {plan.id}."
        yield about(integration, "held", f"{picture.name(plan.route_id)}, plan {plan.id}", clean(text), fix)


def ending(picture: Picture) -> Iterator[Wrong]:
    """Versions of an API and secrets that end soon, or have ended."""
    for line in picture.lines.values():
        user = _user(picture, line)
        if line.platform not in PLATFORMS or user is None:
            continue
        today = picture.now.astimezone(zone_of(picture, user)).date()
        ahead = timedelta(days=max(picture.settings[one.id]["alert_days_ahead"] for one in picture.users(line)))
        for expiry in platform(line.platform).expiries(line.settings):
            if today >= expiry.on - ahead:
                verb = "ended" if expiry.on <= today else "ends"
                text = f"{expiry.what} ({line.name}) {verb} on {expiry.on}."
                yield _of_line(picture, expiry.kind, line, text, expiry.fix)


def workers(picture: Picture) -> Iterator[Wrong]:
    """Jobs that wait although they could be begun, as there is nobody to do them."""
    waits = [one for one in picture.waits if not any(line.shut for line in picture.sides(picture.of(one.route_id)))]
    oldest = min((one.since for one in waits), default=picture.now)
    if picture.now - oldest < WAITING:
        return
    since = shown(oldest, zone_of(picture, None))
    waiting = f"{_jobs(sum(one.count for one in waits))}, the oldest since {since}."
    if not picture.workers:
        fix = "Start `hub serve` or `hub worker`, and look at why it has ended."
        yield Wrong("workers", "workers", f"Nobody works: {waiting}", fix)
    elif picture.now - oldest >= STUCK:
        fix = "Have more workers or places (HUB_SLOTS), or start those again that do nothing. See `hub jobs`."
        yield Wrong("workers", "workers", f"The workers do not come to it: {waiting}", fix)


def takeovers(picture: Picture) -> Iterator[Wrong]:
    """Jobs that may be what ends their workers."""
    for lost in picture.lost:
        reading = picture.readings.get(lost.route_id)
        if lost.takeovers < TAKEOVERS or (reading is not None and reading.job_id > lost.job_id):
            continue
        name = picture.name(lost.route_id)
        end = "It was given up." if lost.given_up else "It is tried again."
        text = f"Job {lost.job_id} of {name} has lost its worker {lost.takeovers} times. {end}"
        fix = "Look at the workers' logs and memory; then synchronise the route again."
        yield about(picture.of(lost.route_id), "takeovers", f"{name}, job {lost.job_id}", text, fix)


def channels(picture: Picture) -> Iterator[Wrong]:
    """Channels that cannot be told anything."""
    for name, (tries, error) in picture.channels.items():
        if tries >= TRIES:
            text = f"The channel {name} cannot be told anything ({tries} tries): {error}"
            yield Wrong("channel", name, text, f"Try it: hub alerts test {name}. To change its address, add it again.")


CONDITIONS: tuple[Condition, ...] = (
    *(platform_down, credentials, failures, error_rate, parked, held, ending),
    *(silence, workers, takeovers, channels),
)
#: Kinds of alerts, as channels name them.
KINDS = (
    *("platform_down", "credentials", "failures", "error_rate", "parked", "held", "api_version", "secret"),
    *("silence", "workers", "takeovers", "channel", "digest"),
)


def _user(picture: Picture, line: Line) -> Integration | None:
    return next(iter(picture.users(line)), None)


def _of_line(picture: Picture, kind: str, line: Line, text: str, fix: str) -> Wrong:
    users = picture.users(line)
    names = tuple(one.name for one in users)
    return Wrong(kind, line.name, text, fix, users[0].id if len(users) == 1 else None, names)


def _jobs(count: int) -> str:
    return "a job waits" if count == 1 else f"{count} jobs wait"
