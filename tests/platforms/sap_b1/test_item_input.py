"""What is sent for an item, field by field."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hub.errors import InvalidRecord, MissingMapping
from hub.platforms.sap_b1 import item_input
from hub.platforms.sap_b1.item_custom import ItemField
from hub.platforms.sap_b1.item_input import ItemRules
from hub.platforms.sap_b1.item_price import PriceRules, list_row, shop_price

from .items import CUSTOM, KEY, product

RULES = ItemRules(
    "demo",
    custom=CUSTOM,
    references=frozenset({"U_HubRef", "U_HubTemplate"}),
    known={
        "U_Material": ItemField("db_Alpha", 10),
        "U_Pieces": ItemField("db_Numeric", 11),
        "U_Length": ItemField("db_Float"),
        "U_Organic": ItemField("db_Alpha", 1),
    },
    groups={"Drinkware": 101, "Items": 100},
    manufacturers={"Acme": 7},
    units={1: Decimal("0.000001"), 2: Decimal("0.001"), 3: Decimal(1), 5: Decimal("0.45359237")},
)
THERE: dict[str, Any] = {
    "ItemCode": "CUP",
    "ItemName": "Cup",
    "User_Text": "Holds tea.",
    "BarCode": "400",
    "VatLiable": "tYES",
    "ItemsGroupCode": 101,
    "Manufacturer": 7,
    "SalesUnitWeight": Decimal("0.35"),
    "SalesWeightUnit": 3,
    "ItemPrices": [{"PriceList": 1, "Price": Decimal("9.9"), "Currency": "EUR"}],
}


def new(only: frozenset[str] | None = None, rules: ItemRules = RULES, **changes: Any) -> dict[str, Any]:
    return item_input.new(product(**changes), KEY, only, rules).body


def change(*only: str, there: dict[str, Any] = THERE, rules: ItemRules = RULES, **changes: Any) -> dict[str, Any]:
    return item_input.change(product(**changes), frozenset(only), there, rules).body


def refused(*only: str, **changes: Any) -> InvalidRecord:
    with pytest.raises(InvalidRecord) as failure:
        change(*only, **changes)
    return failure.value


def test_a_new_item_has_all_that_the_shop_knows() -> None:
    body = new(
        title="Cup",
        description="Holds tea.",
        vendor="Acme",
        product_type="Drinkware",
        option="Red",
        barcode="4006381333931",
        weight="0.35",
        taxable=False,
        custom={"material": "clay", "pieces": 6, "length": Decimal("12.5"), "organic": True},
    )
    assert body == {
        "ItemCode": "CUP",
        "ItemName": "Cup - Red",
        "InventoryItem": "tYES",
        "SalesItem": "tYES",
        "User_Text": "Holds tea.",
        "BarCode": "4006381333931",
        "VatLiable": "tNO",
        "SalesUnitWeight": Decimal("0.35"),
        "SalesWeightUnit": 3,
        "ItemsGroupCode": 101,
        "Manufacturer": 7,
        "ItemPrices": [{"PriceList": 1, "Price": Decimal("9.90"), "Currency": "EUR"}],
        "U_Material": "clay",
        "U_Pieces": 6,
        "U_Length": Decimal("12.5"),
        "U_Organic": "Y",
        "U_HubRef": KEY,
        "U_HubTemplate": "demo",
    }


def test_a_new_item_leaves_to_the_erp_what_the_shop_does_not_know() -> None:
    assert new(price=None) == {
        "ItemCode": "CUP",
        "ItemName": "Cup",
        "InventoryItem": "tYES",
        "SalesItem": "tYES",
        "VatLiable": "tYES",
        "U_HubRef": KEY,
        "U_HubTemplate": "demo",
    }


def test_a_new_item_has_code_and_name_and_only_those_fields_that_are_synchronised() -> None:
    body = new(frozenset({"barcode"}), barcode="400", description="x", vendor="Acme", weight="1", taxable=False)
    assert set(body) == {"ItemCode", "ItemName", "InventoryItem", "SalesItem", "BarCode", "U_HubRef", "U_HubTemplate"}


def test_a_variant_that_nobody_counts_is_no_inventory_item() -> None:
    assert new(tracked=False)["InventoryItem"] == "tNO"


def test_a_price_of_zero_is_never_sent() -> None:
    assert "ItemPrices" not in new(price="0")
    assert change("price", price="0") == {}
    assert change("price", price=None) == {}


def test_references_are_written_only_where_the_erp_has_the_fields() -> None:
    body = new(rules=replace(RULES, references=frozenset({"U_HubTemplate"}), name="d" * 60))
    assert "U_HubRef" not in body
    assert body["U_HubTemplate"] == "d" * 50


@pytest.mark.parametrize(
    ("only", "changes", "body"),
    [
        ("title", {"title": "Mug"}, {"ItemName": "Mug"}),
        ("description", {"description": "Holds coffee."}, {"User_Text": "Holds coffee."}),
        ("description", {"description": ""}, {"User_Text": ""}),
        ("barcode", {"barcode": "401"}, {"BarCode": "401"}),
        ("barcode", {"barcode": ""}, {"BarCode": ""}),
        ("taxable", {"taxable": False}, {"VatLiable": "tNO"}),
        ("weight", {"weight": "0.5"}, {"SalesUnitWeight": Decimal("0.5")}),
        ("weight", {"weight": None}, {"SalesUnitWeight": Decimal(0)}),
        ("product_type", {"product_type": "Items"}, {"ItemsGroupCode": 100}),
        ("vendor", {"vendor": ""}, {"Manufacturer": -1}),
        ("price", {"price": "12"}, {"ItemPrices": [{"PriceList": 1, "Price": Decimal(12), "Currency": "EUR"}]}),
        ("custom.organic", {"custom": {"organic": False}}, {"U_Organic": "N"}),
        ("custom.pieces", {"custom": {"pieces": -1}}, {"U_Pieces": -1}),
        ("custom.material", {"custom": {"material": None}}, {"U_Material": None}),
    ],
)
def test_a_change_sends_one_field(only: str, changes: dict[str, Any], body: dict[str, Any]) -> None:
    assert change(only, **changes) == body


def test_a_change_never_sends_the_code_nor_the_reference() -> None:
    body = item_input.change(product(code="OTHER", title="Mug"), None, THERE, RULES).body
    assert body["ItemName"] == "Mug"
    assert not {"ItemCode", "U_HubRef", "U_HubTemplate", "InventoryItem", "SalesItem"} & set(body)


def test_what_is_there_already_is_left_out() -> None:
    same = {"description": " Holds tea.", "barcode": "400", "vendor": "Acme", "product_type": "Drinkware"}
    only = ("title", "description", "barcode", "vendor", "product_type", "price", "weight", "taxable")
    assert change(*only, weight="0.350", price="9.900", **same) == {}


def test_an_empty_custom_field_stays_empty() -> None:
    there = {**THERE, "U_Material": None}
    assert change("custom.material", there=there, custom={"material": ""}) == {}


def test_a_name_that_is_too_long_loses_the_end_of_its_title_and_that_is_said() -> None:
    draft = item_input.new(product(title="x" * 250, option="Red"), KEY, None, RULES)
    assert draft.body["ItemName"] == "x" * 194 + " - Red"
    assert draft.warnings == ("ItemName was cut to 200 characters.",)


def test_a_company_with_shorter_names_gets_shorter_names() -> None:
    rules = replace(RULES, limits={**RULES.limits, "ItemName": 20})
    draft = item_input.new(product(title="A very long name of a cup"), KEY, None, rules)
    assert draft.body["ItemName"] == "A very long name of"
    assert draft.warnings == ("ItemName was cut to 20 characters.",)


@pytest.mark.parametrize(
    ("only", "changes", "name"),
    [
        ("barcode", {"barcode": "4" * 255}, "BarCode"),
        ("custom.material", {"custom": {"material": "mother of pearl"}}, "U_Material"),
    ],
)
def test_a_text_that_is_too_long_names_its_field(only: str, changes: dict[str, Any], name: str) -> None:
    error = refused(only, **changes)
    assert error.detail == name
    assert str(error).startswith(name)


def test_a_description_has_a_limit_only_where_the_connection_names_one() -> None:
    assert len(change("description", description="x" * 5000)["User_Text"]) == 5000
    short = replace(RULES, limits={**RULES.limits, "User_Text": 100})
    with pytest.raises(InvalidRecord, match="User_Text has 101 characters; the ERP takes 100"):
        change("description", rules=short, description="x" * 101)


def test_a_vendor_that_the_erp_does_not_know_is_to_be_created_there() -> None:
    error = refused("vendor", vendor="Nobody")
    assert error.detail == "Manufacturer=Nobody"
    assert "Create the manufacturer Nobody in the ERP" in error.fix


def test_an_item_group_that_is_missing_gives_way_to_the_default_one() -> None:
    rules = replace(RULES, default_group=100)
    draft = item_input.new(product(product_type="Hats"), KEY, None, rules)
    assert draft.body["ItemsGroupCode"] == 100
    assert draft.warnings == ("The ERP has no item group Hats: the default group was taken.",)
    draft = item_input.new(product(product_type="Hats"), KEY, None, RULES)
    assert "ItemsGroupCode" not in draft.body
    assert draft.warnings == ("The ERP has no item group Hats: the group was left as it is.",)


def test_the_map_comes_before_the_name_in_any_letter_case_and_before_the_default() -> None:
    rules = replace(RULES, default_group=100, mapped_groups={"hats": 102, "drinkware": 103})
    for kind, number in (("HATS", 102), ("Drinkware", 103), ("Items", 100), ("Shoes", 100)):
        assert new(None, rules, product_type=kind)["ItemsGroupCode"] == number
    assert change("product_type", rules=rules, product_type="hats") == {"ItemsGroupCode": 102}


def test_where_there_is_a_map_and_no_default_an_unknown_type_fails_with_the_value_that_is_missing() -> None:
    rules = replace(RULES, mapped_groups={"hats": 102})
    with pytest.raises(MissingMapping) as failure:
        item_input.new(product(product_type="Shoes"), KEY, None, rules)
    assert failure.value.detail == "item_group=Shoes"
    assert "ItemsGroupCode" not in new(None, rules, product_type="")


def test_the_map_chooses_the_group_of_a_new_item_also_where_product_types_are_not_synchronised() -> None:
    rules = replace(RULES, default_group=100, mapped_groups={"hats": 102})
    assert new(frozenset({"title"}), rules, product_type="Hats")["ItemsGroupCode"] == 102
    assert (
        new(frozenset({"title"}), replace(rules, default_group=None), product_type="Shoes").get("ItemsGroupCode")
        is None
    )


def test_a_new_item_is_in_the_default_group_where_product_types_are_not_synchronised() -> None:
    assert (
        new(frozenset({"title"}), replace(RULES, default_group=100), product_type="Drinkware")["ItemsGroupCode"] == 100
    )


@pytest.mark.parametrize(
    ("unit", "units", "body"),
    [
        (2, RULES.units, {"SalesUnitWeight": Decimal(500)}),
        (None, RULES.units, {"SalesUnitWeight": Decimal("0.5"), "SalesWeightUnit": 3}),
        (None, {2: Decimal("0.001"), 5: Decimal("0.45359237")}, {"SalesUnitWeight": Decimal("1.102311")}),
        (None, {}, {"SalesUnitWeight": Decimal("0.5")}),
        (9, RULES.units, {"SalesUnitWeight": Decimal("0.5"), "SalesWeightUnit": 3}),
    ],
    ids=["its own unit", "kilograms", "the closest to kilograms", "no units at all", "an unknown unit"],
)
def test_a_weight_is_sent_in_a_unit_of_the_company(
    unit: int | None, units: dict[int, Decimal], body: dict[str, Any]
) -> None:
    there = {**THERE, "SalesWeightUnit": unit}
    sent = change("weight", there=there, rules=replace(RULES, units=units), weight="0.5")
    assert {name: sent[name] for name in body} == body
    assert sent.get("SalesWeightUnit") != unit or unit is None


def test_a_unit_that_weighs_nothing_known_is_to_be_mended_in_the_erp() -> None:
    with pytest.raises(InvalidRecord) as failure:
        change("weight", there={**THERE, "SalesWeightUnit": 9}, rules=replace(RULES, units={}), weight="0.5")
    assert failure.value.detail == "SalesWeightUnit"


def test_truths_are_numbers_in_a_field_of_numbers_and_numbers_are_text_in_a_field_of_text() -> None:
    known = {"U_Organic": ItemField("db_Numeric"), "U_Length": ItemField("db_Alpha", 10)}
    rules = replace(RULES, known=known)
    body = change("custom.organic", "custom.length", rules=rules, custom={"organic": True, "length": Decimal("1.50")})
    assert body == {"U_Organic": 1, "U_Length": "1.50"}


# -- prices -----------------------------------------------------------------------------------------------------

GROSS, NET = PriceRules(1, "EUR", gross=True), PriceRules(1, "EUR", gross=False)


def priced(price: Any, currency: str = "EUR", **more: Any) -> dict[str, Any]:
    return {"ItemPrices": [{"PriceList": 1, "Price": price, "Currency": currency}], **more}


def test_a_price_is_taken_as_it_stands_unless_it_is_to_be_converted() -> None:
    assert shop_price(priced(Decimal("9.995")), GROSS) == Decimal("9.995")
    assert shop_price(priced(None), GROSS) is None
    assert shop_price({}, GROSS) is None


def test_a_net_price_becomes_gross_by_the_rate_of_the_items_tax_code() -> None:
    assert shop_price(priced(Decimal(10), TaxRate=Decimal("0.19")), GROSS) == Decimal("11.90")
    assert shop_price(priced(Decimal("11.90"), TaxRate=Decimal("0.19")), NET) == Decimal("10.00")


def test_a_converted_price_is_rounded_to_what_the_currency_counts() -> None:
    rate = Decimal("0.1")
    assert shop_price(priced(Decimal("99.5"), "JPY", TaxRate=rate), replace(GROSS, currency="JPY")) == Decimal(109)
    assert shop_price(priced(Decimal("1.2345"), "KWD", TaxRate=rate), replace(GROSS, currency="KWD")) == Decimal(
        "1.358"
    )


@pytest.mark.parametrize("rules", [GROSS, NET], ids=["gross shop", "net shop"])
@pytest.mark.parametrize("rate", ["0", "0.07", "0.19", "0.077", "0.255"])
def test_every_price_of_the_shop_comes_back_from_the_list_as_it_was(rules: PriceRules, rate: str) -> None:
    for cents in (*range(1, 2000, 7), 9_999_999):
        price = Decimal(cents) / 100
        native = {"TaxRate": Decimal(rate)}
        row = list_row(price, native, rules)
        assert row["Price"] == round(row["Price"], 6)
        assert shop_price({"ItemPrices": [row], **native}, rules) == price


def test_a_price_in_another_currency_fails_and_says_so() -> None:
    with pytest.raises(InvalidRecord) as failure:
        shop_price(priced(Decimal(10), "USD"), GROSS)
    assert failure.value.detail == "currency"
    assert shop_price(priced(Decimal(0), "USD"), GROSS) == 0


def test_a_price_without_a_known_tax_code_cannot_be_converted() -> None:
    native = priced(Decimal(10), TaxRate=None, SalesVATGroup="Z9")
    for attempt in (lambda: shop_price(native, GROSS), lambda: list_row(Decimal(1), native, GROSS)):
        with pytest.raises(InvalidRecord, match="Z9 is no output tax code") as failure:
            attempt()
        assert failure.value.detail == "SalesVATGroup"
