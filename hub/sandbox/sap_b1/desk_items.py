"""Items on the ERP's edit pages, with prices per list and stock per warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from hub.sandbox.desk.desk import Card, Row
from hub.sandbox.desk.forms import Call, Field, Form, Typed
from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.schema import Record

YES_NO = (("tYES", "yes"), ("tNO", "no"))


def short(number: Decimal | int) -> str:
    """A number without zeros that say nothing."""
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Items:
    """The kind."""

    name = "items"
    also = ("item", "products", "product", "inventory", "variants", "variant")
    title = "Items"
    one = "item"
    columns = ("Code", "Name", "Group", "Price", "In stock", "Active")

    def __init__(self, company: Company) -> None:
        self._company = company

    def __len__(self) -> int:
        return len(self._company["Items"])

    def rows(self) -> Iterator[Row]:
        """By code."""
        groups = {row["Number"]: row["GroupName"] for row in self._company["ItemGroups"]}
        for item in self._company["Items"]:
            price = item["ItemPrices"][0].get("Price") if item["ItemPrices"] else None
            stock = sum((row.get("InStock", Decimal(0)) for row in item["ItemWarehouseInfoCollection"]), Decimal(0))
            cells = (
                item["ItemCode"],
                item.get("ItemName"),
                groups.get(item.get("ItemsGroupCode", 100)),
                "" if price is None else f"{price:,.2f}",
                short(stock),
                "yes" if item.get("Valid", "tYES") == "tYES" else "no",
            )
            yield Row(item["ItemCode"], cells)

    def card(self, ident: str) -> Card | None:
        """By its code."""
        item = self._company["Items"].get(ident)
        if item is None:
            return None
        changed = f"{item.get('UpdateDate', '')} {item.get('UpdateTime', '')}".strip()
        delete = Form("delete", "", "Delete this item", lambda typed: [("items/delete", {"item": ident})], grave=True)
        forms = (self._edit(item), self._prices(item), self._stock(item), delete)
        return Card(ident, f"{ident} {item.get('ItemName') or ''}".strip(), (("Changed", changed),), forms=forms)

    def _groups(self) -> tuple[tuple[str, str], ...]:
        return tuple((str(row["Number"]), str(row["GroupName"])) for row in self._company["ItemGroups"])

    def _edit(self, item: Record) -> Form:
        own = [name for name in self._company.catalogue.of("Item") if name.startswith("U_")]
        codes = tuple((row["Code"], f"{row['Code']} {row['Name']}") for row in self._company["VatGroups"])

        def calls(typed: Typed) -> Iterable[Call]:
            # An emptied field is empty, not a text without signs.
            fields = {name: value or None for name, value in typed.items()}
            return [("items", {"ItemCode": item["ItemCode"], **fields})] if fields else []

        fields = (
            Field("ItemName", "Name", item.get("ItemName") or ""),
            Field("ItemsGroupCode", "Group", str(item.get("ItemsGroupCode", 100)), "choice", self._groups()),
            Field("BarCode", "Barcode", item.get("BarCode") or ""),
            Field("SalesUnitWeight", "Weight", short(item.get("SalesUnitWeight") or 0), "number"),
            Field("SalesVATGroup", "Tax code", item.get("SalesVATGroup") or "", "choice", (("", "none"), *codes)),
            Field("Valid", "Active", item.get("Valid", "tYES"), "choice", YES_NO),
            Field("Frozen", "Frozen", item.get("Frozen", "tNO"), "choice", YES_NO),
            *(Field(name, name, str(item.get(name) or ""), hint="user field") for name in own),
            Field("User_Text", "Remarks", item.get("User_Text") or "", "area"),
        )
        return Form("save", "Item", "Save", calls, fields, changes_only=True)

    def _prices(self, item: Record) -> Form:
        names = {row["PriceListNo"]: row["PriceListName"] for row in self._company["PriceLists"]}

        def calls(typed: Typed) -> Iterable[Call]:
            code = item["ItemCode"]
            return [
                ("prices", {"item": code, "price_list": int(number), "price": value or None})
                for number, value in typed.items()
            ]

        fields = tuple(
            Field(
                str(row["PriceList"]),
                f"{names[row['PriceList']]} ({row.get('Currency') or self._company.settings.local_currency})",
                "" if row.get("Price") is None else short(row["Price"]),
                "number",
            )
            for row in item["ItemPrices"]
        )
        return Form("prices", "Prices", "Save", calls, fields, changes_only=True)

    def _stock(self, item: Record) -> Form:
        names = {row["WarehouseCode"]: row["WarehouseName"] for row in self._company["Warehouses"]}

        def calls(typed: Typed) -> Iterable[Call]:
            code = item["ItemCode"]
            return [
                ("stock", {"item": code, "warehouse": place, "set": value or "0"}) for place, value in typed.items()
            ]

        fields = tuple(
            Field(
                row["WarehouseCode"],
                f"In {row['WarehouseCode']} {names.get(row['WarehouseCode'], '')}".strip(),
                short(row.get("InStock", 0)),
                "number",
                hint=f"{short(row['Committed'])} held by open orders" if row.get("Committed") else "",
            )
            for row in item["ItemWarehouseInfoCollection"]
        )
        return Form("stock", "Stock", "Save", calls, fields, changes_only=True)

    def new(self) -> Form:
        """An item with a price in the first list and stock in the default warehouse."""
        taxed = [row["Code"] for row in self._company["VatGroups"]]
        fields = (
            Field("ItemCode", "Code", required=True, hint="the SKU in the shop"),
            Field("ItemName", "Name", required=True),
            Field("ItemsGroupCode", "Group", "100", "choice", self._groups()),
            Field("price", "Price", kind="number"),
            Field("stock", f"In stock ({self._company.settings.default_warehouse})", kind="number"),
            Field("BarCode", "Barcode"),
            Field("SalesUnitWeight", "Weight", kind="number"),
            Field("SalesVATGroup", "Tax code", taxed[0] if taxed else "", "choice", tuple((one, one) for one in taxed)),
        )
        return Form("new", "", "Create", self._create, fields)

    def _create(self, typed: Typed) -> Iterable[Call]:
        code = typed["ItemCode"]
        if code in self._company["Items"]:
            raise ValueError(f"there is an item {code} already")
        given = {name: value for name, value in typed.items() if value and name not in ("price", "stock")}
        calls: list[Call] = []
        if typed["price"]:
            calls.append(("prices", {"item": code, "price": typed["price"]}))
        if typed["stock"]:
            calls.append(("stock", {"item": code, "set": typed["stock"]}))
        return [("items", given), *calls]

    def made(self, answer: Any) -> str:
        """The item's code; the last call answers it as `item`."""
        return str(answer.get("ItemCode") or answer["item"])
