"""What was lost and what was doubled, told by the two platforms' own state alone. Pure.

Only records that the bench itself has put in are looked for: it knows that nothing stands in their way. They are told
by their e-mail address, their code or their note. Nothing of the hub's own tables is read here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

Row = Mapping[str, Any]
#: Asks one side for chosen fields of a collection: (collection, fields) -> rows.
Ask = Callable[[str, tuple[str, ...]], list[dict[str, Any]]]

#: What the bench's own records are told by.
EMAIL, CODE, NOTE = "@bench.example", "BENCH-", "bench"
#: Warehouse of the ERP -> code of the location in the shop.
PLACES = {"01": "L1", "02": "L2"}


#: A record: (object, its key on the source).
Key = tuple[str, str]


@dataclass(slots=True)
class Findings:
    """What is not as it should be, record by record, each with a word on it."""

    expected: set[Key] = field(default_factory=set)
    #: Not on the other side, or not as the source has it now.
    lost: dict[Key, str] = field(default_factory=dict)
    #: On the other side more than once.
    doubled: dict[Key, str] = field(default_factory=dict)

    def judge(self, record: Key, name: str, found: int, wrong: str = "") -> None:
        """Note one record: how often it was found, and what of it is not as the source has it."""
        self.expected.add(record)
        if found > 1:
            self.doubled[record] = f"{record[0]} {name}: {found} times"
        if not found or wrong:
            self.lost[record] = f"{record[0]} {name}: {wrong or 'not there'}"

    def words(self) -> list[str]:
        """All findings as a person reads them."""
        return [
            *(f"lost: {text}" for text in self.lost.values()),
            *(f"doubled: {text}" for text in self.doubled.values()),
        ]


def measure(shop: Ask, erp: Ask, unsettled: Collection[str] = ()) -> Findings:
    """Compare all that the bench has put into either side with what the other one holds.

    `unsettled`: orders that are said to have failed. The ERP may hold them all the same; as long as nobody knows, their
    units are rightly held back in the shop, too.
    """
    findings = Findings()
    documents = erp("orders", ("DocEntry", "U_HubRef", "DocTotal", "Cancelled"))
    orders = shop("orders", ("id", "name", "note", "cancelled_at", "current_total", "lines"))
    variants = shop("variants", ("id", "sku", "price", "barcode"))
    _customers(
        findings,
        shop("customers", ("id", "email", "note")),
        erp("business_partners", ("CardCode", "U_HubRef", "EmailAddress", "FreeText")),
    )
    _products(findings, erp("items", ("ItemCode", "BarCode", "ItemPrices")), variants)
    _orders(findings, orders, documents)
    posted = {row["U_HubRef"] for row in documents if row["U_HubRef"]} - set(unsettled)
    _levels(
        findings,
        erp("stock", ("item", "warehouse", "in_stock", "committed")),
        shop("inventory", ("sku", "location_code", "available", "committed")),
        _open_units(order for order in orders if order["id"] in posted),
    )
    return findings


# -- one object each --------------------------------------------------------------------------------------------------


def _customers(findings: Findings, customers: Iterable[Row], partners: list[dict[str, Any]]) -> None:
    by_reference, by_email = _grouped(partners, "U_HubRef"), _grouped(partners, "EmailAddress")
    for customer in customers:
        if not _text(customer["email"]).endswith(EMAIL):
            continue
        found = by_reference[customer["id"]]
        # A second partner of the same e-mail is a double, too, whatever it refers to.
        codes = {row["CardCode"] for row in (*found, *by_email[_text(customer["email"])])}
        there = found[0] if found else {}
        changed = found and _text(there["FreeText"]) != _text(customer["note"])
        wrong = f"note {there['FreeText']!r}, not {customer['note']!r}" if changed else ""
        times = len(codes) if found else 0
        findings.judge(("customer", customer["id"]), _text(customer["email"]), times, wrong)


def _products(findings: Findings, items: Iterable[Row], variants: list[dict[str, Any]]) -> None:
    by_code = _grouped(variants, "sku")
    for item in items:
        code = item["ItemCode"]
        if not code.startswith(CODE):
            continue
        found = by_code[code]
        wrong = ", ".join(_differences(item, found[0])) if found else ""
        findings.judge(("product", code), code, len(found), wrong)


def _differences(item: Row, variant: Row) -> Iterator[str]:
    price = next((row.get("Price") for row in item["ItemPrices"] if row["PriceList"] == 1), None)
    if price is not None and _number(price) != _number(variant["price"]):
        yield f"price {variant['price']}, not {price}"
    if _text(item["BarCode"]) != _text(variant["barcode"]):
        yield f"barcode {variant['barcode']!r}, not {item['BarCode']!r}"


def _orders(findings: Findings, orders: Iterable[Row], documents: list[dict[str, Any]]) -> None:
    by_reference = _grouped(documents, "U_HubRef")
    for order in orders:
        if order["note"] != NOTE:
            continue
        found = by_reference[order["id"]]
        standing = [row for row in found if row["Cancelled"] != "tYES"]
        if order["cancelled_at"]:
            # Cancelled before it was imported: no document is right, too.
            wrong = "cancelled in the shop only" if standing else ""
            if found or wrong:
                findings.judge(("order", order["id"]), order["name"], len(found), wrong)
            continue
        wrong = ""
        if found and not standing:
            wrong = "cancelled in the ERP only"
        elif found and _number(standing[0]["DocTotal"]) != _number(order["current_total"]):
            wrong = f"total {standing[0]['DocTotal']}, not {order['current_total']}"
        findings.judge(("order", order["id"]), order["name"], len(found), wrong)


def _levels(findings: Findings, stock: Iterable[Row], levels: Iterable[Row], posted: Mapping[Any, int]) -> None:
    """The formula of the stock: what the ERP has and has not promised, less what the shop holds for orders to come."""
    held = {(level["sku"], level["location_code"]): level for level in levels}
    for row in stock:
        code, place = row["item"], PLACES.get(row["warehouse"])
        if place is None or not code.startswith(CODE):
            continue
        level = held.get((code, place), {"available": 0, "committed": 0})
        pending = max(0, level["committed"] - posted.get((code, place), 0))
        free = int((_number(row["in_stock"]) - _number(row["committed"])).to_integral_value(ROUND_FLOOR))
        wanted = max(0, free - pending)
        key = f"{code}@{row['warehouse']}"
        wrong = "" if level["available"] == wanted else f"{level['available']} available, not {wanted}"
        findings.judge(("inventory", key), key, 1, wrong)


def _open_units(orders: Iterable[Row]) -> Counter[tuple[str, str]]:
    """Units of these orders that are still to be shipped, by code and location."""
    units: Counter[tuple[str, str]] = Counter()
    for order in orders:
        for line in order["lines"] if not order["cancelled_at"] else ():
            units[line["sku"], line["location"]] += line["unfulfilled_quantity"]
    return units


# -- small things -----------------------------------------------------------------------------------------------------


def _grouped(rows: Iterable[dict[str, Any]], name: str) -> defaultdict[str, list[dict[str, Any]]]:
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row[name]:
            groups[_text(row[name]).lower() if "mail" in name.lower() else row[name]].append(row)
    return groups


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _number(value: Any) -> Decimal:
    return Decimal(str(value or 0))
