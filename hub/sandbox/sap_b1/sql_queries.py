"""SQLQueries: stored statements and the lists they give, straight from the tables behind the entities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.errors import already_there, refused
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.sql_text import PARAMETER, Bound, Select, parse_select, sql_error
from hub.sandbox.sap_b1.writing import accepted

TYPE = "SQLQuery"
ZERO = Decimal("0.0")

understood = lru_cache(maxsize=64)(parse_select)


def create_query(company: Company, body: Any) -> Record:
    """Store a statement; raises ServiceError 701 to 703 where it is not allowed."""
    record = accepted(company.catalogue, TYPE, body)
    if not record.get("SqlCode") or not record.get("SqlText"):
        raise refused("SqlCode and SqlText are mandatory")
    if record["SqlCode"] in company["SQLQueries"]:
        raise already_there()
    return store_query(company, record)


def store_query(company: Company, record: Record) -> Record:
    """Check and store a new or a changed statement."""
    select = understood(record["SqlText"])
    date, _ = company.moment()
    record.setdefault("CreateDate", date)
    record |= {"UpdateDate": date, "ParamList": ",".join(sorted(select.parameters))}
    company["SQLQueries"].put(record)
    return record


def list_rows(company: Company, text: str, given: Mapping[str, Any]) -> Iterator[Record]:
    """The rows of a statement, by and by; raises ServiceError 704 where a parameter is missing."""
    select = understood(text)
    if missing := select.parameters - given.keys():
        raise sql_error(PARAMETER, f"Parameter '{sorted(missing)[0]}' has no value")
    bounds = _bound_rows(company, select, given)
    if select.order:
        ordered = list(bounds)
        for value, descending in reversed(select.order):
            ordered.sort(key=lambda bound: _sortable(value(bound, given)), reverse=descending)
        bounds = iter(ordered)
    return ({name: value(bound, given) for name, value in select.columns} for bound in bounds)


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value)


def _bound_rows(company: Company, select: Select, given: Mapping[str, Any]) -> Iterator[Bound]:
    (first, first_table), *others = select.tables.items()
    lookups: dict[str, dict[Any, list[Record]]] = {}
    for alias, table in others:
        column, _ = select.joins[alias]
        lookup: dict[Any, list[Record]] = {}
        for row in _rows(company, table):
            lookup.setdefault(row[column], []).append(row)
        lookups[alias] = lookup
    bounds: list[Bound] | Iterator[Bound] = ({first: row} for row in _rows(company, first_table))
    for alias, _ in others:
        bounds = _joined(bounds, alias, select, lookups[alias], given)
    return (bound for bound in bounds if select.where is None or select.where(bound, given))


def _joined(
    bounds: Any, alias: str, select: Select, lookup: dict[Any, list[Record]], given: Mapping[str, Any]
) -> Iterator[Bound]:
    _, value = select.joins[alias]
    return ({**bound, alias: row} for bound in bounds for row in lookup.get(value(bound, given), ()))


def _rows(company: Company, table: str) -> Iterator[Record]:
    if table == "OPLN":
        for record in company["PriceLists"]:
            gross = _letter(record, "IsGrossPrice", "tNO")
            yield {"ListNum": record["PriceListNo"], "ListName": record.get("PriceListName"), "IsGrossPrc": gross}
        return
    for item in company["Items"]:
        code = item["ItemCode"]
        if table == "OITM":
            yield _item_row(item)
        elif table == "OITW":
            for row in item["ItemWarehouseInfoCollection"]:
                yield {
                    "ItemCode": code,
                    "WhsCode": row["WarehouseCode"],
                    "OnHand": row.get("InStock", ZERO),
                    "IsCommited": row.get("Committed", ZERO),
                    "OnOrder": row.get("Ordered", ZERO),
                }
        else:
            for row in item["ItemPrices"]:
                own = {name: row.get(name) for name in ("PriceList", "Price", "Currency")}
                yield {"ItemCode": code, **own}


def _item_row(item: Record) -> Record:
    return {
        "ItemCode": item["ItemCode"],
        "ItemName": item.get("ItemName"),
        "ItmsGrpCod": item.get("ItemsGroupCode", 100),
        "CodeBars": item.get("BarCode"),
        "OnHand": item.get("QuantityOnStock", ZERO),
        "IsCommited": item.get("QuantityOrderedByCustomers", ZERO),
        "validFor": _letter(item, "Valid", "tYES"),
        "frozenFor": _letter(item, "Frozen", "tNO"),
        "InvntItem": _letter(item, "InventoryItem", "tYES"),
        "SellItem": _letter(item, "SalesItem", "tYES"),
    }


def _letter(record: Record, name: str, default: str) -> str:
    return "Y" if record.get(name, default) == "tYES" else "N"
