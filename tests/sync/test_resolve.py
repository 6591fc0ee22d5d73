from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.errors import AmbiguousMatch, ConfigurationError, MissingDependency, MissingMapping, UnknownSku
from hub.store.maps import Entry, Translator, location_map, refuse_faults
from hub.sync.resolve import Answers, NotLinked, in_place, unresolved
from objects.base import Mapped, Ref

TAXES = Translator(
    [
        Entry("tax", "0.19", "A2"),
        Entry("tax", "DE 0.19", "D2"),
        Entry("tax", "DE 0.19", "D3", valid_from=date(2026, 6, 1)),
        Entry("payment", "Shopify_Payments", "card:1"),
    ],
    to_erp=True,
)


def place(record: dict[str, Any], answers: Answers | None = None, **settings: str) -> dict[str, Any]:
    return in_place(record, answers or Answers(), TAXES, settings)


def test_references_and_values_are_replaced_wherever_they_stand() -> None:
    ref = Ref("variant", "gid://v", "MUG")
    answers = Answers({("variant", "gid://v", "MUG"): "MUG"})
    record = {"lines": [{"item": ref, "tax": Mapped("tax", "0.19")}], "note": "x"}
    assert place(record, answers) == {"lines": [{"item": "MUG", "tax": "A2"}], "note": "x"}
    assert record["lines"][0]["item"] is ref  # type: ignore[index]


def test_the_narrowest_entry_wins_and_the_wider_ones_follow() -> None:
    assert place({"code": Mapped("tax", "DE 0.19", ("0.19",))})["code"] == "D3"
    assert place({"code": Mapped("tax", "FR 0.19", ("0.19",))})["code"] == "A2"


def test_an_entry_counts_from_its_day_on() -> None:
    early = {"placed_at": datetime(2026, 5, 31, tzinfo=UTC), "code": Mapped("tax", "DE 0.19")}
    late = {"placed_at": datetime(2026, 6, 1, tzinfo=UTC), "code": Mapped("tax", "DE 0.19")}
    assert place(early)["code"] == "D2"
    assert place(late)["code"] == "D3"


def test_a_gateway_is_found_whatever_its_letter_case() -> None:
    assert place({"account": Mapped("payment", "shopify_payments")})["account"] == "card:1"


def test_a_missing_entry_names_the_map_and_the_value() -> None:
    with pytest.raises(MissingMapping) as caught:
        place({"account": Mapped("payment", "klarna")})
    assert caught.value.detail == "payment=klarna"
    assert "hub maps set" in caught.value.fix


def test_a_missing_item_names_the_sku_unless_a_stand_in_is_set() -> None:
    record = {"item": Ref("variant", "", "NOPE", stand_in=("gift_card_item", "stand_in_item"))}
    with pytest.raises(UnknownSku) as caught:
        place(record)
    assert caught.value.detail == "sku=NOPE"
    assert place(record, stand_in_item="STANDIN") == {"item": "STANDIN"}
    assert place(record, stand_in_item="STANDIN", gift_card_item="GIFT") == {"item": "GIFT"}


def test_a_missing_customer_is_a_missing_dependency_and_a_missing_variant_of_a_stock_record_a_skip() -> None:
    with pytest.raises(MissingDependency):
        place({"customer": Ref("customer", "gid://c")})
    with pytest.raises(NotLinked) as caught:
        place({"variant": Ref("variant", "MUG", "MUG", absent="skip")})
    assert (caught.value.skip.reason, caught.value.skip.detail) == ("NOT_LINKED", "MUG")


def test_what_is_known_about_a_reference_that_failed_is_said() -> None:
    answers = Answers(troubles={("variant", "gid://v", "B"): AmbiguousMatch("link and code disagree")})
    with pytest.raises(AmbiguousMatch, match="disagree"):
        place({"item": Ref("variant", "gid://v", "B")}, answers)


def test_each_open_reference_is_asked_for_once() -> None:
    ref = Ref("variant", "gid://v", "MUG")
    answers = Answers({("customer", "gid://c", ""): "C1"})
    records = [{"lines": [{"item": ref}, {"item": ref}], "customer": Ref("customer", "gid://c")}]
    assert unresolved(records, answers) == [ref]


def test_a_warehouse_has_one_location_and_there_is_one_default() -> None:
    pairs = [Entry("location", "L1", "01", is_default=True), Entry("location", "L2", "02")]
    refuse_faults(pairs)
    assert list(location_map(reversed(pairs)).items()) == [("01", "L1"), ("02", "L2")]
    with pytest.raises(ConfigurationError, match="L1 twice"):
        refuse_faults([*pairs, Entry("location", "L1", "03")])
    with pytest.raises(ConfigurationError, match="01 twice"):
        refuse_faults([*pairs, Entry("location", "L3", "01")])
    with pytest.raises(ConfigurationError, match="two defaults"):
        refuse_faults([pairs[0], Entry("location", "L2", "02", is_default=True)])


def test_maps_are_read_backwards_towards_the_shop() -> None:
    backwards = Translator([Entry("location", "gid://L1", "01")], to_erp=False)
    assert backwards.translate("location", ["01"], None) == "gid://L1"
    assert backwards.translate("location", ["gid://L1"], None) is None
