"""Rows of the maps as they are proposed and typed in the wizard."""

from __future__ import annotations

import pytest

from hub.configuration.map_rows import Row, checked, proposed
from hub.configuration.reference import reference


def place(name: str) -> dict[str, object]:
    return {"name": name, "active": True}


@pytest.mark.parametrize(("usual", "expected"), [("01", "01"), ("02", "02"), ("", "02"), ("99", "02")])
def test_the_erps_own_default_warehouse_is_proposed_as_the_default(usual: str, expected: str) -> None:
    shop = {"locations": {"L2": place("Shop"), "L1": place("Main")}}
    erp = {"warehouses": {"01": place("Main"), "02": place("Shop")}, "default_warehouse": usual}
    rows = proposed("location", [], reference(shop, erp, {}))
    assert [row.erp for row in rows if row.default] == [expected]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("19%", "0.19"),
        ("19 %", "0.19"),
        ("0.19", "0.19"),
        ("DE 19 % included", "DE 0.19 included"),
        ("CH 8.1%", "CH 0.081"),
        ("5,5 %", "0.055"),
        ("0 %", "0"),
        ("100%", "1"),
    ],
)
def test_a_rate_may_be_written_in_percent_and_is_kept_as_a_number(typed: str, kept: str) -> None:
    assert checked("tax", [Row(typed, "A2")]) == [Row(kept, "A2")]


@pytest.mark.parametrize("typed", ["much", "19", "190 %", "DE19%"])
def test_what_is_no_rate_is_refused(typed: str) -> None:
    assert checked("tax", [Row(typed, "A2")])[0].fault.startswith("Not a rate")


def test_one_rate_in_two_ways_of_writing_stands_twice() -> None:
    assert "stands in a row above already" in checked("tax", [Row("19%", "A2"), Row("0.19", "A1")])[1].fault
