"""Writing search terms, so that what is looked for is taken literally."""

from __future__ import annotations

from collections.abc import Iterable


def quoted(value: str) -> str:
    """A value as one literal phrase of the search syntax."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def any_of(field: str, values: Iterable[str]) -> str:
    """A query for rows whose field is any of the values."""
    return " OR ".join(f"{field}:{quoted(value)}" for value in values)
