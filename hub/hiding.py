"""What of a plan may be shown to everybody. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hub.store.plans import PlanStep
from message_log.redact import MASK, prose_masked
from objects.registry import OBJECTS


def masked_step(step: PlanStep, hidden: frozenset[str]) -> PlanStep:
    """A step without its personal values."""
    if not hidden or not step.diff:
        return step
    diff = {
        name: {side: masked(value, name, hidden) for side, value in both.items()} for name, both in step.diff.items()
    }
    return replace(step, diff=diff)


def masked(value: Any, name: str, hidden: frozenset[str]) -> Any:
    """A value under this name as it may be shown to everybody, what is nested in it included."""
    if isinstance(value, Mapping):
        return {key: masked(entry, key, hidden) for key, entry in value.items()}
    if isinstance(value, list):
        return [masked(entry, name, hidden) for entry in value]
    return MASK if name in hidden and value not in (None, "") else value


def masked_text(text: str, object_name: str) -> str:
    """What a platform said about a record of this object as it may be shown to everybody."""
    return prose_masked(text, OBJECTS[object_name].personal)
