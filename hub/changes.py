"""How a change is said: each value with what it was and what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: Parts of an integration whose values have defaults: none stands for the default there.
_DEFAULTED = ("settings", "fields ")


def moves(before: Any, after: Any, what: str = "", only: str = "") -> Iterator[str]:
    """A text per value that changed ("price_list 1 -> 2"); `only` narrows them to one name.

    `what` says what the values belong to. A thing that is new, or gone, is one text.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in {**before, **after}:
            if not only or name == only:
                old, new = (_value(side.get(name), name, what) for side in (before, after))
                yield f"{name} {old} -> {new}"
        return
    for sign, side in (("removed ", before), ("", after)):
        if side is not None:
            yield sign + values(side, only)


def values(side: Any, only: str = "") -> str:
    """Values with their names, in one line; those that are empty are left out."""
    if isinstance(side, Mapping):
        shown = {name: value for name, value in side.items() if not only or name == only}
        return ", ".join(f"{name} {_value(value)}" for name, value in shown.items() if value not in (None, "", [], {}))
    if isinstance(side, list):
        return "; ".join(values(entry, only) for entry in side)
    return _value(side)


def _value(value: Any, name: str = "", what: str = "") -> str:
    if value is None:
        return "(default)" if what.startswith(_DEFAULTED) and not name.startswith("custom.") else "(none)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_value(entry) for entry in value)}]"
    return str(value)
