"""How values are written inside addresses."""

from __future__ import annotations


def quoted(key: object) -> str:
    """One key as it stands in an address: text in quotes that are doubled inside, a number bare."""
    if isinstance(key, str):
        return "'" + key.replace("'", "''") + "'"
    return str(key)
