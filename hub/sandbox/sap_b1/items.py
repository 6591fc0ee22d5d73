"""Items: their keys, their rows per price list and warehouse."""

from __future__ import annotations

from typing import Any

from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.errors import already_there, refused
from hub.sandbox.sap_b1.presenting import rows_of
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.writing import accepted, merged

TYPE = "Item"


def create_item(company: Company, body: Any) -> Record:
    """Store an item under the client's ItemCode."""
    record = accepted(company.catalogue, TYPE, body)
    code = record.get("ItemCode")
    if not code:
        raise refused("Item number is missing  [OITM.ItemCode]")
    if _is_taken(company, code):
        raise already_there()
    if company.settings.default_tax_code and not record.get("SalesVATGroup"):
        record["SalesVATGroup"] = company.settings.default_tax_code
    return _store(company, record, created=True)


def _is_taken(company: Company, code: str) -> bool:
    if not company.settings.codes_ignore_case:
        return code in company["Items"]
    return code.casefold() in {one["ItemCode"].casefold() for one in company["Items"]}


def change_item(company: Company, old: Record, body: Any, *, replace_rows: bool) -> Record:
    """PATCH an item; the code itself cannot change."""
    sent = accepted(company.catalogue, TYPE, body)
    sent.pop("ItemCode", None)
    return _store(company, merged(company.catalogue, TYPE, old, sent, replace=replace_rows), created=False)


def _store(company: Company, record: Record, *, created: bool) -> Record:
    for name, entity_set, column in (
        ("ItemsGroupCode", "ItemGroups", "OITM.ItmsGrpCod"),
        ("SalesVATGroup", "VatGroups", "OITM.VatGourpSa"),
        ("DefaultWarehouse", "Warehouses", "OITM.DfltWH"),
        ("Manufacturer", "Manufacturers", "OITM.FirmCode"),
        ("SalesWeightUnit", "WeightMeasures", "OITM.SWght1Unit"),
        ("InventoryWeightUnit", "WeightMeasures", "OITM.IWght1Unit"),
    ):
        if record.get(name) is not None:
            company.look_up(entity_set, record[name], column)
    record["ItemPrices"] = complete_prices(company, rows_of(record.get("ItemPrices")))
    record["ItemWarehouseInfoCollection"] = complete_warehouses(
        company, record["ItemCode"], rows_of(record.get("ItemWarehouseInfoCollection"))
    )
    codes = rows_of(record.get("ItemBarCodeCollection"))
    for number, row in enumerate(codes, start=1):
        row.setdefault("AbsEntry", number)
    record["ItemBarCodeCollection"] = codes
    company.touch(record, created=created)
    company["Items"].put(record)
    return record


def complete_prices(company: Company, rows: list[Record]) -> list[Record]:
    """One row per price list, whether or not it has a price."""
    given = {row.get("PriceList"): row for row in rows}
    for number in given:
        company.look_up("PriceLists", number, "ITM1.PriceList")
    return [
        {
            "PriceList": one["PriceListNo"],
            "BasePriceList": one.get("BasePriceList"),
            **given.get(one["PriceListNo"], {}),
        }
        for one in company["PriceLists"]
    ]


def complete_warehouses(company: Company, code: str, rows: list[Record]) -> list[Record]:
    """One row per warehouse."""
    given = {row.get("WarehouseCode"): row for row in rows}
    for warehouse in given:
        company.look_up("Warehouses", warehouse, "OITW.WhsCode")
    return [
        {"WarehouseCode": one["WarehouseCode"], "ItemCode": code, **given.get(one["WarehouseCode"], {})}
        for one in company["Warehouses"]
    ]
