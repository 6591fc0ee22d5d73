"""Stock of the shop, as a target: absolute quantities, each written only over the quantity that was read."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Any

from hub.chunks import chunks
from hub.errors import Changed, HubError, LocationGone, OutcomeUnknown, RecordError, TargetVanished
from hub.platforms.endpoint import Endpoint, Native, Outcome, Probe, ReplayKey, Step
from hub.platforms.exchanges import Exchange, collecting
from hub.platforms.shopify import documents, identities
from hub.platforms.shopify.answers import UserError, rejected, user_errors
from hub.platforms.shopify.client import Node, ShopifyClient

#: Rows in one `inventorySetQuantities`, at most.
MOST_ROWS = 250
#: How often a batch is sent again without its culprits (or under a new key) before the rest is given up.
_MOST_ROUNDS = 6
_SAME_KEY = "IDEMPOTENCY_CONCURRENT_REQUEST"
_NEW_KEY = frozenset({"IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"})


@dataclass(frozen=True, slots=True)
class _Place:
    """A variant at a location, both by global id."""

    variant: str
    location: str

    @classmethod
    def parse(cls, key: str) -> _Place:
        """Read a key back."""
        return cls(*key.split("@", 1))

    def __str__(self) -> str:
        return f"{self.variant}@{self.location}"


@dataclass(slots=True)
class _Row:
    """One step on its way: what is to be set over what, and what became of it."""

    step: Step
    level: Native
    error: HubError | None = None
    sent: dict[str, Any] = field(default_factory=dict)
    exchanges: list[tuple[Exchange, int]] = field(default_factory=list)

    @property
    def wanted(self) -> int:
        return int(self.step.record["available"])


class ShopifyInventory(Endpoint):
    """Inventory levels, each known by its variant and its location.

    That pair lasts: a level is made when it is first needed, may be switched off and on again, and bears an id that is
    of no use for anything else.
    """

    object = "inventory"
    kind = "level"
    listing = identities.VARIANTS.name
    #: A level that does not exist yet is activated; for the engine both are one act.
    verbs = frozenset({"create", "update"})
    batch_size = MOST_ROWS
    create_guard = ReplayKey()
    volatile = frozenset({"updatedAt"})

    def __init__(self, client: ShopifyClient, settings: Mapping[str, Any]) -> None:
        self._client = client
        self._settings = settings
        self.read_timeout = timedelta(seconds=client.transport.read_timeout)

    # -- reading ------------------------------------------------------------------------------------------------

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Read levels afresh, existing or not; those of a variant that is gone are missing."""
        return self._levels(dict.fromkeys(_Place.parse(key) for key in keys))

    def identities(self) -> Iterator[list[str]]:
        """Ids of all variants: each has a level wherever one is wanted, so a level is gone with its variant."""
        return identities.ids(self._client, identities.VARIANTS, int(self._settings.get("bulk_from") or 0))

    def identity(self, key: str) -> str:
        """The variant of a level."""
        return _Place.parse(key).variant

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """The level of each probe's variant at its location, existing or not; nothing for a variant that is gone."""
        places = {probe.key: _Place(probe.values["variant"], probe.values["location"]) for probe in probes}
        found = self._levels(dict.fromkeys(places.values()))
        return {key: [found[str(place)]] if str(place) in found else [] for key, place in places.items()}

    def _levels(self, places: Iterable[_Place]) -> dict[str, Native]:
        """Levels by key. One call serves as many variants of one location as its cost allows."""
        found: dict[str, Native] = {}
        ordered = sorted(places, key=lambda place: place.location)
        active: set[str] | None = None
        for location, group in groupby(ordered, key=lambda place: place.location):
            here = [place.variant for place in group]
            nodes = self._client.nodes(documents.LEVELS, here, locationId=location)
            if active is None and any(not node["inventoryItem"]["inventoryLevel"] for node in nodes.values()):
                active = self._active_locations()
            for node in nodes.values():
                native = _native(node, location, active=location in (active or ()))
                found[self.key(native)] = native
        return found

    def key(self, native: Native) -> str:
        """The variant and the location, as `variant@location`."""
        return str(_Place(native["variantId"], native["locationId"]))

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """The target's view of a stock record: the input of `LevelSchema`."""
        return {
            "available": native["available"],
            "committed": native["committed"],
            "active": native["isActive"],
            "tracked": native["tracked"],
            "location_active": native["locationActive"],
        }

    def _active_locations(self) -> set[str]:
        pages = self._client.pages(documents.LOCATIONS, {"includeInactive": True})
        return {node["id"] for nodes in pages for node in nodes if node["isActive"]}

    # -- writing ------------------------------------------------------------------------------------------------

    def write(self, steps: Sequence[Step]) -> list[Outcome]:
        """Set all levels with as few calls as possible; only the rows that Shopify objects to fail."""
        rows = [_Row(step, dict(step.target or {})) for step in steps]
        for row in rows:
            if row.step.target is None:
                row.error = Changed("The level was not read before it was to be written.", detail=row.step.key)
            elif not row.level["locationActive"]:
                row.error = _location_gone(row)
            elif not row.level["id"] or not row.level["isActive"]:
                self._activate(row)
        ready = [row for row in rows if row.error is None and row.level["available"] != row.wanted]
        for part in chunks(ready, MOST_ROWS):
            self._set(part)
        return [_outcome(row, self.key(row.level) if row.level else "") for row in rows]

    def _activate(self, row: _Row) -> None:
        """Make the level, or switch it on again; it comes with the quantity it had, which is then set over."""
        given = {"inventoryItemId": row.level["itemId"], "locationId": row.level["locationId"]}
        with collecting() as exchanges:
            try:
                result = self._client.run(documents.INVENTORY_ACTIVATE, given, key=_new_key())
                errors = user_errors(result)
                if errors:
                    row.error = _fate(row, errors)
                else:
                    row.level = row.level | _figures(result["inventoryLevel"])
            except (RecordError, OutcomeUnknown) as error:
                row.error = error
        row.exchanges += [(exchange, 0) for exchange in exchanges]

    def _set(self, rows: list[_Row]) -> None:
        key = _new_key()
        for _ in range(_MOST_ROUNDS):
            errors = self._send(rows, key)
            if any(error.code == _SAME_KEY for error in errors):
                # The first try of this very call is still being worked on: ask again, do not do it twice.
                self._client.transport.pause(1, documents.INVENTORY_SET.root)
                continue
            if not any(error.code in _NEW_KEY for error in errors):
                _blame(rows, errors)
            rows = [row for row in rows if row.error is None]
            if not errors or not rows:
                return
            # Nothing of the refused call was carried out; another set of rows is another call.
            key = _new_key()
        for row in rows:
            row.error = row.error or Changed("Shopify kept refusing the batch.", detail=row.step.key)

    def _send(self, rows: Sequence[_Row], key: str) -> list[UserError]:
        quantities = []
        for row in rows:
            row.sent = {
                "inventoryItemId": row.level["itemId"],
                "locationId": row.level["locationId"],
                "quantity": row.wanted,
                "changeFromQuantity": row.level["available"],
            }
            quantities.append(row.sent)
        given = {
            "name": "available",
            "reason": "correction",
            # Tells the shop's inventory history where the change comes from.
            "referenceDocumentUri": f"hub://inventory/{key}",
            "quantities": quantities,
        }
        with collecting() as exchanges:
            try:
                return user_errors(self._client.run(documents.INVENTORY_SET, {"input": given}, key=key))
            except (RecordError, OutcomeUnknown) as error:
                for row in rows:
                    row.error = error
                return []
            finally:
                for place, row in enumerate(rows):
                    row.exchanges += [(exchange, place) for exchange in exchanges]


