"""What is to be done about a record: a pure decision from what the source, the bases and the target say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.errors import TotalMismatch
from hub.sync.base import NOTHING, Base, Change, Comparison, Hash, Terms, compare, normal
from objects.base import ObjectType, Record, Settings, Skip

#: "none": it failed before it was decided.
Action = Literal["create", "update", "cancel", "link", "unchanged", "skip", "none"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the plan says about one record."""

    action: Action
    diff: Mapping[str, Change] = field(default_factory=dict)
    skip: Skip | None = None
    #: The comparison behind an update, a link or "unchanged"; None where there was nothing to compare with.
    comparison: Comparison | None = None

    def shown(self) -> dict[str, Any]:
        """The field difference as the message log keeps it: name -> {old, new}."""
        return {name: {"old": change.old, "new": change.new} for name, change in self.diff.items()}


def create(object_type: ObjectType, record: Record, terms: Terms) -> Decision:
    """A record that is nowhere on the target: it is made with every field that is synchronised."""
    values = object_type.values(record)
    wanted = values if terms.owners is None else {name: values[name] for name in values if name in terms.owners}
    return Decision("create", {name: Change(None, value) for name, value in wanted.items()})


def amend(object_type: ObjectType, record: Record, target: Record, settings: Settings) -> Decision:
    """A document that is posted already. Raises TotalMismatch where the two totals differ without a change."""
    amendment = object_type.amend(record, target, settings)
    if amendment is None:
        return Decision("unchanged")
    if amendment.mismatch:
        raise TotalMismatch(f"The totals differ: {amendment.mismatch}.", detail=amendment.mismatch)
    return Decision("cancel") if amendment.cancel else Decision("skip", skip=amendment.skip)


def level(object_type: ObjectType, record: Record, target: Record, *, linked: bool) -> Decision:
    """A record that is compared with what the target holds now, whatever was agreed on before."""
    held = object_type.values(target)
    values = object_type.values(record)
    diff = {name: Change(held.get(name), new) for name, new in values.items() if normal(new) != normal(held.get(name))}
    if diff:
        return Decision("update", diff)
    return Decision("unchanged" if linked else "link")


def change(
    object_type: ObjectType,
    record: Record,
    target: Record,
    bases: tuple[Base, Base] | None,
    terms: Terms,
    keyed: Hash,
) -> Decision:
    """A record that the target has: linked before, or (`bases` is None) matched just now."""
    refused = object_type.refuses(target)
    if refused is not None:
        return Decision("skip", skip=refused)
    found = compare(object_type.values(record), object_type.values(target), bases or (NOTHING, NOTHING), terms, keyed)
    if found.write:
        return Decision("update", found.write, comparison=found)
    return Decision("link" if bases is None else "unchanged", comparison=found)
