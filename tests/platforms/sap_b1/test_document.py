"""A shop order becomes exactly one kind of document. Figures are those of the acceptance scenarios."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest

from hub.errors import InvalidRecord, MissingMapping, UnknownSku
from hub.platforms.sap_b1 import wire
from hub.platforms.sap_b1.document import Draft, OrderRules, build, with_rounding

Make = Callable[..., dict[str, Any]]
Rules = Callable[..., OrderRules]
DAY = date(2026, 11, 21)
KEY = "gid://shopify/Order/1001"


def built(record: dict[str, Any], rules: OrderRules, **changes: Any) -> Draft:
    """The draft of an order that was placed on the day it is posted."""
    return build(record, KEY, rules, **{"placed": DAY, "today": DAY, "states": {}, **changes})


@pytest.fixture
def first_order(make_order: Make, make_line: Make, make_charge: Make) -> dict[str, Any]:
    """Scenario 1: three mugs less 10.00, shipping 4.90, tax 4.88 of 30.60."""
    lines = [make_line("25.70", 3, tax="4.10")]
    return make_order(lines, [make_charge("4.90", tax="0.78")], discount_codes=["WELCOME10"], source="web")


def test_a_gross_shop_is_posted_gross(first_order: dict[str, Any], make_rules: Rules) -> None:
    document = built(first_order, make_rules()).document
    assert document == {
        "CardCode": "C77",
        "DocDate": "2026-11-21",
        "DocDueDate": "2026-11-21",
        "TaxDate": "2026-11-21",
        "NumAtCard": "#1001",
        "DocCurrency": "EUR",
        "PriceMode": "pmdGross",
        "U_HubRef": KEY,
        "U_HubTemplate": "demo",
        "U_HubSource": "web",
        "U_HubDiscount": "WELCOME10",
        "DocumentLines": [
            {
                "ItemCode": "MUG",
                "Quantity": Decimal(3),
                "PriceAfterVAT": Decimal("8.566667"),
                "VatGroup": "A2",
                "WarehouseCode": "01",
                "U_HubLine": "gid://shopify/LineItem/1",
            }
        ],
        "DocumentAdditionalExpenses": [{"ExpenseCode": 1, "LineGross": Decimal("4.90"), "VatGroup": "A2"}],
    }


def test_in_freight_mode_all_is_net_and_tax_is_freight(first_order: dict[str, Any], make_rules: Rules) -> None:
    document = built(first_order, make_rules(tax_as_freight=True)).document
    (line,) = document["DocumentLines"]
    assert line["UnitPrice"] * line["Quantity"] == Decimal("21.60")
    assert line["VatGroup"] == "A0"
    assert line["DocumentLineAdditionalExpenses"] == [
        {"ExpenseCode": 2, "LineTotal": Decimal("4.10"), "VatGroup": "A0"}
    ]
    assert document["DocumentAdditionalExpenses"] == [
        {"ExpenseCode": 2, "LineTotal": Decimal("0.78"), "VatGroup": "A0"},
        {"ExpenseCode": 1, "LineTotal": Decimal("4.12"), "VatGroup": "A0"},
    ]
    assert "PriceMode" not in document


def test_all_components_of_a_lines_tax_are_summed_into_one_freight(
    make_order: Make, make_line: Make, make_rules: Rules
) -> None:
    taxes = [{"rate": Decimal(0), "amount": Decimal(amount)} for amount in ("28.87", "2.31", "6.93")]
    record = make_order([{**make_line("400.00"), "tax": taxes}], taxes_included=False)
    (line,) = built(record, make_rules(tax_as_freight=True)).document["DocumentLines"]
    assert line["DocumentLineAdditionalExpenses"][0]["LineTotal"] == Decimal("38.11")


def test_a_net_shop_is_posted_net(make_order: Make, make_line: Make, make_charge: Make, make_rules: Rules) -> None:
    record = make_order([make_line("1.03", tax="0.20")], [make_charge("2.00", tax="0.38")], taxes_included=False)
    document = built(record, make_rules()).document
    assert document["DocumentLines"][0]["UnitPrice"] == Decimal("1.03")
    assert document["DocumentAdditionalExpenses"] == [
        {"ExpenseCode": 1, "LineTotal": Decimal("2.00"), "VatGroup": "A2"}
    ]


def test_a_guest_is_named_on_the_document(
    make_order: Make, make_line: Make, make_address: Make, make_rules: Rules
) -> None:
    record = make_order(
        [make_line("11.90", tax="1.90")],
        customer=None,
        email="guest@example.com",
        billing=make_address(),
        shipping=make_address(address1="Domplatz 1", address2="c/o Meier", company="Meier KG"),
    )
    document = built(record, make_rules()).document
    assert document["CardCode"] == "C-GUEST"
    assert document["CardName"] == "Anna Krüger"
    assert document["U_HubEmail"] == "guest@example.com"
    assert document["AddressExtension"] == {
        "ShipToAddress2": "Anna Krüger",
        "ShipToAddress3": "Meier KG",
        "ShipToStreet": "Domplatz 1",
        "ShipToBlock": "c/o Meier",
        "ShipToZipCode": "50667",
        "ShipToCity": "Köln",
        "ShipToCountry": "DE",
        "BillToAddress2": "Anna Krüger",
        "BillToStreet": "Hauptstraße 5",
        "BillToZipCode": "50667",
        "BillToCity": "Köln",
        "BillToCountry": "DE",
    }


def test_a_guest_without_an_address_is_named_by_the_e_mail(
    make_order: Make, make_line: Make, make_rules: Rules
) -> None:
    record = make_order([make_line("11.90")], customer=None, email="guest@example.com")
    assert built(record, make_rules()).document["CardName"] == "guest@example.com"


def test_a_customers_document_bears_no_e_mail(first_order: dict[str, Any], make_rules: Rules) -> None:
    document = built({**first_order, "email": "anna@example.com"}, make_rules()).document
    assert "U_HubEmail" not in document
    assert "CardName" not in document


def test_a_guest_without_a_guest_customer_names_the_setting(
    make_order: Make, make_line: Make, make_rules: Rules
) -> None:
    with pytest.raises(MissingMapping) as failure:
        built(make_order([make_line("1")], customer=None), make_rules(guest_customer=""))
    assert failure.value.detail == "guest_customer"
    assert "guest_customer" in failure.value.fix


def test_a_charge_without_a_freight_names_the_setting(
    make_order: Make, make_line: Make, make_charge: Make, make_rules: Rules
) -> None:
    with pytest.raises(MissingMapping) as failure:
        built(make_order([make_line("1")], [make_charge("1", kind="duty")]), make_rules())
    assert failure.value.detail == "freight=duty"


def test_tip_and_shipping_are_a_freight_each_and_free_shipping_is_none(
    make_order: Make, make_line: Make, make_charge: Make, make_rules: Rules
) -> None:
    charges = [make_charge("0"), make_charge("2.00", kind="tip", tax_code="A0")]
    document = built(make_order([make_line("11.90")], charges), make_rules()).document
    assert document["DocumentAdditionalExpenses"] == [
        {"ExpenseCode": 4, "LineGross": Decimal("2.00"), "VatGroup": "A0"}
    ]


def test_several_charges_of_a_kind_are_one_freight(
    make_order: Make, make_line: Make, make_charge: Make, make_rules: Rules
) -> None:
    document = built(make_order([make_line("1")], [make_charge("4.90"), make_charge("1.10")]), make_rules()).document
    assert document["DocumentAdditionalExpenses"] == [
        {"ExpenseCode": 1, "LineGross": Decimal("6.00"), "VatGroup": "A2"}
    ]


def test_posting_today_keeps_the_true_tax_date(first_order: dict[str, Any], make_rules: Rules) -> None:
    document = built(first_order, make_rules(posts_today=True), today=date(2026, 12, 1)).document
    assert (document["DocDate"], document["DocDueDate"], document["TaxDate"]) == (
        "2026-12-01",
        "2026-12-01",
        "2026-11-21",
    )


def test_a_line_of_which_nothing_is_left_is_not_posted(make_order: Make, make_line: Make, make_rules: Rules) -> None:
    record = make_order([make_line("11.90"), make_line("0", 0)])
    assert len(built(record, make_rules()).document["DocumentLines"]) == 1


def test_a_free_line_is_posted_at_zero(make_order: Make, make_line: Make, make_rules: Rules) -> None:
    (line,) = built(make_order([make_line("0", 5)]), make_rules()).document["DocumentLines"]
    assert (line["Quantity"], line["PriceAfterVAT"]) == (5, 0)


def test_a_line_that_does_not_divide_is_split_and_both_rows_are_the_same_line(
    make_order: Make, make_line: Make, make_rules: Rules
) -> None:
    rows = built(make_order([make_line("25.70", 3)]), make_rules(price_decimals=2)).document["DocumentLines"]
    assert [(row["Quantity"], row["PriceAfterVAT"]) for row in rows] == [(2, Decimal("8.56")), (1, Decimal("8.58"))]
    assert {row["U_HubLine"] for row in rows} == {"gid://shopify/LineItem/1"}


def test_a_split_line_bears_its_tax_once(make_order: Make, make_line: Make, make_rules: Rules) -> None:
    rules = make_rules(price_decimals=2, tax_as_freight=True)
    rows = built(make_order([make_line("25.70", 7, tax="4.10")]), rules).document["DocumentLines"]
    assert len(rows) == 2
    assert sum(len(row.get("DocumentLineAdditionalExpenses", ())) for row in rows) == 1


def test_a_line_without_an_item_fails_by_its_sku(make_order: Make, make_line: Make, make_rules: Rules) -> None:
    with pytest.raises(UnknownSku) as failure:
        built(make_order([make_line("1", item=None, sku="NOPE")]), make_rules())
    assert failure.value.detail == "sku=NOPE"


def test_a_stand_in_item_takes_the_place_of_an_unknown_one(
    make_order: Make, make_line: Make, make_rules: Rules
) -> None:
    record = make_order([make_line("1", item=None, sku="NOPE")])
    assert built(record, make_rules(stand_in_item="MISC")).document["DocumentLines"][0]["ItemCode"] == "MISC"


def test_gift_cards_are_posted_on_their_liability_item(make_order: Make, make_line: Make, make_rules: Rules) -> None:
    record = make_order([make_line("25.00", gift_card=True, tax_code="A0")])
    lines = built(record, make_rules(gift_card_item="GIFT")).document["DocumentLines"]
    assert lines[0]["ItemCode"] == "GIFT"
    assert built(record, make_rules()).document["DocumentLines"][0]["ItemCode"] == "MUG"


def test_fields_the_erp_does_not_have_are_left_out(first_order: dict[str, Any], make_rules: Rules) -> None:
    document = built(first_order, make_rules(fields=frozenset())).document
    assert not [name for name in (*document, *document["DocumentLines"][0]) if name.startswith("U_")]


def test_a_long_note_loses_its_end_and_says_so(make_order: Make, make_line: Make, make_rules: Rules) -> None:
    draft = built(make_order([make_line("1")], note="x" * 300), make_rules())
    assert len(draft.document["Comments"]) == 254
    assert draft.warnings == ("Comments was cut to 254 characters.",)


def test_warehouse_is_the_lines_else_the_default_one(make_order: Make, make_line: Make, make_rules: Rules) -> None:
    record = make_order([make_line("1", warehouse="02"), make_line("1", warehouse=None)])
    codes = [line.get("WarehouseCode") for line in built(record, make_rules()).document["DocumentLines"]]
    assert codes == ["02", None]
    rules = make_rules(default_warehouse="01")
    assert built(record, rules).document["DocumentLines"][1]["WarehouseCode"] == "01"


def test_a_document_bears_the_branch_of_its_warehouses(make_order: Make, make_line: Make, make_rules: Rules) -> None:
    record = make_order([make_line("1", warehouse="01"), make_line("1", warehouse="02")])
    rules = make_rules(branches={"01": 7, "02": 7})
    assert built(record, rules).document["BPL_IDAssignedToInvoice"] == 7
    with pytest.raises(InvalidRecord) as failure:
        built(record, make_rules(branches={"01": 7, "02": 8}))
    assert failure.value.detail == "branch"


def test_rounding_is_a_freight_without_tax(first_order: dict[str, Any], make_rules: Rules) -> None:
    rules = make_rules()
    document = built(first_order, rules).document
    rounded = with_rounding(document, Decimal("-0.01"), rules)
    assert rounded["DocumentAdditionalExpenses"][-1] == {
        "ExpenseCode": 3,
        "LineTotal": Decimal("-0.01"),
        "VatGroup": "A0",
    }
    assert len(document["DocumentAdditionalExpenses"]) == 1
    assert with_rounding(document, Decimal(0), rules) is document


def test_rounding_needs_its_freight_and_a_code_of_zero_per_cent(first_order: dict[str, Any], make_rules: Rules) -> None:
    document = built(first_order, make_rules()).document
    with pytest.raises(MissingMapping, match="freight_rounding"):
        with_rounding(document, Decimal("0.01"), make_rules(freights={}))
    with pytest.raises(MissingMapping, match="exempt_tax_code"):
        with_rounding(document, Decimal("0.01"), make_rules(exempt_tax_code=""))


def test_an_unknown_state_is_left_out_with_a_warning(
    make_order: Make, make_line: Make, make_address: Make, make_rules: Rules
) -> None:
    record = make_order([make_line("1")], shipping=make_address(province_code="NW"))
    draft = built(record, make_rules(), states={"DE": frozenset({"BY"})})
    assert "ShipToState" not in draft.document["AddressExtension"]
    assert draft.warnings == ("State NW of DE is unknown to the ERP: left out.",)
    known = built(record, make_rules(), states={"DE": frozenset({"NW"})})
    assert known.document["AddressExtension"]["ShipToState"] == "NW"


def test_money_is_written_digit_by_digit() -> None:
    body = {"a": Decimal("1234567890123.456789"), "b": Decimal("0.10"), "c": Decimal("1E+3"), "d": [Decimal("-0.01")]}
    assert wire.encode(body) == b'{"a":1234567890123.456789,"b":0.10,"c":1000,"d":[-0.01]}'


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(orjson.JSONEncodeError):
        wire.encode({"a": object()})
