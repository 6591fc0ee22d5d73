"""The rows of a document: what they refer to, where they take from, by which price and tax code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.errors import inactive, refused
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.totals import GROSS, GROSS_PRICES, PRICES, ZERO
from hub.sandbox.sap_b1.values import tidy

ONE = Decimal(1)


def prepare_prices(row: Record, known: set[Any]) -> Record:
    """A row of a PATCH: where it brings a price, the prices of the row it is merged into are taken back."""
    if row.get("LineNum") not in known or not any(row.get(name) is not None for name in PRICES):
        return row
    return {**dict.fromkeys(PRICES), GROSS: _is_gross(row), **row}


def prepare_freight(row: Record) -> Record:
    """The same for a freight, which is given net (LineTotal) or gross (LineGross)."""
    if row.get("LineTotal") is None and row.get("LineGross") is None:
        return row
    return {**row, GROSS: row.get("LineTotal") is None}


def _is_gross(row: Record) -> bool:
    return any(row.get(name) is not None for name in GROSS_PRICES)


def complete_lines(company: Company, document: Record, partner: Record, rows: list[Record]) -> list[Record]:
    """The lines with everything but their amounts; raises ServiceError for a broken rule."""
    if not rows:
        raise refused("The document has no lines  [RDR1.ItemCode]")
    numbers = _line_numbers(rows)
    return [
        _complete_line(company, document, partner, {**row, "LineNum": number, "VisualOrder": position})
        for position, (row, number) in enumerate(zip(rows, numbers, strict=True))
    ]


def _line_numbers(rows: list[Record]) -> list[int]:
    """Rows without a number go on after the highest one."""
    taken = [row["LineNum"] for row in rows if row.get("LineNum") is not None]
    following = iter(range(max(taken, default=-1) + 1, len(rows) + max(taken, default=-1) + 1))
    return [row["LineNum"] if row.get("LineNum") is not None else next(following) for row in rows]


def _complete_line(company: Company, document: Record, partner: Record, line: Record) -> Record:
    item = _item(company, line)
    if not line.get("ItemDescription"):
        line["ItemDescription"] = item.get("ItemName")
    line["Quantity"] = ONE if line.get("Quantity") is None else line["Quantity"]
    if line["Quantity"] <= 0:
        raise refused("Quantity must be greater than zero  [RDR1.Quantity]")
    _set_warehouse(company, line, item)
    _set_quantities(line, item)
    code = line.get("VatGroup") or line.get("TaxCode") or item.get("SalesVATGroup") or partner.get("VatGroup")
    if not code:
        raise refused("Tax code is missing  [RDR1.VatGroup]")
    line["TaxPercentagePerRow"] = company.tax_rate(code, "RDR1.VatGroup")
    line["VatGroup"] = code
    line["Currency"] = document["DocCurrency"]
    line["ShipDate"] = line.get("ShipDate") or document["DocDueDate"]
    _set_price(company, partner, item, line)
    if line.get("DocumentLineAdditionalExpenses"):
        line["DocumentLineAdditionalExpenses"] = [
            _complete_expense(company, row, {"LineNumber": line["LineNum"], "GroupCode": number})
            for number, row in enumerate(line["DocumentLineAdditionalExpenses"])
        ]
    return line


def _item(company: Company, line: Record) -> Record:
    code = line.get("ItemCode")
    if not code:
        raise refused("Item number is missing  [RDR1.ItemCode]")
    item = company.look_up("Items", code, "RDR1.ItemCode")
    if item.get("SalesItem", "tYES") != "tYES":
        raise refused(f"Item '{code}' is not a sales item  [RDR1.ItemCode]")
    if item.get("Frozen") == "tYES" or item.get("Valid") == "tNO":
        raise inactive(f"Item '{code}' is inactive  [RDR1.ItemCode]")
    return item


def _set_warehouse(company: Company, line: Record, item: Record) -> None:
    code = line.get("WarehouseCode") or item.get("DefaultWarehouse") or company.settings.default_warehouse
    warehouse = company.look_up("Warehouses", code, "RDR1.WhsCode")
    if warehouse.get("Inactive") == "tYES":
        raise inactive(f"Warehouse '{code}' is inactive  [RDR1.WhsCode]")
    line["WarehouseCode"] = code


def _set_quantities(line: Record, item: Record) -> None:
    """The stock is kept in inventory units; a sales unit may hold several of them."""
    units = ONE if line.get("UseBaseUnits") == "tYES" else item.get("SalesItemsPerUnit") or ONE
    if units != ONE:
        line["UnitsOfMeasurment"] = units
    line["InventoryQuantity"] = tidy(line["Quantity"] * units)
    is_open = line.get("LineStatus", "bost_Open") == "bost_Open"
    line["LineStatus"] = "bost_Open" if is_open else "bost_Close"
    line["RemainingOpenQuantity"] = line["Quantity"] if is_open else ZERO
    line["RemainingOpenInventoryQuantity"] = line["InventoryQuantity"] if is_open else ZERO


def _set_price(company: Company, partner: Record, item: Record, line: Record) -> None:
    """Settle whether the line is priced net or gross; without any price the partner's price list decides."""
    is_new = line.get("DocEntry") is None
    gross = line.pop(GROSS, is_new and _is_gross(line))
    if all(line.get(name) is None for name in PRICES):
        number = partner.get("PriceListNum", 1)
        listed: Record = next((row for row in item["ItemPrices"] if row["PriceList"] == number), {})
        gross = bool(listed) and company["PriceLists"][listed["PriceList"]].get("IsGrossPrice") == "tYES"
        line["PriceAfterVAT" if gross else "UnitPrice"] = listed.get("Price") or ZERO
    if gross:
        line[GROSS] = True


def complete_expenses(company: Company, rows: list[Record]) -> list[Record]:
    """The freights of a document, with everything but their tax."""
    return [
        _complete_expense(company, row if GROSS in row else prepare_freight(row), {"LineNum": number})
        for row, number in zip(rows, _line_numbers(rows), strict=True)
    ]


def _complete_expense(company: Company, row: Record, numbers: Record) -> Record:
    code = row.get("ExpenseCode")
    if code is None:
        raise refused("Freight code is missing  [RDR3.ExpnsCode]")
    master = company.look_up("AdditionalExpenses", code, "RDR3.ExpnsCode")
    tax = row.get("VatGroup") or row.get("TaxCode") or master.get("OutputVATGroup")
    if not tax:
        raise refused("Tax code is missing  [RDR3.VatGroup]")
    return {**row, **numbers, "VatGroup": tax, "TaxPercent": company.tax_rate(tax, "RDR3.VatGroup")}
