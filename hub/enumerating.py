"""Long enumerations in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def first_of(items: Sequence[str], most: int, between: str = ", ") -> str:
    """The first `most` items, and how many more there are: "a, b and 3 more"."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return f"{between.join(items[:most])}{more}"
