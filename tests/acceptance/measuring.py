"""What was lost and what was doubled, told by shop and ERP alone, and not by our references."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tests.acceptance.checks import erp_keeps_its_books, levels_follow_the_formula, open_units, shop_keeps_its_books
from tests.acceptance.stage import Stage


@dataclass(frozen=True)
class Findings:
    """What one side has and the other does not, and what the other one has more than once."""

    lost: frozenset[str]
    doubled: frozenset[str]

    @property
    def none(self) -> bool:
        return not self.lost and not self.doubled


def measured(stage: Stage) -> Findings:
    """Look at orders, their customers and items."""
    orders = stage.shop.ask("state/orders")
    items = [row["ItemCode"] for row in stage.erp.ask("state/items")]
    documents = Counter(row.get("NumAtCard") for row in stage.erp.ask("state/orders"))
    partners = Counter(row.get("EmailAddress") for row in stage.erp.ask("state/business_partners"))
    variants = Counter(row["sku"] for row in stage.shop.ask("state/variants"))
    buyers = {row["email"] for row in stage.shop.ask("state/customers")}
    there = {
        **{order["name"]: documents[order["name"]] for order in orders},
        **{email: partners[email] for email in buyers},
        **{code: variants[code] for code in items if code},
    }
    return Findings(
        frozenset(name for name, times in there.items() if not times),
        frozenset(name for name, times in there.items() if times > 1),
    )


def stock_is_right(stage: Stage) -> None:
    """Both sides keep their books, and the shop's levels follow the formula."""
    orders, documents = stage.shop.ask("state/orders"), stage.erp.documents()
    levels, stock = stage.shop.ask("state/inventory"), stage.erp.ask("state/stock")
    counted = {item["ItemCode"] for item in stage.erp.ask("state/items") if item.get("InventoryItem") != "tNO"}
    shop_keeps_its_books(levels, orders)
    erp_keeps_its_books([row for row in stock if row["item"] in counted], stage.erp.ask("state/orders"))
    levels_follow_the_formula(levels, stock, open_units(orders, documents), 0)
