"""No value can break out of a filter, and no page of a long answer is lost."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote

import pytest

from hub.platforms.sap_b1 import query


def test_a_quote_inside_a_value_is_doubled() -> None:
    assert query.equal("ItemCode", "O'Brien's") == "ItemCode eq 'O''Brien''s'"


def test_a_number_stays_bare() -> None:
    assert query.beyond("DocEntry", 22) == "DocEntry gt 22"


def test_a_key_is_quoted_first_and_percent_encoded_then() -> None:
    path = query.record_path("Items", "A'1/50% ü")
    assert path == "Items('A''1%2F50%25%20%C3%BC')"
    assert unquote(path) == "Items('A''1/50% ü')"


def test_a_key_that_looks_like_a_number_stays_text() -> None:
    assert query.record_path("BusinessPartners", "123") == "BusinessPartners('123')"


def test_conditions_are_joined_with_parentheses_and_empty_ones_left_out() -> None:
    assert query.every("", "A eq 1") == "A eq 1"
    assert query.every("A eq 1 or B eq 2", "C eq 3") == "(A eq 1 or B eq 2) and (C eq 3)"
    assert query.every("", "") == ""


def test_a_delta_asks_for_later_days_whole() -> None:
    assert query.changed_since("2026-11-20", "13:14:00") == (
        "UpdateDate gt '2026-11-20' or ((UpdateDate eq '2026-11-20') and (UpdateTime ge '13:14:00'))"
    )


def test_many_values_are_spread_over_short_filters_and_none_is_lost() -> None:
    codes = [f"CODE-{number}-ü" for number in range(200)]
    filters = list(query.one_of("ItemCode", codes, length=500))
    assert len(filters) > 5
    assert all(len(query.query_string({"$filter": condition})) < 600 for condition in filters)
    assert [term for condition in filters for term in condition.split(" or ")] == [
        query.equal("ItemCode", code) for code in codes
    ]


def test_a_value_asked_for_twice_is_asked_once() -> None:
    assert list(query.one_of("ItemCode", ["A", "B", "A"])) == ["ItemCode eq 'A' or ItemCode eq 'B'"]
    assert list(query.one_of("ItemCode", [])) == []


def test_options_survive_the_way_through_an_address() -> None:
    options = {"$filter": "EmailAddress eq 'a+b&c=d@example.com'", "$select": "CardCode"}
    assert dict(parse_qsl(query.query_string(options))) == options


@pytest.mark.parametrize(
    "link",
    ["https://erp.example/b1s/v2/Orders?$skip=20", "/b1s/v2/Orders?$skip=20", "Orders?$skip=20"],
    ids=["whole", "rooted", "relative"],
)
def test_a_next_link_leads_to_the_same_place_in_every_form_and_keeps_the_options(link: str) -> None:
    path, options = query.follow(link, "/b1s/v2/", {"$select": "DocEntry", "$orderby": "DocEntry", "$skip": "0"})
    assert path == "Orders"
    assert options == {"$select": "DocEntry", "$orderby": "DocEntry", "$skip": "20"}


def test_what_a_next_link_says_itself_counts() -> None:
    _, options = query.follow("Orders?$filter=A%20eq%201&$skip=40", "/b1s/v2/", {"$filter": "B eq 2"})
    assert options == {"$filter": "A eq 1", "$skip": "40"}
