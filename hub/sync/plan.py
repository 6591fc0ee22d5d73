"""What is to be done about a record: a pure decision from what the source, the base and the target say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.errors import TotalMismatch
from hub.sync.base import Change, Hash, difference, normal
from objects.base import ObjectType, Record, Settings, Skip

#: "none": it failed before it was decided.
Action = Literal["create", "update", "cancel", "link", "unchanged", "skip", "none"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the plan says about one record."""

    action: Action
    diff: Mapping[str, Change] = field(default_factory=dict)
    skip: Skip | None = None

    def shown(self) -> dict[str, Any]:
        """The field difference as the message log keeps it: name -> {old, new}."""
        return {name: {"old": change.old, "new": change.new} for name, change in self.diff.items()}


def create(object_type: ObjectType, record: Record) -> Decision:
    """A record that is nowhere on the target."""
    return Decision("create", {name: Change(None, value) for name, value in object_type.values(record).items()})


def amend(object_type: ObjectType, record: Record, target: Record, settings: Settings) -> Decision:
    """A document that is posted already. Raises TotalMismatch where the two totals differ without a change."""
    amendment = object_type.amend(record, target, settings)
    if amendment is None:
        return Decision("unchanged")
    if amendment.mismatch:
        raise TotalMismatch(f"The totals differ: {amendment.mismatch}.", detail=amendment.mismatch)
    return Decision("cancel") if amendment.cancel else Decision("skip", skip=amendment.skip)


def change(
    object_type: ObjectType, record: Record, target: Record, base: Mapping[str, str], keyed: Hash, *, linked: bool
) -> Decision:
    """A record that the target has: linked before, or matched just now (then without a base)."""
    known = {} if object_type.compares_target or not linked else base
    values = object_type.values(record)
    if not linked:
        # What the source does not know is no reason to empty it in a record that was made by others.
        values = {name: value for name, value in values.items() if normal(value) not in ("", [])}
    diff = difference(values, object_type.values(target), known, keyed)
    if diff:
        return Decision("update", diff)
    return Decision("unchanged" if linked else "link")
