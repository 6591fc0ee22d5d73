"""The company's lists: read once, kept for a while, and understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import orjson
import pytest

from hub.platforms.call import Answer, Call
from hub.platforms.limits import KeptHere
from hub.platforms.sap_b1 import facts, setting_up
from hub.platforms.sap_b1.client import ServiceLayer
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.item_custom import ItemField
from hub.platforms.sap_b1.masters import Masters, TaxCode
from hub.platforms.sap_b1.product import ProductEndpoint
from hub.platforms.sap_b1.session import Credentials, Session
from hub.platforms.sap_b1.user_fields import FIELDS

ADMIN = {"LocalCurrency": "EUR", "TotalsAccuracy": 2, "PriceAccuracy": 6, "EnableBranches": "tNO"}
TODAY = date(2026, 11, 21)


@dataclass
class Erp:
    """A Service Layer that has an answer per name (or method and name): rows, a record, or the code of a refusal."""

    connection: ClassVar[str] = "erp"
    answers: dict[str, Any] = field(default_factory=lambda: {"CompanyService_GetAdminInfo": ADMIN})
    asked: list[str] = field(default_factory=list)
    now: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def send(self, call: Call) -> Answer:
        name = call.path.rsplit("/", 1)[-1]
        self.asked.append(name)
        if name == "Login":
            return Answer(call, 200, {}, b'{"SessionId": "s"}')
        given = self.answers.get(f"{call.method} {name}", self.answers.get(name, []))
        if isinstance(given, int):
            return Answer(call, 400, {}, orjson.dumps({"error": {"code": str(given), "message": "no"}}))
        return Answer(call, 200, {}, orjson.dumps({"value": given} if isinstance(given, list) else given))

    def company(self) -> Company:
        session = Session(self, "/b1s/v2/", Credentials("C", "u", "p"), KeptHere(self.clock))
        layer = ServiceLayer(self, session, "v2")
        masters = Masters(layer, self.clock)
        return Company(layer, masters, ZoneInfo("Europe/Berlin"), self.clock, timedelta(seconds=60))

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
def erp() -> Erp:
    return Erp()


def test_a_list_is_read_once_until_it_is_old(erp: Erp) -> None:
    masters = erp.company().masters
    for _ in range(3):
        masters.freights()
    assert erp.asked.count("AdditionalExpenses") == 1
    erp.now += timedelta(minutes=11)
    masters.freights()
    assert erp.asked.count("AdditionalExpenses") == 2
    masters.forget()
    masters.freights()
    assert erp.asked.count("AdditionalExpenses") == 3


def test_the_rate_of_a_tax_code_is_the_one_that_has_begun(erp: Erp) -> None:
    erp.answers["VatGroups"] = [
        {
            "Code": "A2",
            "Name": "19",
            "Category": "bovcOutputTax",
            "Inactive": "tNO",
            "VatGroups_Lines": [
                {"Effectivefrom": "2021-01-01T00:00:00Z", "Rate": 19},
                {"Effectivefrom": "2020-07-01T00:00:00Z", "Rate": 16},
                {"Effectivefrom": "2027-01-01T00:00:00Z", "Rate": 20},
            ],
        },
        {"Code": "V2", "Category": "bovcInputTax", "VatGroups_Lines": []},
        {"Code": "A0", "Category": "bovcOutputTax", "Inactive": "tYES", "VatGroups_Lines": []},
    ]
    assert erp.company().masters.tax_codes() == {
        "A2": TaxCode("19", Decimal("0.19"), True),
        "A0": TaxCode("", Decimal(0), False),
    }


def test_an_item_weighed_in_grams_is_weighed_in_kilograms(erp: Erp) -> None:
    erp.answers["WeightMeasures"] = [{"UnitCode": 2, "UnitWeightinmg": 1000}]
    erp.answers["Items"] = [{"ItemCode": "MUG", "SalesUnitWeight": 350, "SalesWeightUnit": 2, "ItemPrices": []}]
    endpoint = ProductEndpoint(erp.company(), {})
    record = endpoint.to_canonical(endpoint.read(["MUG"])["MUG"])
    assert record["variants"][0]["weight"] == Decimal("0.35")


def test_a_new_item_group_is_looked_up_once_more(erp: Erp) -> None:
    masters = erp.company().masters
    erp.answers["ItemGroups"] = [{"Number": 100, "GroupName": "Mugs"}]
    assert masters.item_group(100) == "Mugs"
    erp.answers["ItemGroups"] += [{"Number": 101, "GroupName": "Shirts"}]
    assert masters.item_group(101) == "Shirts"
    assert erp.asked.count("ItemGroups") == 2


def test_a_name_that_is_missing_may_be_new_but_is_not_asked_for_every_time(erp: Erp) -> None:
    masters = erp.company().masters
    erp.answers["ItemGroups"] = [{"Number": 100, "GroupName": "Mugs"}]
    assert masters.item_groups(wanted={"Mugs"}) == {100: "Mugs"}
    erp.answers["ItemGroups"] += [{"Number": 101, "GroupName": "Shirts"}]
    assert masters.item_groups(wanted={"Shirts"}) == {100: "Mugs"}
    erp.now += timedelta(seconds=31)
    assert masters.item_groups(wanted={"Mugs"}) == {100: "Mugs"}
    assert masters.item_groups(wanted={"Shirts"}) == {100: "Mugs", 101: "Shirts"}
    assert erp.asked.count("ItemGroups") == 2


def test_a_new_manufacturer_is_looked_up_once_more(erp: Erp) -> None:
    masters = erp.company().masters
    erp.answers["Manufacturers"] = [{"Code": 1, "ManufacturerName": "Acme"}]
    assert masters.manufacturer(1) == "Acme"
    erp.answers["Manufacturers"] += [{"Code": 2, "ManufacturerName": "Zenith"}]
    assert masters.manufacturer(2) == "Zenith"
    assert masters.manufacturer(3) == ""


def test_fields_of_items_are_known_with_their_type_and_length(erp: Erp) -> None:
    erp.answers["UserFieldsMD"] = [{"TableName": "OITM", "Name": "Material", "Type": "db_Alpha", "Size": 30}]
    assert erp.company().masters.item_fields() == {"U_Material": ItemField("db_Alpha", 30)}


def test_a_price_without_a_currency_has_that_of_its_list_or_of_the_company(erp: Erp) -> None:
    erp.answers["Items"] = [{"ItemCode": "MUG", "ItemPrices": [{"PriceList": 1, "Price": 1, "Currency": None}]}]
    endpoint = ProductEndpoint(erp.company(), {})
    assert endpoint.read(["MUG"])["MUG"]["ItemPrices"][0]["Currency"] == "EUR"
    erp.answers["PriceLists"] = [{"PriceListNo": 1, "DefaultPrimeCurrency": "USD", "Active": "tYES"}]
    endpoint = ProductEndpoint(erp.company(), {})
    assert endpoint.read(["MUG"])["MUG"]["ItemPrices"][0]["Currency"] == "USD"


@pytest.mark.parametrize(
    ("status", "is_open"), [("ltUnlocked", True), ("ltUnlockedExceptSales", False), ("ltLocked", False)]
)
def test_a_period_is_open_if_sales_may_be_posted(erp: Erp, status: str, is_open: bool) -> None:
    erp.answers["CompanyService_GetPeriods"] = [{"AbsoluteEntry": 7}]
    erp.answers["CompanyService_GetFinancePeriods"] = [
        {"PostingDateFrom": "2026-10-01", "PostingDateTo": "2026-10-31", "PeriodStatus": "ltLocked"},
        {"PostingDateFrom": "2026-11-01T00:00:00Z", "PostingDateTo": "2026-11-30T00:00:00Z", "PeriodStatus": status},
    ]
    assert erp.company().masters.is_open(TODAY) is is_open
    assert erp.company().masters.is_open(date(2026, 12, 1)) is False


def test_a_currency_without_a_rate_today_is_named(erp: Erp) -> None:
    erp.answers["PriceLists"] = [
        {"PriceListNo": number, "DefaultPrimeCurrency": currency, "Active": active}
        for number, (currency, active) in enumerate([("EUR", "tYES"), ("USD", "tYES"), ("GBP", "tNO"), (None, "tYES")])
    ]
    assert erp.company().masters.without_rate(TODAY) == []
    erp.answers["SBOBobService_GetCurrencyRate"] = -4006
    assert erp.company().masters.without_rate(TODAY) == ["USD"]


def test_what_cannot_be_read_is_left_out_of_the_facts(erp: Erp) -> None:
    erp.answers |= {"WeightMeasures": -1000, "CreditCards": -6006, "CompanyService_GetPeriods": -5002}
    known = facts.facts(erp.company())
    assert not {"weight_units", "credit_cards", "period_open"} & set(known)
    assert known["freights"] == {}
    assert known["zone"] == "Europe/Berlin"


def test_a_field_that_somebody_made_meanwhile_is_no_failure(erp: Erp) -> None:
    company = erp.company()
    assert len(setting_up.missing(company)) == len(FIELDS)

    erp.answers["POST UserFieldsMD"] = -2035
    assert setting_up.create_fields(company) == []


def test_fields_that_may_not_be_read_are_a_finding(erp: Erp) -> None:
    erp.answers["UserFieldsMD"] = -6006
    (finding,) = setting_up.check(erp.company())
    assert not finding.ok
    assert "authorisation" in finding.fix
