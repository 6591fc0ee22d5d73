"""A document is posted only if it comes to what the shop says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from hub.errors import TotalMismatch
from hub.platforms.sap_b1.document import Expected
from hub.platforms.sap_b1.totals import Limits, Verdict, compare, tax_sum, total_of

Make = Callable[..., dict[str, Any]]
CENT = Decimal("0.01")


def previewed(total: str, *lines: tuple[str, str], rate: str = "19") -> dict[str, Any]:
    """The ERP's document: its total, and the gross total and tax of each line."""
    return {
        "DocTotal": Decimal(total),
        "DocTotalFc": 0,
        "VatSum": sum((Decimal(tax) for _, tax in lines), Decimal(0)),
        "DocumentLines": [
            {
                "U_HubLine": f"line-{number}",
                "GrossTotal": Decimal(gross),
                "TaxTotal": Decimal(tax),
                "TaxPercentagePerRow": Decimal(rate),
            }
            for number, (gross, tax) in enumerate(lines)
        ],
    }


@pytest.fixture
def three_lines(make_order: Make, make_line: Make) -> dict[str, Any]:
    """Scenario 1c: three lines of 1.03 net, 0.20 tax each."""
    return make_order([make_line("1.03", tax="0.20") for _ in range(3)], taxes_included=False)


EXPECTED = [Expected(f"line-{number}", f"MUG-{number} x 1", Decimal("1.23")) for number in range(3)]
GROUPED = previewed("3.68", ("1.23", "0.20"), ("1.23", "0.20"), ("1.22", "0.19"))


def compared(record: dict[str, Any], document: dict[str, Any], tolerance: str = "0.05") -> Verdict:
    return compare(record, document, EXPECTED, Limits(Decimal(tolerance), 2))


def test_equal_totals_need_nothing(three_lines: dict[str, Any]) -> None:
    document = previewed("3.69", *[("1.23", "0.20")] * 3)
    assert compared(three_lines, document) == Verdict(Decimal(0), ())


def test_a_cent_within_the_tolerance_is_the_rounding(three_lines: dict[str, Any]) -> None:
    verdict = compared(three_lines, GROUPED)
    assert verdict.difference == CENT
    assert verdict.warnings == ("Tax of 19 % differs: shop / ERP / difference 0.60 / 0.59 / 0.01.",)


def test_without_tolerance_a_cent_is_a_mismatch_with_its_figures_and_lines(three_lines: dict[str, Any]) -> None:
    with pytest.raises(TotalMismatch) as failure:
        compared(three_lines, GROUPED, tolerance="0")
    assert failure.value.detail == "3.69 / 3.68 / 0.01"
    assert "MUG-2 x 1: 1.23 / 1.22 / 0.01" in str(failure.value)
    assert "MUG-0" not in str(failure.value)


def test_figures_have_the_decimals_of_money(three_lines: dict[str, Any]) -> None:
    with pytest.raises(TotalMismatch) as failure:
        compared(three_lines, {"DocTotal": 4})
    assert failure.value.detail == "3.69 / 4.00 / -0.31"
    assert "No line differs" in str(failure.value)


@pytest.mark.parametrize(("lines", "allowed"), [(1, "0.01"), (3, "0.03"), (5, "0.05"), (1114, "0.05")])
def test_rounding_is_a_cent_a_line_and_never_more_than_the_tolerance(lines: int, allowed: str) -> None:
    assert Limits(Decimal("0.05"), 2).total(lines) == Decimal(allowed)


def test_many_differing_lines_are_not_all_listed(make_order: Make, make_line: Make) -> None:
    record = make_order([make_line("1.00") for _ in range(30)])
    expected = [Expected(f"line-{number}", f"L{number}", Decimal(1)) for number in range(30)]
    with pytest.raises(TotalMismatch, match="and 10 more"):
        compare(record, previewed("60", *[("2", "0")] * 30), expected, Limits(Decimal("0.05"), 2))


def test_a_wrong_tax_code_is_a_mismatch_even_if_the_total_is_right(make_order: Make, make_line: Make) -> None:
    record = make_order([make_line("11.90", tax="1.90")])
    with pytest.raises(TotalMismatch) as failure:
        compared(record, previewed("11.90", ("11.90", "0.78"), rate="7"))
    assert failure.value.detail == "tax 0.00 / 0.78 / -0.78"


def test_rates_that_the_shop_lists_apart_are_one_code_in_the_erp(make_order: Make, make_line: Make) -> None:
    taxes = [{"rate": Decimal(rate), "amount": Decimal(amount)} for rate, amount in (("0.06", "6"), ("0.01", "1"))]
    record = make_order([{**make_line("100"), "tax": taxes}], taxes_included=False)
    assert compared(record, previewed("107", ("107", "7"), rate="7")).warnings == ()


def test_freights_count_towards_the_tax_of_their_rate(make_order: Make, make_line: Make, make_charge: Make) -> None:
    record = make_order([make_line("25.70", tax="4.10")], [make_charge("4.90", tax="0.78")])
    document = previewed("30.60", ("25.70", "4.10"))
    document["DocumentAdditionalExpenses"] = [{"TaxPercent": 19, "TaxSum": Decimal("0.78")}]
    assert compared(record, document).warnings == ()
    document["DocumentAdditionalExpenses"] = [{"TaxPercent": 19, "TaxSum": Decimal("0.79")}]
    assert compared(record, document).warnings == ("Tax of 19 % differs: shop / ERP / difference 4.88 / 4.89 / -0.01.",)


def test_a_document_in_foreign_currency_is_compared_in_that_currency(make_order: Make, make_line: Make) -> None:
    record = make_order([make_line("11.90", tax="1.90")], currency="USD")
    document = {**previewed("10.80", ("10.80", "1.72")), "DocTotalFc": Decimal("11.90"), "VatSumFc": Decimal("1.90")}
    assert total_of(document) == Decimal("11.90")
    assert tax_sum(document) == Decimal("1.90")
    assert compared(record, document) == Verdict(Decimal(0), ())
    with pytest.raises(TotalMismatch, match="Tax in all"):
        compared(record, {**document, "VatSumFc": Decimal("1.00")})


def test_no_tax_is_compared_where_none_is_computed(make_order: Make, make_line: Make) -> None:
    record = make_order([make_line("11.90", tax="1.90")])
    limits = Limits(Decimal("0.05"), 2)
    assert compare(record, previewed("11.90", ("10.00", "0")), EXPECTED, limits, taxed=False).warnings == ()
