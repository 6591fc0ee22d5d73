"""Orders into a running ERP: the totals of the acceptance scenarios, and never two documents for one order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from hub.errors import (
    AmbiguousMatch,
    MissingExchangeRate,
    OutcomeUnknown,
    PlatformUnavailable,
    PostingPeriodClosed,
    RejectedByTarget,
    TargetVanished,
    TotalMismatch,
    WaitingForApproval,
)
from hub.platforms.call import Answer, Call
from hub.platforms.endpoint import Lookup, Probe, Step
from hub.platforms.limits import KeptHere
from hub.platforms.sap_b1.client import ServiceLayer
from hub.platforms.sap_b1.errors import DraftOrUnknownCode
from hub.platforms.sap_b1.order import OrderEndpoint
from hub.platforms.sap_b1.session import Credentials, Session
from objects.order import ImportedOrderSchema, difference

Make = Callable[..., dict[str, Any]]
KEY = "gid://shopify/Order/1001"
CUSTOMER = "C77"
SETTINGS = {"freight_shipping": 1, "freight_rounding": 3, "exempt_tax_code": "A0"}


@pytest.fixture
def company(erp: Any) -> Any:
    """The ERP with the customer of the orders."""
    erp.control("POST", "business_partners", {"CardCode": CUSTOMER, "CardName": "Anna Krüger"})
    return erp


def create(erp: Any, record: dict[str, Any], key: str = KEY, **settings: Any) -> Any:
    (outcome,) = erp.endpoint("order", **settings).write([Step("create", key, record)])
    return outcome


def cancel(erp: Any, entry: str) -> Any:
    (outcome,) = erp.endpoint("order").write([Step("cancel", KEY, {}, target_id=entry)])
    return outcome


def posted(erp: Any) -> Any:
    """The only order in the ERP."""
    (order,) = erp.state("orders")
    return order


@pytest.fixture
def first_order(make_order: Make, make_line: Make, make_charge: Make) -> dict[str, Any]:
    """Scenario 1: three mugs less 10.00, shipping 4.90, tax 4.88 of 30.60."""
    return make_order([make_line("25.70", 3, tax="4.10")], [make_charge("4.90", tax="0.78")])


def test_scenario_1_is_posted_to_the_cent_on_the_erps_day(company: Any, first_order: dict[str, Any]) -> None:
    outcome = create(company, first_order)
    assert (outcome.error, outcome.warnings, outcome.adopted) == (None, (), False)
    order = posted(company)
    assert (order["DocTotal"], order["VatSum"]) == (30.6, 4.88)
    assert order["DocDate"] == "2026-11-21"  # 23:40 in UTC is past midnight in Berlin.
    assert order["DocumentLines"][0]["GrossTotal"] == 25.7
    assert order["DocumentAdditionalExpenses"][0]["LineGross"] == 4.9
    assert (order["CardCode"], order["NumAtCard"], order["U_HubRef"]) == (CUSTOMER, "#1001", KEY)
    (level,) = [row for row in company.state("stock") if (row["item"], row["warehouse"]) == ("MUG", "01")]
    assert (level["in_stock"], level["committed"]) == (100, 3)
    assert outcome.target_id == str(order["DocEntry"])
    assert outcome.sent["NumAtCard"] == "#1001"


def test_scenario_1b_in_freight_mode(company: Any, first_order: dict[str, Any]) -> None:
    outcome = create(company, first_order, tax_mode="freight")
    assert outcome.error is None
    order = posted(company)
    assert (order["DocTotal"], order["VatSum"]) == (30.6, 0)
    (line,) = order["DocumentLines"]
    assert (line["LineTotal"], line["DocumentLineAdditionalExpenses"][0]["LineTotal"]) == (21.6, 4.1)
    assert sorted(row["LineTotal"] for row in order["DocumentAdditionalExpenses"]) == [0.78, 4.12]


@pytest.fixture
def net_order(make_order: Make, make_line: Make) -> dict[str, Any]:
    """Scenario 1c: three lines of 1.03 net."""
    lines = [make_line("1.03", tax="0.20", id=f"gid://shopify/LineItem/{number}") for number in range(3)]
    return make_order(lines, taxes_included=False)


def test_scenario_1c_posts_the_rounding(company: Any, net_order: dict[str, Any]) -> None:
    company.control("PUT", "settings", {"group_vat": True})
    outcome = create(company, net_order)
    assert outcome.error is None
    order = posted(company)
    assert order["DocTotal"] == 3.69
    assert [(row["ExpenseCode"], row["LineTotal"]) for row in order["DocumentAdditionalExpenses"]] == [(3, 0.01)]
    assert outcome.warnings == (
        "Tax of 19 % differs: shop / ERP / difference 0.60 / 0.59 / 0.01.",
        "Rounding of 0.01 was posted as a freight without tax.",
    )


def test_scenario_1c_without_tolerance_posts_nothing(company: Any, net_order: dict[str, Any]) -> None:
    company.control("PUT", "settings", {"group_vat": True})
    outcome = create(company, net_order, tolerance=Decimal(0))
    assert isinstance(outcome.error, TotalMismatch)
    assert outcome.error.detail == "3.69 / 3.68 / 0.01"
    assert company.state("orders") == []


def test_scenario_5_guest_gift_card_and_tip(
    company: Any, make_order: Make, make_line: Make, make_charge: Make, make_address: Make
) -> None:
    lines = [
        make_line("11.90", tax="1.90"),
        make_line("25.00", item="GIFT25", sku="GIFT25", gift_card=True, tax_code="A0", id="gid://shopify/LineItem/2"),
    ]
    record = make_order(
        lines,
        [make_charge("2.00", kind="tip", tax_code="A0")],
        customer=None,
        email="guest@example.com",
        billing=make_address(),
    )
    before = len(company.state("business_partners"))
    outcome = create(company, record)
    assert (outcome.error, outcome.warnings) == (None, ())
    order = posted(company)
    assert (order["DocTotal"], order["VatSum"], order["DocCurrency"]) == (38.9, 1.9, "EUR")
    assert (order["CardCode"], order["CardName"], order["U_HubEmail"]) == (
        "C-GUEST",
        "Anna Krüger",
        "guest@example.com",
    )
    assert order["AddressExtension"]["BillToStreet"] == "Hauptstraße 5"
    assert [(row["ExpenseCode"], row["LineTotal"]) for row in order["DocumentAdditionalExpenses"]] == [(4, 2)]
    assert len(company.state("business_partners")) == before


def test_an_order_of_1114_lines_is_one_document(company: Any, make_order: Make, make_line: Make) -> None:
    lines = [
        make_line(f"{1 + number % 7}.{number % 100:02}", 1 + number % 5, id=f"Line/{number}", tax_code="A0")
        for number in range(1114)
    ]
    record = make_order(lines)
    outcome = create(company, record)
    assert outcome.error is None
    assert Decimal(str(posted(company)["DocTotal"])) == record["total"]


def test_orders_of_nothing_and_free_lines_are_posted(company: Any, make_order: Make, make_line: Make) -> None:
    outcome = create(company, make_order([make_line("0", 5), make_line("0", 1)]))
    assert outcome.error is None
    assert posted(company)["DocTotal"] == 0


def test_many_units_come_to_the_total(company: Any, make_order: Make, make_line: Make) -> None:
    record = make_order([make_line("168469.60", 80995, tax_code="A0")])
    company.control("PUT", "settings", {"price_decimals": 2})
    outcome = create(company, record)
    assert outcome.error is None
    assert posted(company)["DocTotal"] == 168469.6
    target = ImportedOrderSchema().load(company.endpoint("order").to_canonical(outcome.native))
    assert difference(record, target) == []


def test_an_order_in_another_currency_is_compared_in_it(company: Any, make_order: Make, make_line: Make) -> None:
    record = make_order([make_line("11.90", tax="1.90")], currency="USD")
    refused = create(company, record)
    assert isinstance(refused.error, MissingExchangeRate)
    company.control("PUT", "settings", {"rates": {"USD": 0.9}})
    outcome = create(company, record)
    assert (outcome.error, outcome.warnings) == (None, ())
    assert posted(company)["DocTotalFc"] == 11.9
    assert company.endpoint("order").to_canonical(outcome.native)["total"] == Decimal("11.9")


def test_a_closed_period_is_told_and_today_is_a_way_out(company: Any, first_order: dict[str, Any]) -> None:
    company.control("PUT", "settings", {"locked_until": "2026-11-21"})
    assert isinstance(create(company, first_order).error, PostingPeriodClosed)
    company.clock.advance(86400)
    assert create(company, first_order, posting_date="today").error is None
    assert (posted(company)["DocDate"], posted(company)["TaxDate"]) == ("2026-11-22", "2026-11-21")


def test_with_branches_the_document_bears_its_warehouses_branch(company: Any, first_order: dict[str, Any]) -> None:
    company.control("PUT", "settings", {"branches": True})
    assert isinstance(create(company, first_order).error, RejectedByTarget)  # No warehouse has a branch yet.


def test_what_the_erp_refuses_shows_its_words(company: Any, make_order: Make, make_line: Make) -> None:
    for item, words in (("OLD", "inactive"), ("NOPE", "ItemCode")):
        outcome = create(company, make_order([make_line("1", item=item)]))
        assert isinstance(outcome.error, RejectedByTarget)
        assert outcome.error.cause == "REJECTED_BY_TARGET"
        assert words in outcome.error.detail


@dataclass
class Meddler:
    """Somebody who does something in the ERP between the preview and the posting."""

    connection: ClassVar[str] = "erp"
    erp: Any
    errand: tuple[str, str, dict[str, Any]]

    def send(self, call: Call) -> Answer:
        if call.operation == "POST Orders":
            self.erp.control(*self.errand)
        answer: Answer = self.erp.connection.transport.send(call)
        return answer

    def create(self, record: dict[str, Any]) -> Any:
        """Post an order over their shoulder."""
        session = Session(self, "/b1s/v2/", Credentials("SBODEMO", "hub", "sandbox"), KeptHere(self.erp.clock.now))
        company = replace(self.erp.connection.company, layer=ServiceLayer(self, session, "v2"))
        (outcome,) = OrderEndpoint(company, SETTINGS).write([Step("create", KEY, record)])
        session.close()
        return outcome


def test_a_posted_document_that_is_not_the_shops_total_is_kept_and_told(
    company: Any, net_order: dict[str, Any]
) -> None:
    outcome = Meddler(company, ("PUT", "settings", {"group_vat": True})).create(net_order)
    assert isinstance(outcome.error, TotalMismatch)
    assert outcome.error.detail == "3.69 / 3.68 / 0.01"
    assert outcome.target_id == str(posted(company)["DocEntry"])
    assert outcome.native is not None


def test_a_code_that_vanishes_at_the_last_moment_is_no_approval(company: Any, first_order: dict[str, Any]) -> None:
    outcome = Meddler(company, ("POST", "business_partners/delete", {"partner": CUSTOMER})).create(first_order)
    assert isinstance(outcome.error, DraftOrUnknownCode)
    assert outcome.error.cause == "REJECTED_BY_TARGET"


# -- once ---------------------------------------------------------------------------------------------------------


def test_a_create_is_guarded_by_a_look_with_time_to_settle(company: Any) -> None:
    guard = company.endpoint("order", settle_seconds=7).create_guard
    assert isinstance(guard, Lookup)
    assert guard.settle.total_seconds() == 7


def test_a_second_create_finds_the_first(company: Any, first_order: dict[str, Any]) -> None:
    first = create(company, first_order)
    second = create(company, first_order)
    assert (second.target_id, second.adopted, second.error) == (first.target_id, True, None)
    assert len(company.state("orders")) == 1


def test_each_look_serves_one_create(company: Any, first_order: dict[str, Any]) -> None:
    endpoint = company.endpoint("order")
    assert endpoint.find([Probe(KEY, {})]) == {}
    step = Step("create", KEY, first_order)
    first, second = endpoint.write([step]), endpoint.write([step])
    assert (first[0].adopted, second[0].adopted) == (False, True)
    assert len(company.state("orders")) == 1


@pytest.mark.parametrize("kind", ["stored_then_dropped", "stored_then_502"])
def test_a_lost_answer_is_unknown_and_found_later(company: Any, first_order: dict[str, Any], kind: str) -> None:
    company.faults({"kind": kind, "share": 1, "times": 1, "operations": ["POST Orders"]})
    outcome = create(company, first_order)
    assert isinstance(outcome.error, OutcomeUnknown)
    assert company.counts()["POST Orders"] == 1
    endpoint = company.endpoint("order")
    found = endpoint.find([Probe(KEY, {}), Probe("gid://shopify/Order/2", {})])
    assert {key: len(rows) for key, rows in found.items()} == {KEY: 1}
    assert endpoint.key(found[KEY][0]) == str(posted(company)["DocEntry"])


def test_a_dropped_request_is_unknown_too_and_nothing_is_there(company: Any, first_order: dict[str, Any]) -> None:
    company.faults({"kind": "dropped", "share": 1, "times": 1, "operations": ["POST Orders"]})
    assert isinstance(create(company, first_order).error, OutcomeUnknown)
    assert company.state("orders") == []
    assert create(company, first_order).error is None


def test_an_erp_that_breaks_on_one_document_fails_that_order_alone(company: Any, first_order: dict[str, Any]) -> None:
    company.faults({"kind": "error_500", "share": 1, "operations": ["POST OrdersService_Preview"]})
    outcome = create(company, first_order)
    assert isinstance(outcome.error, RejectedByTarget)
    company.faults({"kind": "error_500", "share": 1, "operations": ["POST OrdersService_Preview", "GET Orders"]})
    with pytest.raises(PlatformUnavailable):
        create(company, first_order)


def test_an_expired_session_is_no_unknown_outcome(company: Any, first_order: dict[str, Any]) -> None:
    company.faults({"kind": "session_expired", "share": 1, "times": 1, "operations": ["POST Orders"]})
    assert create(company, first_order).error is None
    assert len(company.state("orders")) == 1


def test_an_approval_procedure_keeps_a_draft_and_no_second_one_is_made(
    company: Any, first_order: dict[str, Any]
) -> None:
    company.control("PUT", "settings", {"approval": True})
    for _ in range(3):
        outcome = create(company, first_order)
        assert isinstance(outcome.error, WaitingForApproval)
    (draft,) = company.state("drafts")
    assert str(draft["DocEntry"]) in str(outcome.error)
    company.control("POST", "drafts/approve", {"entry": draft["DocEntry"]})
    approved = create(company, first_order)
    assert (approved.error, approved.adopted) == (None, True)


def test_two_orders_with_our_reference_are_not_chosen_between(company: Any, first_order: dict[str, Any]) -> None:
    entry = int(create(company, first_order).target_id)
    other = create(company, first_order, "gid://shopify/Order/2")
    company.control("POST", "orders", {"entry": int(other.target_id), "set": {"U_HubRef": KEY}})
    outcome = create(company, first_order)
    assert isinstance(outcome.error, AmbiguousMatch)
    assert str(entry) in outcome.error.detail


def test_without_our_fields_the_order_number_has_to_do(bare_erp: Any, first_order: dict[str, Any]) -> None:
    bare_erp.control("POST", "business_partners", {"CardCode": CUSTOMER, "CardName": "Anna Krüger"})
    first = create(bare_erp, first_order)
    assert first.error is None
    assert create(bare_erp, first_order).adopted
    found = bare_erp.endpoint("order").find([Probe(KEY, {"number": "#1001"}), Probe("other", {})])
    assert [len(rows) for rows in found.values()] == [1]


def test_an_approval_without_our_fields_is_recognised_by_the_number(bare_erp: Any, first_order: dict[str, Any]) -> None:
    bare_erp.control("POST", "business_partners", {"CardCode": CUSTOMER, "CardName": "Anna Krüger"})
    bare_erp.control("PUT", "settings", {"approval": True})
    for _ in range(2):
        assert isinstance(create(bare_erp, first_order).error, WaitingForApproval)
    assert len(bare_erp.state("drafts")) == 1


# -- afterwards ---------------------------------------------------------------------------------------------------


def test_a_linked_order_reads_back_by_the_shops_lines(company: Any, make_order: Make, make_line: Make) -> None:
    company.control("PUT", "settings", {"price_decimals": 2})
    second = make_line("1.00", id="gid://shopify/LineItem/2", tax_code="A0")
    record = make_order([make_line("25.70", 3, tax_code="A0"), second])
    entry = create(company, record).target_id
    endpoint = company.endpoint("order")
    native = endpoint.read([entry, "999"])[entry]
    assert len(native["DocumentLines"]) == 3  # One line was split.
    target = ImportedOrderSchema().load(endpoint.to_canonical(native))
    assert [(line["id"][-1], line["item"], line["quantity"]) for line in target["lines"]] == [
        ("1", "MUG", 3),
        ("2", "MUG", 1),
    ]
    assert (target["total"], target["cancelled"]) == (Decimal("26.7"), False)
    assert difference(record, target) == []
    assert endpoint.label(native) == str(posted(company)["DocNum"])


def test_cancelling_twice_is_fine_and_frees_the_stock(company: Any, first_order: dict[str, Any]) -> None:
    entry = create(company, first_order).target_id
    for _ in range(2):
        outcome = cancel(company, entry)
        assert outcome.error is None
        assert company.endpoint("order").to_canonical(outcome.native)["cancelled"] is True
    assert {row["committed"] for row in company.state("stock")} == {0}


def test_a_cancel_whose_answer_was_lost_is_done(company: Any, first_order: dict[str, Any]) -> None:
    entry = create(company, first_order).target_id
    company.faults({"kind": "stored_then_502", "share": 1, "times": 1, "operations": ["POST Orders/Cancel"]})
    assert cancel(company, entry).error is None
    assert posted(company)["Cancelled"] == "tYES"


def test_an_order_that_is_closed_cannot_be_cancelled(company: Any, first_order: dict[str, Any]) -> None:
    entry = create(company, first_order).target_id
    company.control("POST", "orders", {"entry": int(entry), "action": "close"})
    assert isinstance(cancel(company, entry).error, RejectedByTarget)


def test_an_order_that_is_gone_is_told(company: Any) -> None:
    assert isinstance(cancel(company, "999").error, TargetVanished)


def test_the_day_is_that_of_the_erps_zone(company: Any, make_order: Make, make_line: Make) -> None:
    record = make_order([make_line("1", tax_code="A0")], placed_at=datetime(2026, 11, 20, 22, 59, tzinfo=UTC))
    assert create(company, record).error is None
    assert posted(company)["DocDate"] == "2026-11-20"
