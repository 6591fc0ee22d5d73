"""Times in which nothing may be written: freeze windows of a route, and daily blackout hours of a connection. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

#: {"from": ..., "to": ...}: ISO times with their zone (a freeze), or times of the day such as 02:00 (hours).
Window = Mapping[str, str]
_MINUTE = timedelta(minutes=1)
#: No blackout lasts longer: hours that leave no minute of a day free are refused when they are applied.
_LONGEST = timedelta(days=2)


def frozen(freeze: Sequence[Window], now: datetime) -> datetime | None:
    """Until when a route is frozen; None = it is not.

    Windows that overlap, or follow each other without a gap, are one.
    """
    until = now
    moved = True
    while moved:
        ends = [
            datetime.fromisoformat(window["to"])
            for window in freeze
            if datetime.fromisoformat(window["from"]) <= until < datetime.fromisoformat(window["to"])
        ]
        moved = bool(ends)
        until = max(ends, default=until)
    return until if until > now else None


def blacked_out(hours: Sequence[Window], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Until when a connection is dark; None = it is not.

    What counts is what the clocks on the wall show in the zone, also on the days when they are changed: an hour that
    they skip is not dark, and one that they show twice is dark twice.
    """
    moment = now.astimezone(UTC)
    if not _dark(hours, moment.astimezone(zone)):
        return None
    # Hours begin and end on whole minutes, and so do the changes of all zones of today.
    last = moment + _LONGEST
    moment = moment.replace(second=0, microsecond=0)
    while moment < last and _dark(hours, moment.astimezone(zone)):
        moment += _MINUTE
    return moment


def leaves_no_time(hours: Sequence[Window]) -> bool:
    """Whether daily hours cover the whole day."""
    midnight = datetime(2000, 1, 1, tzinfo=UTC)
    return all(_dark(hours, midnight + minute * _MINUTE) for minute in range(24 * 60))


def _dark(hours: Sequence[Window], local: datetime) -> bool:
    clock = f"{local:%H:%M}"
    return any(
        window["from"] <= clock < window["to"]
        if window["from"] < window["to"]
        # Over midnight.
        else clock >= window["from"] or clock < window["to"]
        for window in hours
    )
