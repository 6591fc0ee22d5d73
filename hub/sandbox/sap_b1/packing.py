"""Document lines at rest.

Half a million lines as dictionaries would take more than a gigabyte; as tuples with shared numbers they take a tenth.
What few lines have (a free text, a user field) rides along in a small dictionary at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.sandbox.sap_b1.schema import Record

#: Properties that every line has.
COLUMNS = (
    "LineNum",
    "VisualOrder",
    "DocEntry",
    "ItemCode",
    "ItemDescription",
    "Quantity",
    "InventoryQuantity",
    "RemainingOpenQuantity",
    "RemainingOpenInventoryQuantity",
    "UnitPrice",
    "Price",
    "PriceAfterVAT",
    "GrossPrice",
    "Currency",
    "VatGroup",
    "TaxPercentagePerRow",
    "WarehouseCode",
    "LineTotal",
    "GrossTotal",
    "TaxTotal",
    "LineStatus",
    "ShipDate",
)
_COLUMN_SET = frozenset(COLUMNS)

Packed = tuple[Any, ...]


def pack(line: Record) -> Packed:
    """The line in its stored form."""
    rest = {name: value for name, value in line.items() if name not in _COLUMN_SET}
    return (*(line.get(name) for name in COLUMNS), rest or None)


def unpack(packed: Packed) -> Record:
    """The line as a record of its own, which may be changed."""
    line: Record = dict(zip(COLUMNS, packed, strict=False))
    if packed[-1]:
        line.update(packed[-1])
    return line


def unpack_all(lines: Iterable[Packed]) -> list[Record]:
    """All lines of a document."""
    return [unpack(line) for line in lines]
