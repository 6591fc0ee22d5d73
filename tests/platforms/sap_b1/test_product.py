"""Items as products, and stock by warehouse: what the ERP's fields mean."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hub.platforms.platform import Wiring
from hub.platforms.sap_b1.inventory import level_key, split_key
from hub.platforms.sap_b1.item import active, kind, tracked
from hub.platforms.sap_b1.platform import SapB1, SapB1Connection
from hub.platforms.sap_b1.wire import etag
from objects.base import Mapped, Ref
from objects.inventory import InventorySchema
from objects.product import ProductSchema


@pytest.fixture
def connection() -> SapB1Connection:
    """A connection that talks to nobody: translating needs no ERP."""
    settings = {"base_url": "https://erp.example:50000", "company": "C", "user": "u", "password": "p"}
    return SapB1().connect("erp", SapB1.settings_schema().load(settings), Wiring())


def item(**changes: Any) -> dict[str, Any]:
    """A native item as the product endpoint hands it out."""
    return {
        "ItemCode": "MUG",
        "ItemName": "Mug, blue",
        "ItemsGroupCode": 101,
        "ItemsGroupName": "Drinkware",
        "BarCode": "4006381333931",
        "Valid": "tYES",
        "Frozen": "tNO",
        "SalesItem": "tYES",
        "InventoryItem": "tYES",
        "TreeType": "iNotATree",
        "ManageBatchNumbers": "tNO",
        "ManageSerialNumbers": "tNO",
        "SalesUnitWeight": Decimal("350"),
        "SalesWeightUnit": 2,
        "KilogramsPerWeightUnit": Decimal("0.001"),
        "ItemPrices": [{"PriceList": 1, "Price": Decimal("11.90"), "Currency": "EUR"}],
        **changes,
    }


def test_an_item_is_a_product_of_one_variant(connection: SapB1Connection) -> None:
    record = ProductSchema().load(connection.endpoint("product", {}).to_canonical(item()))
    assert record["title"] == "Mug, blue"
    assert record["product_type"] == "Drinkware"
    assert record["active"] is True
    (variant,) = record["variants"]
    assert variant["code"] == "MUG"
    assert variant["barcode"] == "4006381333931"
    assert (variant["price"], variant["currency"]) == (Decimal("11.90"), "EUR")
    assert variant["weight"] == Decimal("0.35")
    assert (variant["tracked"], variant["kind"]) == (True, "plain")


@pytest.mark.parametrize(
    ("changes", "price"),
    [
        ({"ItemPrices": []}, None),
        ({"ItemPrices": [{"PriceList": 1, "Price": None, "Currency": "EUR"}]}, None),
        ({"ItemPrices": [{"PriceList": 1, "Price": 0, "Currency": "EUR"}]}, Decimal(0)),
    ],
)
def test_no_price_and_a_price_of_zero_are_two_things(
    connection: SapB1Connection, changes: dict[str, Any], price: Decimal | None
) -> None:
    record = connection.endpoint("product", {}).to_canonical(item(**changes))
    assert record["variants"][0]["price"] == price


@pytest.mark.parametrize(
    ("changes", "weight"),
    [
        ({"SalesUnitWeight": 0}, None),
        ({"SalesUnitWeight": Decimal("0.35"), "SalesWeightUnit": None, "KilogramsPerWeightUnit": Decimal(1)}, "0.35"),
        ({"KilogramsPerWeightUnit": None}, None),
    ],
    ids=["none", "kilograms", "an unknown unit"],
)
def test_weights_are_kilograms(connection: SapB1Connection, changes: dict[str, Any], weight: str | None) -> None:
    record = connection.endpoint("product", {}).to_canonical(item(**changes))
    assert record["variants"][0]["weight"] == (None if weight is None else Decimal(weight))


def test_a_nameless_item_is_called_by_its_code(connection: SapB1Connection) -> None:
    assert connection.endpoint("product", {}).to_canonical(item(ItemName=None))["title"] == "MUG"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"TreeType": "iSalesTree"}, "kit"),
        ({"TreeType": "iAssemblyTree"}, "kit"),
        ({"TreeType": "iTemplateTree"}, "kit"),
        ({"TreeType": "iProductionTree"}, "plain"),
        ({"TreeType": "iIngredient"}, "plain"),
        ({"ManageBatchNumbers": "tYES"}, "batch"),
        ({"ManageSerialNumbers": "tYES"}, "serial"),
    ],
)
def test_kinds_of_items(changes: dict[str, str], expected: str) -> None:
    assert kind(item(**changes)) == expected


@pytest.mark.parametrize("changes", [{"Valid": "tNO"}, {"Frozen": "tYES"}, {"SalesItem": "tNO"}])
def test_an_item_that_may_not_be_sold_is_inactive(changes: dict[str, str]) -> None:
    assert active(item())
    assert not active(item(**changes))


def test_a_non_inventory_item_is_not_tracked() -> None:
    assert tracked(item())
    assert not tracked(item(InventoryItem="tNO"))


def test_prices_are_compared_in_full_at_a_pace_of_their_own(connection: SapB1Connection) -> None:
    items, prices = connection.endpoint("product", {"price_compare_minutes": 30}).sources
    assert (items.name, items.kind) == ("items", "time")
    assert (prices.name, prices.kind, prices.every) == ("prices", "full", timedelta(minutes=30))


@pytest.mark.parametrize("code", ["MUG", "A@B", "50%", "@"])
@pytest.mark.parametrize("warehouse", ["01", "W@1", "5%40", "@", "%"])
def test_every_level_has_its_own_key(code: str, warehouse: str) -> None:
    assert split_key(level_key(code, warehouse)) == (code, warehouse)
    assert level_key(code, warehouse) not in {level_key(code + "@", warehouse), level_key(code, "@" + warehouse)}


def test_a_plain_key_reads_as_people_expect() -> None:
    assert level_key("MUG", "01") == "MUG@01"


def test_a_level_is_one_item_in_one_warehouse(connection: SapB1Connection) -> None:
    native = {
        **item(),
        "SalesItemsPerUnit": 6,
        "WarehouseCode": "01",
        "InStock": Decimal("100.5"),
        "Committed": 10,
    }
    record = InventorySchema().load(connection.endpoint("inventory", {}).to_canonical(native))
    assert record["variant"] == Ref("variant", "MUG", code="MUG", absent="skip")
    assert record["location"] == Mapped("location", "01")
    assert (record["in_stock"], record["committed"], record["units"]) == (Decimal("100.5"), 10, 6)


def test_an_item_without_a_sales_unit_is_sold_one_by_one(connection: SapB1Connection) -> None:
    native = {**item(), "SalesItemsPerUnit": 0, "WarehouseCode": "01", "InStock": 1, "Committed": 0}
    assert connection.endpoint("inventory", {}).to_canonical(native)["units"] == 1


@pytest.mark.parametrize("name", ["@odata.etag", "odata.etag"])
def test_the_version_tag_is_found_in_both_versions(name: str) -> None:
    assert etag({name: 'W/"1"'}) == 'W/"1"'
    assert etag({}) == ""


def test_a_group_that_the_map_has_is_called_by_its_first_product_type(connection: SapB1Connection) -> None:
    settings = {"item_groups": {"Cups": 101, "Mugs": 101, "Hats": 102}}
    endpoint = connection.endpoint("product", settings)
    kinds = [endpoint.to_canonical(item(ItemsGroupCode=number))["product_type"] for number in (101, 102, 103)]
    assert kinds == ["Cups", "Hats", "Drinkware"]
