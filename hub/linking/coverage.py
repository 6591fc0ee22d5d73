"""Coverage: every record of a route's source beside what the hub knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from hub.errors import RecordError
from hub.linking.standing import CLASSES, Class, Facts, Standing, standing
from hub.platforms.endpoint import Native
from hub.store.database import Database
from hub.store.divergences import Divergence, Divergences
from hub.store.failures import Failure, Failures
from hub.store.link import Link
from hub.store.links import Links
from hub.store.plans import Cipher
from hub.store.selection import Selection
from hub.store.skips import Skipped, Skips
from hub.sync.digest import digest
from hub.sync.pair import Pair
from hub.sync.schema import canonical
from objects.base import Record


@dataclass(frozen=True, slots=True)
class Covered:
    """One record and how it stands."""

    key: str
    label: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows of a part of the records."""

    links: Mapping[str, Link]
    failures: Mapping[str, Failure]
    skips: Mapping[str, Skipped]
    marked: set[str]
    divergences: Mapping[int, Mapping[str, Divergence]]


class Coverage:
    """The records of one route; `called` says what to call each."""

    def __init__(self, pair: Pair, database: Database, cipher: Cipher, called: Callable[[Native], str]) -> None:
        route, self._called = pair.route, called
        self._pair = pair
        self._links = Links(database, route.integration_id, pair.source_side)
        self._failures, self._skips = Failures(database), Skips(database)
        self._selection = Selection(database, route.integration_id)
        self._divergences = Divergences(database, route.integration_id, cipher)

    def records(self, now: datetime) -> Iterator[list[Covered]]:
        """Every record of the source with how it stands, in parts."""
        for part in self._pair.everything():
            known = self._known([key for key, _ in part])
            yield [
                Covered(key, self._called(native), standing(self._facts(key, native, known), now))
                for key, native in part
            ]

    def _known(self, keys: Sequence[str]) -> _Known:
        route = self._pair.route
        links = self._links.of(self._pair.object_type.kind, keys)
        return _Known(
            links,
            self._failures.of(route.id, keys),
            self._skips.of(route.id, keys),
            self._selection.marked(route.object, keys) if route.policy == "marked" else set(keys),
            self._divergences.of([link.id for link in links.values()]),
        )

    def _facts(self, key: str, native: Native, known: _Known) -> Facts:
        link = known.links.get(key)
        state: Literal["linked", "gone"] | None = None
        if link is not None and link.state != "reserved":
            state = "gone" if link.state == "gone" else "linked"
        record: Record | None = None
        fault = None
        try:
            record = canonical(self._pair.object_type.schema, self._pair.source, native)
        except RecordError as error:
            fault = (error.cause, error.detail)
        apart = known.divergences.get(link.id, {}) if link is not None else {}
        return Facts(
            link=state,
            failure=known.failures.get(key),
            fault=fault,
            skip=self._skip(native, record, known.skips.get(key), linked=state == "linked"),
            left_out=key not in known.marked,
            conflicts=[name for name, one in apart.items() if one.kind == "conflict"],
            drifts=[name for name, one in apart.items() if one.kind == "drift"],
            active=record is None or bool(record.get("active", True)),
            codes=self._codes(record, link) if state == "linked" else "",
        )

    def _skip(
        self, native: Native, record: Record | None, before: Skipped | None, *, linked: bool
    ) -> tuple[str, str] | None:
        """Why a record is left alone: decided now, or by the last run if the record is still as it was then."""
        pair = self._pair
        if record is not None:
            decided = pair.object_type.decide(record, pair.settings, linked=linked, backfill=False)
            if decided is not None:
                return decided.reason, decided.detail
        # Whether a record is marked is known at first hand.
        if before is None or before.reason == "NOT_MARKED":
            return None
        still = before.digest == digest(native, pair.source.volatile, before.mapping_version)
        return (before.reason, before.detail) if still else None

    def _codes(self, record: Record | None, link: Link | None) -> str:
        """Both codes where the shop's SKU is no longer the code of the item that it is linked to."""
        pair = self._pair
        if record is None or link is None or pair.route.object != "product" or pair.source_side != "shop":
            return ""
        mine, theirs = pair.object_type.code(record), str(link.target_id)
        same = mine.casefold() == theirs.casefold() if pair.settings.get("erp_ignores_case") else mine == theirs
        return "" if same else f"{mine} / {theirs}"


@dataclass(slots=True)
class Summary:
    """How many records there are, by class and by reason."""

    read: int = 0
    #: Class -> reason -> how many.
    reasons: dict[Class, dict[str, int]] = field(default_factory=lambda: {name: {} for name in CLASSES})

    def add(self, record: Covered) -> None:
        """Count a record."""
        self.read += 1
        reasons = self.reasons[record.standing.name]
        reasons[record.standing.reason] = reasons.get(record.standing.reason, 0) + 1

    @property
    def classes(self) -> dict[Class, int]:
        """Records by class; together they are all that were read."""
        return {name: sum(reasons.values()) for name, reasons in self.reasons.items()}

    def rows(self) -> list[dict[str, Any]]:
        """One row per class and reason, the most frequent first; a class without records has one, too."""
        found: list[dict[str, Any]] = []
        for name, reasons in self.reasons.items():
            listed = sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0])) or [("", 0)]
            found += [{"class": name, "reason": reason, "records": number} for reason, number in listed]
        return found
