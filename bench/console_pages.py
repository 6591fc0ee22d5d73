"""What a person asks the console for: every page, and every combination of filters of messages and failures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from urllib.parse import urlencode

#: Filter -> a value that finds something, and one that finds nothing.
Values = Mapping[str, tuple[str, str]]


#: Addresses without a page: what is downloaded, and what belongs to programs or to nobody.
_NO_PAGES = ("/api/", "/static/", "/admin/static/", "/messages/export", "/login", "/logout", "/healthz", "/readyz")
#: Addresses that show nothing by themselves, each with the one that is asked for in its place.
LEFT_OUT: Mapping[str, str] = {"/plans/new": "/plans/new?route=1"}
#: The name of a page begins so where a platform is asked for it, which takes time of its own.
ASKED = "from a platform: "
#: Pages without arguments for which a platform is asked.
_ASKING = ("/set-items/count", "/set-customers/count")


def plain(rules: Iterable[str], places: Mapping[str, int]) -> dict[str, str]:
    """The pages that need no filter, by name: all that have an address of their own, and one of each list.

    `places`: "messages" -> the message that is shown, and behind which the list goes on; the same for runs and jobs.
    """
    own = [rule for rule in sorted(rules) if "<" not in rule and not rule.startswith(_NO_PAGES)]
    found = {f"{ASKED}{rule}" if rule in _ASKING else rule: LEFT_OUT.get(rule, rule) for rule in own}
    for name, number in places.items():
        found[f"/{name}/, one"] = f"/{name}/{number}"
        found[f"/{name}/, from the middle"] = f"/{name}/?before={number}"
    found["/messages/, the other way"] = f"/messages/?after={places['messages']}"
    return found


def searches(ident: str, customer: str, route: int) -> dict[str, str]:
    """A search on each of the lists that are not asked for with all of their filters, by name.

    `ident` is the code of an item; `route` one of products whose records are chosen from and matched.
    """
    found = {
        "/timeline/, a record": {"ident": ident, "integration": "acme"},
        "/timeline/, no record": {"ident": "NO-SUCH-THING"},
        "/links/, a record": {"ident": ident, "integration": "acme"},
        "/links/, no record": {"ident": "NO-SUCH-THING"},
        "/links/, a kind": {"integration": "acme", "kind": "variant"},
        f"/matching/{route}, unique": {"state": "unique", "score": "90"},
        f"/matching/{route}, ambiguous": {"state": "ambiguous"},
        "/runs/, a route": {"route": str(route), "state": "done"},
        "/audit/, from the middle": {"before": "100"},
        "/stopping/, one integration": {"integration": "acme"},
    }
    chosen: dict[str, dict[str, str]] = {
        "codes": {"codes_from": ident, "codes_to": f"{ident}~"},
        "words": {"text": ident},
        "marked": {"shown": "marked"},
        "unmarked": {"shown": "unmarked"},
        "new": {"shown": "new", "codes_from": ident},
    }
    found |= {f"{ASKED}/set-items/, {name}": {"search": "1", **asked} for name, asked in chosen.items()}
    found[f"{ASKED}/set-customers/, words"] = {"search": "1", "text": customer}
    return {name: f"{_path(name)}?{urlencode(asked)}" for name, asked in found.items()}


def _path(name: str) -> str:
    return name.removeprefix(ASKED).partition(",")[0]


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
