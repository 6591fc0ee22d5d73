"""The mark of a source whose rows bear UpdateDate and UpdateTime.

The pair is the company's wall clock: no zone, to the second at best, and compared to the minute. So a mark is a local
time, and what repeats or is missing when the clocks change is taken care of here. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.platforms.endpoint import Mark, Native
from hub.platforms.sap_b1.query import changed_since
from hub.platforms.sap_b1.wire import text

#: Rows show up in the order of their commits, not of their stamps; nothing younger than this is trusted to be whole.
LAG = timedelta(seconds=60)


def stamp(native: Native) -> datetime | None:
    """When the company's clock says the record was last changed; None where it bears no stamp.

    The date's own time part and its `Z` are decoration.
    """
    day = text(native.get("UpdateDate"))[:10]
    if not day:
        return None
    time = text(native.get("UpdateTime")) or "00:00:00"
    return datetime.fromisoformat(f"{day}T{time}")


def ambiguity(local: datetime, zone: ZoneInfo) -> timedelta:
    """How far the clocks go back at this local time: an hour in the doubled hour of autumn, else nothing."""
    nothing = timedelta(0)
    first = local.replace(tzinfo=zone, fold=0).utcoffset() or nothing
    second = local.replace(tzinfo=zone, fold=1).utcoffset() or nothing
    return max(first - second, nothing)


def since(mark: Mark, zone: ZoneInfo, overlap: timedelta) -> str:
    """The filter for what changed since a mark.

    The overlap is real time, so it is taken off in UTC (an hour is missing in spring). A mark within the doubled hour
    may stand for its first or its second pass, so all of that hour is read again.
    """
    local = datetime.fromisoformat(mark["at"])
    start = _local(local.replace(tzinfo=zone, fold=0), zone, -overlap) - ambiguity(local, zone)
    return changed_since(start.date().isoformat(), f"{start:%H:%M}:00")


def advanced(mark: Mark | None, seen: datetime | None, began: datetime, zone: ZoneInfo) -> Mark | None:
    """The mark after a whole pass: the largest stamp seen, but never later than shortly before the pass began.

    `began` is aware. A pass that saw nothing leaves the mark where it was.
    """
    if seen is None:
        return mark
    reached = min(seen, _local(began, zone, -LAG))
    if mark is not None:
        reached = max(reached, datetime.fromisoformat(mark["at"]))
    return {"at": reached.isoformat(timespec="seconds")}


def latest(natives: Iterable[Native], so_far: datetime | None) -> datetime | None:
    """The largest stamp of some records, and of those before them."""
    stamps = [found for native in natives if (found := stamp(native)) is not None]
    if so_far is not None:
        stamps.append(so_far)
    return max(stamps, default=None)


def _local(moment: datetime, zone: ZoneInfo, shift: timedelta) -> datetime:
    utc = ZoneInfo("UTC")
    return (moment.astimezone(utc) + shift).astimezone(zone).replace(tzinfo=None, fold=0)
