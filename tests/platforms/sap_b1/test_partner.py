"""A customer becomes one partner, and a change touches what changed and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.errors import InvalidRecord
from hub.platforms.sap_b1 import address, partner
from hub.platforms.sap_b1.partner import PartnerRules
from hub.platforms.sap_b1.texts import LIMITS

Make = Callable[..., dict[str, Any]]
KEY = "gid://shopify/Customer/7700000000001"
RULES = PartnerRules("demo", code_prefix="C")


def new(record: dict[str, Any], rules: PartnerRules = RULES, states: address.States | None = None) -> dict[str, Any]:
    return partner.new(record, KEY, rules, states or {})[0]


def stored(body: dict[str, Any]) -> dict[str, Any]:
    """The partner as the ERP reads after it was created with the body."""
    rows = enumerate(body.get("BPAddresses", ()))
    return {**body, "BPAddresses": [{**row, "RowNum": number} for number, row in rows]}


def test_a_partner_is_complete_and_has_no_empty_fields(make_customer: Make) -> None:
    place = {
        "AddressName": "Shop 501",
        "AddressName2": "Anna Krüger",
        "Street": "Hauptstraße 5",
        "ZipCode": "50667",
        "City": "Köln",
        "Country": "DE",
    }
    assert new(make_customer()) == {
        "CardCode": "C7700000000001",
        "CardName": "Anna Krüger",
        "CardType": "cCustomer",
        "EmailAddress": "Anna@example.com",
        "Phone1": "+49221123",
        "U_HubRef": KEY,
        "U_HubTemplate": "demo",
        "BPAddresses": [{**place, "AddressType": "bo_ShipTo"}, {**place, "AddressType": "bo_BillTo"}],
        "ShipToDefault": "Shop 501",
        "BilltoDefault": "Shop 501",
    }


def test_group_terms_series_and_currency_come_from_the_settings(make_customer: Make) -> None:
    body = new(make_customer(), PartnerRules("demo", series=72, group=102, payment_terms=-1, foreign=True))
    assert (body["Series"], body["GroupCode"], body["PayTermsGrpCode"], body["Currency"]) == (72, 102, -1, "##")
    assert "CardCode" not in body


@pytest.mark.parametrize(("tags", "group"), [(["vip", "B2B"], 103), (["VIP"], 104), (["other"], 102), ([], 102)])
def test_the_first_entry_that_a_tag_fits_gives_the_group(make_customer: Make, tags: list[str], group: int) -> None:
    rules = PartnerRules("demo", group=102, groups={"b2b": 103, "Vip": 104})
    assert new({**make_customer(), "tags": tags}, rules)["GroupCode"] == group


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({}, "Anna Krüger"),
        ({"first_name": "", "last_name": "", "company": "Meier KG"}, "Meier KG"),
        ({"first_name": "", "last_name": ""}, "Anna@example.com"),
        ({"first_name": "", "last_name": "", "email": ""}, "-"),
    ],
)
def test_the_name_is_the_person_else_the_company_else_the_e_mail(
    make_customer: Make, names: dict[str, str], expected: str
) -> None:
    assert new(make_customer(**names), PartnerRules("demo", missing_name="-"))["CardName"] == expected


def test_a_customer_without_any_name_fails(make_customer: Make) -> None:
    with pytest.raises(InvalidRecord, match="neither a name"):
        new(make_customer(first_name="", last_name="", email=""))


def test_a_name_is_never_cut(make_customer: Make) -> None:
    with pytest.raises(InvalidRecord) as failure:
        new(make_customer(first_name="x" * 201))
    assert failure.value.detail == "CardName"


def test_a_code_that_does_not_fit_names_the_setting() -> None:
    with pytest.raises(InvalidRecord) as failure:
        partner.card_code(KEY, PartnerRules("demo", code_prefix="SHOP"))
    assert "customer_code_prefix" in failure.value.fix


def test_a_part_of_an_address_that_is_too_long_is_reported_or_cut(make_customer: Make, make_address: Make) -> None:
    record = make_customer(addresses=[make_address(address1="x" * 101)])
    with pytest.raises(InvalidRecord) as failure:
        new(record)
    assert failure.value.detail == "Street"
    body, texts = partner.new(record, KEY, PartnerRules("demo", overflow="cut"), {})
    assert body["BPAddresses"][0]["Street"] == "x" * 100
    assert "Street was cut to 100 characters." in texts.warnings
    longer = PartnerRules("demo", limits={**LIMITS, "Street": 200})
    assert partner.new(record, KEY, longer, {})[0]["BPAddresses"][0]["Street"] == "x" * 101


def test_a_state_goes_along_only_if_the_erp_knows_it(make_customer: Make, make_address: Make) -> None:
    record = make_customer(addresses=[make_address(province_code="BY")])
    assert new(record, states={"DE": frozenset({"BY"})})["BPAddresses"][0]["State"] == "BY"
    body, texts = partner.new(record, KEY, RULES, {"DE": frozenset()})
    assert "State" not in body["BPAddresses"][0]
    assert texts.warnings == ["State BY of DE is unknown to the ERP: left out."]


def test_a_customer_without_an_address_is_a_partner_without_one(make_customer: Make) -> None:
    body = new(make_customer(addresses=[]))
    assert not {"BPAddresses", "ShipToDefault", "BilltoDefault"} & set(body)
    assert change(make_customer(addresses=[]), stored(new(make_customer())), "addresses") == {}


def test_address_names_are_unique(make_customer: Make, make_address: Make) -> None:
    addresses = [make_address(), make_address(city="Bonn"), make_address(id="", city="Ulm")]
    rows = new(make_customer(addresses=addresses))["BPAddresses"]
    names = [row["AddressName"] for row in rows if row["AddressType"] == "bo_ShipTo"]
    assert names == ["Shop 501", "Shop 501 (2)", "Shop address 3"]


def test_the_default_address_is_billed_to(make_customer: Make, make_address: Make) -> None:
    addresses = [make_address(), make_address(id="gid://shopify/MailingAddress/502", city="Bonn")]
    body = new(make_customer(addresses=addresses, default_address="gid://shopify/MailingAddress/502"))
    assert (body["ShipToDefault"], body["BilltoDefault"]) == ("Shop 502", "Shop 502")
    assert [row["City"] for row in body["BPAddresses"] if row["AddressType"] == "bo_BillTo"] == ["Bonn"]


def change(record: dict[str, Any], there: dict[str, Any], *only: str) -> dict[str, Any]:
    return partner.change(record, KEY, frozenset(only), there, RULES, {})[0]


def test_a_change_sends_only_what_changed(make_customer: Make) -> None:
    there = stored(new(make_customer()))
    assert change(make_customer(phone="+49221999"), there, "phone", "note") == {"Phone1": "+49221999"}
    assert change(make_customer(last_name="Meier"), there, "last_name") == {"CardName": "Anna Meier"}


def test_nothing_is_sent_where_all_is_there_already(make_customer: Make) -> None:
    record = make_customer()
    assert change(record, stored(new(record)), *record) == {}


def test_an_emptied_field_is_emptied(make_customer: Make) -> None:
    assert change(make_customer(phone=""), stored(new(make_customer())), "phone") == {"Phone1": ""}


def test_a_changed_address_finds_its_row_and_no_row_is_doubled(make_customer: Make, make_address: Make) -> None:
    there = stored(new(make_customer()))
    body = change(make_customer(addresses=[make_address(address1="Domplatz 1")]), there, "addresses")
    assert [(row["RowNum"], row["Street"]) for row in body["BPAddresses"]] == [(0, "Domplatz 1"), (1, "Domplatz 1")]


def test_a_new_address_is_added_and_the_others_are_left_alone(make_customer: Make, make_address: Make) -> None:
    there = stored(new(make_customer()))
    second = make_address(id="gid://shopify/MailingAddress/502", city="Bonn")
    body = change(make_customer(addresses=[make_address(), second]), there, "addresses")
    assert [row["AddressName"] for row in body["BPAddresses"]] == ["Shop 502"]
    assert "RowNum" not in body["BPAddresses"][0]


def test_a_row_of_another_name_at_the_same_place_is_kept(make_customer: Make) -> None:
    there = stored(new(make_customer()))
    for row in there["BPAddresses"]:
        row["AddressName"] = "Zu Hause"
    there |= {"ShipToDefault": "Zu Hause", "BilltoDefault": "Zu Hause"}
    assert change(make_customer(), there, "addresses") == {}


def test_two_addresses_at_one_place_are_two_rows(make_customer: Make, make_address: Make) -> None:
    there = stored(new(make_customer()))
    for row in there["BPAddresses"]:
        row["AddressName"] = "Zu Hause"
    second = make_address(id="gid://shopify/MailingAddress/502")
    body = change(make_customer(addresses=[make_address(), second]), there, "addresses")
    assert [row["AddressName"] for row in body["BPAddresses"]] == ["Shop 502"]


def test_a_partner_that_was_matched_gets_our_reference(make_customer: Make) -> None:
    there = {**stored(new(make_customer())), "U_HubRef": None, "U_HubTemplate": None}
    assert change(make_customer(), there, "phone") == {"U_HubRef": KEY, "U_HubTemplate": "demo"}
    assert change(make_customer(), {**there, "U_HubRef": "another"}, "phone") == {}


def test_a_partner_reads_back_as_far_as_sap_keeps_it(make_customer: Make) -> None:
    record = partner.canonical(stored(new(make_customer())))
    assert (record["company"], record["email"], record["phone"]) == ("Anna Krüger", "Anna@example.com", "+49221123")
    assert record["cross_reference"] == KEY
    assert record["default_address"] == "Shop 501"
    assert [place["city"] for place in record["addresses"]] == ["Köln"]


def test_a_mobile_number_counts_where_there_is_no_other() -> None:
    assert partner.canonical({"Cellular": "0171"})["phone"] == "0171"


@pytest.mark.parametrize(
    ("identifier", "number"),
    [
        ("gid://shopify/Customer/77", "77"),
        ("gid://shopify/MailingAddress/5?model_name=CustomerAddress2", "5"),
        ("anna", "anna"),
    ],
)
def test_the_shops_number_is_taken_out_of_its_id(identifier: str, number: str) -> None:
    assert address.number_of(identifier) == number
