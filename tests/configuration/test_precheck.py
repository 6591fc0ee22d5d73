from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hub.configuration.precheck import findings
from hub.configuration.subject import Subject
from hub.configuration.unmapped import Seen
from hub.settings import load
from hub.store.maps import Entry
from hub.store.routes import Direction, Route
from tests.fakes.platform import ERP_FACTS, SHOP_FACTS

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLACES = {"L1": {"name": "Berlin", "active": True}, "L2": {"name": "Bonn", "active": True}}
WAREHOUSES = {
    "01": {"name": "Berlin", "active": True, "branch": None},
    "02": {"name": "Bonn", "active": True, "branch": None},
}
ENTRIES = (
    Entry("location", "L1", "01", is_default=True),
    Entry("location", "L2", "02"),
    Entry("payment", "shopify_payments", "card:1"),
    Entry("tax", "DE 0.19 included", "A2"),
)
SETTINGS = {
    "guest_customer": "GUEST",
    "default_warehouse": "01",
    "exempt_tax_code": "A0",
    "order_cut_over": "2026-11-01T00:00:00+01:00",
    **{f"freight_{kind}": 1 for kind in ("shipping", "tax", "rounding", "tip", "duty", "cash_rounding")},
}
ROUTES: dict[str, Direction] = {
    "customer": "shop_to_erp",
    "product": "erp_to_shop",
    "order": "shop_to_erp",
    "inventory": "erp_to_shop",
}


def routes(*objects: str) -> list[Route]:
    """Switched-on routes of these objects."""
    return [Route(1, 1, name, ROUTES[name], True, "done", {}, {}, "", "all", []) for name in objects]


HEALTHY = Subject(
    name="acme",
    settings=load(SETTINGS),
    entries=ENTRIES,
    routes=routes(*ROUTES),
    shop={**SHOP_FACTS, "locations": PLACES},
    erp={**ERP_FACTS, "warehouses": WAREHOUSES},
    now=NOW,
    seen={Seen("tax", "DE 0.19 included", ("0.19",)): 3, Seen("payment", "shopify_payments"): 3},
    partners={"GUEST"},
    items=set(),
)


def complaints(subject: Subject) -> list[tuple[bool, str, str]]:
    """(blocking, what, fix) of everything that is not well."""
    return [(finding.blocking, finding.what, finding.fix) for finding in findings(subject) if not finding.ok]


def with_settings(**changes: Any) -> Subject:
    return replace(HEALTHY, settings=load({**SETTINGS, **changes}))


def with_entries(*entries: Entry) -> Subject:
    """The healthy subject with these entries in place of all of their map."""
    maps = {entry.map for entry in entries}
    return replace(HEALTHY, entries=[*(entry for entry in ENTRIES if entry.map not in maps), *entries])


def with_shop(**facts: Any) -> Subject:
    return replace(HEALTHY, shop={**HEALTHY.shop, **facts})


def with_erp(**facts: Any) -> Subject:
    return replace(HEALTHY, erp={**HEALTHY.erp, **facts})


def without(subject: Subject, side: str, fact: str) -> Subject:
    """The subject with a fact that is not known."""
    facts = {name: value for name, value in getattr(subject, side).items() if name != fact}
    return replace(subject, **{side: facts})  # type: ignore[arg-type]


def price_list(**changes: Any) -> dict[str, Any]:
    return {"price_lists": {1: {"name": "Shop", "gross": True, "currency": "EUR", "active": True, **changes}}}


def tax_code(code: str, **changes: Any) -> dict[str, Any]:
    known = ERP_FACTS["tax_codes"]
    return {"tax_codes": {**known, code: {**known[code], **changes}}}


def test_a_healthy_integration_has_nothing_to_mend_and_says_what_was_looked_at() -> None:
    assert complaints(HEALTHY) == []
    assert len(findings(HEALTHY)) > 10


