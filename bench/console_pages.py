"""What a person asks the console for: every page, and every combination of filters of messages and failures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from urllib.parse import urlencode

#: Filter -> a value that finds something, and one that finds nothing.
Values = Mapping[str, tuple[str, str]]


#: Addresses without a page: what is downloaded, and what belongs to programs or to nobody.
_NO_PAGES = ("/api/", "/static/", "/admin/static/", "/messages/export", "/login", "/logout", "/healthz", "/readyz")


def plain(rules: Iterable[str], places: Mapping[str, int]) -> dict[str, str]:
    """The pages that need no filter, by name: all that have an address of their own, and one of each list.

    `places`: "messages" -> the message that is shown, and behind which the list goes on; the same for runs and jobs.
    """
    found = {rule: rule for rule in sorted(rules) if "<" not in rule and not rule.startswith(_NO_PAGES)}
    for name, number in places.items():
        found[f"/{name}/, one"] = f"/{name}/{number}"
        found[f"/{name}/, from the middle"] = f"/{name}/?before={number}"
    found["/messages/, the other way"] = f"/messages/?after={places['messages']}"
    return found


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
