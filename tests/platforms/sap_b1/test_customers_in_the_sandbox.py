"""Customers into a running ERP: found, created once, changed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.errors import AmbiguousMatch, Changed, ConfigurationError, OutcomeUnknown, RejectedByTarget, TargetVanished
from hub.platforms.endpoint import ClientKey, Lookup, Probe, Step

Make = Callable[..., dict[str, Any]]
KEY = "gid://shopify/Customer/77"


def create(erp: Any, record: dict[str, Any], key: str = KEY, **settings: Any) -> Any:
    (outcome,) = erp.endpoint("customer", **settings).write([Step("create", key, record)])
    return outcome


def update(erp: Any, record: dict[str, Any], target: dict[str, Any], *only: str) -> Any:
    step = Step("update", KEY, record, frozenset(only), target["CardCode"], target)
    (outcome,) = erp.endpoint("customer").write([step])
    return outcome


def partners(erp: Any) -> dict[str, Any]:
    return {row["CardCode"]: row for row in erp.state("business_partners")}


def codes(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    return {key: [row["CardCode"] for row in rows] for key, rows in found.items()}


def test_a_customer_becomes_a_partner_under_a_code_of_ours(erp: Any, make_customer: Make) -> None:
    outcome = create(erp, make_customer(), customer_group=102)
    assert outcome.error is None
    assert (outcome.target_id, outcome.adopted) == ("C77", False)
    stored = partners(erp)["C77"]
    assert (stored["CardName"], stored["U_HubRef"], stored["GroupCode"]) == ("Anna Krüger", KEY, 102)
    assert [row["AddressType"] for row in stored["BPAddresses"]] == ["bo_ShipTo", "bo_BillTo"]
    assert outcome.native["CardCode"] == "C77"
    assert outcome.sent["CardCode"] == "C77"
    assert [exchange.operation for exchange, _ in outcome.exchanges][-1] == "POST BusinessPartners"


def test_a_new_partner_has_no_field_that_is_left_out(erp: Any, make_customer: Make) -> None:
    record = make_customer(phone="+4930555123", note="VIP")
    step = Step("create", KEY, record, frozenset({"first_name", "last_name", "company", "email", "cross_reference"}))
    (outcome,) = erp.endpoint("customer").write([step])
    stored = partners(erp)[outcome.target_id]
    assert (stored["CardName"], stored["EmailAddress"], stored["U_HubRef"]) == ("Anna Krüger", record["email"], KEY)
    assert (stored.get("Phone1"), stored.get("FreeText"), stored.get("BPAddresses")) == (None, None, [])
    assert record["addresses"]


def test_a_create_is_guarded_by_its_code_or_by_a_look(erp: Any) -> None:
    assert erp.endpoint("customer").create_guard == ClientKey()
    assert isinstance(erp.endpoint("customer", customer_series=72).create_guard, Lookup)


@pytest.mark.parametrize("code", [1320000140, -2035, -10])
def test_a_second_create_adopts_the_first(erp: Any, make_customer: Make, code: int) -> None:
    erp.control("PUT", "settings", {"taken_card_code": code})
    create(erp, make_customer())
    outcome = create(erp, make_customer())
    assert (outcome.target_id, outcome.adopted, outcome.error) == ("C77", True, None)


def test_a_code_that_belongs_to_somebody_else_is_not_adopted(erp: Any, make_customer: Make) -> None:
    erp.control("POST", "business_partners", {"CardCode": "C77", "CardName": "Somebody"})
    outcome = create(erp, make_customer())
    assert isinstance(outcome.error, AmbiguousMatch)
    assert outcome.error.detail == "CardCode=C77"
    assert partners(erp)["C77"]["CardName"] == "Somebody"


@pytest.mark.parametrize("kind", ["stored_then_dropped", "stored_then_502"])
def test_a_lost_answer_makes_no_second_partner(erp: Any, make_customer: Make, kind: str) -> None:
    before = len(partners(erp))
    erp.faults({"kind": kind, "share": 1, "times": 1, "operations": ["POST BusinessPartners"]})
    outcome = create(erp, make_customer())
    assert outcome.error is None
    assert outcome.target_id == "C77"
    assert len(partners(erp)) == before + 1


def test_a_series_gives_the_number_and_a_lost_answer_is_unknown(erp: Any, make_customer: Make) -> None:
    outcome = create(erp, make_customer(), customer_series=72)
    assert outcome.target_id == "W20000"
    erp.faults({"kind": "stored_then_dropped", "share": 1, "times": 1, "operations": ["POST BusinessPartners"]})
    other = "gid://shopify/Customer/78"
    outcome = create(erp, make_customer(), other, customer_series=72)
    assert isinstance(outcome.error, OutcomeUnknown)
    found = erp.endpoint("customer", customer_series=72).find([Probe(other, {})])
    assert codes(found) == {other: ["W20001"]}


def test_a_series_needs_our_reference_field(bare_erp: Any, make_customer: Make) -> None:
    with pytest.raises(ConfigurationError, match="U_HubRef"):
        create(bare_erp, make_customer(), customer_series=72)


def test_without_our_fields_no_partner_is_made_that_could_not_be_recognised_later(
    bare_erp: Any, make_customer: Make
) -> None:
    with pytest.raises(ConfigurationError, match="U_HubRef"):
        create(bare_erp, make_customer())
    assert "C77" not in partners(bare_erp)


def test_a_partner_that_the_erp_refuses_shows_its_words(erp: Any, make_customer: Make) -> None:
    outcome = create(erp, make_customer(), customer_group=999)
    assert isinstance(outcome.error, RejectedByTarget)
    assert "C77" not in partners(erp)


def test_customers_are_found_by_reference_and_by_e_mail_in_any_case(erp: Any, make_customer: Make) -> None:
    create(erp, make_customer())
    erp.control("POST", "business_partners", {"CardCode": "A1", "CardName": "A", "EmailAddress": "ANNA@EXAMPLE.COM"})
    found = erp.endpoint("customer").find(
        [
            Probe(KEY, {"email": "anna@example.com"}),
            Probe("gid://shopify/Customer/2", {"email": "known.person@example.com"}),
            Probe("gid://shopify/Customer/3", {"email": "nobody@example.com"}),
        ]
    )
    assert {key: set(rows) for key, rows in codes(found).items()} == {
        KEY: {"C77", "A1"},
        "gid://shopify/Customer/2": {"C20000"},
    }


def test_a_phone_is_looked_for_only_if_the_probe_brings_one(erp: Any) -> None:
    erp.control("POST", "business_partners", {"CardCode": "A1", "CardName": "A", "Cellular": "+49171"})
    erp.control("POST", "business_partners", {"CardCode": "A2", "CardName": "A", "Phone1": "+49171"})
    found = erp.endpoint("customer").find([Probe("1", {"phone": "+49171"}), Probe("2", {"email": "x@example.com"})])
    assert {key: set(rows) for key, rows in codes(found).items()} == {"1": {"A1", "A2"}}


@pytest.mark.parametrize("kind", ["cSupplier", "cLid"])
def test_suppliers_and_leads_are_never_found(erp: Any, kind: str) -> None:
    partner = {"CardCode": "S1", "CardName": "S", "CardType": kind, "EmailAddress": "s@example.com", "U_HubRef": KEY}
    erp.control("POST", "business_partners", partner)
    assert erp.endpoint("customer").find([Probe(KEY, {"email": "s@example.com"})]) == {}


def test_a_change_is_sparse_and_reads_back(erp: Any, make_customer: Make) -> None:
    native = create(erp, make_customer()).native
    erp.control("POST", "business_partners", {"CardCode": "C77", "Notes": "typed in the ERP"})
    fresh = erp.endpoint("customer").read(["C77"])["C77"]
    outcome = update(erp, make_customer(phone="+49221999"), fresh, "phone", "email")
    assert outcome.error is None
    assert outcome.sent == {"Phone1": "+49221999"}
    assert outcome.native["Phone1"] == "+49221999"
    stored = partners(erp)["C77"]
    assert (stored["Phone1"], stored["Notes"]) == ("+49221999", "typed in the ERP")
    assert native["CardCode"] == "C77"


def test_a_changed_address_adds_no_row(erp: Any, make_customer: Make, make_address: Make) -> None:
    native = create(erp, make_customer()).native
    moved = make_customer(addresses=[make_address(address1="Domplatz 1")])
    assert update(erp, moved, native, "addresses").error is None
    rows = partners(erp)["C77"]["BPAddresses"]
    assert [row["Street"] for row in rows] == ["Domplatz 1", "Domplatz 1"]


def test_a_partner_that_somebody_changed_meanwhile_is_a_conflict(erp: Any, make_customer: Make) -> None:
    native = create(erp, make_customer()).native
    erp.control("POST", "business_partners", {"CardCode": "C77", "Phone1": "0"})
    outcome = update(erp, make_customer(phone="1"), native, "phone")
    assert isinstance(outcome.error, Changed)
    assert partners(erp)["C77"]["Phone1"] == "0"


def test_a_change_whose_answer_was_lost_is_no_conflict_with_ourselves(erp: Any, make_customer: Make) -> None:
    native = create(erp, make_customer()).native
    erp.faults({"kind": "stored_then_502", "share": 1, "times": 1, "operations": ["PATCH BusinessPartners"]})
    outcome = update(erp, make_customer(phone="1"), native, "phone")
    assert outcome.error is None
    assert outcome.native["Phone1"] == "1"


def test_a_change_without_a_version_reads_it_first(erp: Any, make_customer: Make) -> None:
    native = create(erp, make_customer()).native
    del native["@odata.etag"]
    outcome = update(erp, make_customer(phone="1"), native, "phone")
    assert outcome.error is None
    assert [exchange.method for exchange, _ in outcome.exchanges] == ["GET", "PATCH", "GET"]


def test_nothing_to_change_sends_nothing(erp: Any, make_customer: Make) -> None:
    native = create(erp, make_customer()).native
    outcome = update(erp, make_customer(), native, *make_customer())
    assert outcome.sent == {}
    assert "PATCH" not in {exchange.method for exchange, _ in outcome.exchanges}


def test_a_partner_that_is_gone_is_told(erp: Any, make_customer: Make) -> None:
    native = create(erp, make_customer()).native
    erp.control("POST", "business_partners/delete", {"partner": "C77"})
    assert erp.endpoint("customer").read(["C77"]) == {}
    for target in (native, {"CardCode": "C77"}):
        outcome = update(erp, make_customer(phone="1"), target, "phone")
        assert isinstance(outcome.error, TargetVanished)


def test_a_state_of_the_country_goes_along(erp: Any, make_customer: Make, make_address: Make) -> None:
    places = [make_address(country_code="US", province_code="CA"), make_address(country_code="US", province_code="??")]
    outcome = create(erp, make_customer(addresses=places))
    assert outcome.error is None
    assert [row.get("State") for row in partners(erp)["C77"]["BPAddresses"]] == ["CA", "CA", None]
    assert outcome.warnings == ("State ?? of US is unknown to the ERP: left out.",)


def test_partners_of_a_shop_in_another_currency_trade_in_all(erp: Any, make_customer: Make) -> None:
    create(erp, make_customer(), currency="USD")
    assert partners(erp)["C77"]["Currency"] == "##"


def test_labels_are_the_e_mail_else_the_code(erp: Any) -> None:
    endpoint = erp.endpoint("customer")
    assert endpoint.label({"CardCode": "C1", "EmailAddress": "a@example.com"}) == "a@example.com"
    assert endpoint.label({"CardCode": "C1", "EmailAddress": None}) == "C1"
    assert endpoint.to_canonical({"CardCode": "C1"})["email"] == ""