@pytest.mark.parametrize(
    ("subject", "what", "fix"),
    [
        (with_shop(currency="USD"), "sells in USD, the setting says EUR", "`currency`"),
        (with_erp(total_decimals=0), "0 decimals only", "decimals"),
        (with_shop(taxes_included=False), "prices are without tax, the setting says with tax", "prices_include_tax"),
        (with_settings(price_list=7), "no price list 7", "price_list"),
        (with_erp(**price_list(active=False)), "is not active", "Activate"),
        (with_erp(**price_list(gross=False)), "holds prices without tax", "convert_prices"),
        (with_erp(**price_list(currency="USD")), "is in USD", "not converted"),
        (with_entries(Entry("tax", "0.19", "A9")), "A9, which is no output tax code", "Correct the entry"),
        (with_erp(**tax_code("A2", active=False)), "A2, which is not active", "Activate"),
        (with_erp(**tax_code("A2", rate=Decimal("0.16"))), "A2, whose rate is 16 %", "Correct the entry"),
        (with_settings(exempt_tax_code="A9"), "exempt code A9 is no output tax code", "exempt_tax_code"),
        (with_settings(exempt_tax_code="A2"), "exempt code A2 is 19 %, not 0 %", "exempt_tax_code"),
        (with_erp(**tax_code("A0", active=False)), "exempt code A0 is not active", "Activate"),
        (with_settings(exempt_tax_code="", tax_mode="freight"), "needs the exempt code", "exempt_tax_code"),
        (with_settings(freight_tax=None, tax_mode="freight"), "no freight is set for it", "freight_tax"),
        (with_settings(freight_tip=9), "freight_tip is 9, which is no freight", "freight_tip"),
        (with_shop(gateways_seen=["klarna"]), "klarna was used in the last 60 days", 'maps set acme payment "klarna"'),
        (with_entries(Entry("payment", "shopify_payments", "card:9")), "no credit card of the ERP", "Correct"),
        (with_entries(Entry("payment", "shopify_payments", "cash:9")), "no account of the ERP", "Correct"),
        (with_shop(locations={"L1": PLACES["L1"]}), "Location L2 does not exist. There are: L1 (Berlin)", "Correct"),
        (with_erp(warehouses={"01": WAREHOUSES["01"]}), "Warehouse 02 does not exist", "Correct"),
        (with_shop(locations={**PLACES, "L2": {"name": "B", "active": False}}), "L2 (B) is not active", "Activate"),
        (with_settings(default_warehouse="09"), "The default warehouse 09 does not exist", "Correct"),
        (with_shop(weight_unit="STONES"), "weighs in STONES", "another unit"),
        (with_erp(weight_units={5: Decimal(0)}), "units of weight 5 have no weight", "milligrams"),
        (with_settings(guest_customer=""), "No guest customer", "guest_customer"),
        (with_settings(guest_customer="X"), "X, which is no partner", "Create it"),
        (with_settings(stand_in_item="X"), "X, which is no item", "Create it"),
        (with_settings(customer_series=1), "customer_series is 1", "customer_series"),
        (with_settings(customer_group=1), "customer_group is 1", "customer_group"),
        (with_settings(payment_terms=9), "payment_terms is 9", "payment_terms"),
        (with_settings(default_item_group=9), "default_item_group is 9", "default_item_group"),
        (with_settings(order_cut_over=None), "no cut-over", "order_cut_over"),
        (with_erp(period_open=False), "posting period of today is closed", "Open it"),
        (replace(HEALTHY, seen={Seen("tax", "AT 0.2", ("0.2",)): 1}), "1 recent order has tax AT 0.2", "maps set acme"),
        (replace(HEALTHY, seen={Seen("location", "L7"): 4}), "4 recent orders have location L7", "maps set acme"),
        (
            with_erp(branches={1: "A"}, warehouses={"01": {**WAREHOUSES["01"], "branch": 1}, "02": WAREHOUSES["02"]}),
            "warehouse 02 belongs to none",
            "branch",
        ),
    ],
)
def test_what_would_fail_is_found_and_says_what_to_do(subject: Subject, what: str, fix: str) -> None:
    blocking = [(said, cure) for stops, said, cure in complaints(subject) if stops]
    assert len(blocking) == 1, blocking
    assert what in blocking[0][0]
    assert fix in blocking[0][1]


@pytest.mark.parametrize(
    ("subject", "what"),
    [
        (with_settings(exempt_tax_code=""), "No exempt code is set"),
        (with_settings(freight_tip=None, freight_duty=None), "No freight is set for tip, duty"),
        (with_settings(freight_rounding=None), "No freight is set for rounding"),
        (with_settings(default_warehouse=""), "There is no default warehouse"),
        (with_settings(zone="Europe/London"), "The shop's time zone is Europe/Berlin"),
        (with_erp(zone="Asia/Tokyo"), "The ERP's time zone is Asia/Tokyo"),
        (with_erp(currency="CHF"), "every order in EUR needs a rate"),
        (
            with_erp(
                branches={1: "A", 2: "B"},
                warehouses={"01": {**WAREHOUSES["01"], "branch": 1}, "02": {**WAREHOUSES["02"], "branch": 2}},
            ),
            "an order across branches will fail",
        ),
    ],
)
def test_what_is_worth_knowing_stops_nothing(subject: Subject, what: str) -> None:
    said = complaints(subject)
    assert any(what in text for _, text, _ in said), said
    assert not any(blocking for blocking, _, _ in said)


@pytest.mark.parametrize(
    ("subject", "what"),
    [
        (without(HEALTHY, "shop", "currency"), "The shop's currency"),
        (without(HEALTHY, "erp", "total_decimals"), "The decimals"),
        (without(HEALTHY, "erp", "price_lists"), "Price list 1"),
        (without(HEALTHY, "erp", "tax_codes"), "The ERP's tax codes"),
        (without(HEALTHY, "erp", "freights"), "Freight 1 (freight_shipping)"),
        (without(HEALTHY, "shop", "gateways_seen"), "The gateways of the last 60 days"),
        (without(HEALTHY, "erp", "credit_cards"), "Whether the ERP has card:1"),
        (without(HEALTHY, "shop", "locations"), "Location L1"),
        (without(HEALTHY, "erp", "warehouses"), "Warehouse 02"),
        (without(HEALTHY, "shop", "weight_unit"), "The shop's unit of weight"),
        (without(HEALTHY, "erp", "weight_units"), "The ERP's units of weight"),
        (without(with_settings(customer_series=70), "erp", "series"), "customer_series 70"),
        (without(HEALTHY, "erp", "period_open"), "Whether the posting period"),
        (replace(HEALTHY, partners=None), "guest_customer GUEST"),
        (replace(HEALTHY, seen=None), "Whether the maps know all values"),
    ],
)
def test_what_the_platform_does_not_tell_could_not_be_checked(subject: Subject, what: str) -> None:
    said = complaints(subject)
    assert any(text.startswith(what) and text.endswith("could not be checked.") for _, text, _ in said), said
    assert not any(blocking for blocking, _, _ in said)


