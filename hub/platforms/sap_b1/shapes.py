"""Which properties the hub reads of each set: `$select` names the top level, what lies below is cut here.

A whole item is 36 KB and a document line has 300 properties; what nobody maps is neither asked for nor kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.platforms.endpoint import Native
from hub.platforms.sap_b1 import user_fields as udf
from hub.platforms.sap_b1 import wire

#: Property -> the properties kept of its rows; None = a plain value.
Shape = Mapping[str, tuple[str, ...] | None]

STAMPS: Shape = dict.fromkeys(("UpdateDate", "UpdateTime"))
_ITEM_STATE: Shape = dict.fromkeys(
    (
        "ItemCode",
        "Valid",
        "Frozen",
        "SalesItem",
        "InventoryItem",
        "TreeType",
        "ManageBatchNumbers",
        "ManageSerialNumbers",
    )
)
ITEM: Shape = {
    **_ITEM_STATE,
    **dict.fromkeys(("ItemName", "ItemsGroupCode", "BarCode", "SalesUnitWeight", "SalesWeightUnit")),
    "ItemPrices": ("PriceList", "Price", "Currency"),
    **STAMPS,
}
#: What is read of an item only where the integration synchronises the field.
ITEM_FIELDS: Mapping[str, tuple[str, ...]] = {
    "description": ("User_Text",),
    "taxable": ("VatLiable",),
    "vendor": ("Manufacturer",),
}
STOCK: Shape = {
    **_ITEM_STATE,
    "SalesItemsPerUnit": None,
    "ItemWarehouseInfoCollection": ("WarehouseCode", "InStock", "Committed"),
}
ADDRESS = (
    "AddressName",
    "AddressType",
    "AddressName2",
    "AddressName3",
    "Street",
    "Block",
    "ZipCode",
    "City",
    "State",
    "Country",
    "RowNum",
)
PARTNER: Shape = {
    **dict.fromkeys(
        (
            "CardCode",
            "CardName",
            "CardType",
            "EmailAddress",
            "Phone1",
            "Cellular",
            "FreeText",
            "ShipToDefault",
            "BilltoDefault",
        )
    ),
    "BPAddresses": ADDRESS,
}
PARTNER_FIELDS = (udf.REFERENCE, udf.TEMPLATE)
ORDER: Shape = {
    **dict.fromkeys(
        (
            "DocEntry",
            "DocNum",
            "CardCode",
            "NumAtCard",
            "DocDate",
            "DocCurrency",
            "DocTotal",
            "DocTotalFc",
            "VatSum",
            "VatSumFc",
            "DocumentStatus",
            "Cancelled",
        )
    ),
    "DocumentLines": (
        "LineNum",
        "ItemCode",
        "Quantity",
        "PriceAfterVAT",
        "UnitPrice",
        "VatGroup",
        "TaxPercentagePerRow",
        "LineTotal",
        "GrossTotal",
        "TaxTotal",
        "WarehouseCode",
        udf.LINE,
    ),
    "DocumentAdditionalExpenses": ("ExpenseCode", "LineTotal", "LineGross", "VatGroup", "TaxPercent", "TaxSum"),
}
ORDER_FIELDS = (udf.REFERENCE,)
DRAFT: Shape = dict.fromkeys(("DocEntry", "NumAtCard", "DocumentStatus"))


def select(shape: Shape, more: Iterable[str] = ()) -> tuple[str, ...]:
    """The names for `$select`."""
    return (*shape, *more)


def cut(native: Mapping[str, Any], shape: Shape, more: Iterable[str] = ()) -> Native:
    """A record without what the hub does not map; its version tag stays, under one name for both OData versions."""
    kept: Native = {}
    for name, below in {**shape, **dict.fromkeys(more)}.items():
        if name not in native:
            continue
        value = native[name]
        kept[name] = value if below is None else [_row(row, below) for row in value or ()]
    tag = wire.etag(dict(native))
    if tag:
        kept[wire.ETAG] = tag
    return kept


def _row(row: Mapping[str, Any], names: tuple[str, ...]) -> Native:
    return {name: row[name] for name in names if name in row}
