"""Maps: entries, values without one, and the way from a failure to the map and back."""

from __future__ import annotations

from datetime import date

import pytest

from hub.errors import PlatformUnavailable
from hub.store.failures import Trouble
from hub.store.maps import Entry
from tests.console.conftest import Console

PAYMENT, LOCATION, TAX = "/maps/acme/payment", "/maps/acme/location", "/maps/acme/tax"


def without_klarna(console: Console, count: int = 2) -> int:
    """Orders that failed for want of klarna; answers their route."""
    route = console.stage.route("order").id
    troubles = [
        Trouble(f"o{n}", f"#{n}", "MISSING_MAPPING", "payment=klarna", "Add it.", "no klarna", False, n + 1)
        for n in range(count)
    ]
    console.stage.hub.failures.record(route, troubles, console.stage.clock())
    return route


def entries(console: Console, name: str) -> list[tuple[str, str]]:
    return [
        (one.shop_value, one.erp_value) for one in console.stage.hub.maps.entries(console.stage.integration_id, name)
    ]


def test_a_map_shows_its_entries_and_the_page_asks_nobody_before_it_opens(console: Console) -> None:
    console.stage.shop.down = console.stage.erp.down = PlatformUnavailable("gone")
    page = console.signed_in("viewer").text(PAYMENT)
    assert "shopify_payments" in page and "card:1" in page
    assert 'data-load="/maps/acme/payment/unmapped"' in page


def test_the_only_integration_opens_at_once_and_several_are_listed(console: Console) -> None:
    viewer = console.signed_in("viewer")
    assert viewer.get("/maps/").headers["Location"] == LOCATION
    console.other_integration()
    page = viewer.text("/maps/")
    assert 'href="/maps/zeta/tax"' in page and 'href="/maps/acme/tax"' in page


def test_both_sides_give_the_choices_and_the_names_of_what_is_mapped(console: Console) -> None:
    console.stage.erp.warehouses["03"] = {"name": "Attic", "active": True}
    part = console.signed_in("operator").text(f"{LOCATION}/entries")
    assert '<datalist id="offer-erp">' in part
    assert '<option value="03">Attic</option>' in part


def test_a_side_that_does_not_answer_is_named_and_the_person_may_type(console: Console) -> None:
    console.stage.erp.down = PlatformUnavailable("The ERP is asleep.")
    operator = console.signed_in("operator")
    part = operator.text(f"{LOCATION}/unmapped")
    assert "in vain" in part and "asleep" in part
    assert operator.press(f"{LOCATION}/save", shop="L3", erp="03").status_code == 302
    assert ("L3", "03") in entries(console, "location")


def test_values_without_an_entry_come_with_a_form_that_has_them_filled_in(console: Console) -> None:
    console.stage.erp.warehouses["03"] = {"name": "Attic", "active": True}
    page = console.signed_in("operator").text(f"{LOCATION}/unmapped")
    assert "Attic" in page
    assert '<input type="hidden" name="erp" value="03">' in page


def test_the_next_viewer_is_told_what_the_one_before_was_and_nobody_is_asked_with_patience(console: Console) -> None:
    shop, viewer = console.stage.shop, console.signed_in("viewer")
    shop.opened.clear()
    for _ in range(3):
        viewer.text(f"{LOCATION}/unmapped"), viewer.text(f"{LOCATION}/entries")
    assert shop.opened == [True, True]
    console.stage.hub.maps.put(console.stage.integration_id, [Entry("payment", "klarna", "card:2")])
    viewer.text(f"{LOCATION}/unmapped")
    console.stage.clock.advance(60)
    viewer.text(f"{LOCATION}/unmapped")
    assert shop.opened == [True] * 4


def test_in_blackout_hours_neither_part_of_the_page_disturbs_the_erp(console: Console) -> None:
    hub = console.stage.hub
    erp = hub.connections.get(hub.integrations.get(console.stage.integration_id).erp_id)
    dark = [{"from": "00:00", "to": "23:59"}]
    hub.connections.save(erp.name, erp.platform, erp.settings, erp.secret, blackout=dark)
    console.stage.erp.opened.clear()
    for part in ("unmapped", "entries"):
        assert "not to be disturbed" in console.signed_in("viewer", part).text(f"{LOCATION}/{part}")
    assert console.stage.erp.opened == []