def test_prices_of_the_other_kind_are_converted_where_that_is_chosen() -> None:
    subject = replace(with_settings(convert_prices="tax"), erp={**HEALTHY.erp, **price_list(gross=False)})
    assert complaints(subject) == []
    said = [finding.what for finding in findings(subject)]
    assert "Price list 1 (Shop) feeds the shop with prices with tax, converted from those without tax." in said


def test_old_orders_need_the_scope_that_shows_them() -> None:
    old = with_settings(order_cut_over=(NOW - timedelta(days=61)).isoformat())
    assert complaints(old) == []
    hidden = replace(old, shop={**old.shop, "scopes": ["read_orders"]})
    assert [fix for blocking, _, fix in complaints(hidden) if blocking] == [
        "Ask for read_all_orders, or the older orders stay invisible."
    ]
    (unknown,) = complaints(without(old, "shop", "scopes"))
    assert unknown[1] == "Whether orders older than 60 days can be read could not be checked."


def test_younger_orders_need_no_such_scope() -> None:
    recent = with_settings(order_cut_over=(NOW - timedelta(days=59)).isoformat())
    assert complaints(replace(recent, shop={**recent.shop, "scopes": []})) == []


def test_foreign_currency_needs_a_rate_of_today() -> None:
    said = complaints(with_erp(currency="CHF", rate_missing=["EUR"]))
    assert [what for blocking, what, _ in said if blocking] == ["The ERP has no rate of today for EUR."]


def test_a_gateway_is_named_once_though_two_lists_know_it() -> None:
    subject = replace(with_shop(gateways_seen=["Klarna"]), seen={Seen("payment", "klarna"): 2})
    assert len(complaints(subject)) == 1


def test_a_wider_entry_of_the_map_is_enough() -> None:
    subject = replace(with_entries(Entry("tax", "0.19", "A2")), seen={Seen("tax", "FR 0.19", ("0.19",)): 2})
    assert complaints(subject) == []


def test_routes_that_are_off_ask_for_nothing() -> None:
    bare = replace(HEALTHY, settings=load({}), entries=[], routes=routes("product"))
    assert complaints(bare) == []


def test_without_any_route_there_is_one_thing_to_say() -> None:
    (said,) = complaints(replace(HEALTHY, routes=[]))
    assert said == (False, "No route is switched on.", "Add routes to the integration's file and run `hub apply`.")


@pytest.mark.parametrize(("name", "what"), [("location", "no stock is synchronised"), ("tax", "every order will fail")])
def test_an_empty_map_is_named(name: str, what: str) -> None:
    subject = replace(HEALTHY, entries=[entry for entry in ENTRIES if entry.map != name], seen={})
    assert [what in text for blocking, text, _ in complaints(subject) if blocking] == [True]


def test_groups_of_the_maps_have_to_be_in_the_erp() -> None:
    subject = with_entries(Entry("item_group", "Hats", "100"), Entry("customer_group", "vip", "7"))
    ((blocking, what, _),) = complaints(subject)
    assert (blocking, what) == (True, "The customer group map has vip as 7, which is no customer group of the ERP.")
    assert complaints(replace(subject, erp={**subject.erp, "customer_groups": None})) == [
        (
            False,
            "The ERP's customer groups could not be checked.",
            "Nothing to do here; look it up on the platform itself.",
        )
    ]


@pytest.mark.parametrize(
    ("default", "entries", "blocking", "words"),
    [
        (100, (), False, "New items of it get the default group."),
        (None, (), False, "The ERP chooses the group of new items."),
        (None, (Entry("item_group", "Shoes", "100"),), True, "Its products fail."),
    ],
)
def test_product_types_without_a_group_are_named_where_products_become_items(
    default: int | None, entries: tuple[Entry, ...], blocking: bool, words: str
) -> None:
    to_erp = Route(9, 1, "product", "shop_to_erp", True, "done", {}, {}, "", "all", [])
    subject = replace(with_settings(default_item_group=default), routes=[*HEALTHY.routes, to_erp])
    subject = replace(subject, shop={**SHOP_FACTS, "locations": PLACES, "product_types": ["Hats", "Items", "Shoes"]})
    subject = replace(subject, entries=[*ENTRIES, *entries])
    ((found, what, fix),) = complaints(subject)
    assert found is blocking and "product type Hats" in what and "Items" not in what and words in what
    assert "item_group" in fix
    assert complaints(replace(subject, routes=HEALTHY.routes)) == []
