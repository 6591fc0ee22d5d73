"""What both sides agree on once a record is settled: bases, digests, and the fields that are left to differ. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hub.errors import Conflict, InvalidRecord
from hub.platforms.endpoint import Native
from hub.store.divergences import Divergence, Kind
from hub.store.link import Touch
from hub.sync.base import Base, Comparison, Versions, normal
from hub.sync.context import Context
from hub.sync.item import Item
from hub.sync.schema import canonical_target
from objects.base import Record


class Settlement(NamedTuple):
    """What is noted of a record that was written, linked or found equal."""

    source_base: dict[str, str]
    target_base: dict[str, str]
    #: The digest by which the target's record, read as a source, is no news; empty where it has to be looked at.
    target_digest: str


def settlement(item: Item, context: Context, native: Native | None) -> Settlement:
    """What both sides agree on now; `native`: the target's record as it was answered, None = it answered none.

    Only fields that were written or are agreed on move on; the others keep what was last agreed.
    """
    before = (item.link.source_base, item.link.target_base) if item.link and item.linked else ({}, {})
    if context.object_type.compares_target or context.object_type.document or item.decision is None:
        return Settlement(dict(before[0]), dict(before[1]), _target_digest(item, context, native))
    answer = _answer(item, context, native)
    mine = context.object_type.values(item.resolved)
    theirs = context.object_type.values(answer) if answer is not None else _written(item, context)
    names, keyed = _agreed(item), context.keyed
    hashed = context.meanings.hashed
    source = {name: hashed(name, mine.get(name), keyed) for name in names}
    target = {
        # Mostly both hold the same by now.
        name: source[name] if theirs.get(name) == mine.get(name) else hashed(name, theirs.get(name), keyed)
        for name in names
    }
    digest = _target_digest(item, context, native if answer is not None else None)
    return Settlement({**before[0], **source}, {**before[1], **target}, digest)


def _answer(item: Item, context: Context, native: Native | None) -> Record | None:
    """The target's record now; None where it answered none, or one that cannot be read.

    The write has been done all the same: the other direction, for which it stays news, says what is wrong with it.
    """
    if native is None or native is item.target:
        return item.target_record if native is not None else None
    try:
        return canonical_target(context, native)
    except InvalidRecord:
        return None


def _written(item: Item, context: Context) -> Mapping[str, Any]:
    """What the target holds when it has taken what was sent."""
    held = context.object_type.values(item.target_record) if item.target_record else {}
    diff = item.decision.diff if item.decision else {}
    return {**held, **{name: change.new for name, change in diff.items()}}


def _agreed(item: Item) -> set[str]:
    decision = item.decision
    if decision is None:
        return set()
    return set(decision.diff) | (decision.comparison.agreed if decision.comparison else set())


def _target_digest(item: Item, context: Context, native: Native | None) -> str:
    comparison = item.decision.comparison if item.decision else None
    waiting = comparison is not None and (comparison.pending or comparison.conflicts or comparison.reverts)
    if native is None or waiting or not context.target.sources:
        return ""
    return context.digest(native, context.target)


def touch_of(item: Item, context: Context) -> Touch | None:
    """What is noted of a linked record that needed no write; None = it has no link."""
    if item.link is None:
        return None
    comparison = item.decision.comparison if item.decision else None
    if comparison is None:
        return Touch(item.link.id, item.digest, context.mapping_version)
    source, target, digest = settlement(item, context, item.target)
    moved = (source, target) != (dict(item.link.source_base), dict(item.link.target_base))
    return Touch(
        item.link.id,
        item.digest,
        context.mapping_version,
        source if moved else None,
        target if moved else None,
        digest,
    )


def divergences(item: Item, context: Context) -> list[Divergence] | None:
    """The fields in which a settled record is left to differ; None = nothing was known and nothing is new."""
    comparison = item.decision.comparison if item.decision else None
    if comparison is None or item.link is None:
        return None
    fresh = [
        _divergence(item, context, name, kind, both)
        for kind, found in _kinds(comparison)
        for name, both in found.items()
        if name not in comparison.write
    ]
    spoken = context.object_type.values(item.resolved).keys() | comparison.agreed | {one.field for one in fresh}
    fresh += [
        one
        for name, one in item.known.items()
        # What this source does not speak of (the title of a product with several variants) is the other direction's.
        # And what a person has chosen and the other direction is to carry out, stays until it has.
        if name not in spoken or (one.choice and name in comparison.pending)
    ]
    return fresh if fresh or item.known else None


def _kinds(comparison: Comparison) -> tuple[tuple[Kind, Mapping[str, Versions]], ...]:
    return ("drift", comparison.drifts), ("conflict", comparison.conflicts)


def _divergence(item: Item, context: Context, name: str, kind: Kind, both: Versions) -> Divergence:
    assert item.link is not None
    shop, erp = (both.source, both.target) if context.side == "shop" else (both.target, both.source)
    keyed = context.keyed
    label = item.key if context.label_is_personal else item.label
    return Divergence(
        item.link.id,
        name,
        kind,
        label,
        normal(shop),
        normal(erp),
        context.meanings.hashed(name, shop, keyed),
        context.meanings.hashed(name, erp, keyed),
    )


def conflict_of(item: Item) -> Conflict | None:
    """The failure of a record whose fields both sides have moved; None where there is none."""
    comparison = item.decision.comparison if item.decision else None
    if comparison is None or not comparison.conflicts:
        return None
    names = ", ".join(sorted(comparison.conflicts))
    return Conflict(f"Both sides have changed {names}, and neither owns it.", detail=names)


def asks_back(item: Item) -> bool:
    """Whether the other direction is to look at a settled record as well.

    It undoes a drift of this source; and it has to learn that a conflict which it found, too, is none any more.
    """
    comparison = item.decision.comparison if item.decision else None
    if comparison is None:
        return False
    over = any(one.kind == "conflict" and name not in comparison.conflicts for name, one in item.known.items())
    return over or bool(comparison.reverts)


def same_base(source: Mapping[str, Any], base: Base, names: Mapping[str, Any], context: Context) -> bool:
    """Whether a source's values are those that were last agreed on, in every field that counts.

    A field that it names no longer has moved, too, unless it was empty.
    """
    return all(
        name in base and context.meanings.hashed(name, source.get(name), context.keyed) == base[name]
        for name in names
        if name in source or name in base
    )