def test_a_page_without_a_script_asks_both_sides_itself(console: Console) -> None:
    console.stage.erp.warehouses["03"] = {"name": "Attic", "active": True}
    page = console.signed_in("operator").text(f"{LOCATION}?ask=1")
    assert '<input type="hidden" name="erp" value="03">' in page and "data-load" not in page


def test_a_value_for_which_records_fail_is_there_before_anybody_is_asked(console: Console) -> None:
    without_klarna(console)
    page = console.signed_in("operator").text(PAYMENT)
    assert '<input type="hidden" name="shop" value="klarna">' in page
    assert "2 failures" in page


def test_the_way_from_the_failure_to_the_map_and_back_to_a_re_sync(console: Console) -> None:
    route = without_klarna(console)
    operator = console.signed_in("operator")
    assert 'href="/maps/acme/payment?value=klarna#form"' in operator.text("/failures/")
    form = operator.text(f"{PAYMENT}?value=klarna")
    assert 'name="shop" value="klarna"' in form and 'name="failed" value="klarna"' in form
    saved = operator.press(f"{PAYMENT}/save", shop="klarna", erp="card:2", failed="klarna")
    page = operator.text(saved.headers["Location"])
    assert "Re-sync these 2 records" in page
    assert "2 failures" not in page, "the value has its entry"
    asked = {"all": "1", "expected": "2", "act": "resync", "integration": "acme", "back": saved.headers["Location"]}
    answer = operator.press("/failures/act", cause="MISSING_MAPPING", detail="payment=klarna", **asked)
    assert answer.headers["Location"] == saved.headers["Location"]
    assert {job.reason for job in console.stage.hub.jobs.unfinished([route])} == {"re-sync"}
    assert "being read afresh" in operator.text(f"{PAYMENT}/cured?saved=klarna")
    console.stage.hub.failures.resolve(route, ["o0", "o1"], console.stage.clock())
    assert "2 records that failed for want of klarna are well again" in operator.text(f"{PAYMENT}/cured?saved=klarna")


def test_a_wider_entry_still_offers_the_group_that_brought_the_person_here(console: Console) -> None:
    saved = console.signed_in("operator").press(f"{TAX}/save", shop="0.07", erp="A1", failed="DE 0.07 included")
    assert "saved=DE+0.07+included" in saved.headers["Location"]


def test_what_is_wrong_is_said_beside_the_form_and_nothing_is_lost(console: Console) -> None:
    before = entries(console, "payment")
    answer = console.signed_in("operator").press(f"{PAYMENT}/save", shop="klarna", erp="drawer")
    assert answer.status_code == 400
    assert "Not a place to book to" in answer.text
    assert 'value="klarna"' in answer.text and 'value="drawer"' in answer.text
    assert entries(console, "payment") == before


@pytest.mark.parametrize(
    ("address", "given", "said"),
    [
        (LOCATION, {"shop": "L1", "erp": "09"}, ""),
        (LOCATION, {"shop": "L9", "erp": "01"}, "names 01 twice"),
        (LOCATION, {"shop": "L9", "erp": "09", "default": "on"}, "two defaults"),
        (
            LOCATION,
            {"shop": "L9", "erp": "10"},
            "The ERP has no warehouse 10; it has: 01 (Berlin), 02 (Bonn), 09 (Attic).",
        ),
        (
            PAYMENT,
            {"shop": "klarna", "erp": "card:99"},
            "no credit card 99; it has: card:1 (Card), card:2 (Gift card).",
        ),
        (PAYMENT, {"shop": "klarna", "erp": "cash:1000"}, ""),
        (TAX, {"shop": "much", "erp": "A2"}, "Not a rate"),
        (TAX, {"shop": "0.19", "erp": "A2", "valid_from": "soon"}, "soon is no day"),
        (PAYMENT, {"shop": "", "erp": "card:1"}, "shop"),
    ],
)
def test_what_a_map_takes(console: Console, address: str, given: dict[str, str], said: str) -> None:
    console.stage.erp.warehouses["09"] = {"name": "Attic", "active": True}
    operator = console.signed_in("operator")
    before = len(console.acts())
    answer = operator.press(f"{address}/save", **given)
    assert answer.status_code == (400 if said else 302)
    assert said in answer.text
    assert len(console.acts()) == before + (not said)


