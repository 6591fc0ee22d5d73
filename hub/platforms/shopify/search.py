"""Writing search terms, so that what is looked for is taken literally."""

from __future__ import annotations

from collections.abc import Iterable

from hub.errors import ConfigurationError


def quoted(value: str) -> str:
    """A value as one literal phrase of the search syntax."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def any_of(terms: Iterable[tuple[str, str]]) -> str:
    """A query for rows that meet any of the terms, each a field and its value."""
    return " OR ".join(f"{field}:{quoted(value)}" for field, value in terms)


def words(text: str) -> list[str]:
    """Terms for the words a person typed: each must be found somewhere in the row."""
    return [quoted(word) for word in text.split()]


def behind(after: str) -> list[str]:
    """The term for rows whose id comes behind a global id; none where there is no such id."""
    return [f"id:>{number(after)}"] if after else []


def among(keys: Iterable[str]) -> list[str]:
    """The term for rows of these global ids alone; none where none are named."""
    ids = " OR ".join(f"id:{number(key)}" for key in keys)
    return [f"({ids})"] if ids else []


def number(key: str) -> int:
    """The number that a person, or a global id, names a record by."""
    digits = key.rsplit("/", 1)[-1].strip()
    if not (digits.isascii() and digits.isdigit()):
        raise ConfigurationError(
            f"{key!r} is no id of the shop.", fix="Give the number that stands in the address of the record's page."
        )
    return int(digits)
