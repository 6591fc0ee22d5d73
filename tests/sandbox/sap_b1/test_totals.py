"""The arithmetic, by the figures of the acceptance scenarios."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.sap_b1.totals import GROSS, Rules, compute
from tests.sandbox.sap_b1.scenario import Client, Clock, line, order, scenario_world


def preview(client: Client, *lines: dict[str, Any], **other: Any) -> Any:
    answer = client.post("OrdersService_Preview", {"Document": order(*lines, **other)})
    assert answer.status == 200, answer.text
    return answer.json


def figures(document: Any) -> tuple[str, str]:
    return f"{document['DocTotal']:.2f}", f"{document['VatSum']:.2f}"


def test_scenario_1_gross_prices_keep_their_gross_amounts(client: Client) -> None:
    document = preview(
        client,
        line("MUG", 3, PriceAfterVAT=Decimal("8.566667")),
        DocumentAdditionalExpenses=[{"ExpenseCode": 1, "LineGross": Decimal("4.90"), "VatGroup": "A2"}],
    )
    assert figures(document) == ("30.60", "4.88")
    assert document["DocumentLines"][0]["GrossTotal"] == Decimal("25.7")
    (freight,) = document["DocumentAdditionalExpenses"]
    assert (freight["LineGross"], freight["LineTotal"], freight["TaxSum"]) == (
        Decimal("4.9"),
        Decimal("4.12"),
        Decimal("0.78"),
    )


def test_scenario_1_tax_rounded_per_code_differs_by_a_cent(client: Client) -> None:
    client.control("POST", "settings", {"group_vat": True})
    document = preview(
        client,
        line("MUG", 3, PriceAfterVAT=Decimal("8.566667")),
        DocumentAdditionalExpenses=[{"ExpenseCode": 1, "LineGross": Decimal("4.90"), "VatGroup": "A2"}],
    )
    assert figures(document) == ("30.60", "4.89")


def test_scenario_1b_freight_mode_posts_the_tax_as_freight(client: Client) -> None:
    item_tax = [{"ExpenseCode": 2, "LineTotal": Decimal("4.10"), "VatGroup": "A0"}]
    document = preview(
        client,
        line("MUG", 3, UnitPrice=Decimal("7.2"), VatGroup="A0", DocumentLineAdditionalExpenses=item_tax),
        DocumentAdditionalExpenses=[
            {"ExpenseCode": 1, "LineTotal": Decimal("4.12"), "VatGroup": "A0"},
            {"ExpenseCode": 2, "LineTotal": Decimal("0.78"), "VatGroup": "A0"},
        ],
    )
    assert figures(document) == ("30.60", "0.00")
    assert document["DocumentLines"][0]["LineTotal"] == Decimal("21.6")


@pytest.mark.parametrize(("group_vat", "expected"), [(False, ("3.69", "0.60")), (True, ("3.68", "0.59"))])
def test_scenario_1c_three_net_lines_per_line_and_per_code(
    client: Client, group_vat: bool, expected: tuple[str, str]
) -> None:
    client.control("POST", "settings", {"group_vat": group_vat})
    lines = [line("PIN", 1, UnitPrice=Decimal("1.03")) for _ in range(3)]
    document = preview(client, *lines)
    assert figures(document) == expected
    assert sum(row["TaxTotal"] for row in document["DocumentLines"]) == document["VatSum"]


def test_scenario_1c_a_rounding_freight_makes_up_for_the_cent(client: Client) -> None:
    client.control("POST", "settings", {"group_vat": True})
    rounding = {"ExpenseCode": 3, "LineTotal": Decimal("0.01"), "VatGroup": "A0"}
    lines = [line("PIN", 1, UnitPrice=Decimal("1.03")) for _ in range(3)]
    assert figures(preview(client, *lines, DocumentAdditionalExpenses=[rounding])) == ("3.69", "0.59")
    negative = {**rounding, "LineTotal": Decimal("-0.02")}
    assert figures(preview(client, *lines, DocumentAdditionalExpenses=[negative])) == ("3.66", "0.59")


def test_scenario_5_an_exempt_gift_card_and_a_tip(client: Client) -> None:
    document = preview(
        client,
        line("MUG", 1, PriceAfterVAT=Decimal("11.90")),
        line("GIFT25", 1, PriceAfterVAT=25),
        DocumentAdditionalExpenses=[{"ExpenseCode": 4, "LineTotal": 2}],
    )
    assert figures(document) == ("38.90", "1.90")


def test_a_line_may_be_given_by_its_total(client: Client) -> None:
    document = preview(client, line("MUG", 3, LineTotal=10), line("MUG", 3, GrossTotal=10))
    assert [str(row["LineTotal"]) for row in document["DocumentLines"]] == ["10.0", "8.4"]
    assert [str(row["GrossTotal"]) for row in document["DocumentLines"]] == ["11.9", "10.0"]


def test_line_discounts_lower_the_price_and_header_discounts_the_base_of_the_tax(client: Client) -> None:
    document = preview(client, line("PIN", 2, UnitPrice=100, DiscountPercent=10), DiscountPercent=50)
    (row,) = document["DocumentLines"]
    assert (row["Price"], row["LineTotal"]) == (90, 180)
    assert (document["TotalDiscount"], *figures(document)) == (90, "107.10", "17.10")


def test_without_a_price_the_partners_price_list_decides(client: Client) -> None:
    assert figures(preview(client, line("MUG"))) == ("11.90", "1.90")
    client.patch("BusinessPartners('C-GUEST')", {"PriceListNum": 2})
    assert figures(preview(client, line("MUG"))) == ("9.52", "1.52")


def test_net_price_lists_add_the_tax() -> None:
    client = Client(SapB1Application(scenario_world(taxes_included=False), now=Clock()))
    client.login()
    assert client.get("PriceLists(1)").json["IsGrossPrice"] == "tNO"
    assert figures(preview(client, line("MUG"))) == ("14.16", "2.26")


def test_prices_are_kept_at_the_companys_decimals(client: Client) -> None:
    client.control("POST", "settings", {"price_decimals": 2})
    (row,) = preview(client, line("MUG", 3, PriceAfterVAT=Decimal("8.566667")))["DocumentLines"]
    assert (str(row["PriceAfterVAT"]), str(row["GrossTotal"])) == ("8.57", "25.71")


def test_a_foreign_document_is_kept_in_both_currencies(client: Client) -> None:
    client.control("POST", "settings", {"rates": {"USD": 0.9}})
    document = preview(client, line("PIN", 2, UnitPrice=10, VatGroup="A0"), DocCurrency="USD")
    assert (document["DocRate"], document["DocTotalFc"], document["DocTotal"]) == (Decimal("0.9"), 20, 18)
    (row,) = document["DocumentLines"]
    assert (row["RowTotalFC"], row["LineTotal"], row["Currency"]) == (20, 18, "USD")
    own_rate = preview(client, line("PIN", 1, UnitPrice=10, VatGroup="A0"), DocCurrency="GBP", DocRate=2)
    assert own_rate["DocTotal"] == 20


def test_a_currency_without_a_minor_unit_has_whole_amounts(client: Client) -> None:
    client.control("POST", "settings", {"rates": {"JPY": 0.006}})
    document = preview(client, line("PIN", 1, UnitPrice=Decimal("99.5")), DocCurrency="JPY")
    assert (document["DocTotalFc"], document["VatSumFc"]) == (119, 19)


def test_rates_can_be_asked_for_and_set(client: Client) -> None:
    asked = {"Currency": "USD", "Date": "20261121"}
    assert client.post("SBOBobService_GetCurrencyRate", asked).code == "-4006"
    assert (
        client.post("SBOBobService_SetCurrencyRate", {"Currency": "USD", "Rate": "0.9", "RateDate": "20261121"}).status
        == 204
    )
    assert client.post("SBOBobService_GetCurrencyRate", asked).json["value"] == Decimal("0.9")


def test_the_partners_currency_must_be_all_or_equal(client: Client) -> None:
    client.control("POST", "settings", {"rates": {"USD": 0.9}})
    client.patch("BusinessPartners('C20000')", {"Currency": "USD"})
    assert preview(client, line("PIN"), CardCode="C20000")["DocCurrency"] == "USD"
    answer = client.post("Orders", order(line("PIN"), CardCode="C20000", DocCurrency="EUR"))
    assert (answer.status, answer.code) == (400, "-5002")


@pytest.mark.parametrize("group_vat", [False, True])
@pytest.mark.parametrize("gross", [False, True])
def test_sums_of_rows_are_the_sums_of_the_document(group_vat: bool, gross: bool) -> None:
    name = "PriceAfterVAT" if gross else "UnitPrice"
    lines: list[dict[str, Any]] = [
        {
            "Quantity": Decimal(number % 4 + 1),
            "VatGroup": "A2" if number % 3 else "A0",
            "TaxPercentagePerRow": Decimal(19 if number % 3 else 0),
            name: Decimal(number * 37 % 1000) / 100,
            GROSS: gross,
        }
        for number in range(1, 60)
    ]
    totals = compute(lines, [], Decimal(0), Rules(group_vat=group_vat))
    assert sum(row["TaxTotal"] for row in lines) == totals.tax
    assert sum(row["LineTotal"] for row in lines) + totals.tax == totals.total
    if gross:
        assert sum((row[name] * row["Quantity"]).quantize(Decimal("0.01")) for row in lines) == totals.total