def test_a_code_that_the_map_has_is_not_looked_up_again(console: Console) -> None:
    hub, operator = console.stage.hub, console.signed_in("operator")
    hub.maps.put(console.stage.integration_id, [Entry("payment", "klarna", "card:99")])
    form = {"shop": "Klarna", "erp": "card:99", "was": "klarna", "was_day": "", "was_erp": "card:99"}
    assert operator.press(f"{PAYMENT}/save", **form).status_code == 302
    changed = operator.press(f"{PAYMENT}/save", **{**form, "was": "Klarna", "erp": "card:98"})
    assert changed.status_code == 400 and "no credit card 98" in changed.text
    assert ("Klarna", "card:99") in entries(console, "payment")


def test_a_tax_code_that_counts_from_a_day_stands_beside_the_one_before(console: Console) -> None:
    operator = console.signed_in("operator")
    operator.press(f"{TAX}/save", shop="0.19", erp="A3", valid_from="2027-01-01")
    assert entries(console, "tax") == [("0.19", "A2"), ("0.19", "A3")]
    form = operator.text(f"{TAX}?change=0.19&day=2027-01-01")
    assert 'value="A3"' in form and 'name="was_day" value="2027-01-01"' in form


def test_a_change_puts_an_entry_in_the_place_of_the_old_one_under_the_persons_name(console: Console) -> None:
    operator = console.signed_in("operator")
    operator.press(f"{TAX}/save", shop="0.21", erp="A3", was="0.19", was_day="", was_erp="A2")
    assert entries(console, "tax") == [("0.21", "A3")]
    act = console.acts()[0]
    assert (act.actor, act.action, act.subject) == ("a-operator", "maps set", "acme tax")
    assert act.before is not None and act.before["shop"] == "0.19"


def test_a_change_that_is_refused_leaves_the_old_entry(console: Console) -> None:
    operator = console.signed_in("operator")
    answer = operator.press(f"{LOCATION}/save", shop="L2", erp="01", was="L2", was_day="", was_erp="02")
    assert answer.status_code == 400
    assert entries(console, "location") == [("L1", "01"), ("L2", "02")]


def test_a_removed_entry_stands_in_the_form_to_be_added_again(console: Console) -> None:
    hub, identity = console.stage.hub, console.stage.integration_id
    hub.maps.put(identity, [Entry("tax", "0.19", "A3", date(2027, 1, 1))])
    operator = console.signed_in("operator")
    answer = operator.press(f"{TAX}/remove", shop="0.19", day="")
    assert entries(console, "tax") == [("0.19", "A3")]
    assert 'value="A2"' in operator.text(answer.headers["Location"])
    assert console.acts()[0].action == "maps remove"


def test_a_viewer_sees_no_buttons_and_may_press_none(console: Console) -> None:
    without_klarna(console)
    viewer = console.signed_in("viewer")
    for address in (PAYMENT, f"{PAYMENT}?value=klarna", f"{PAYMENT}/unmapped", f"{PAYMENT}?saved=klarna"):
        page = viewer.text(address)
        assert "/maps/acme/payment/save" not in page and "/remove" not in page and "Re-sync" not in page
    assert viewer.press(f"{PAYMENT}/save", shop="klarna", erp="card:1").status_code == 403
    assert viewer.press(f"{PAYMENT}/remove", shop="shopify_payments", day="").status_code == 403
    assert entries(console, "payment") == [("shopify_payments", "card:1")]


def test_nothing_of_another_integration_is_there(console: Console) -> None:
    console.other_integration()
    operator = console.signed_in("operator", integrations=["acme"])
    for part in ("", "/entries", "/unmapped", "/cured"):
        assert operator.get(f"/maps/zeta/tax{part}").status_code == 404
    assert operator.press("/maps/zeta/tax/save", shop="0.19", erp="A2").status_code == 404
    assert operator.get("/maps/acme/colours").status_code == 404
    assert operator.get(f"{TAX}?change=0.33").status_code == 404


