"""API versions: which are served, and what an answer says was used."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HANDLE = re.compile(r"[0-9]{4}-(?:01|04|07|10)\Z")


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """One entry of publicApiVersions."""

    handle: str
    supported: bool
    display_name: str


#: The supported ones first to last, as of autumn 2026, and what is still to come.
VERSIONS = (
    ApiVersion("2026-01", True, "2026-01"),
    ApiVersion("2026-04", True, "2026-04"),
    ApiVersion("2026-07", True, "2026-07"),
    ApiVersion("2026-10", True, "2026-10 (Latest)"),
    ApiVersion("2027-01", False, "2027-01 (Release candidate)"),
    ApiVersion("unstable", False, "unstable"),
)
OLDEST = VERSIONS[0].handle


def version_used(asked: str) -> str | None:
    """The version that serves a request: one that is no longer (or never was) served falls forward to the oldest
    supported one; None where the path holds no version at all."""
    if any(version.handle == asked for version in VERSIONS):
        return asked
    return OLDEST if _HANDLE.match(asked) else None
