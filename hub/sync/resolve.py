"""References and mapped values of a page: found, looked up for the whole page at once, and put in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from hub.errors import HubError, MissingDependency, MissingMapping, UnknownSku
from hub.store.maps import Translator
from objects.base import Mapped, Record, Ref, Settings, Skip

#: (kind, id on the source, code)
RefKey = tuple[str, str, str]


@dataclass(slots=True)
class Answers:
    """What the references of a page stand for on the target."""

    targets: dict[RefKey, str] = field(default_factory=dict)
    #: Why a reference could not be resolved, where more is known than that it is missing.
    troubles: dict[RefKey, HubError] = field(default_factory=dict)


class NotLinked(Exception):
    """A reference is missing whose record is then skipped."""

    def __init__(self, ref: Ref) -> None:
        super().__init__(ref)
        self.skip = Skip("NOT_LINKED", ref.code or ref.source_id, f"The {ref.kind} is not on the other side.")


def ref_key(ref: Ref) -> RefKey:
    """How a reference is looked up."""
    return ref.kind, ref.source_id, ref.code


def refs(value: Any) -> Iterator[Ref]:
    """All references in a record, wherever they stand."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from refs(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from refs(entry)


def in_place(
    record: Record, answers: Answers, translator: Translator, settings: Settings, zone: tzinfo = UTC
) -> Record:
    """A copy of the record with each reference and mapped value replaced by what the target calls it.

    An entry of a map counts from its day on, in the integration's `zone`. A reference may name the setting that stands
    in for it. Raises UnknownSku, MissingDependency, MissingMapping or NotLinked.
    """
    placed = record.get("placed_at")
    on = placed.astimezone(zone).date() if isinstance(placed, datetime) else None
    return {name: _place(value, answers, translator, settings, on) for name, value in record.items()}


def _place(value: Any, answers: Answers, translator: Translator, settings: Settings, on: date | None) -> Any:
    if isinstance(value, Ref):
        return _target(value, answers, settings)
    if isinstance(value, Mapped):
        return _translated(value, translator, on)
    if isinstance(value, dict):
        return {name: _place(entry, answers, translator, settings, on) for name, entry in value.items()}
    if isinstance(value, list):
        return [_place(entry, answers, translator, settings, on) for entry in value]
    return value


def _target(ref: Ref, answers: Answers, settings: Settings) -> str:
    key = ref_key(ref)
    target = answers.targets.get(key) or next(filter(None, (settings.get(name) for name in ref.stand_in)), None)
    if target:
        return str(target)
    if key in answers.troubles:
        raise answers.troubles[key]
    if ref.absent == "skip":
        raise NotLinked(ref)
    if ref.kind == "variant":
        if not ref.code:
            fix = "Give the line's product a SKU in the shop, or set a stand-in item for lines without one."
            raise UnknownSku("The line has no SKU.", detail="no SKU", fix=fix)
        raise UnknownSku(f"The ERP has no item {ref.code}.", detail=f"sku={ref.code}")
    raise MissingDependency(f"The {ref.kind} {ref.source_id} is not on the other side.", detail=ref.source_id)


def _translated(value: Mapped, translator: Translator, on: date | None) -> str:
    target = translator.translate(value.map, (value.value, *value.wider), on)
    if target is None:
        raise MissingMapping(
            f"The map {value.map} has no entry for {value.value}.",
            detail=f"{value.map}={value.value}",
            fix=f"Add an entry for {value.value} to the map {value.map} (`hub maps set`), then re-sync the group.",
        )
    return target


def unresolved(records: Iterable[Record], answers: Answers) -> list[Ref]:
    """References that have no answer yet, each once."""
    found = {ref_key(ref): ref for record in records for ref in refs(record)}
    return [ref for key, ref in found.items() if key not in answers.targets and key not in answers.troubles]
