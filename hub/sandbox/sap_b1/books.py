"""The stock books: what lies in the warehouses, and what open orders hold of it.

Figures change in place. That is the point: a movement of stock leaves no stamp on the item.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.errors import no_reference
from hub.sandbox.sap_b1.packing import unpack
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.values import tidy

ZERO = Decimal("0.0")


def stock_row(item: Record, warehouse: str) -> Record:
    """The item's figures in one warehouse; raises ServiceError where the item knows no such warehouse."""
    for row in item["ItemWarehouseInfoCollection"]:
        if row["WarehouseCode"] == warehouse:
            found: Record = row
            return found
    raise no_reference("OITW.WhsCode")


def receive(item: Record, warehouse: str, quantity: Decimal) -> None:
    """Goods come in, or go out (below zero)."""
    _add(item, warehouse, "InStock", "QuantityOnStock", quantity)


def commit(item: Record, warehouse: str, quantity: Decimal) -> None:
    """Open orders hold so much more, or less (below zero)."""
    _add(item, warehouse, "Committed", "QuantityOrderedByCustomers", quantity)


def _add(item: Record, warehouse: str, figure: str, total: str, quantity: Decimal) -> None:
    row = stock_row(item, warehouse)
    row[figure] = tidy(row.get(figure, ZERO) + quantity)
    item[total] = tidy(item.get(total, ZERO) + quantity)


def commit_lines(company: Company, lines: Iterable[tuple[object, ...]], sign: int) -> None:
    """Let the open quantities of an order's lines (packed) be held (+1) or released (-1)."""
    for packed in lines:
        line = unpack(packed)
        item = company["Items"].get(line["ItemCode"])
        held = line["RemainingOpenInventoryQuantity"]
        if item is not None and held and item.get("InventoryItem", "tYES") == "tYES":
            commit(item, line["WarehouseCode"], sign * held)
