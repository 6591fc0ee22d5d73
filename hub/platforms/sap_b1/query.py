"""Filters, keys and addresses of the Service Layer: quoting in one place, so that no value can break out of it.

The `$filter` language knows eq ne gt ge lt le, and or not, and four text functions; no arithmetic, no date functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, quote, urlsplit

Options = Mapping[str, str]

#: Characters of one filter, encoded. Web servers in front of the Service Layer cut request lines at 8 KB.
FILTER_LENGTH = 4000
#: Left as they are in an address, for the sake of whoever reads the log.
_PLAIN = "$,'()/:*"
_QUOTE = "'"


def literal(value: str | int) -> str:
    """A value as a filter or key carries it: text in quotes that are doubled inside, a number bare."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def equal(name: str, value: str | int) -> str:
    """`name eq value`."""
    return f"{name} eq {literal(value)}"


def between(name: str, first: str | int | None, last: str | int | None) -> str:
    """`name ge first and name le last`; an end that is None is open."""
    ends = (("ge", first), ("le", last))
    return " and ".join(f"{name} {word} {literal(value)}" for word, value in ends if value is not None)


def contains(name: str, value: str) -> str:
    """Texts that have the value somewhere, letter for letter."""
    return f"contains({name},{literal(value)})"


def beyond(name: str, value: str | int) -> str:
    """`name gt value`: the rows after the last one seen, where rows are ordered by `name`."""
    return f"{name} gt {literal(value)}"


def every(*conditions: str) -> str:
    """All of the conditions; empty ones are left out."""
    given = [condition for condition in conditions if condition]
    return given[0] if len(given) == 1 else " and ".join(f"({condition})" for condition in given)


def either(conditions: Iterable[str]) -> str:
    """One of the conditions."""
    return " or ".join(conditions)


def one_of(name: str, values: Sequence[str | int], length: int = FILTER_LENGTH) -> Iterator[str]:
    """Filters that together find all `values` of a property, each short enough for an address."""
    terms: list[str] = []
    size = 0
    for value in dict.fromkeys(values):
        term = equal(name, value)
        weight = len(quote(f"{term} or ", safe=_PLAIN))
        if terms and size + weight > length:
            yield either(terms)
            terms, size = [], 0
        terms.append(term)
        size += weight
    if terms:
        yield either(terms)


def changed_since(day: str, time: str) -> str:
    """Rows stamped at or after a local date and time (`2026-11-20`, `13:14:00`).

    Date and time are two properties. Both compared with `ge` would lose the early hours of every later day.
    """
    at_day = every(equal("UpdateDate", day), f"UpdateTime ge {literal(time)}")
    return either([f"UpdateDate gt {literal(day)}", f"({at_day})"])


def record_path(entity_set: str, key: str | int) -> str:
    """The address of one record below the service root."""
    return f"{entity_set}({quote(literal(key), safe=_QUOTE)})"


def query_string(options: Options) -> str:
    """The options of a request, percent-encoded."""
    return "&".join(f"{name}={quote(value, safe=_PLAIN)}" for name, value in options.items())


def follow(link: str, root: str, options: Options) -> tuple[str, dict[str, str]]:
    """Where a next link leads: the path below the service root, and all options.

    Links come whole (`https://host/b1s/v2/Orders?…`), rooted (`/b1s/v2/Orders?…`) and relative (`Orders?…`), and some
    releases leave out the options of the first request, which would make the next page another query's.
    """
    parts = urlsplit(link)
    path = parts.path
    if path.startswith(root):
        path = path[len(root) :]
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    kept = {name: value for name, value in options.items() if name not in ("$skip", "$skiptoken")}
    return path.lstrip("/"), {**kept, **given}
