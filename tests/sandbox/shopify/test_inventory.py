"""Writing quantities by the rules of 2026-04, and the stock book under any sequence of operations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.sandbox.shopify.records import InventoryItem
from hub.sandbox.shopify.stock import StockBook, StockBookError, check
from hub.sandbox.shopify.store import ShopFacts, Store
from tests.sandbox.shopify.client import Shop
from tests.sandbox.shopify.documents import ACTIVATE, SET_QUANTITIES


def row(shop: Shop, quantity: int, before: int | None, *, sku: str = "MUG", place: str = "L1") -> dict[str, Any]:
    return {
        "inventoryItemId": shop.variant(sku)["inventory_item"],
        "locationId": shop.location(place),
        "quantity": quantity,
        "changeFromQuantity": before,
    }


def order(*rows: dict[str, Any], name: str = "available", reason: str = "correction", **more: Any) -> dict[str, Any]:
    return {"name": name, "reason": reason, "quantities": list(rows), **more}


def put(shop: Shop, input_: dict[str, Any], key: str = "k") -> dict[str, Any]:
    payload: dict[str, Any] = shop.data(SET_QUANTITIES, input=input_, key=key)["inventorySetQuantities"]
    return payload


def test_setting_available_changes_on_hand_by_as_much(shop: Shop) -> None:
    shop.control("orders", lines=[{"sku": "MUG", "quantity": 5}])
    payload = put(shop, order(row(shop, 105, 85), referenceDocumentUri="hub://run/1"))
    assert payload["userErrors"] == []
    group = payload["inventoryAdjustmentGroup"]
    assert [(one["name"], one["delta"], one["quantityAfterChange"]) for one in group["changes"]] == [
        ("available", 20, None),
        ("on_hand", 20, None),
    ]
    assert group["referenceDocumentUri"] == "hub://run/1"
    assert shop.levels()["MUG L1"] == "105/5/110"


def test_setting_on_hand_leaves_the_committed_units_out_of_available(shop: Shop) -> None:
    shop.control("orders", lines=[{"sku": "MUG", "quantity": 5}])
    put(shop, order(row(shop, 100, 90), name="on_hand"))
    assert shop.levels()["MUG L1"] == "95/5/100"


def test_a_stale_comparison_changes_nothing_in_any_row(shop: Shop) -> None:
    payload = put(shop, order(row(shop, 1, 90), row(shop, 1, 39, place="L2")))
    assert payload["inventoryAdjustmentGroup"] is None
    [error] = payload["userErrors"]
    assert (error["field"], error["code"]) == (
        ["input", "quantities", "1", "changeFromQuantity"],
        "CHANGE_FROM_QUANTITY_STALE",
    )
    assert shop.levels()["MUG L1"] == "90/0/90"


def test_null_skips_the_comparison(shop: Shop) -> None:
    assert put(shop, order(row(shop, 7, None)))["userErrors"] == []
    assert shop.levels()["MUG L1"] == "7/0/7"


def test_a_row_without_comparison_is_an_error_above_the_payload(shop: Shop) -> None:
    bare = {key: value for key, value in row(shop, 1, None).items() if key != "changeFromQuantity"}
    envelope = shop.answer(SET_QUANTITIES, input=order(bare), key="k")
    [error] = envelope["errors"]
    assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    assert error["message"] == "InventoryQuantityInput must include the following argument: changeFromQuantity."
    assert envelope["data"] == {"inventorySetQuantities": None}


def test_a_call_without_a_key_is_a_bad_request(shop: Shop) -> None:
    text = SET_QUANTITIES.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
    [error] = shop.answer(text, input=order(row(shop, 1, 90)))["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["message"] == "The @idempotent directive is required for this mutation but was not provided."


def test_the_same_key_and_arguments_give_the_first_answer_and_do_nothing(shop: Shop) -> None:
    first = put(shop, order(row(shop, 50, 90)), "once")
    shop.control("stock", sku="MUG", location="L1", available=10)
    assert put(shop, order(row(shop, 50, 90)), "once") == first
    assert shop.levels()["MUG L1"] == "10/0/10"


def test_the_same_key_with_other_arguments_is_refused(shop: Shop) -> None:
    put(shop, order(row(shop, 50, 90)), "once")
    payload = put(shop, order(row(shop, 60, 50)), "once")
    assert payload["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    assert shop.levels()["MUG L1"] == "50/0/50"


def test_unknown_things_are_named(shop: Shop) -> None:
    good = row(shop, 1, None)
    for key, value, code in (
        ("inventoryItemId", "gid://shopify/InventoryItem/42", "INVALID_INVENTORY_ITEM"),
        ("locationId", "gid://shopify/Location/42", "INVALID_LOCATION"),
    ):
        [error] = put(shop, order({**good, key: value}), key=code)["userErrors"]
        assert (error["field"], error["code"]) == (["input", "quantities", "0", key], code)


@pytest.mark.parametrize(
    ("quantity", "name", "code"),
    [
        (1_000_000_001, "available", "INVALID_QUANTITY_TOO_HIGH"),
        (-1_000_000_001, "available", "INVALID_QUANTITY_TOO_LOW"),
        (-5, "on_hand", "INVALID_QUANTITY_NEGATIVE"),
    ],
)
def test_quantities_have_bounds(shop: Shop, quantity: int, name: str, code: str) -> None:
    assert put(shop, order(row(shop, quantity, None), name=name))["userErrors"][0]["code"] == code


def test_names_reasons_and_doubles_are_checked(shop: Shop) -> None:
    one = row(shop, 1, None)
    assert put(shop, order(one, name="damaged"), "a")["userErrors"][0]["code"] == "INVALID_NAME"
    assert put(shop, order(one, reason="whim"), "b")["userErrors"][0]["code"] == "INVALID_REASON"
    codes = [error["code"] for error in put(shop, order(one, one), "c")["userErrors"]]
    assert codes == ["NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"] * 2


def test_an_item_must_be_stocked_there_and_tracked(shop: Shop) -> None:
    [error] = put(shop, order(row(shop, 1, None, sku="TEE-M", place="L2")), "a")["userErrors"]
    assert error["code"] == "ITEM_NOT_STOCKED_AT_LOCATION"
    [error] = put(shop, order(row(shop, 1, None, sku="GIFT25")), "b")["userErrors"]
    assert error["code"] == "NON_MUTABLE_INVENTORY_ITEM"


def test_more_than_250_rows_are_too_many(shop: Shop) -> None:
    rows = [row(shop, 1, None)] * 251
    [error] = shop.answer(SET_QUANTITIES, input=order(*rows), key="k")["errors"]
    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert "251" in error["message"]


def test_the_fields_of_before_2026_04_are_unknown(shop: Shop) -> None:
    given_ = order(row(shop, 1, None), ignoreCompareQuantity=True)
    [error] = shop.answer(SET_QUANTITIES, input=given_, key="k")["errors"]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert error["extensions"]["problems"] == [
        {"path": ["ignoreCompareQuantity"], "explanation": "Field is not defined on InventorySetQuantitiesInput"}
    ]


class TestActivation:
    def activate(self, shop: Shop, key: str = "k", **more: Any) -> dict[str, Any]:
        item = shop.variant("TEE-M")["inventory_item"]
        payload: dict[str, Any] = shop.data(ACTIVATE, item=item, loc=shop.location("L2"), key=key, **more)[
            "inventoryActivate"
        ]
        return payload

    def test_a_level_is_made_with_its_quantity(self, shop: Shop) -> None:
        level = self.activate(shop, available=4)["inventoryLevel"]
        assert level["isActive"] is True
        assert level["quantities"] == [{"name": "available", "quantity": 4}]
        assert shop.levels()["TEE-M L2"] == "4/0/4"

    def test_an_active_level_takes_no_quantity(self, shop: Shop) -> None:
        self.activate(shop, "a")
        [error] = self.activate(shop, "b", available=4)["userErrors"]
        assert error["field"] == ["available"]
        assert error["message"].startswith("Not allowed to set available quantity")

    def test_a_level_that_comes_back_keeps_its_quantities(self, shop: Shop) -> None:
        self.activate(shop, "a", available=4)
        shop.control("stock", sku="TEE-M", location="L2", active=False)
        query = """query($i: ID!) { inventoryItem(id: $i) { inventoryLevels(first: 9) { nodes { isActive } }
            all: inventoryLevels(first: 9, includeInactive: true) { nodes { isActive } } } }"""
        item = shop.data(query, i=shop.variant("TEE-M")["inventory_item"])["inventoryItem"]
        assert ([one["isActive"] for one in item["all"]["nodes"]], len(item["inventoryLevels"]["nodes"])) == (
            [True, False],
            1,
        )
        assert self.activate(shop, "b")["inventoryLevel"]["quantities"] == [{"name": "available", "quantity": 4}]

    def test_an_item_is_stocked_somewhere(self, shop: Shop) -> None:
        text = """mutation($l: ID!) { inventoryDeactivate(inventoryLevelId: $l) { userErrors { message } } }"""
        item, place = shop.variant("TEE-M")["inventory_item"], shop.location("L1")
        level = f"gid://shopify/InventoryLevel/{place.rsplit('/')[-1]}?inventory_item_id={item.rsplit('/')[-1]}"
        assert "minimum of 1 location" in shop.data(text, l=level)["inventoryDeactivate"]["userErrors"][0]["message"]
        self.activate(shop)
        assert shop.data(text, l=level)["inventoryDeactivate"]["userErrors"] == []
        assert shop.data("query($l: ID!) { inventoryLevel(id: $l) { isActive } }", l=level)["inventoryLevel"] == {
            "isActive": False
        }


def test_an_adjustment_moves_one_state(shop: Shop) -> None:
    text = """mutation($input: InventoryAdjustQuantitiesInput!, $key: String!) {
        inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
          inventoryAdjustmentGroup { changes { name delta } } userErrors { field code } } }"""
    change = {key: value for key, value in row(shop, 0, 0).items() if key != "quantity"} | {"delta": 3}

    def adjust(name: str, key: str, **more: Any) -> dict[str, Any]:
        given_ = {"name": name, "reason": "correction", "changes": [change | more]}
        payload: dict[str, Any] = shop.data(text, input=given_, key=key)["inventoryAdjustQuantities"]
        return payload

    assert adjust("damaged", "a")["userErrors"][0]["code"] == "INVALID_QUANTITY_DOCUMENT"
    done = adjust("damaged", "b", ledgerDocumentUri="hub://damage/1")["inventoryAdjustmentGroup"]["changes"]
    assert done == [{"name": "damaged", "delta": 3}, {"name": "on_hand", "delta": 3}]
    assert shop.levels()["MUG L1"] == "90/0/93"
    assert adjust("committed", "c")["userErrors"][0]["code"] == "INVALID_QUANTITY_NAME"


def test_the_book_notices_states_that_do_not_add_up() -> None:
    item, _, now = _book()
    level = item.levels[1]
    level.on_hand += 1
    with pytest.raises(StockBookError):
        check(level)
    assert now.tzinfo is UTC


def _book() -> tuple[InventoryItem, StockBook, datetime]:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    store = Store(ShopFacts("EUR", "UTC", True))
    item = InventoryItem(1, 1, now, now, tracked=True)
    book = StockBook(store)
    book.open(item, 1, now)
    return item, book, now


_STATES = st.sampled_from(
    ["available", "on_hand", "incoming", "reserved", "damaged", "quality_control", "safety_stock"]
)
_OPERATION = st.one_of(
    st.tuples(st.just("change"), _STATES),
    st.tuples(st.sampled_from(["commit", "ship", "write_off", "restock"]), st.just("")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_OPERATION, st.integers(1, 3), st.integers(-50, 50)), max_size=40))
def test_on_hand_is_always_available_and_committed_and_unavailable(
    steps: list[tuple[tuple[str, str], int, int]],
) -> None:
    item, book, now = _book()
    for (name, state), place, units in steps:
        if name == "change":
            book.change(item, place, state, units, now)
        else:
            getattr(book, name)(item, place, units, now)
        for level in item.levels.values():
            assert level.on_hand == level.available + level.committed + level.unavailable
