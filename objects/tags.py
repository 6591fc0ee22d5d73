"""Tags by which somebody in the source system keeps a record from being synchronised."""

from __future__ import annotations

from collections.abc import Sequence

from objects.base import Settings, Skip


def no_sync(tags: Sequence[str], settings: Settings, *, linked: bool) -> Skip | None:
    """Tell whether a tag of the source's record keeps it from the other side; None = it does not.

    One tag keeps a record from being created there, the other one keeps changes of a linked record from being sent.
    """
    tag = str(settings.get("no_sync_update_tag" if linked else "no_sync_create_tag") or "").strip()
    if not tag or tag.casefold() not in {own.strip().casefold() for own in tags}:
        return None
    return Skip("NO_SYNC_TAG", tag, "Take the tag off the record at its source if it shall be synchronised.")
