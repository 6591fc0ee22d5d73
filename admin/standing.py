"""How far the set-up of an integration is: what the wizard says of each step. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.drafting import STEPS, Work, side_print
from hub.store.routes import Route
from objects.registry import OBJECTS

SIDES = ("shop", "erp")


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the wizard shows it."""

    key: str
    title: str
    state: str
    tone: str
    at: datetime | None = None
    by: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing is left to do here."""
        return self.tone == "good"


def steps(there: Work, routes: Sequence[Route]) -> list[Step]:
    """Every step with its state, and when and by whom it was done."""
    found = []
    for key, title in STEPS.items():
        state, tone = _STATES[key](there, routes)
        told = _last(there, key)
        at = datetime.fromisoformat(told["at"]) if told else None
        found.append(Step(key, title, state, tone, at, str(told.get("by", ""))))
    return found


def _last(there: Work, key: str) -> Mapping[str, Any]:
    names = [key, *(f"test {side}" for side in SIDES)] if key == "connectivity" else [key]
    told = [there.steps[name] for name in names if name in there.steps]
    return max(told, key=lambda one: str(one["at"]), default={})


def refused(told: Mapping[str, Any]) -> int:
    """How many findings stand in the way."""
    return sum(not one["ok"] and one["blocking"] for one in told.get("findings", ()))


def _connectivity(there: Work, routes: Sequence[Route]) -> tuple[str, str]:
    tests = [there.steps.get(f"test {side}") for side in SIDES]
    if any(one is None for one in tests):
        return ("deployed", "good") if there.integration and not there.is_draft else ("not tested yet", "warn")
    if any(refused(one) for one in tests if one):
        return "does not work yet", "bad"
    if any(one and one["of"] != side_print(there, side) for side, one in zip(SIDES, tests, strict=True)):  # type: ignore[arg-type]
        return "changed since the test", "warn"
    return "works", "good"


def _scenarios(there: Work, routes: Sequence[Route]) -> tuple[str, str]:
    count = len(enabled(there))
    return (f"{count} {'route' if count == 1 else 'routes'}", "good") if count else ("nothing chosen yet", "warn")


def enabled(there: Work) -> list[tuple[str, str]]:
    """Object and direction of each route that is on."""
    return [(str(row["object"]), str(row["direction"])) for row in there.document["routes"] if row.get("enabled", True)]


def _fields(there: Work, routes: Sequence[Route]) -> tuple[str, str]:
    return ("chosen", "good") if _touched(there, "fields") else ("as usual", "calm")


def _settings(there: Work, routes: Sequence[Route]) -> tuple[str, str]:
    return ("set", "good") if _touched(there, "settings") else ("defaults", "calm")


def _touched(there: Work, key: str) -> bool:
    return key in there.steps or bool(there.document.get(key))


def _maps(there: Work, routes: Sequence[Route]) -> tuple[str, str]:
    objects = {name for name, _ in enabled(there)}
    needed = [name for name, users in _USED_BY.items() if objects & users]
    empty = [name for name in needed if not there.document["maps"].get(name)]
    if empty:
        return f"empty: {', '.join(empty)}", "warn"
    return ("filled", "good") if needed else ("not needed", "calm")


#: Which objects fail without which map.
_USED_BY = {"location": {"order", "inventory"}, "payment": {"order"}, "tax": {"order"}}


def _checks(there: Work, routes: Sequence[Route]) -> tuple[str, str]:
    told = there.steps.get("checks")
    if told is None:
        return "not run yet", "warn"
    if told["of"] != there.fingerprint:
        return "changed since they ran", "warn"
    count = refused(told)
    return (f"{count} refused", "bad") if count else ("all passed", "good")


def _summary(there: Work, routes: Sequence[Route]) -> tuple[str, str]:
    if there.is_draft:
        return ("changes not deployed" if there.integration else "not deployed yet"), "warn"
    return "deployed", "good"


def _start(there: Work, routes: Sequence[Route]) -> tuple[str, str]:
    if there.integration is None:
        return "after Deploy", "calm"
    left = to_load(routes)
    return (f"{len(left)} to load", "warn") if left else ("done", "good")


def to_load(routes: Sequence[Route]) -> list[Route]:
    """The routes whose first load is not done, in the order in which they need each other."""
    needs = [one for one in routes if one.enabled and OBJECTS[one.object].initialized]
    left = [one for one in needs if not one.initialization.startswith("done")]
    return sorted(left, key=lambda one: list(OBJECTS).index(one.object))


_STATES: Mapping[str, Callable[[Work, Sequence[Route]], tuple[str, str]]] = {
    "connectivity": _connectivity,
    "scenarios": _scenarios,
    "fields": _fields,
    "settings": _settings,
    "maps": _maps,
    "checks": _checks,
    "summary": _summary,
    "start": _start,
}
