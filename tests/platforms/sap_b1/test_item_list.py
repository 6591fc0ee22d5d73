"""Items to choose from: what a person looks for as a filter, page after page, and the mark on what was chosen."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from hub.errors import ConfigurationError, OutcomeUnknown, TargetVanished
from hub.platforms.endpoint import Brief, Criteria
from hub.platforms.sap_b1.item_list import condition_of
from hub.platforms.sap_b1.masters import KEPT_WITHOUT

GROUPS = {100: "Items", 101: "Drinkware", 102: "shirts", 104: "Hats", 110: "Zubehör"}


def groups(first: str, last: str) -> str:
    return condition_of(Criteria(groups=(first, last)), GROUPS)


def test_no_criteria_are_no_condition() -> None:
    assert condition_of(Criteria(), GROUPS) == ""


@pytest.mark.parametrize(
    ("codes", "condition"),
    [
        (("A", "B"), "ItemCode ge 'A' and ItemCode le 'B'"),
        (("A", ""), "ItemCode ge 'A'"),
        (("", "B"), "ItemCode le 'B'"),
        (("O'Brien", "O'Neil"), "ItemCode ge 'O''Brien' and ItemCode le 'O''Neil'"),
    ],
)
def test_a_range_of_codes_has_both_its_ends(codes: tuple[str, str], condition: str) -> None:
    assert condition_of(Criteria(codes=codes), GROUPS) == condition


@pytest.mark.parametrize(
    ("first", "last", "condition"),
    [
        ("Drinkware", "Hats", "ItemsGroupCode eq 101 or ItemsGroupCode eq 104"),
        ("drinkware", "HATS", "ItemsGroupCode eq 101 or ItemsGroupCode eq 104"),
        ("Items", "Items", "ItemsGroupCode eq 100"),
        ("I", "Z", "ItemsGroupCode eq 100 or ItemsGroupCode eq 102"),
        ("", "", ""),
        ("", "E", "ItemsGroupCode eq 101"),
        ("T", "", "ItemsGroupCode eq 110"),
        ("100", "102", "(ItemsGroupCode ge 100 and ItemsGroupCode le 102)"),
        ("102", "", "(ItemsGroupCode ge 102 and ItemsGroupCode le 110)"),
        ("104", "104", "ItemsGroupCode eq 104"),
        ("100", "Items", "(ItemsGroupCode ge 100 and ItemsGroupCode le 101) or ItemsGroupCode eq 104"),
    ],
)
def test_a_range_of_groups_goes_by_name_or_by_number(first: str, last: str, condition: str) -> None:
    assert groups(first, last) == condition


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("abc", "abc", "no item group abc; there are: "),
        ("105", "109", "no item group between 105 and 109; there are: "),
        ("X", "Y", "no item group between X and Y; there are: "),
        ("Hats", "Drinkware", "no item group between Hats and Drinkware; there are: "),
        ("ZZ", "", "no item group from ZZ on; there are: "),
        ("", "A", "no item group up to A; there are: "),
    ],
)
def test_a_range_without_any_group_is_refused_with_the_groups_that_there_are(first: str, last: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^There is {words}") as refused:
        groups(first, last)
    assert "Drinkware (101), Hats (104), Items (100)" in str(refused.value)


def test_of_very_many_groups_the_first_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"G019 \(19\) and 5 more\.$"):
        condition_of(Criteria(groups=("abc", "abc")), {number: f"G{number:03}" for number in range(25)})


def test_all_groups_are_one_range() -> None:
    assert groups("A", "") == "(ItemsGroupCode ge 100 and ItemsGroupCode le 110)"


def test_more_stretches_of_groups_than_a_request_can_hold_are_refused() -> None:
    many = {number: ("B" if number % 2 else "Y") + str(number) for number in range(400)}
    with pytest.raises(ConfigurationError, match="stretches of item groups"):
        condition_of(Criteria(groups=("A", "C")), many)
    assert condition_of(Criteria(groups=("0", "399")), many) == "(ItemsGroupCode ge 0 and ItemsGroupCode le 399)"


def test_text_is_looked_for_in_code_and_name_in_its_usual_spellings() -> None:
    condition = condition_of(Criteria(text="o'neil"), GROUPS)
    assert condition.startswith("contains(ItemCode,'o''neil') or contains(ItemName,'o''neil') or ")
    assert "contains(ItemName,'O''NEIL')" in condition
    assert condition.count("contains(") == 6


def test_criteria_narrow_one_another() -> None:
    criteria = Criteria(("A", "B"), ("Items", "Items"), "x")
    condition = condition_of(criteria, GROUPS)
    assert condition.startswith("(ItemCode ge 'A' and ItemCode le 'B') and (ItemsGroupCode eq 100) and (contains(")


# -- against the sandbox ----------------------------------------------------------------------------------------


@pytest.fixture
def stocked(erp: Any) -> Any:
    """A company with 230 shirts in a group of their own."""
    number = erp.control("POST", "item_groups", {"name": "Shirts"})["Number"]
    for size in range(230):
        item = {"ItemCode": f"S{size:03}", "ItemName": f"Shirt {size}", "ItemsGroupCode": number}
        erp.control("POST", "items", item)
    return erp


def all_pages(erp: Any, criteria: Criteria, limit: int = 100) -> tuple[list[str], int]:
    """All codes, page after page, and how many requests that took."""
    endpoint = erp.endpoint("product")
    before = erp.counts().get("GET Items", 0)
    codes: list[str] = []
    while page := endpoint.browse(criteria, codes[-1] if codes else "", limit):
        codes += [brief.key for brief in page]
    return codes, erp.counts()["GET Items"] - before


def test_items_are_listed_with_their_name_and_group(stocked: Any) -> None:
    (first, *_) = stocked.endpoint("product").browse(Criteria(codes=("MUG", "MUG")), "", 10)
    assert first == Brief("MUG", "MUG", "Mug", "Drinkware", stock=Decimal(140))


@pytest.mark.parametrize("limit", [7, 50, 100, 200, 500])
def test_all_items_of_a_range_come_once_and_in_order(stocked: Any, limit: int) -> None:
    codes, _ = all_pages(stocked, Criteria(codes=("S000", "S229")), limit)
    assert codes == [f"S{size:03}" for size in range(230)]


def test_a_page_is_one_request(stocked: Any) -> None:
    codes, requests = all_pages(stocked, Criteria(groups=("Shirts", "Shirts")))
    assert (len(codes), requests) == (230, 4)  # The last one finds that there is nothing more.


def test_items_that_come_meanwhile_shift_nothing(stocked: Any) -> None:
    endpoint = stocked.endpoint("product")
    first = endpoint.browse(Criteria(codes=("S000", "")), "", 50)
    stocked.control("POST", "items", {"ItemCode": "S0005", "ItemName": "New", "ItemsGroupCode": 100})
    second = endpoint.browse(Criteria(codes=("S000", "")), first[-1].key, 50)
    assert second[0].key == "S050"


def test_a_server_that_caps_its_pages_fills_them_all_the_same(stocked: Any) -> None:
    briefs = stocked.endpoint("product").browse(Criteria(codes=("S", "")), "", 210)
    assert [brief.key for brief in briefs] == [f"S{size:03}" for size in range(210)]


def test_text_is_found_in_code_or_name(stocked: Any) -> None:
    assert all_pages(stocked, Criteria(text="shirt 22"))[0] == ["S022", *(f"S{size}" for size in range(220, 230))]
    assert all_pages(stocked, Criteria(text="s22"))[0] == [f"S{size}" for size in range(220, 230)]
    assert all_pages(stocked, Criteria(text="O'Brien"))[0] == ["O'Brien's 5% @home"]
    assert all_pages(stocked, Criteria(text="' or ItemCode ne '"))[0] == []


def test_a_group_that_is_not_there_is_said_until_it_is_there(stocked: Any) -> None:
    endpoint, criteria = stocked.endpoint("product"), Criteria(groups=("Zips", "Zips"))
    for look in (partial(endpoint.browse, criteria, "", 10), partial(endpoint.count, criteria)):
        with pytest.raises(ConfigurationError, match=r"There is no item group Zips; there are: .*Shirts"):
            look()
    number = stocked.control("POST", "item_groups", {"name": "Zips"})["Number"]
    stocked.control("POST", "items", {"ItemCode": "ZIP", "ItemName": "Zip", "ItemsGroupCode": number})
    stocked.clock.shift += KEPT_WITHOUT
    assert [brief.key for brief in endpoint.browse(criteria, "", 10)] == ["ZIP"]


def marks(erp: Any) -> dict[str, Any]:
    return {row["ItemCode"]: row.get("U_HubSync") for row in erp.state("items") if row.get("U_HubSync")}


def test_the_selection_is_mirrored_to_the_items(erp: Any) -> None:
    endpoint = erp.endpoint("product")
    assert endpoint.mirror(["MUG", "O'Brien's 5% @home"], marked=True) == {}
    assert marks(erp) == {"MUG": "Y", "O'Brien's 5% @home": "Y"}
    assert endpoint.mirror(["MUG"], marked=False) == {}
    assert marks(erp) == {"MUG": "N", "O'Brien's 5% @home": "Y"}


def test_what_says_so_already_is_not_written_again(erp: Any) -> None:
    endpoint = erp.endpoint("product")
    endpoint.mirror(["MUG"], marked=True)
    before = erp.counts()["PATCH Items"]
    endpoint.mirror(["MUG", "CABLE"], marked=True)
    assert erp.counts()["PATCH Items"] == before + 1


def test_a_mark_is_no_change_of_the_item(erp: Any) -> None:
    endpoint = erp.endpoint("product")
    before = endpoint.read(["MUG"])["MUG"]
    endpoint.mirror(["MUG"], marked=True)
    after = endpoint.read(["MUG"])["MUG"]
    assert {name for name in after if after[name] != before[name]} <= endpoint.volatile


def test_items_that_cannot_be_marked_are_answered(erp: Any) -> None:
    erp.faults({"kind": "stored_then_dropped", "share": 1, "operations": ["PATCH Items"]})
    refused = erp.endpoint("product").mirror(["NOPE", "MUG"], marked=True)
    assert {key: type(error) for key, error in refused.items()} == {"NOPE": TargetVanished, "MUG": OutcomeUnknown}


def test_without_the_field_nothing_can_be_mirrored(bare_erp: Any) -> None:
    with pytest.raises(ConfigurationError) as failure:
        bare_erp.endpoint("product").mirror(["MUG"], marked=True)
    assert failure.value.detail == "OITM.U_HubSync"
    assert "hub setup-erp" in failure.value.fix
