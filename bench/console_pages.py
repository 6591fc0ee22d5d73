"""What a person asks the console for: every page, and every combination of filters of messages and failures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from urllib.parse import urlencode

#: Filter -> a value that finds something, and one that finds nothing.
Values = Mapping[str, tuple[str, str]]


def plain(run: int, job: int, message: int) -> dict[str, str]:
    """The pages without filters, by name."""
    return {
        "dashboard": "/",
        "dashboard, live": "/live",
        "messages": "/messages/",
        "messages, from the middle": f"/messages/?before={message}",
        "messages, the other way": f"/messages/?after={message}",
        "messages, count": "/messages/count",
        "message": f"/messages/{message}",
        "failures": "/failures/",
        "failures, list": "/failures/list",
        "runs": "/runs/",
        "runs, from the middle": f"/runs/?before={run}",
        "run": f"/runs/{run}",
        "jobs": "/jobs/",
        "job": f"/jobs/{job}",
        "routes": "/routes/",
        "route": "/routes/1",
        "users": "/users/",
        "audit trail": "/audit/",
        "audit trail, from the middle": "/audit/?before=5000",
    }


def filtered(name: str, path: str, values: Values, most: int) -> dict[str, str]:
    """Every combination of up to so many filters: all with a hit, and again with one of them that finds nothing."""
    found = {}
    for number, chosen in enumerate(_choices(values, most)):
        asked = {one: values[one][0] for one in chosen}
        found[f"{name}: {', '.join(chosen)}"] = f"{path}?{urlencode(asked)}"
        missed = chosen[number % len(chosen)]
        asked[missed] = values[missed][1]
        found[f"{name}: {', '.join(chosen)}, no {missed}"] = f"{path}?{urlencode(asked)}"
    return found


def _choices(names: Iterable[str], most: int) -> Iterator[tuple[str, ...]]:
    every = list(names)
    for size in range(1, min(len(every), most) + 1):
        yield from combinations(every, size)
