"""Moments as people read them: how long ago, and exactly, in the zone of the integration. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from markupsafe import Markup

_STEPS = ((60, "s"), (60, "min"), (24, "h"), (14, "d"), (1000, "weeks"))


def span(distance: timedelta) -> str:
    """A distance in its largest whole unit: 42 s, 3 min, 5 h, 9 d, 3 weeks."""
    number = max(int(distance.total_seconds()), 0)
    for limit, unit in _STEPS:
        if number < limit:
            return f"{number} {unit}"
        number //= 7 if unit == "d" else limit
    return f"{number} weeks"


def relative(moment: datetime, now: datetime) -> str:
    """How far away a moment is."""
    if abs(moment - now) < timedelta(seconds=1):
        return "now"
    return f"in {span(moment - now)}" if moment > now else f"{span(now - moment)} ago"


def exact(moment: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """A moment by the clocks of a zone; the date is left out for today."""
    local = moment.astimezone(zone)
    today = now is not None and local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M:%S}"


def when(moment: datetime | None, now: datetime, zone: tzinfo, *, nothing: str = "–") -> str | Markup:
    """A moment for a page: both ways, with the zone in its title."""
    if moment is None:
        return nothing
    return Markup('<time datetime="{}" title="{} ({})">{} <span class="exact">{}</span></time>').format(
        moment.astimezone(UTC).isoformat(timespec="seconds"),
        exact(moment, zone),
        getattr(zone, "key", "UTC"),
        relative(moment, now),
        exact(moment, zone, now),
    )


def lasted(start: datetime, end: datetime | None, now: datetime) -> str:
    """How long something took, or has taken until now."""
    seconds = ((end or now) - start).total_seconds()
    return f"{seconds:.1f} s" if seconds < 10 else span(timedelta(seconds=seconds))
