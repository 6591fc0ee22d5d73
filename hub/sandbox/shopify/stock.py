"""The shop's stock book: after every operation on_hand = available + committed + unavailable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.sandbox.shopify.records import InventoryItem, Level
from hub.sandbox.shopify.store import Store

#: States that a call may set by themselves; on_hand is their sum with committed, incoming stands beside it.
ADJUSTABLE = ("available", "damaged", "incoming", "quality_control", "reserved", "safety_stock")
QUANTITY_NAMES = (*ADJUSTABLE, "committed", "on_hand")


class StockBookError(AssertionError):
    """The states of a level no longer add up: a fault of the sandbox itself."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of the book: what changed where, as `InventoryChange` shows it."""

    name: str
    delta: int
    item: InventoryItem
    location_id: int


def check(level: Level) -> None:
    """Raise where the states do not add up."""
    if level.on_hand != level.available + level.committed + level.unavailable:
        raise StockBookError(f"item {level.item_id} at {level.location_id}: {level}")


class StockBook:
    """All operations on levels."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def level(self, item: InventoryItem, location_id: int) -> Level | None:
        """The level of an item at a location, active or not."""
        return item.levels.get(location_id)

    def open(self, item: InventoryItem, location_id: int, now: datetime, *, active: bool = True) -> Level:
        """The level, made with zero units where there is none."""
        level = item.levels.get(location_id)
        if level is None:
            level = item.levels[location_id] = Level(item.id, location_id, now, now, active)
        elif active:
            level.active = True
        return level

    def close(self, item: InventoryItem, location_id: int, now: datetime) -> None:
        """Make a level inactive; its quantities stay."""
        level = item.levels[location_id]
        level.active = False
        level.updated_at = now

    def change(self, item: InventoryItem, location_id: int, name: str, delta: int, now: datetime) -> list[Movement]:
        """Add `delta` to one state (on_hand: to available), and to on_hand where the state is part of it."""
        state = "available" if name == "on_hand" else name
        level = self.open(item, location_id, now, active=False)
        moves = [Movement(state, delta, item, location_id)]
        setattr(level, state, getattr(level, state) + delta)
        if state != "incoming":
            level.on_hand += delta
            moves.append(Movement("on_hand", delta, item, location_id))
        self._moved(level, item, now)
        return moves

    def commit(self, item: InventoryItem, location_id: int, units: int, now: datetime) -> None:
        """An order takes `units` (negative: gives them back): available down, committed up, on_hand as before."""
        level = self.open(item, location_id, now)
        level.available -= units
        level.committed += units
        self._moved(level, item, now)

    def ship(self, item: InventoryItem, location_id: int, units: int, now: datetime) -> None:
        """Committed units leave the house (negative: come back as committed ones)."""
        level = self.open(item, location_id, now)
        level.committed -= units
        level.on_hand -= units
        self._moved(level, item, now)

    def write_off(self, item: InventoryItem, location_id: int, units: int, now: datetime) -> None:
        """Committed units end without coming back for sale (a refund of unshipped units with NO_RESTOCK)."""
        self.ship(item, location_id, units, now)

    def restock(self, item: InventoryItem, location_id: int, units: int, now: datetime) -> None:
        """Shipped units come back for sale."""
        level = self.open(item, location_id, now)
        level.available += units
        level.on_hand += units
        self._moved(level, item, now)

    def _moved(self, level: Level, item: InventoryItem, now: datetime) -> None:
        check(level)
        level.updated_at = now
        variant = self._store.variants.get(item.variant_id)
        if variant is not None:
            self._store.touch("Product", self._store.products[variant.product_id], now)
            self._store.tell("ProductVariant", variant.id)
        self._store.tell("InventoryItem", item.id)


def available(item: InventoryItem) -> int:
    """Units of an item that can be sold, over all active locations."""
    return sum(level.available for level in item.levels.values() if level.active)
