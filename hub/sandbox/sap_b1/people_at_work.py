"""What other users of the ERP do, for tests: they edit records, move stock, change prices, cancel orders.

Their edits stamp the record as any edit does. Movements of stock and changes of a price list do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any

from hub.sandbox.sap_b1.books import receive, stock_row
from hub.sandbox.sap_b1.company import Company, Settings, yes
from hub.sandbox.sap_b1.documents import approve_draft, cancel, change_document, close, reopen
from hub.sandbox.sap_b1.errors import bad_request
from hub.sandbox.sap_b1.items import change_item, create_item
from hub.sandbox.sap_b1.partners import change_partner, create_partner
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.values import read_number, tidy


def edit_item(company: Company, body: Record) -> Record:
    """Add the item, or change the one with that ItemCode: properties by their names."""
    old = company["Items"].get(body.get("ItemCode"))
    if old is None:
        return create_item(company, body)
    return change_item(company, old, body, replace_rows=False)


def edit_partner(company: Company, body: Record) -> Record:
    """Add the business partner, or change the one with that CardCode."""
    old = company["BusinessPartners"].get(body.get("CardCode"))
    if old is None:
        return create_partner(company, body)
    return change_partner(company, old, body, replace_rows=False)


def delete_item(company: Company, body: Record) -> Record:
    """Take an item out of the company."""
    company.look_up("Items", body["item"], "OITM.ItemCode")
    company["Items"].remove(body["item"])
    return {"deleted": body["item"]}


def delete_partner(company: Company, body: Record) -> Record:
    """Take a business partner out of the company."""
    company.look_up("BusinessPartners", body["partner"], "OCRD.CardCode")
    company["BusinessPartners"].remove(body["partner"])
    return {"deleted": body["partner"]}


def move_stock(company: Company, body: Record) -> Record:
    """{"item", "warehouse", "quantity"}: goods receipt (or issue, below zero); with "set" the level becomes that."""
    item = company.look_up("Items", body["item"], "OITM.ItemCode")
    warehouse = body.get("warehouse") or company.settings.default_warehouse
    row = stock_row(item, warehouse)
    now = row.get("InStock", Decimal(0))
    quantity = _number(body, "set") - now if "set" in body else _number(body, "quantity")
    receive(item, warehouse, quantity)
    return {
        "item": body["item"],
        "warehouse": warehouse,
        "in_stock": row["InStock"],
        "committed": row.get("Committed", 0),
    }


def change_price(company: Company, body: Record) -> Record:
    """{"item", "price", "price_list" (1)}: a new price in a price list; null takes it away."""
    item = company.look_up("Items", body["item"], "OITM.ItemCode")
    number = body.get("price_list", 1)
    row = next((row for row in item["ItemPrices"] if row["PriceList"] == number), None)
    if row is None:
        raise bad_request(f"there is no price list {number}")
    row["Price"] = None if body["price"] is None else _number(body, "price")
    row["Currency"] = body.get("currency") or company.settings.local_currency
    return {"item": body["item"], "price_list": number, "price": row["Price"]}


def edit_price_list(company: Company, body: Record) -> Record:
    """{"price_list", "gross"}: whether the prices of a list include tax. The prices themselves stay as they are."""
    record = company.look_up("PriceLists", body["price_list"], "OPLN.ListNum")
    company["PriceLists"].put({**record, "IsGrossPrice": yes(bool(body["gross"]))})
    return company["PriceLists"][body["price_list"]]


def add_item_group(company: Company, body: Record) -> Record:
    """{"name"}: another item group."""
    number = max(100, company.next_number("ItemGroups"))
    company["ItemGroups"].put({"Number": number, "GroupName": str(body["name"])})
    return company["ItemGroups"][number]


def add_manufacturer(company: Company, body: Record) -> Record:
    """{"name"}: another manufacturer."""
    number = max(1, company.next_number("Manufacturers"))
    company["Manufacturers"].put({"Code": number, "ManufacturerName": str(body["name"])})
    return company["Manufacturers"][number]


def edit_order(company: Company, body: Record) -> Record:
    """{"entry", "action": "cancel" | "close" | "reopen"} or {"entry", "set": {properties}}: what a clerk does."""
    old = company.look_up("Orders", body["entry"], "ORDR.DocEntry")
    if "set" in body:
        return change_document(company, "Orders", old, body["set"], replace_rows=False)
    actions: dict[str, Callable[[Company, Record], Record]] = {"cancel": cancel, "close": close, "reopen": reopen}
    if body.get("action") not in actions:
        raise bad_request(f"an order's action is one of {', '.join(actions)}")
    return actions[body["action"]](company, old)


def approve(company: Company, body: Record) -> Record:
    """{"entry"}: approve a waiting draft, which becomes an order."""
    return approve_draft(company, int(body["entry"]))


def change_settings(company: Company, body: Record) -> Record:
    """Any of the names of `Settings`; answers all of them."""
    known = {one.name: one for one in fields(Settings)}
    if unknown := body.keys() - known.keys():
        raise bad_request(f"there is no setting {sorted(unknown)[0]}; there are {', '.join(known)}")
    for name, value in body.items():
        wanted = type(getattr(company.settings, name))
        if type(value) is not wanted:
            raise bad_request(f"the setting {name} is a {wanted.__name__}")
        rates = name == "rates"
        setattr(company.settings, name, {code: Decimal(str(rate)) for code, rate in value.items()} if rates else value)
    if "lengths" in body:
        company.refresh_catalogue()
    return {name: getattr(company.settings, name) for name in known}


def _number(body: Record, name: str) -> Decimal:
    number = read_number(body.get(name))
    if number is None:
        raise bad_request(f"{name} must be a number")
    return tidy(number)


#: Address below /control/ -> what it does.
ERRANDS: dict[str, Callable[[Company, Any], Record]] = {
    "items": edit_item,
    "items/delete": delete_item,
    "business_partners": edit_partner,
    "business_partners/delete": delete_partner,
    "stock": move_stock,
    "prices": change_price,
    "price_lists": edit_price_list,
    "item_groups": add_item_group,
    "manufacturers": add_manufacturer,
    "orders": edit_order,
    "drafts/approve": approve,
    "settings": change_settings,
}
