"""Ids as they are read in lists: an address among them is shortened, and stands in full in a title. Pure."""

from __future__ import annotations

import re

#: An address inside of an id: scheme and system, then what it is of that system, then its own number or name.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^/@\s]+/((?:[^/@\s]+/)*)(?=[^/@\s])", re.IGNORECASE)


def short_id(text: str | None) -> str:
    """An id without the scheme and the system of the addresses in it: Customer/71, MUG@Location/4."""
    return _ADDRESS.sub(r"\1", text) if text else "–"


def bare_id(text: str | None) -> str:
    """An id as short as it can be, for a column that says what it is an id of: 71, MUG@4."""
    return _ADDRESS.sub("", text) if text else "–"
