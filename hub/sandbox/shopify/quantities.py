"""inventorySetQuantities and its kin, by the rules of 2026-04: comparison always stated, keys required, 250 rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.sandbox.shopify.ids import number_of
from hub.sandbox.shopify.records import InventoryItem, Level, Location
from hub.sandbox.shopify.refusal import FieldFault, Refused, UserError, refuse
from hub.sandbox.shopify.stock import ADJUSTABLE, Movement, StockBook
from hub.sandbox.shopify.store import Store

HIGHEST = 1_000_000_000
REASONS = (
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_canceled",
    "movement_created",
    "movement_received",
    "movement_updated",
    "other",
    "promotion",
    "quality_control",
    "received",
    "reservation_created",
    "reservation_deleted",
    "reservation_updated",
    "restock",
    "safety_stock",
    "shrinkage",
)


@dataclass(slots=True)
class AdjustmentGroup:
    """What one call changed."""

    id: int
    created_at: datetime
    reason: str
    reference: str
    changes: list[Movement]
    ledger: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    item: InventoryItem
    location: Location
    delta: int


class Quantities:
    """Writes of quantities by the API."""

    def __init__(self, store: Store, stock: StockBook) -> None:
        self._store = store
        self._stock = stock

    def set(self, given: Mapping[str, Any], now: datetime) -> AdjustmentGroup:
        """Absolute quantities of `available` or `on_hand`; all rows or none."""
        name, rows = given["name"], given["quantities"]
        require_comparison(rows, "InventoryQuantityInput")
        if name not in {"available", "on_hand"}:
            message = "The quantity name must be either 'available' or 'on_hand'."
            raise refuse(("input", "name"), message, "INVALID_NAME")
        self._check_common(given)
        errors = [*_doubles(rows), *(error for at, row in enumerate(rows) for error in _bounds(name, row, at))]
        wanted = []
        for place, row in enumerate(rows):
            at = ("input", "quantities", str(place))
            found = self._row(row, at, errors)
            if found is None:
                continue
            item, location, level = found
            have = 0 if level is None else (level.on_hand if name == "on_hand" else level.available)
            _compare(row, have, at, errors)
            wanted.append(_Row(item, location, row["quantity"] - have))
        if errors:
            raise Refused(*errors)
        return self._group(given, name, wanted, now)

    def adjust(self, given: Mapping[str, Any], now: datetime) -> AdjustmentGroup:
        """Relative changes of one state; all rows or none."""
        name, rows = given["name"], given["changes"]
        require_comparison(rows, "InventoryChangeInput")
        if name not in ADJUSTABLE:
            message = f"The specified quantity name is invalid. Valid values are: {', '.join(ADJUSTABLE)}."
            raise refuse(("input", "name"), message, "INVALID_QUANTITY_NAME")
        self._check_common(given)
        errors: list[UserError] = []
        wanted = []
        for place, row in enumerate(rows):
            at = ("input", "changes", str(place))
            _check_ledger(name, row, at, errors)
            found = self._row(row, at, errors)
            if found is None:
                continue
            item, location, level = found
            have = getattr(level, name) if level is not None else 0
            _compare(row, have, at, errors)
            wanted.append(_Row(item, location, row["delta"]))
        if len({row.get("ledgerDocumentUri") for row in rows}) > 1:
            message = (
                "All changes must have the same ledger document URI or, in the case of adjusting available, "
                "no ledger document URI."
            )
            errors.append(UserError(("input", "changes"), message, "MAX_ONE_LEDGER_DOCUMENT"))
        if errors:
            raise Refused(*errors)
        group = self._group(given, name, wanted, now)
        group.ledger = rows[0].get("ledgerDocumentUri") or "" if rows else ""
        return group

    def activate(self, given: Mapping[str, Any], now: datetime) -> tuple[Level, list[UserError]]:
        """Stock an item at a location. A level that comes back keeps its quantities; one that is active already is
        answered beside the error."""
        item = self._store.items.get(number_of(given["inventoryItemId"], "InventoryItem") or 0)
        if item is None:
            raise refuse(("inventoryItemId",), "The product couldn't be stocked because it wasn't found.")
        location = self._store.locations.get(number_of(given["locationId"], "Location") or 0)
        if location is None or not location.active:
            raise refuse(("locationId",), "The product couldn't be stocked because the location wasn't found.")
        available, on_hand = given.get("available"), given.get("onHand")
        if available is not None and on_hand is not None:
            message = (
                f"The product couldn't be stocked at {location.name} because "
                "not allowed to set available and on_hand quantities at the same time."
            )
            raise Refused(UserError(("available",), message), UserError(("onHand",), message))
        level = self._stock.level(item, location.id)
        if level is not None and level.active:
            return level, _active_already(available, on_hand)
        wanted = available if available is not None else on_hand
        if wanted is not None and abs(wanted) > HIGHEST:
            message = (
                f"The product couldn't be stocked at {location.name} because "
                "the quantity needs to be between -1 billion and 1 billion."
            )
            raise refuse(("available" if available is not None else "onHand",), message)
        level = self._stock.open(item, location.id, now)
        if wanted is not None:
            have = level.available if available is not None else level.on_hand
            self._stock.change(item, location.id, "available", wanted - have, now)
        self._touch(item, level, now)
        return level, []

    def deactivate(self, item: InventoryItem, location: Location, now: datetime) -> None:
        """Stop stocking an item at a location; refused for its last one."""
        active = [level for level in item.levels.values() if level.active]
        if [level.location_id for level in active] == [location.id]:
            message = (
                f"The product couldn't be unstocked from {location.name} because "
                "products need to be stocked at a minimum of 1 location."
            )
            raise refuse(None, message)
        self._stock.close(item, location.id, now)
        self._touch(item, item.levels[location.id], now)

    # ----------------------------------------------------------------------------------------------------- the pieces

    def _touch(self, item: InventoryItem, level: Level, now: datetime) -> None:
        level.updated_at = now
        self._store.tell("InventoryItem", item.id)
        self._store.tell("ProductVariant", item.variant_id)

    def _check_common(self, given: Mapping[str, Any]) -> None:
        if given["reason"] not in REASONS:
            message = f"The specified reason is invalid. Valid values are: {', '.join(REASONS)}."
            raise refuse(("input", "reason"), message, "INVALID_REASON")
        if (given.get("referenceDocumentUri") or "").startswith("gid://shopify/"):
            message = "The specified reference document is invalid."
            raise refuse(("input", "referenceDocumentUri"), message, "INVALID_REFERENCE_DOCUMENT")

    def _row(
        self, row: Mapping[str, Any], at: tuple[str, ...], errors: list[UserError]
    ) -> tuple[InventoryItem, Location, Level | None] | None:
        item = self._store.items.get(number_of(row["inventoryItemId"], "InventoryItem") or 0)
        location = self._store.locations.get(number_of(row["locationId"], "Location") or 0)
        if item is None:
            message = "The specified inventory item could not be found."
            errors.append(UserError((*at, "inventoryItemId"), message, "INVALID_INVENTORY_ITEM"))
            return None
        if location is None:
            message = "The specified location could not be found."
            errors.append(UserError((*at, "locationId"), message, "INVALID_LOCATION"))
            return None
        level = self._stock.level(item, location.id)
        if level is None or not level.active:
            message = "The specified inventory item is not stocked at the location."
            errors.append(UserError((*at, "locationId"), message, "ITEM_NOT_STOCKED_AT_LOCATION"))
            return None
        if not item.tracked:
            message = "The specified inventory item is not tracked."
            errors.append(UserError((*at, "inventoryItemId"), message, "NON_MUTABLE_INVENTORY_ITEM"))
            return None
        return item, location, level

    def _group(self, given: Mapping[str, Any], name: str, rows: Sequence[_Row], now: datetime) -> AdjustmentGroup:
        changes: list[Movement] = []
        for row in rows:
            if row.delta:
                changes += self._stock.change(row.item, row.location.id, name, row.delta, now)
        number = self._store.number("InventoryAdjustmentGroup")
        return AdjustmentGroup(number, now, given["reason"], given.get("referenceDocumentUri") or "", changes)


def require_comparison(rows: Sequence[Mapping[str, Any]], kind: str) -> None:
    """Each row states what the quantity is believed to be; null says "whatever it is"."""
    if any("changeFromQuantity" not in row for row in rows):
        raise FieldFault(f"{kind} must include the following argument: changeFromQuantity.", "INVALID_FIELD_ARGUMENTS")


def _compare(row: Mapping[str, Any], have: int, at: tuple[str, ...], errors: list[UserError]) -> None:
    expected = row["changeFromQuantity"]
    if expected is not None and expected != have:
        message = "The changeFromQuantity argument no longer matches the persisted quantity."
        errors.append(UserError((*at, "changeFromQuantity"), message, "CHANGE_FROM_QUANTITY_STALE"))


def _doubles(rows: Sequence[Mapping[str, Any]]) -> list[UserError]:
    """Every row of a pair that stands more than once."""
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        pair = (row["inventoryItemId"], row["locationId"])
        seen[pair] = seen.get(pair, 0) + 1
    message = "The combination of inventoryItemId and locationId must be unique."
    code = "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
    return [
        UserError(("input", "quantities", str(place), "locationId"), message, code)
        for place, row in enumerate(rows)
        if seen[row["inventoryItemId"], row["locationId"]] > 1
    ]


def _bounds(name: str, row: Mapping[str, Any], place: int) -> list[UserError]:
    at, quantity = ("input", "quantities", str(place), "quantity"), row["quantity"]
    if quantity > HIGHEST:
        return [UserError(at, "The quantity can't be higher than 1,000,000,000.", "INVALID_QUANTITY_TOO_HIGH")]
    if quantity < -HIGHEST:
        return [UserError(at, "The quantity can't be lower than -1,000,000,000.", "INVALID_QUANTITY_TOO_LOW")]
    if quantity < 0 and name == "on_hand":
        return [UserError(at, "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")]
    return []


def _check_ledger(name: str, row: Mapping[str, Any], at: tuple[str, ...], errors: list[UserError]) -> None:
    ledger = row.get("ledgerDocumentUri") or ""
    place = (*at, "ledgerDocumentUri")
    if name == "available" and ledger:
        message = "A ledger document URI is not allowed when adjusting available."
        errors.append(UserError(place, message, "INVALID_AVAILABLE_DOCUMENT"))
    elif name != "available" and not ledger:
        message = "A ledger document URI is required except when adjusting available."
        errors.append(UserError(place, message, "INVALID_QUANTITY_DOCUMENT"))
    elif ledger.startswith("gid://shopify/"):
        message = "Internal (gid://shopify/) ledger documents are not allowed to be adjusted via API."
        errors.append(UserError(place, message, "INTERNAL_LEDGER_DOCUMENT"))


def _active_already(available: int | None, on_hand: int | None) -> list[UserError]:
    where = "when the item is already active at the location."
    if available is not None:
        return [UserError(("available",), f"Not allowed to set available quantity {where}")]
    if on_hand is not None:
        return [UserError(("onHand",), f"Not allowed to set an on_hand quantity {where}")]
    return []
