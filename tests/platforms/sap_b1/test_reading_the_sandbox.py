"""Items, prices and stock, read from a running Service Layer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.platforms.endpoint import Mark, Page, Probe
from hub.platforms.sap_b1.order import OrderEndpoint
from objects.product import ProductSchema

CODES = {"MUG", "TEE-M", "GIFT25", "CABLE", "O'Brien's 5% @home", "BATCH", "KIT", "OLD", "NOPRICE"}


def entries(pages: list[Page]) -> dict[str, Any]:
    return {key: native for page in pages for key, native in page.entries}


def read_all(endpoint: Any, source: str = "items", mark: Mark | None = None) -> tuple[dict[str, Any], Mark | None]:
    """All entries of a source, and the mark after the last page."""
    found = next(one for one in endpoint.sources if one.name == source)
    pages = list(endpoint.changes(found, mark))
    return entries(pages), pages[-1].mark if pages else None


def test_all_items_are_read_and_only_what_is_mapped(erp: Any) -> None:
    found, mark = read_all(erp.endpoint("product"))
    assert set(found) == CODES
    mug = found["MUG"]
    assert erp.endpoint("product").key(mug) == erp.endpoint("product").label(mug) == "MUG"
    assert mug["ItemPrices"] == [{"PriceList": 1, "Price": Decimal("11.9"), "Currency": "EUR"}]
    assert mug["ItemsGroupName"] == "Drinkware"
    assert "ItemWarehouseInfoCollection" not in mug
    assert mark is not None
    for native in found.values():
        assert ProductSchema().load(erp.endpoint("product").to_canonical(native))["variants"]


def test_a_changed_item_is_found_again_and_the_mark_moves(erp: Any) -> None:
    endpoint = erp.endpoint("product")
    erp.control("POST", "items", {"ItemCode": "TEE-M", "ItemName": "T-shirt"})
    erp.clock.advance(3600)
    _, mark = read_all(endpoint)
    assert set(read_all(endpoint, mark=mark)[0]) == {"TEE-M"}  # Within the overlap, so it is read again.
    erp.control("POST", "items", {"ItemCode": "MUG", "ItemName": "Mug, green"})
    erp.clock.advance(3600)
    found, later = read_all(endpoint, mark=mark)
    assert {key: native["ItemName"] for key, native in found.items()} == {"TEE-M": "T-shirt", "MUG": "Mug, green"}
    assert later is not None
    assert mark is not None
    assert later["at"] > mark["at"]


def test_marks_are_the_erps_wall_clock(erp: Any) -> None:
    erp.control("POST", "items", {"ItemCode": "MUG", "ItemName": "Mug, green"})
    erp.clock.advance(3600)
    _, mark = read_all(erp.endpoint("product"))
    assert mark is not None
    assert mark["at"].startswith("2026-11-21T10:00")  # Nine o'clock in UTC, ten in Berlin.


def test_a_new_price_stamps_no_item_and_is_found_by_the_comparison(erp: Any) -> None:
    endpoint = erp.endpoint("product")
    erp.control("POST", "items", {"ItemCode": "TEE-M", "ItemName": "T-shirt"})
    erp.clock.advance(3600)
    _, mark = read_all(endpoint)
    erp.control("POST", "prices", {"item": "MUG", "price": 12.5})
    assert "MUG" not in read_all(endpoint, mark=mark)[0]
    found, moved = read_all(endpoint, "prices")
    assert found["MUG"]["ItemPrices"][0]["Price"] == Decimal("12.5")
    assert moved is None


def test_the_price_is_that_of_the_chosen_list(erp: Any) -> None:
    found, _ = read_all(erp.endpoint("product", price_list=2))
    assert found["MUG"]["ItemPrices"][0]["Price"] == Decimal("9.52")


@pytest.mark.parametrize("form", ["rooted", "relative", "absolute"])
@pytest.mark.parametrize("options", [True, False], ids=["with options", "bare"])
def test_long_answers_are_read_to_the_end_in_every_form_of_link(erp: Any, form: str, options: bool) -> None:
    erp.control("PUT", "settings", {"next_link": form, "next_link_options": options})
    for number in range(120):
        erp.control("POST", "items", {"ItemCode": f"X{number:04}", "ItemName": "x", "ItemsGroupCode": 100})
    endpoint = erp.endpoint("product", page_size=50)
    found, _ = read_all(endpoint)
    wanted = {f"X{number:04}" for number in range(120)}
    assert wanted <= set(found)
    names = {"$select": "ItemCode", "$filter": "ItemsGroupCode eq 100", "$orderby": "ItemCode"}
    rows = erp.connection.company.layer.rows("Items", names, size=50)
    assert sorted(row["ItemCode"] for row in rows) == sorted(wanted)


def test_items_are_read_by_their_exact_codes(erp: Any) -> None:
    codes = ["MUG", "O'Brien's 5% @home", "mug", "NOPE"]
    assert set(erp.endpoint("product").read(codes)) == {"MUG", "O'Brien's 5% @home"}


def test_order_lines_find_their_items_by_code(erp: Any) -> None:
    probes = [Probe("1", {"code": "MUG"}), Probe("2", {"code": "mug"}), Probe("3", {"code": "NOPE"}), Probe("4", {})]
    found = erp.endpoint("product").find(probes)
    assert {key: [row["ItemCode"] for row in rows] for key, rows in found.items()} == {"1": ["MUG"]}
    found = erp.endpoint("product", erp_ignores_case=True).find(probes)
    assert {key: [row["ItemCode"] for row in rows] for key, rows in found.items()} == {"1": ["MUG"], "2": ["MUG"]}


def test_stock_is_read_for_every_item_and_mapped_warehouse(erp: Any) -> None:
    found, _ = read_all(erp.endpoint("inventory"), "stock")
    assert set(found) == {f"{code}@{warehouse}" for code in CODES for warehouse in ("01", "02")}
    assert (found["MUG@01"]["InStock"], found["MUG@02"]["InStock"]) == (100, 40)
    assert found["CABLE@01"]["InStock"] == Decimal("7.5")
    assert found["TEE-M@02"]["InStock"] == 0


def test_a_movement_is_in_the_next_reading(erp: Any) -> None:
    endpoint = erp.endpoint("inventory")
    erp.control("POST", "stock", {"item": "MUG", "warehouse": "01", "quantity": 20})
    key = "O'Brien's 5% @home@01"
    found = endpoint.read(["MUG@01", key, "NOPE@01", "MUG@77"])
    assert {name: native["InStock"] for name, native in found.items()} == {"MUG@01": 120, key: 1}


def test_without_a_location_map_there_is_no_stock_to_read(erp: Any) -> None:
    assert read_all(erp.endpoint("inventory", locations={}), "stock")[0] == {}


def test_the_company_tells_what_the_pre_checks_compare(erp: Any) -> None:
    facts = erp.connection.facts()
    assert (facts["zone"], facts["currency"]) == ("Europe/Berlin", "EUR")
    assert (facts["total_decimals"], facts["price_decimals"]) == (2, 6)
    assert facts["price_lists"][1] == {"name": "Sales prices", "gross": True, "currency": "EUR", "active": True}
    assert facts["warehouses"]["01"] == {"name": "Main", "active": True, "branch": None}
    assert facts["tax_codes"]["A2"]["rate"] == Decimal("0.19")
    assert (facts["tax_codes"]["A0"]["rate"], facts["tax_codes"]["A0"]["active"]) == (Decimal(0), True)
    assert facts["freights"] == {1: "Shipping", 2: "Tax", 3: "Rounding", 4: "Tip"}
    assert facts["credit_cards"] == {1: "Card", 2: "Gift card"}
    assert facts["branches"] == {}
    assert "ORDR.HubRef" in facts["fields"]
    assert facts["missing_fields"] == []
    assert facts["series"] == {71: "Customers", 72: "Web"}
    assert facts["customer_groups"] == {100: "Customers", 102: "Web customers"}
    assert facts["payment_terms"][1] == "Net 30"
    assert facts["rate_missing"] == []


def test_a_company_that_is_not_set_up_names_the_fields_it_lacks(bare_erp: Any) -> None:
    facts = bare_erp.connection.facts()
    assert facts["fields"] == []
    assert "RDR1.HubLine" in facts["missing_fields"]


def test_a_new_item_group_is_known_at_once(erp: Any) -> None:
    endpoint = erp.endpoint("product")
    assert endpoint.read(["MUG"])["MUG"]["ItemsGroupName"] == "Drinkware"
    before = erp.counts()["GET ItemGroups"]
    endpoint.read(["MUG", "TEE-M"])
    assert erp.counts()["GET ItemGroups"] == before


def test_maps_are_filled_from_the_company(erp: Any) -> None:
    values = {"location": ["01", "02"], "tax": ["A0", "A2"], "payment": ["card:1", "card:2"], "colour": []}
    for name, expected in values.items():
        assert [choice.value for choice in erp.connection.choices(name)] == expected
    freights = [(choice.value, choice.label) for choice in erp.connection.choices("freight")]
    assert freights == [("1", "Shipping"), ("2", "Tax"), ("3", "Rounding"), ("4", "Tip")]


def test_branches_are_listed_where_they_are_switched_on(erp: Any) -> None:
    erp.control("PUT", "settings", {"branches": True})
    assert erp.connection.facts()["branches"] == {1: "Main"}


def test_there_are_four_objects(erp: Any) -> None:
    assert isinstance(erp.endpoint("order"), OrderEndpoint)
    with pytest.raises(KeyError):
        erp.endpoint("invoice")
