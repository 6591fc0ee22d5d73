"""Which orders from before the cut-over are meant: a period, or a range of their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.clock import OUT_OF_TIME, in_time
from hub.errors import ConfigurationError

#: A number of an order: a word of a command or an address holds no longer one.
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Words:
    """What the limits are called where they are typed, and how a moment and a range are written there."""

    start: str = "--from"
    end: str = "--to"
    numbers: str = "--numbers"
    moment: str = "2026-11-01T00:00+01:00"
    range: str = "--numbers 1001-1099"


#: What they are called at the command line.
OPTIONS = Words()


def limits_of(
    start: str | None, end: str | None, numbers: str | None, *, zone: ZoneInfo | None = None, words: Words = OPTIONS
) -> dict[str, Any]:
    """Limits of a range job from what was typed; ConfigurationError where they make no range.

    A moment without a zone is one of the clocks of `zone`; without that, it is refused.
    """
    if numbers:
        first, dash, last = (part.strip() for part in numbers.partition("-"))
        if (
            start
            or end
            or not dash
            or not _NUMBER.fullmatch(first)
            or not _NUMBER.fullmatch(last)
            or int(first) > int(last)
        ):
            raise ConfigurationError(
                f"{words.numbers} {numbers} is no range.",
                detail=words.numbers,
                fix=f"Write first and last, and no period: {words.range}.",
            )
        return {"numbers": [first, last]}
    if not start:
        raise ConfigurationError(
            "A backfill needs a period or a range of numbers.",
            detail=words.start,
            fix=f"Give {words.start} (and {words.end}), or {words.numbers}.",
        )
    limits = {"from": _moment(words.start, start, zone, words)}
    limits |= {"to": _moment(words.end, end, zone, words)} if end else {}
    if datetime.fromisoformat(limits.get("to", limits["from"])) < datetime.fromisoformat(limits["from"]):
        raise ConfigurationError(
            f"{words.end} lies before {words.start}.", detail=words.end, fix="Exchange the two moments."
        )
    return limits


def _moment(name: str, text: str, zone: ZoneInfo | None, words: Words) -> str:
    how = f"Write it like {words.moment}."
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{name} {text} is no time.", detail=name, fix=how) from error
    if not in_time(moment):
        raise ConfigurationError(f"{name} {text} is no time of ours.", detail=name, fix=OUT_OF_TIME)
    if moment.tzinfo is None:
        if zone is None:
            raise ConfigurationError(f"{name} {text} lacks its zone.", detail=name, fix=how)
        moment = moment.replace(tzinfo=zone)
    return moment.isoformat()
