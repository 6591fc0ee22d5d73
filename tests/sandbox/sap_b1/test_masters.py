"""Items and business partners: keys, rows, stamps, versions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.sandbox.message import Request
from tests.sandbox.sap_b1.scenario import Answer, Client, Clock, answer_of


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


def partner(**other: Any) -> dict[str, Any]:
    return {"CardCode": "S1", "CardName": "Somebody", **other}


def address(name: str = "Home", kind: str = "bo_ShipTo", **other: Any) -> dict[str, Any]:
    return {"AddressName": name, "AddressType": kind, "Street": "Road 1", "Country": "DE", **other}


def stamp(client: Client, path: str) -> tuple[Any, ...]:
    record = client.get(path).json
    return record["UpdateDate"], record["UpdateTime"], record["DataVersion"]


def test_a_partner_is_created_under_the_clients_code(client: Client) -> None:
    answer = client.post("BusinessPartners", partner(EmailAddress="s@example.com"))
    assert answer.status == 201
    assert answer.headers["Location"].endswith("/BusinessPartners('S1')")
    made = answer.json
    assert (made["CardType"], made["GroupCode"], made["Currency"], made["Valid"]) == ("cCustomer", 100, "##", "tYES")
    assert (made["CreateDate"], made["CreateTime"]) == ("2026-11-21T00:00:00Z", "00:40:00")
    assert made["DataVersion"] == 1


def test_a_taken_code_is_refused_by_its_own_number(client: Client) -> None:
    client.post("BusinessPartners", partner())
    answer = client.post("BusinessPartners", partner(CardName="Other"))
    assert refusal(answer) == (400, "1320000140")
    assert client.get("BusinessPartners('S1')").json["CardName"] == "Somebody"
    client.control("POST", "settings", {"taken_card_code": -10})
    answer = client.post("BusinessPartners", partner())
    assert refusal(answer) == (400, "-10")
    assert answer.json["error"]["message"].startswith("1320000140 - ")


def test_codes_that_differ_by_case_are_two_partners(client: Client) -> None:
    assert client.post("BusinessPartners", partner()).status == 201
    assert client.post("BusinessPartners", partner(CardCode="s1")).status == 201


def test_a_series_gives_the_next_code(client: Client) -> None:
    codes = [client.post("BusinessPartners", {"CardName": "X", "Series": 72}).json["CardCode"] for _ in range(2)]
    assert codes == ["W20000", "W20001"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CardCode": ""}, "-5002"),
        ({"CardCode": None, "Series": 1}, "-5002"),
        ({"CardCode": None, "Series": 10}, "-5002"),
        ({"CardCode": "A" * 16}, "-1004"),
        ({"CardName": "A" * 201}, "-1004"),
        ({"CardName": 5}, "-1004"),
        ({"GroupCode": 7}, "-2028"),
        ({"PriceListNum": 9}, "-2028"),
        ({"Currency": "XXX"}, "-2028"),
        ({"BPAddresses": [address(Country="XX")]}, "-2028"),
        ({"BPAddresses": [address(State="CA")]}, "1250000128"),
        ({"BPAddresses": [address(), address()]}, "-2035"),
        ({"BPAddresses": [address(name="")]}, "-5002"),
        ({"BPAddresses": [{"Nope": 1}]}, "-1000"),
        ({"ContactEmployees": [{"Name": "A"}, {"Name": "A"}]}, "-2035"),
        ({"ContactEmployees": [{"FirstName": "A"}]}, "-5002"),
        ({"U_New": "x"}, "-1000"),
    ],
)
def test_a_broken_rule_makes_no_partner(client: Client, change: dict[str, Any], code: str) -> None:
    before = client.get("BusinessPartners/$count").text
    assert refusal(client.post("BusinessPartners", partner(**change))) == (400, code)
    assert client.get("BusinessPartners/$count").text == before


def test_a_state_must_exist_for_the_country(client: Client) -> None:
    american = address(Country="US", State="CA")
    assert client.post("BusinessPartners", partner(BPAddresses=[american])).status == 201


def test_the_first_addresses_become_the_default_ones(client: Client) -> None:
    made = client.post("BusinessPartners", partner(BPAddresses=[address(), address("Bill", "bo_BillTo")])).json
    assert (made["ShipToDefault"], made["BilltoDefault"]) == ("Home", "Bill")
    assert [row["RowNum"] for row in made["BPAddresses"]] == [0, 1]
    assert {row["BPCode"] for row in made["BPAddresses"]} == {"S1"}


def test_a_patch_changes_only_what_is_sent(client: Client, clock: Clock) -> None:
    client.post("BusinessPartners", partner(EmailAddress="s@example.com", BPAddresses=[address()]))
    clock.pass_by(minutes=5, seconds=7)
    assert client.patch("BusinessPartners('S1')", {"CardName": "New", "CardCode": "S2", "DataVersion": 9}).status == 204
    changed = client.get("BusinessPartners('S1')").json
    assert (changed["CardName"], changed["EmailAddress"], len(changed["BPAddresses"])) == ("New", "s@example.com", 1)
    assert (changed["CreateTime"], changed["UpdateTime"], changed["DataVersion"]) == ("00:40:00", "00:45:07", 2)
    assert client.get("BusinessPartners('S2')").status == 404


def test_rows_are_merged_by_their_keys(client: Client) -> None:
    client.post("BusinessPartners", partner(BPAddresses=[address(), address("Work")]))
    sent = [
        {"AddressName": "Work", "AddressType": "bo_ShipTo", "City": "Rome"},
        {"RowNum": 0, "City": "Bonn"},
        address("Third"),
    ]
    client.patch("BusinessPartners('S1')", {"BPAddresses": sent})
    rows = client.get("BusinessPartners('S1')").json["BPAddresses"]
    assert [(row["AddressName"], row["City"], row["Street"]) for row in rows] == [
        ("Home", "Bonn", "Road 1"),
        ("Work", "Rome", "Road 1"),
        ("Third", None, "Road 1"),
    ]


def test_the_replace_header_removes_what_is_not_sent(client: Client) -> None:
    client.post("BusinessPartners", partner(ContactEmployees=[{"Name": "A"}, {"Name": "B"}]))
    body = {"ContactEmployees": [{"Name": "C"}]}
    client.patch("BusinessPartners('S1')", body, B1S_ReplaceCollectionsOnPatch="true")
    assert [row["Name"] for row in client.get("BusinessPartners('S1')").json["ContactEmployees"]] == ["C"]


def test_a_contact_sent_without_its_code_is_another_one(client: Client) -> None:
    made = client.post("BusinessPartners", partner(ContactEmployees=[{"Name": "A"}])).json
    (contact,) = made["ContactEmployees"]
    assert refusal(client.patch("BusinessPartners('S1')", {"ContactEmployees": [{"Name": "A"}]})) == (400, "-2035")
    same = {"InternalCode": contact["InternalCode"], "FirstName": "Ada"}
    assert client.patch("BusinessPartners('S1')", {"ContactEmployees": [same]}).status == 204
    (changed,) = client.get("BusinessPartners('S1')").json["ContactEmployees"]
    assert (changed["Name"], changed["FirstName"]) == ("A", "Ada")


def test_enumerations_are_taken_by_name_and_by_code(client: Client) -> None:
    client.post("BusinessPartners", partner(CardType="S", Frozen="Y"))
    made = client.get("BusinessPartners?$filter=CardType eq 'S' and Frozen eq 'Y'").values
    assert [(one["CardCode"], one["CardType"]) for one in made] == [("S1", "cSupplier")]


def test_numbers_are_taken_as_text_too(client: Client) -> None:
    client.post("BusinessPartners", partner(GroupCode="102", DiscountPercent="2.5"))
    made = client.get("BusinessPartners('S1')").json
    assert (made["GroupCode"], str(made["DiscountPercent"])) == (102, "2.5")


def test_a_change_of_what_is_not_there_is_404(client: Client) -> None:
    assert refusal(client.patch("BusinessPartners('NONE')", {})) == (404, "-2028")
    assert refusal(client.call("DELETE", "BusinessPartners('NONE')")) == (404, "-2028")


def test_partners_can_be_deleted_until_they_have_documents(client: Client) -> None:
    client.post("BusinessPartners", partner())
    assert client.call("DELETE", "BusinessPartners('S1')").status == 204
    body = {"CardCode": "C20000", "DocDueDate": "2026-12-01", "DocumentLines": [{"ItemCode": "MUG"}]}
    assert client.post("Orders", body).status == 201
    assert refusal(client.call("DELETE", "BusinessPartners('C20000')")) == (400, "-5006")


def test_the_override_header_makes_a_patch_of_a_post(client: Client) -> None:
    answer = client.post("Items('MUG')", {"ItemName": "Cup"}, X_HTTP_Method_Override="PATCH")
    assert answer.status == 204
    assert client.get("Items('MUG')/ItemName").json["value"] == "Cup"


def test_tags_guard_changes(client: Client) -> None:
    old = client.get("Items('MUG')").headers["ETag"]
    assert client.patch("Items('MUG')", {"ItemName": "a"}, If_Match=old).status == 204
    assert refusal(client.patch("Items('MUG')", {"ItemName": "b"}, If_Match=old)) == (412, "-2039")
    assert client.patch("Items('MUG')", {"ItemName": "c"}, If_Match="*").status == 204
    assert client.patch("Items('MUG')", {"ItemName": "d"}).status == 204


def test_the_tag_of_another_record_of_the_same_version_is_accepted(client: Client) -> None:
    other = client.get("Items('PIN')").headers["ETag"]
    assert client.patch("Items('MUG')", {"ItemName": "a"}, If_Match=other).status == 204


def test_items_can_be_deleted_while_there_is_no_stock(client: Client) -> None:
    assert client.call("DELETE", "Items('PIN')").status == 204
    assert client.get("Items('PIN')").status == 404
    assert refusal(client.call("DELETE", "Items('MUG')")) == (400, "-5006")


def test_items_are_created_under_the_clients_code(client: Client) -> None:
    body = {"ItemCode": "NEW", "ItemName": "New", "ItemPrices": [{"PriceList": 1, "Price": 5, "Currency": "EUR"}]}
    answer = client.post("Items", body)
    assert answer.status == 201
    made = answer.json
    assert [row["Price"] for row in made["ItemPrices"]] == [5, None]
    assert [row["WarehouseCode"] for row in made["ItemWarehouseInfoCollection"]] == ["01", "02"]
    assert refusal(client.post("Items", body)) == (400, "-2035")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "-5002"),
        ({"ItemCode": "N" * 51}, "-1004"),
        ({"ItemCode": "N", "ItemName": "x" * 201}, "-1004"),
        ({"ItemCode": "N", "ItemsGroupCode": 5}, "-2028"),
        ({"ItemCode": "N", "ItemPrices": [{"PriceList": 9, "Price": 1}]}, "-2028"),
        ({"ItemCode": "N", "ItemsGroupCode": 1.5}, "-1004"),
        ({"ItemCode": "N", "Manufacturer": 77}, "-2028"),
        ({"ItemCode": "N", "SalesWeightUnit": 77}, "-2028"),
        ({"ItemCode": "N", "SalesUnitWeight": True}, "-1004"),
        ([], "-1000"),
    ],
)
def test_a_broken_rule_makes_no_item(client: Client, body: Any, code: str) -> None:
    assert refusal(client.post("Items", body)) == (400, code)


def test_prices_are_merged_by_price_list_and_stock_is_not_for_clients(client: Client) -> None:
    rows = [{"WarehouseCode": "01", "InStock": 999, "MinimalStock": 5}]
    body = {"ItemPrices": [{"PriceList": 1, "Price": 12}], "ItemWarehouseInfoCollection": rows, "QuantityOnStock": 1}
    assert client.patch("Items('MUG')", body).status == 204
    item = client.get("Items('MUG')").json
    assert [str(row["Price"]) for row in item["ItemPrices"]] == ["12.0", "9.52"]
    first = item["ItemWarehouseInfoCollection"][0]
    assert (first["InStock"], first["MinimalStock"], item["QuantityOnStock"]) == (100, 5, 140)


def test_a_patched_price_leaves_the_other_lists_and_stamps_the_item(client: Client, clock: Clock) -> None:
    before = stamp(client, "Items('MUG')")
    clock.pass_by(minutes=20)
    body = {"ItemPrices": [{"PriceList": 2, "Price": 7.5, "Currency": "EUR"}]}
    assert client.patch("Items('MUG')", body).status == 204
    rows = client.get("Items('MUG')").json["ItemPrices"]
    assert [(row["PriceList"], str(row["Price"])) for row in rows] == [(1, "11.9"), (2, "7.5")]
    assert stamp(client, "Items('MUG')") == ("2026-11-21T00:00:00Z", "01:00:00", before[2] + 1)


def test_texts_and_tax_flags_of_items_are_kept(client: Client) -> None:
    body = {"User_Text": "Two\nlines", "VatLiable": "N", "Manufacturer": -1, "SalesUnitWeight": 2, "SalesWeightUnit": 5}
    assert client.patch("Items('MUG')", body).status == 204
    item = client.get("Items('MUG')?$select=User_Text,VatLiable,Manufacturer,SalesUnitWeight,SalesWeightUnit").json
    assert (item["User_Text"], item["VatLiable"], item["Manufacturer"]) == ("Two\nlines", "tNO", -1)
    assert (item["SalesUnitWeight"], item["SalesWeightUnit"]) == (2, 5)


def test_manufacturers_and_units_of_weight_are_listed(client: Client) -> None:
    client.control("POST", "manufacturers", {"name": "Acme"})
    makers = client.get("Manufacturers?$select=Code,ManufacturerName&$orderby=Code").values
    assert [(one["Code"], one["ManufacturerName"]) for one in makers] == [(-1, "- No Manufacturer -"), (1, "Acme")]
    units = client.get("WeightMeasures?$filter=UnitCode eq 2").values
    assert [(one["UnitDisplay"], one["UnitWeightinmg"]) for one in units] == [("g", 1000)]


def test_an_item_without_a_tax_code_gets_the_companys_default(client: Client) -> None:
    assert client.post("Items", {"ItemCode": "N1"}).json["SalesVATGroup"] is None
    client.control("POST", "settings", {"default_tax_code": "A2"})
    assert client.post("Items", {"ItemCode": "N2"}).json["SalesVATGroup"] == "A2"
    assert client.post("Items", {"ItemCode": "N3", "SalesVATGroup": "A0"}).json["SalesVATGroup"] == "A0"


def test_a_database_may_take_codes_that_differ_by_case_for_one(client: Client) -> None:
    assert client.post("Items", {"ItemCode": "mug"}).status == 201
    client.control("POST", "settings", {"codes_ignore_case": True})
    assert refusal(client.post("Items", {"ItemCode": "Mug"})) == (400, "-2035")


def test_other_users_add_item_groups_and_change_price_lists(client: Client) -> None:
    made = client.control("POST", "item_groups", {"name": "Hats"})
    assert client.get(f"ItemGroups({made['Number']})").json["GroupName"] == "Hats"
    client.control("POST", "price_lists", {"price_list": 1, "gross": False})
    lists = client.get("PriceLists?$orderby=PriceListNo").values
    assert [one["IsGrossPrice"] for one in lists] == ["tNO", "tYES"]
    assert client.get("Items('MUG')").json["ItemPrices"][0]["Price"] == Decimal("11.9")


def test_movements_and_price_lists_leave_no_stamp(client: Client, clock: Clock) -> None:
    before = stamp(client, "Items('MUG')")
    clock.pass_by(minutes=20)
    client.control("POST", "stock", {"item": "MUG", "warehouse": "02", "quantity": -5})
    client.control("POST", "stock", {"item": "MUG", "set": 7})
    client.control("POST", "prices", {"item": "MUG", "price": 13})
    client.control("POST", "prices", {"item": "MUG", "price_list": 2, "price": None})
    item = client.get("Items('MUG')").json
    assert [row["InStock"] for row in item["ItemWarehouseInfoCollection"]] == [7, 35]
    assert (item["QuantityOnStock"], [row["Price"] for row in item["ItemPrices"]]) == (42, [13, None])
    assert stamp(client, "Items('MUG')") == before


def test_an_edit_by_another_user_is_stamped(client: Client, clock: Clock) -> None:
    before = stamp(client, "Items('MUG')")
    clock.pass_by(minutes=20)
    client.control("POST", "items", {"ItemCode": "MUG", "ItemName": "Cup"})
    assert stamp(client, "Items('MUG')") == ("2026-11-21T00:00:00Z", "01:00:00", before[2] + 1)
    client.control("POST", "items/delete", {"item": "MUG"})
    assert client.get("Items('MUG')").status == 404


def test_read_only_sets_refuse_writes(client: Client) -> None:
    assert refusal(client.post("VatGroups", {"Code": "X"})) == (400, "-5006")
    assert refusal(client.patch("Warehouses('01')", {"WarehouseName": "X"})) == (400, "-5006")
    assert refusal(client.call("PUT", "Items('MUG')", {})) == (400, "-5006")


def test_a_body_that_is_not_json_is_refused(client: Client) -> None:
    request = Request.make("POST", "/b1s/v2/Items", {"Cookie": client.cookie}, b"{oops")
    assert refusal(answer_of(client.application.respond(request))) == (400, "-1000")