def test_an_older_form_does_not_overwrite_what_somebody_has_changed_meanwhile(console: Console) -> None:
    ann, bob = console.signed_in("operator", "ann"), console.signed_in("operator", "bob")
    seen = {"shop": "shopify_payments", "was": "shopify_payments", "was_day": "", "was_erp": "card:1"}
    ann.press(f"{PAYMENT}/save", **seen, erp="cash:2000")
    answer = bob.press(f"{PAYMENT}/save", **seen, erp="cash:3000")
    assert answer.status_code == 400
    assert "changed this meanwhile: shopify_payments is cash:2000 now" in answer.text
    assert 'value="cash:3000"' in answer.text
    assert entries(console, "payment") == [("shopify_payments", "cash:2000")]


ITEM_GROUP, CUSTOMER_GROUP = "/maps/acme/item_group", "/maps/acme/customer_group"


def test_groups_are_offered_by_number_with_their_names_and_ranked(console: Console) -> None:
    console.stage.shop.facts["customer_tags"] = ["b2b", "vip"]
    operator = console.signed_in("operator")
    part = operator.text(f"{CUSTOMER_GROUP}/entries")
    assert '<option value="vip">' in part and '<option value="100">Customers</option>' in part
    assert operator.press(f"{CUSTOMER_GROUP}/save", shop="vip", erp="100", rank="2").status_code == 302
    assert operator.press(f"{CUSTOMER_GROUP}/save", shop="b2b", erp="100", rank="1").status_code == 302
    assert entries(console, "customer_group") == [("b2b", "100"), ("vip", "100")]
    assert "Of several tags the one of the lowest rank counts" in operator.text(CUSTOMER_GROUP)
    changed = operator.text(f"{CUSTOMER_GROUP}?change=vip")
    assert 'name="rank" value="2"' in changed


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"rank": "first"}, "first is no rank"),
        ({"erp": "Hats"}, "Not the number of a group"),
        ({"rank": "99999"}, "rank"),
    ],
)
def test_a_wrong_group_or_rank_is_told_and_nothing_is_kept(console: Console, typed: dict[str, str], words: str) -> None:
    answer = console.signed_in("operator").press(f"{ITEM_GROUP}/save", **{"shop": "Hats", "erp": "100", **typed})
    assert (answer.status_code, words in answer.text) == (400, True)
    assert entries(console, "item_group") == []


def test_product_types_without_a_group_come_first_where_products_become_items(console: Console) -> None:
    stage = console.stage
    stage.shop.facts["product_types"] = ["Hats", "Items"]
    stage.both_ways()
    part = console.signed_in("operator").text(f"{ITEM_GROUP}/unmapped")
    assert '<input type="hidden" name="shop" value="Hats">' in part and 'value="Items"' not in part


def test_a_type_for_which_products_fail_leads_to_its_map(console: Console) -> None:
    route = console.stage.route("order").id
    trouble = Trouble("v1", "HAT", "MISSING_MAPPING", "item_group=Hats", "Add it.", "no group", False, 1)
    console.stage.hub.failures.record(route, [trouble], console.stage.clock())
    operator = console.signed_in("operator")
    assert 'href="/maps/acme/item_group?value=Hats#form"' in operator.text("/failures/")
    assert "1 failure" in operator.text(ITEM_GROUP)


def test_statuses_are_told_beside_the_maps_with_the_way_to_their_setting(console: Console) -> None:
    console.stage.settings(order_statuses=["PAID", "PAYED"])
    viewer = console.signed_in("viewer")
    assert 'href="/maps/acme/statuses"' in viewer.text(PAYMENT)
    page = viewer.text("/maps/acme/statuses")
    assert "WAITING_FOR_PAYMENT" in page and "the shop has no such status" in page
    assert "as long as nothing was shipped" in page and "ORDER_REFUNDED" in page
    assert 'href="/integrations/acme/settings#order_statuses"' in page and "See the order settings" in page
    assert "Change the statuses" in console.signed_in("administrator", "boss").text("/maps/acme/statuses")
    assert viewer.get("/maps/nobody/statuses").status_code == 404
