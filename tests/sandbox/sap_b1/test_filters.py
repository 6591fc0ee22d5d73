"""The $filter language, asked as a client asks."""

from __future__ import annotations

import pytest

from hub.sandbox.sap_b1.catalogue import Catalogue
from hub.sandbox.sap_b1.conditions import test_of as condition_of
from hub.sandbox.sap_b1.errors import ServiceError
from hub.sandbox.sap_b1.filters import parse
from tests.sandbox.sap_b1.scenario import Client

CATALOGUE = Catalogue()


def holds(condition: str, record: dict[str, object], type_name: str = "Item") -> bool:
    properties = CATALOGUE.of(type_name)
    return bool(condition_of(parse(condition, properties, type_name), properties)(record))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("ItemCode eq 'A'", True),
        ("ItemCode eq 'a'", False),
        ("ItemCode ne 'B'", True),
        ("ItemCode gt '9' and ItemCode lt 'B'", True),
        ("ItemCode ge 'A' and ItemCode le 'A'", True),
        ("not (ItemCode eq 'A')", False),
        ("not ItemCode eq 'B'", True),
        ("ItemCode eq 'B' or ItemName eq 'Tea'", True),
        ("ItemCode eq 'A' or ItemCode eq 'B' and ItemName eq 'none'", True),
        ("(ItemCode eq 'A' or ItemCode eq 'B') and ItemName eq 'none'", False),
        ("startswith(ItemName,'Te') and endswith(ItemName, 'ea')", True),
        ("contains(ItemName,'e')", True),
        ("contains(ItemName,'E')", False),
        ("substringof('ea', ItemName)", True),
        ("substringof('ea', ItemName) eq true", True),
        ("ForeignName eq null", True),
        ("ItemName ne null", True),
        ("ForeignName ne 'x'", False),
        ("not (ForeignName eq 'x')", False),
        ("User_Text eq 'it''s 5 o''clock'", True),
        ("ItemsGroupCode eq 100", True),
        ("SalesUnitWeight gt 0.25 and SalesUnitWeight le 1e0", True),
        ("Valid eq 'tYES'", True),
        ("Valid eq 'Y' and Frozen eq 'N'", True),
        ("Valid eq SAPB1.BoYesNoEnum'tNO'", False),
        ("UpdateDate eq '2026-11-21'", True),
        ("UpdateDate eq '20261121'", True),
        ("UpdateDate eq datetime'2026-11-21T23:59:59'", True),
        ("UpdateDate gt '2026-11-21T23:00:00'", False),
        ("UpdateDate ge 2026-11-21T00:00:00Z", True),
        ("UpdateTime ge '13:14:59'", True),
        ("UpdateTime gt '13:14:00'", False),
        ("UpdateTime eq datetime'1999-01-01T13:14:00'", True),
        ("UpdateTime lt 13:15:00", True),
        ("UpdateDate gt '2026-11-20' or (UpdateDate eq '2026-11-20' and UpdateTime ge '23:00')", True),
    ],
)
def test_a_condition_holds_or_not(condition: str, expected: bool) -> None:
    record = {
        "ItemCode": "A",
        "ItemName": "Tea",
        "User_Text": "it's 5 o'clock",
        "SalesUnitWeight": 1,
        "UpdateDate": "2026-11-21",
        "UpdateTime": "13:14:45",
    }
    assert holds(condition, record) is expected


@pytest.mark.parametrize(
    "condition",
    [
        "ItemCode",
        "ItemCode eq",
        "ItemCode eq 'A' and",
        "ItemCode eq 'A' ItemName eq 'B'",
        "(ItemCode eq 'A'",
        "ItemCode is 'A'",
        "ItemCode eq 5",
        "ItemsGroupCode eq 'many'",
        "Valid eq 'maybe'",
        "UpdateDate eq 'yesterday'",
        "year(UpdateDate) eq 2026",
        "tolower(ItemName) eq 'a'",
        "SalesUnitWeight add 1 gt 5",
        "ItemPrices eq 5",
        "ItemPrices/any(p:p/Price gt 5)",
        "contains(ItemsGroupCode,'1')",
        "ItemCode eq 'open",
        "§",
    ],
)
def test_what_the_service_layer_does_not_know_is_refused(condition: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        holds(condition, {"ItemCode": "A"})
    assert (refusal.value.status, refusal.value.code) == (400, -1000)


def test_an_unknown_property_is_named(client: Client) -> None:
    for option in ("$filter=NoSuch eq 'x'", "$select=NoSuch", "$orderby=NoSuch", "$filter=U_New eq 'x'"):
        answer = client.get(f"Items?{option}")
        assert (answer.status, answer.code) == (400, "-1000")
        assert "is invalid" in answer.json["error"]["message"]


def codes(client: Client, options: str, **headers: str) -> list[str]:
    return [one["ItemCode"] for one in client.get(f"Items?$select=ItemCode&{options}", **headers).values]


def test_codes_that_differ_by_case_are_two(client: Client) -> None:
    assert codes(client, "$filter=ItemCode eq '85123A'") == ["85123A"]
    assert codes(client, "$filter=ItemCode eq '85123a'") == ["85123a"]


def test_a_request_may_ask_to_ignore_case(client: Client) -> None:
    assert codes(client, "$filter=ItemCode eq '85123a'", B1S_CaseInsensitive="true") == ["85123A", "85123a"]
    found = client.get(
        "BusinessPartners?$select=CardName&$filter=EmailAddress eq 'ada@example.com'", B1S_CaseInsensitive="true"
    )
    assert [one["CardName"] for one in found.values] == ["Ada Lovelace"]
    assert client.get("BusinessPartners?$filter=EmailAddress eq 'ada@example.com'").values == []


def test_keyset_pages_start_after_the_key(client: Client) -> None:
    assert codes(client, "$filter=ItemCode gt 'MUG'&$orderby=ItemCode&$top=2") == ["O'NEIL/1", "OLD"]
    assert codes(client, "$filter=ItemCode gt 'MUG' and ItemCode le 'PIN'") == ["O'NEIL/1", "OLD", "PIN"]
    assert codes(client, "$filter=ItemCode lt 'MUG'&$orderby=ItemCode desc") == ["GIFT25", "CABLE", "85123a", "85123A"]


def test_look_ups_follow_changes(client: Client) -> None:
    assert codes(client, "$filter=BarCode eq '123' or BarCode eq '4006381333931'") == ["O'NEIL/1"]
    client.patch("Items('MUG')", {"BarCode": "123"})
    client.patch("Items('O''NEIL%2F1')", {"BarCode": None})
    assert codes(client, "$filter=BarCode eq '123' or BarCode eq '4006381333931'") == ["MUG"]