def _new_key() -> str:
    """A key for one intended call: its repetitions bear it too, a call with other contents never does."""
    return str(uuid.uuid4())


def _native(variant: Node, location: str, *, active: bool) -> Native:
    """The level that a variant has at a location, or the one it would have (with an empty id)."""
    item = variant["inventoryItem"]
    absent = {"id": "", "available": 0, "committed": 0, "isActive": False, "locationActive": active, "updatedAt": ""}
    return {
        "variantId": variant["id"],
        "itemId": item["id"],
        "locationId": location,
        "tracked": item["tracked"],
        **(_figures(item["inventoryLevel"]) if item["inventoryLevel"] else absent),
    }


def _figures(level: Node) -> Native:
    quantities = {one["name"]: one["quantity"] for one in level["quantities"]}
    return {
        "id": level["id"],
        "available": quantities.get("available", 0),
        "committed": quantities.get("committed", 0),
        "isActive": level["isActive"],
        "locationActive": level["location"]["isActive"],
        "updatedAt": level["updatedAt"],
    }


def _blame(rows: Sequence[_Row], errors: Sequence[UserError]) -> None:
    """Give each error to its row, or to all rows where it names none."""
    blamed: dict[int, list[UserError]] = {}
    for error in errors:
        place = error.row("quantities")
        for index in range(len(rows)) if place is None or place >= len(rows) else (place,):
            blamed.setdefault(index, []).append(error)
    for index, found in blamed.items():
        rows[index].error = _fate(rows[index], found)


def _fate(row: _Row, errors: Sequence[UserError]) -> RecordError:
    codes = {error.code for error in errors}
    words = "; ".join(str(error) for error in errors)
    if "INVALID_LOCATION" in codes or any(error.field[-1:] == ("locationId",) for error in errors):
        return _location_gone(row)
    if "INVALID_INVENTORY_ITEM" in codes or any(error.field[-1:] == ("inventoryItemId",) for error in errors):
        return TargetVanished(f"Shopify: {words}", detail=row.level["itemId"])
    if codes & {"CHANGE_FROM_QUANTITY_STALE", "ITEM_NOT_STOCKED_AT_LOCATION"}:
        return Changed(
            f"The stock in the shop is no longer {row.level['available']}: {words}", detail=row.level["locationId"]
        )
    return rejected(errors)


def _location_gone(row: _Row) -> LocationGone:
    location = row.level["locationId"]
    return LocationGone(f"The location {location} is gone or inactive in the shop.", detail=location)


def _outcome(row: _Row, key: str) -> Outcome:
    if row.error is not None:
        return Outcome(row.step.key, sent=row.sent or None, error=row.error, exchanges=row.exchanges)
    native = row.level | {"available": row.wanted}
    return Outcome(row.step.key, key, native, row.sent or None, exchanges=row.exchanges)
