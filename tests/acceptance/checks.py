"""What must hold after every scenario, from what shop and ERP say of themselves; our own tables are not asked."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from tests.acceptance.company import PAIRS
from tests.acceptance.stage import ROUTES, Stage

Row = dict[str, Any]


def all_hold(stage: Stage) -> None:
    """Books, documents and stock as they are; then one more run of all routes, which has nothing to write."""
    _hold(stage)
    before = stage.writes()
    for name in ROUTES:
        stage.run(name, "full")
    assert stage.writes() - before == Counter()
    _hold(stage)


def _hold(stage: Stage) -> None:
    orders, documents = stage.shop.ask("state/orders"), stage.erp.documents()
    levels, stock = stage.shop.ask("state/inventory"), stage.erp.ask("state/stock")
    one_document_per_order(orders, documents)
    documents_come_to_what_the_orders_did(documents, stage.imported_at)
    shop_keeps_its_books(levels, orders)
    counted = {item["ItemCode"] for item in stage.erp.ask("state/items") if item["InventoryItem"] == "tYES"}
    erp_keeps_its_books([row for row in stock if row["item"] in counted], stage.erp.ask("state/orders"))
    levels_follow_the_formula(levels, stock, open_units(orders, documents), stage.settings.get("stock_buffer", 0))


def one_document_per_order(orders: list[Row], documents: list[Row]) -> None:
    """No order became two documents, and no document came from nowhere."""
    references = Counter(document["U_HubRef"] for document in documents)
    assert set(references.values()) <= {1}, references
    assert set(references) <= {order["id"] for order in orders}


def documents_come_to_what_the_orders_did(documents: list[Row], imported_at: dict[str, Decimal]) -> None:
    """E1 with the order alone: the document keeps the total that the order had when it was imported."""
    assert {document["U_HubRef"]: document["DocTotal"] for document in documents} == imported_at


def shop_keeps_its_books(levels: list[Row], orders: list[Row]) -> None:
    """on_hand = available + committed + unavailable, and what is committed is what open orders hold."""
    unavailable = ("reserved", "damaged", "quality_control", "safety_stock")
    held = _held(orders)
    for level in levels:
        if level["tracked"]:
            parts = level["available"] + level["committed"] + sum(level[name] for name in unavailable)
            assert level["on_hand"] == parts, level
            assert level["committed"] == held[level["sku"], level["location_code"]], level


def erp_keeps_its_books(stock: list[Row], documents: list[Row]) -> None:
    """Committed is what open Sales Orders hold. `stock` are the rows of items that are counted."""
    held: Counter[tuple[str, str]] = Counter()
    for document in documents:
        for line in document["DocumentLines"]:
            held[line["ItemCode"], line["WarehouseCode"]] += line["RemainingOpenQuantity"]
    for row in stock:
        assert row["committed"] == held[row["item"], row["warehouse"]], row


def open_units(orders: list[Row], documents: list[Row]) -> Counter[tuple[str, str]]:
    """Units still open in the shop that the ERP knows of, by SKU and location: what its documents have no line for,
    and what was on a document that is cancelled, it would sell again.
    """
    posted: Counter[str] = Counter()
    for document in documents:
        if document.get("Cancelled") != "tYES":
            for row in document["DocumentLines"]:
                posted[row["U_HubLine"]] += int(row["Quantity"])
    return _held(orders, posted)


def levels_follow_the_formula(
    levels: list[Row], stock: list[Row], imported: Counter[tuple[str, str]], buffer: int
) -> None:
    """available = max(0, floor(InStock - Committed) - pending - buffer) for every mapped pair of a counted item."""
    shop = {(level["sku"], level["location_code"]): level for level in levels if level["tracked"]}
    expected = {}
    for row in stock:
        place = row["item"], PAIRS[row["warehouse"]]
        if place in shop:
            whole = int(Decimal(row["in_stock"] - row["committed"]).to_integral_value(ROUND_FLOOR))
            pending = max(0, shop[place]["committed"] - imported[place])
            expected[place] = max(0, whole - pending - buffer)
    assert expected
    assert {place: level["available"] for place, level in shop.items()} == expected


def _held(orders: list[Row], at_most: Counter[str] | None = None) -> Counter[tuple[str, str]]:
    held: Counter[tuple[str, str]] = Counter()
    for order in orders:
        for line in order["lines"]:
            units = line["unfulfilled_quantity"]
            held[line["sku"], line["location"]] += units if at_most is None else min(units, at_most[line["id"]])
    return held
