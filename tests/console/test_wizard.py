"""Setting an integration up in the console: drafts, what is refused, who may what, and that no secret is ever shown."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from hub.drafting import work
from hub.errors import PlatformUnavailable
from hub.settings import load
from hub.store.drafts import Drafts
from hub.store.maps import Entry
from tests.console.conftest import Browser, Console
from tests.fakes.platform import KEY

STEPS = ("connectivity", "scenarios", "fields", "settings", "maps", "checks", "summary", "start")
#: What the form of scenarios says when nothing is touched.
SCENARIOS: dict[str, Any] = {
    "on": ["customer shop_to_erp", "product erp_to_shop", "order shop_to_erp", "inventory erp_to_shop"],
    "moment": "2026-11-01T01:00",
    "zone": "Europe/Berlin",
}
MAPS: dict[str, Any] = {
    "location shop": ["L1", "L2"],
    "location erp": ["01", "02"],
    "location valid_from": ["", ""],
    "location default": "0",
    "payment shop": ["shopify_payments"],
    "payment erp": ["card:1"],
    "payment valid_from": [""],
    "tax shop": ["0.19"],
    "tax erp": ["A2"],
    "tax valid_from": [""],
}


def fingerprint(browser: Browser, name: str = "acme") -> str:
    found = re.search(r'name="fingerprint" value="(\w+)"', browser.text(f"/integrations/{name}/summary"))
    assert found is not None
    return found[1]


def deploy(browser: Browser, name: str = "acme", **more: str) -> Any:
    asked = {"fingerprint": fingerprint(browser, name), "anyway": "1", **more}
    return browser.press(f"/integrations/{name}/deploy", **asked)


def settings(browser: Browser, name: str = "acme", **changes: str) -> Any:
    """Press Save on the settings page with some of its fields changed."""
    page = browser.text(f"/integrations/{name}/settings")
    values = dict(re.findall(r'<input type="text"[^>]* name="(\w+)" id="[^"]*" value="([^"]*)"', page))
    values |= dict(re.findall(r'name="(zone)" id="[^"]*" value="([^"]*)"', page))
    values |= dict(re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)</textarea>', page))
    for select, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        values[select] = chosen[1] if chosen else ""
    values |= dict.fromkeys(re.findall(r'type="checkbox" name="(\w+)" value="1" checked', page), "1")
    return browser.press(f"/integrations/{name}/settings", **{"shown": shown_by(page), **values, **changes})


def shown_by(page: str) -> str:
    """What a page says that it shows."""
    found = re.search(r'name="shown" value="(\w+)"', page)
    return found[1] if found else ""


def save(browser: Browser, step: str, **values: Any) -> Any:
    """Press Save on the page of a step as it is now."""
    address = f"/integrations/{step}"
    return browser.press(address, shown=shown_by(browser.text(address)), **values)


# -- a first integration ----------------------------------------------------------------------------------------------


def begun(console: Console, browser: Browser, name: str = "beta") -> None:
    assert browser.press("/integrations/new", name=name, shop="fake_shop", erp="fake_erp").status_code == 302
    world = next(iter(console.stage.hub.connections.all())).settings["world"]
    for side in ("shop", "erp"):
        here = f"/integrations/{name}/connectivity/{side}"
        answer = browser.press(here, world=world, key=KEY, read_timeout="60", then="test")
        assert answer.status_code == 302, answer.text


def test_a_new_integration_goes_from_nothing_to_deployed(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    begun(console, boss)
    assert boss.get("/integrations/beta/").headers["Location"].endswith("/beta/scenarios")
    answer = save(boss, "beta/scenarios", **SCENARIOS, **{"schedule order shop_to_erp": "every hour"})
    assert answer.status_code == 302
    assert save(boss, "beta/maps", **MAPS).status_code == 302
    assert hub.integrations.all()[-1].name == "acme"
    assert "Deployed: " in boss.client.get(deploy(boss, "beta").headers["Location"]).text
    made = hub.integrations.named("beta")
    assert {route.name for route in hub.routes.of(made.id)} == set(SCENARIOS["on"])
    assert Entry("location", "L1", "01", is_default=True) in hub.maps.entries(made.id)
    assert made.settings["order_cut_over"] == "2026-11-01T01:00:00+01:00"
    (schedule,) = hub.schedules.of(made.id).values()
    assert str(schedule.schedule) == "every 1 hour"
    assert hub.connections.get(made.shop_id).settings["key"] == KEY
    assert "deployed" in boss.text("/integrations/")


def test_a_new_one_takes_currency_and_zone_from_the_shop(console: Console) -> None:
    boss = console.signed_in("administrator")
    console.stage.shop.facts = {"currency": "GBP", "zone": "Europe/London", "taxes_included": False}
    begun(console, boss)
    page = boss.text("/integrations/beta/settings")
    assert 'value="GBP"' in page
    assert 'value="Europe/London"' in page


def test_what_is_wrong_with_a_name_stands_beside_it(console: Console) -> None:
    boss = console.signed_in("administrator")
    for name, words in (("acme", "already"), ("a/b", "Not a name"), ("", "Not a name")):
        answer = boss.press("/integrations/new", name=name, shop="fake_shop", erp="fake_erp")
        assert (answer.status_code, words in answer.text) == (400, True)
    assert boss.press("/integrations/new", name="x", shop="fake_erp", erp="fake_erp").status_code == 400


def test_a_draft_can_be_left_and_taken_up_again_and_dropped(console: Console) -> None:
    boss = console.signed_in("administrator")
    begun(console, boss)
    assert "draft" in boss.text("/integrations/")
    assert "Drop the draft of beta?" in boss.press("/integrations/beta/drop").text
    assert boss.get("/integrations/beta/summary").status_code == 200
    boss.press("/integrations/beta/drop", confirmed="1")
    assert boss.get("/integrations/beta/summary").status_code == 404
    assert "beta" not in [act.subject for act in console.acts() if act.action == "apply"]


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_no_page_and_no_trail_ever_shows_a_secret(console: Console) -> None:
    boss = console.signed_in("administrator")
    begun(console, boss)
    save(boss, "beta/scenarios", **SCENARIOS)
    boss.press("/integrations/beta/checks")
    pages = [boss.text(f"/integrations/{name}/{step}") for name in ("acme", "beta") for step in (*STEPS, "file")]
    deploy(boss, "beta")
    pages += [boss.text(f"/integrations/beta/{step}") for step in (*STEPS, "file")]
    pages += [boss.text("/integrations/"), boss.text("/audit/")]
    assert not [page for page in pages if KEY in page]
    assert KEY not in str(console.acts())
    database = Path(console.stage.hub.database.engine.url.database or "")
    assert KEY.encode() not in database.read_bytes()


def test_a_secret_stays_where_nothing_is_typed_and_is_asked_again_for_another_address(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    known = hub.connections.named("shop").settings
    kept = boss.press("/integrations/acme/connectivity/shop", world=known["world"], key="", read_timeout="90")
    assert kept.status_code == 302
    deploy(boss)
    assert hub.connections.named("shop").settings == {**known, "read_timeout": 90}
    moved = boss.press("/integrations/acme/connectivity/shop", world="elsewhere", key="", read_timeout="90")
    assert (moved.status_code, "enter it again" in moved.text) == (400, True)
    assert 'value="elsewhere"' in moved.text


def test_a_wrong_secret_is_refused_by_the_test_and_told_with_its_time(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    world = hub.connections.named("shop").settings["world"]
    boss.press("/integrations/acme/connectivity/shop", world=world, key="wrong", read_timeout="60", then="test")
    page = boss.text("/integrations/acme/connectivity")
    assert "refuses the key" in page
    assert "by a-administrator" in page
    assert "does not work yet" in page
    assert hub.connections.named("shop").settings["key"] == KEY


def test_the_fields_of_the_erp_are_created_by_a_button(console: Console) -> None:
    boss = console.signed_in("administrator")
    answer = boss.press("/integrations/acme/connectivity/erp/set-up")
    assert "Created: ORDR.HubRef" in boss.client.get(answer.headers["Location"]).text
    assert console.acts()[0].action == "setup-erp"


# -- connections that are there already -------------------------------------------------------------------------------


def reused(console: Console, browser: Browser, name: str = "beta") -> None:
    """A new integration over the two connections that acme has."""
    assert browser.press("/integrations/new", name=name, shop="fake_shop", erp="fake_erp").status_code == 302
    for side in ("shop", "erp"):
        answer = browser.press(f"/integrations/{name}/connectivity/{side}/use", connection=side)
        assert answer.status_code == 302, answer.text


def test_an_existing_connection_is_chosen_and_tested_with_what_is_stored_for_it(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    before = {one.name: one.settings for one in hub.connections.all()}
    reused(console, boss)
    page = boss.text("/integrations/beta/connectivity")
    assert '<option value="shop" selected>shop (used by acme)</option>' in page
    assert "This connection is used as it is." in page and 'name="key"' not in page and KEY not in page
    for side in ("shop", "erp"):
        answer = boss.press(f"/integrations/beta/connectivity/{side}/test")
        assert "works." in boss.client.get(answer.headers["Location"]).text
    save(boss, "beta/scenarios", **SCENARIOS)
    save(boss, "beta/maps", **MAPS)
    told = boss.text("/integrations/beta/summary")
    assert KEY not in told and "as_it_is" not in told
    assert "Deployed: " in boss.client.get(deploy(boss, "beta").headers["Location"]).text
    acme, beta = (hub.integrations.named(name) for name in ("acme", "beta"))
    assert (beta.shop_id, beta.erp_id) == (acme.shop_id, acme.erp_id)
    assert {one.name: one.settings for one in hub.connections.all()} == before
    shared = boss.text("/integrations/beta/connectivity")
    assert "Also used by acme." in shared and "What you change here changes there, too" in shared
    assert "the integration is as this configuration says" in boss.text("/integrations/beta/summary")


def test_a_draft_follows_the_connection_that_it_uses_as_it_is(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    reused(console, boss)
    save(boss, "beta/scenarios", **SCENARIOS)
    known = hub.connections.named("shop")
    hub.connections.save("shop", known.platform, {**known.settings, "key": "newer", "read_timeout": 90}, known.secret)
    deploy(boss, "beta")
    assert hub.integrations.named("beta").shop_id == known.id
    assert hub.connections.named("shop").settings == {**known.settings, "key": "newer", "read_timeout": 90}


def test_what_is_used_as_it_is_is_not_changed_from_the_draft_that_uses_it(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    before = hub.connections.named("shop").settings
    reused(console, boss)
    answer = boss.press("/integrations/beta/connectivity/shop", world="elsewhere", key="mine", read_timeout="90")
    assert (answer.status_code, "used as it is" in answer.text) == (409, True)
    assert hub.connections.named("shop").settings == before


def test_from_an_existing_connection_back_to_a_new_one_takes_no_credentials_along(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    reused(console, boss)
    assert boss.press("/integrations/beta/connectivity/shop/use", connection="").status_code == 302
    there = work(hub, "beta")
    assert there is not None and there.document["shop"]["name"] == "beta shop"
    assert there.document["shop"]["settings"] == {} and set(there.secrets) == {"ERP_KEY"}
    # An integration that is deployed finds its own one again.
    for wanted, own in (("", False), ("shop", True)):
        boss.press("/integrations/acme/connectivity/shop/use", connection=wanted)
        there = work(hub, "acme")
        assert there is not None and ("SHOP_KEY" in there.secrets) is own and not there.uses_as_it_is("shop")
    assert "the integration is as this configuration says" in boss.text("/integrations/acme/summary")


def test_only_connections_of_integrations_that_are_open_to_one_are_offered(console: Console) -> None:
    hub, world = console.stage.hub, console.stage.hub.connections.named("shop").settings["world"]
    own = [
        hub.connections.save(f"own {side}", f"fake_{side}", {"world": world, "key": KEY}, frozenset({"key"}))
        for side in ("shop", "erp")
    ]
    hub.integrations.save("zeta", own[0], own[1], {})
    hub.connections.save("left over", "fake_shop", {"world": world, "key": KEY}, frozenset({"key"}))
    kept, boss = console.signed_in("administrator", "kept", integrations=["zeta"]), console.signed_in("administrator")
    assert "<optgroup" not in kept.text("/integrations/zeta/connectivity")
    for name in ("shop", "left over", "nothing"):
        refused = kept.press("/integrations/zeta/connectivity/shop/use", connection=name)
        assert (refused.status_code, f"no connection {name} that you may choose" in refused.text) == (409, True)
    page = boss.text("/integrations/zeta/connectivity")
    assert "left over (not used)" in page and "shop (used by acme)" in page
    assert boss.press("/integrations/zeta/connectivity/erp/use", connection="shop").status_code == 409
    # What somebody else has put in is not deployed by one to whom it is not open, and whose it is stays untold.
    boss.press("/integrations/zeta/connectivity/shop/use", connection="shop")
    seen = kept.text("/integrations/zeta/connectivity")
    assert "an integration that is not open to you" in seen and "acme" not in seen
    save(boss, "zeta/scenarios", **SCENARIOS)
    assert deploy(kept, "zeta").status_code == 409
    assert hub.integrations.named("zeta").shop_id == own[0]


def test_a_stopped_connection_gets_no_fields_from_a_draft_that_uses_it(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    reused(console, boss)
    hub.connections.stop("erp", console.stage.clock(), "ann")
    refused = boss.press("/integrations/beta/connectivity/erp/set-up")
    assert (refused.status_code, "stopped by ann" in refused.text) == (409, True)


def test_a_new_connection_is_never_called_like_one_that_is_there(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    known = hub.connections.named("shop")
    hub.connections.save("beta shop", known.platform, known.settings, known.secret)
    begun(console, boss)
    there = work(hub, "beta")
    assert there is not None and there.document["shop"]["name"] == "beta shop 2"


def test_of_two_who_choose_a_connection_the_second_is_told(console: Console) -> None:
    ann, bob = (console.signed_in("administrator", name) for name in ("ann", "bob"))
    begun(console, ann)
    here = "/integrations/beta/connectivity"
    seen = re.findall(r'name="shown" value="(\w+)"', ann.text(here))[0]
    assert bob.press(f"{here}/shop/use", connection="shop", shown=seen).status_code == 302
    world = console.stage.hub.connections.named("shop").settings["world"]
    hub = console.stage.hub
    hub.connections.save("shop", "fake_shop", {"world": world, "key": KEY, "read_timeout": 75}, frozenset({"key"}))
    answer = ann.press(f"{here}/shop/use", connection="", shown=seen)
    assert (answer.status_code, "bob has changed this meanwhile" in answer.text) == (409, True)


# -- what is deployed, and what is not --------------------------------------------------------------------------------


def test_a_change_is_a_draft_until_it_is_deployed_and_shown_as_a_difference_first(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    assert settings(boss, price_list="1", stock_buffer="3").status_code == 302
    assert hub.integrations.named("acme").settings.get("stock_buffer") is None
    page = boss.text("/integrations/acme/summary")
    assert re.search(r"“Buffer”</span></th><td[^>]*>–</td><td class=\"new\">3</td>", page)
    assert "changes not deployed" in boss.text("/integrations/")
    deploy(boss)
    assert hub.integrations.named("acme").settings["stock_buffer"] == 3
    acts = [act for act in console.acts() if act.action == "apply"]
    assert (acts[0].actor, acts[0].after) == ("a-administrator", {"stock_buffer": 3})
    assert "Nothing: the integration is as this configuration says." in boss.text("/integrations/acme/summary")


def test_saving_a_form_untouched_changes_nothing(console: Console) -> None:
    boss = console.signed_in("administrator")
    assert settings(boss).status_code == 302
    save(boss, "acme/maps", **MAPS)
    save(boss, "acme/scenarios", **SCENARIOS)
    page = boss.text("/integrations/acme/summary")
    changed = set(re.findall(r'<span class="detail">(\w+)</span>', page))
    assert changed <= {"zone", "schedule"}, changed


def test_what_somebody_else_changes_meanwhile_stays(console: Console) -> None:
    boss, stage = console.signed_in("administrator"), console.stage
    settings(boss, stock_buffer="3")
    stage.map("tax", "0.07", "A1")
    stage.settings(tolerance="0.10")
    deploy(boss)
    assert Entry("tax", "0.07", "A1") in stage.hub.maps.entries(stage.integration_id)
    kept = stage.hub.integrations.named("acme").settings
    assert (kept["tolerance"], kept["stock_buffer"]) == ("0.10", 3)


def test_an_older_page_does_not_overwrite_what_somebody_has_changed_meanwhile(console: Console) -> None:
    ann, bob = (console.signed_in("administrator", name) for name in ("ann", "bob"))
    maps = console.stage.hub.maps
    shown = shown_by(ann.text("/integrations/acme/maps"))
    bob.press("/maps/acme/payment/save", shop="paypal", erp="cash:1000")
    answer = ann.press("/integrations/acme/maps", shown=shown, **{**MAPS, "payment erp": ["card:2"]})
    assert answer.status_code == 409
    assert "bob has changed this meanwhile" in answer.text
    assert re.search(r"paypal[^<]*</th><td[^>]*>cash:1000</td><td[^>]*>–</td>", answer.text)
    assert 'value="card:2"' in answer.text
    assert Entry("payment", "paypal", "cash:1000") in maps.entries(console.stage.integration_id)
    assert "Nothing: the integration is as this configuration says." in ann.text("/integrations/acme/summary")
    # What was typed may be kept now that both values were seen.
    assert ann.press("/integrations/acme/maps", shown=shown_by(answer.text), **MAPS).status_code == 302


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("settings", {"stock_buffer": "5", "price_list": "1"}),
        ("fields", {"on product.title": "1"}),
        ("scenarios", {**SCENARIOS, "zone": "Europe/Paris"}),
    ],
)
def test_every_form_says_that_it_was_overtaken(console: Console, step: str, typed: dict[str, Any]) -> None:
    ann, bob = (console.signed_in("administrator", name) for name in ("ann", "bob"))
    shown = shown_by(ann.text(f"/integrations/acme/{step}"))
    assert settings(bob, stock_buffer="3", zone="Europe/London").status_code == 302
    save(bob, "acme/scenarios", **{**SCENARIOS, "on": SCENARIOS["on"][:3], "zone": "Europe/London"})
    answer = ann.press(f"/integrations/acme/{step}", shown=shown, **typed)
    assert (answer.status_code, "bob has changed this meanwhile" in answer.text) == (409, True)


def test_a_row_that_is_taken_out_of_a_map_goes_and_no_other(console: Console) -> None:
    boss, stage = console.signed_in("administrator"), console.stage
    before = stage.hub.maps.entries(stage.integration_id)
    save(boss, "acme/maps", **{**MAPS, "location gone": "1"})
    deploy(boss)
    after = stage.hub.maps.entries(stage.integration_id)
    assert set(before) - set(after) == {Entry("location", "L2", "02")}


def test_values_of_recent_orders_that_no_map_knows_are_proposed(console: Console) -> None:
    boss, stage = console.signed_in("administrator"), console.stage
    stage.shop.add_product("MUG")
    stage.shop.place_order(1001, [("MUG", 1, "10.00")], gateway="klarna")
    boss.press("/integrations/acme/maps/orders")
    page = boss.text("/integrations/acme/maps")
    assert re.search(r'name="payment shop" value="klarna"', page)
    assert save(boss, "acme/maps", **MAPS).status_code == 302


def test_a_wrong_row_of_a_map_is_named_and_what_was_typed_stays(console: Console) -> None:
    boss = console.signed_in("administrator")
    twice = save(boss, "acme/maps", **{**MAPS, "location erp": ["01", "01"]})
    assert (twice.status_code, "01 stands in a row above already" in twice.text) == (400, True)
    wrong = save(boss, "acme/maps", **{**MAPS, "payment erp": ["visa"]})
    assert (wrong.status_code, "Not a place to book to" in wrong.text, 'value="visa"' in wrong.text) == (
        400,
        True,
        True,
    )


def test_nothing_is_deployed_that_was_changed_after_it_was_shown(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    settings(boss, stock_buffer="3")
    shown = fingerprint(boss)
    settings(boss, stock_buffer="5")
    answer = boss.press("/integrations/acme/deploy", fingerprint=shown, anyway="1")
    assert (answer.status_code, "changed after this page was shown" in answer.text) == (409, True)
    assert "stock_buffer" not in hub.integrations.named("acme").settings


def test_deploy_asks_for_the_pre_checks_first(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    settings(boss, stock_buffer="3")
    boss.press("/integrations/acme/deploy", fingerprint=fingerprint(boss))
    assert "stock_buffer" not in hub.integrations.named("acme").settings
    console.stage.erp.add_partner("C-GUEST")
    boss.press("/integrations/acme/checks")
    assert "all passed" in boss.text("/integrations/acme/checks")
    boss.press("/integrations/acme/deploy", fingerprint=fingerprint(boss))
    assert hub.integrations.named("acme").settings["stock_buffer"] == 3
    assert "all passed" in boss.text("/integrations/acme/checks")


def test_a_check_that_refuses_leads_to_where_it_is_mended(console: Console) -> None:
    boss = console.signed_in("administrator")
    boss.press("/integrations/acme/checks")
    page = boss.text("/integrations/acme/checks")
    assert 'href="/integrations/acme/settings#guest_customer">Settings: Customer for guests' in page
    assert "hub apply" not in page
    assert "hub maps" not in page


# -- forms ------------------------------------------------------------------------------------------------------------


def test_a_cut_over_near_the_end_of_time_is_refused_in_words_and_the_page_stays(console: Console) -> None:
    boss = console.signed_in("administrator")
    for moment in ("0001-01-01T00:00", "9999-12-31T23:59"):
        answer = boss.press("/integrations/acme/scenarios", **{**SCENARIOS, "moment": moment})
        assert (answer.status_code, "between the years 1970 and 2200" in answer.text) == (400, True)
        with pytest.raises(ValidationError, match="between the years 1970 and 2200"):
            load({"order_cut_over": f"{moment}:00+00:00"})
    boss.text("/integrations/acme/scenarios")


@pytest.mark.parametrize("typed", [{"numbers": f"1-{'9' * 5_000}"}, {"numbers": "²-3"}, {"from": "0001-01-01T00:00"}])
def test_a_backfill_of_nothing_that_can_be_is_refused_in_words(console: Console, typed: dict[str, str]) -> None:
    answer = console.signed_in("operator").press(f"/routes/{console.stage.route('order').id}/backfill", **typed)
    assert answer.status_code == 409


@pytest.mark.parametrize("name", ["pick", "score"])
def test_what_is_ticked_is_a_number_that_can_be(console: Console, name: str) -> None:
    boss, route = console.signed_in("operator"), console.stage.route("product").id
    huge = "9" * 5_000
    pressed = {
        f"/matching/{route}/accept": {"pick": huge} if name == "pick" else {"all": "1", "score": huge},
        "/failures/act": {"act": "acknowledge", "pick": f"{huge}|x"},
        "/conflicts/take": {"integration": "acme", "all": "shop", "pick": huge},
    }
    assert {boss.press(address, **values).status_code for address, values in pressed.items()} <= {400, 404}


def test_orders_without_a_cut_over_are_refused_and_the_rest_stays_typed(console: Console) -> None:
    boss = console.signed_in("administrator")
    answer = save(boss, "acme/scenarios", **{**SCENARIOS, "moment": ""})
    assert (answer.status_code, "Orders need a cut-over" in answer.text) == (400, True)
    nowhere = save(boss, "acme/scenarios", **{**SCENARIOS, "zone": "Mars/Base"})
    assert (nowhere.status_code, "no time zone" in nowhere.text) == (400, True)
    assert save(boss, "acme/scenarios", **{**SCENARIOS, "on": ["dragon erp_to_shop"]}).status_code == 400


def test_a_route_that_is_unticked_is_switched_off_and_keeps_what_it_knows(console: Console) -> None:
    boss, stage = console.signed_in("administrator"), console.stage
    route = stage.route("inventory")
    stage.hub.routes.set_initialization(route.id, "done")
    save(boss, "acme/scenarios", **{**SCENARIOS, "on": SCENARIOS["on"][:3]})
    deploy(boss)
    after = stage.hub.routes.get(route.id)
    assert (after.enabled, after.initialization) == (False, "done")


def test_locked_fields_stay_and_others_are_chosen(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    ticked = {f"on product.{name}": "1" for name in ("title", "description", "product_type", "barcode")}
    ticked |= {f"on customer.{name}": "1" for name in ("phone", "addresses")}
    save(boss, "acme/fields", **ticked)
    deploy(boss)
    assert hub.integrations.named("acme").fields == {"product": {"weight": False}, "customer": {"note": False}}


def test_an_own_field_is_taken_by_type_and_a_wrong_one_is_named(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    row = {"name": "material", "shop": "product.custom.material", "erp": "U_Material", "type": "text", "owner": "erp"}
    form = {f"own product {key}": value for key, value in row.items()}
    wrong = save(boss, "acme/fields", **{**form, "own product erp": "Material"})
    assert (wrong.status_code, "Not a user-defined field" in wrong.text) == (400, True)
    assert save(boss, "acme/fields", **form).status_code == 302
    deploy(boss)
    assert hub.integrations.named("acme").fields["product"]["custom"] == [row]


def test_a_setting_that_is_not_right_is_named_beside_its_field(console: Console) -> None:
    boss = console.signed_in("administrator")
    answer = settings(boss, tolerance="much", quiet_hours="25-26")
    assert answer.status_code == 400
    assert answer.text.count('class="fault"') == 2
    assert 'value="much"' in answer.text


def test_a_side_that_is_silent_leaves_its_values_to_be_typed(console: Console) -> None:
    boss = console.signed_in("administrator")
    console.stage.erp.down = PlatformUnavailable("It sleeps.")
    page = boss.text("/integrations/acme/settings")
    assert "The ERP offers nothing to choose from" in page
    assert re.search(r'<input type="text"[^>]*name="default_warehouse"', page)
    assert boss.get("/integrations/acme/maps").status_code == 200


# -- as a file --------------------------------------------------------------------------------------------------------


def uploaded(browser: Browser, text: str) -> Any:
    file = (io.BytesIO(text.encode()), "acme.yaml")
    return browser.client.post("/integrations/import", data={"csrf_token": browser.token(), "file": file})


def test_a_faulty_file_is_told_line_by_line_and_nothing_is_kept(console: Console) -> None:
    boss = console.signed_in("administrator")
    text = boss.text("/integrations/acme/file").replace("order_cut_over", "order_cut_ower")
    answer = uploaded(boss, text)
    line = text[: text.index("order_cut_ower")].count("\n") + 1
    assert answer.status_code == 400
    assert f"line {line}, column" in answer.text
    assert "Did you mean `order_cut_over`?" in answer.text
    assert Drafts(console.stage.hub.database, console.stage.hub.vault).named("acme") is None
    assert "This is no YAML" in boss.press("/integrations/import", text="a: [").text


def test_a_file_becomes_a_draft_and_what_it_does_not_name_stays(console: Console) -> None:
    boss, stage = console.signed_in("administrator"), console.stage
    text = boss.text("/integrations/acme/file")
    short = text[: text.index("settings:\n  default") if "settings:\n  default" in text else text.index("\nsettings:")]
    assert uploaded(boss, short + "\nsettings:\n  stock_buffer: 4\n").status_code == 302
    before = stage.hub.maps.entries(stage.integration_id)
    deploy(boss)
    assert stage.hub.integrations.named("acme").settings["stock_buffer"] == 4
    assert stage.hub.integrations.named("acme").settings["guest_customer"] == "C-GUEST"
    assert stage.hub.maps.entries(stage.integration_id) == before
    assert stage.hub.connections.named("shop").settings["key"] == KEY


def test_a_file_does_not_take_the_place_of_a_draft_unless_that_is_said(console: Console) -> None:
    boss = console.signed_in("administrator")
    text = boss.text("/integrations/acme/file")
    settings(boss, stock_buffer="3")
    refused = boss.press("/integrations/import", text=text)
    assert (refused.status_code, "a draft of acme already" in refused.text, "fake_shop" in refused.text) == (
        400,
        True,
        True,
    )
    assert "stock_buffer" in boss.text("/integrations/acme/summary")
    assert boss.press("/integrations/import", text=text, replace="1").status_code == 302
    assert "stock_buffer" not in boss.text("/integrations/acme/summary")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("key: ${SHOP_KEY}", "key: written-out", "A secret does not belong into a file."),
        ("name: acme\n", "name: ${HUB_KEY}\n", "A variable stands for a secret only."),
        ("read_timeout: 60", "read_timeout: ${ERP_KEY}", "A variable stands for a secret only."),
    ],
)
def test_a_file_neither_brings_secrets_nor_reads_any(console: Console, old: str, new: str, words: str) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    world = hub.connections.named("shop").settings["world"]
    for name in ("shop", "erp"):
        settings_of = {"world": world, "key": KEY, "read_timeout": 60}
        hub.connections.save(name, f"fake_{name}", settings_of, frozenset({"key"}))
    text = boss.text("/integrations/acme/file")
    assert old in text
    answer = uploaded(boss, text.replace(old, new, 1))
    assert (answer.status_code, words in answer.text, KEY in answer.text) == (400, True, False)


def test_a_file_that_names_another_address_does_not_take_the_secret_there(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    world = hub.connections.named("shop").settings["world"]
    uploaded(boss, boss.text("/integrations/acme/file").replace(world, "elsewhere"))
    assert "not set" in boss.text("/integrations/acme/connectivity")
    assert boss.text("/integrations/acme/summary").count("This key is missing") == 2


def test_no_secret_follows_a_draft_to_another_address_by_whichever_way(console: Console) -> None:
    boss, hub = console.signed_in("administrator"), console.stage.hub
    world = hub.connections.named("shop").settings["world"]
    here, there = "/integrations/acme/connectivity", boss.text("/integrations/acme/file")
    away = there.replace(world, "elsewhere")
    # What is deployed: a second import finds its own address in the draft of the first.
    for _ in range(2):
        assert boss.press("/integrations/import", text=away, replace="1").status_code == 302
        assert "not set" in boss.text(here)
    # What was typed for another address: neither to that of the file, nor back to that of the deployed one.
    boss.press(f"{here}/shop", world="elsewhere", key="typed-there", read_timeout="60")
    assert boss.press("/integrations/import", text=away, replace="1").status_code == 302
    assert work(hub, "acme").secrets["SHOP_KEY"] == "typed-there"  # type: ignore[union-attr]
    boss.press("/integrations/import", text=there, replace="1")
    assert work(hub, "acme").secrets["SHOP_KEY"] == KEY  # type: ignore[union-attr]
    boss.press("/integrations/import", text=away, replace="1")
    assert work(hub, "acme").secrets == {}  # type: ignore[union-attr]


# -- who may what -----------------------------------------------------------------------------------------------------

PRESSES = [
    "new",
    "import",
    "acme/connectivity/shop",
    "acme/connectivity/shop/test",
    "acme/connectivity/shop/use",
    "acme/connectivity/erp/set-up",
    "acme/scenarios",
    "acme/fields",
    "acme/settings",
    "acme/maps",
    "acme/maps/orders",
    "acme/checks",
    "acme/deploy",
    "acme/drop",
]


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_is_no_administrator_looks_and_changes_nothing(console: Console, role: Any) -> None:
    somebody = console.signed_in(role)
    for step in STEPS:
        page = somebody.text(f"/integrations/acme/{step}")
        assert "Changing it takes an administrator" in page
        assert "Save" not in page
    assert {somebody.press(f"/integrations/{path}").status_code for path in PRESSES} == {403}
    assert somebody.get("/integrations/new").status_code == 403


def test_another_integration_is_not_there(console: Console) -> None:
    console.other_integration()
    boss = console.signed_in("administrator", integrations=["zeta"])
    assert "acme" not in boss.text("/integrations/")
    seen = {boss.get(f"/integrations/acme/{step}").status_code for step in (*STEPS, "file", "")}
    assert seen == {404}
    assert {boss.press(f"/integrations/{path}").status_code for path in PRESSES if "/" in path} == {404}


def test_who_is_kept_to_some_integrations_begins_none_and_takes_no_connection_of_others(console: Console) -> None:
    console.other_integration()
    boss = console.signed_in("administrator", integrations=["zeta"])
    assert boss.press("/integrations/new", name="mine", shop="fake_shop", erp="fake_erp").status_code == 409
    settings(boss, "zeta", stock_buffer="2")
    refused = deploy(boss, "zeta")
    assert (refused.status_code, "not open to you" in refused.text) == (409, True)
    other = uploaded(boss, boss.text("/integrations/zeta/file").replace("name: zeta", "name: acme"))
    assert (other.status_code, "not open to you" in other.text) == (400, True)


def test_of_two_who_change_a_connection_the_second_is_told(console: Console) -> None:
    boss, other = console.signed_in("administrator"), console.signed_in("administrator", "other")
    here = "/integrations/acme/connectivity"
    seen = re.findall(r'name="shown" value="(\w+)"', boss.text(here))[0]
    world = console.stage.hub.connections.named("shop").settings["world"]
    form = {"world": world, "key": KEY, "then": "stay", "shown": seen}
    assert other.press(f"{here}/shop", **form, read_timeout="70").status_code == 302
    answer = boss.press(f"{here}/shop", **form, read_timeout="80")
    assert answer.status_code == 409 and "other has changed this meanwhile" in answer.text
    assert 'value="80"' in answer.text


def test_a_code_is_looked_up_in_the_erp_before_it_is_kept(console: Console) -> None:
    boss, stage = console.signed_in("administrator"), console.stage
    answer = settings(boss, guest_customer="C-NOBODY")
    assert answer.status_code == 400 and "The ERP has no partner C-NOBODY." in answer.text
    stage.erp.add_partner("C-NOBODY")
    assert settings(boss, guest_customer="C-NOBODY").status_code == 302
    stage.erp.down = PlatformUnavailable("it sleeps")
    assert settings(boss, guest_customer="C-OTHER").status_code == 302


def test_hostile_texts_stay_texts(console: Console) -> None:
    boss, stage = console.signed_in("administrator"), console.stage
    evil = '"><script>alert(1)</script>{{7*7}}'
    stage.erp.facts = {"price_lists": {1: {"name": evil, "gross": True, "currency": "EUR", "active": True}}}
    stage.shop.locations["L9"] = {"name": evil, "active": True}
    stage.erp.add_partner("${ERP_KEY}")
    settings(boss, missing_name=evil, guest_customer="${ERP_KEY}")
    stage.map("payment", evil, "card:1")
    boss.press("/integrations/acme/checks")
    for step in STEPS:
        page = boss.text(f"/integrations/acme/{step}")
        assert "<script>alert" not in page
        assert "49" not in re.findall(r"script&gt;(\d+)", page)
    deploy(boss)
    assert stage.hub.integrations.named("acme").settings["guest_customer"] == "${ERP_KEY}"
    assert stage.hub.integrations.named("acme").settings["missing_name"] == evil


def test_an_address_of_nothing_is_404(console: Console) -> None:
    boss = console.signed_in("administrator")
    assert boss.get("/integrations/nobody/settings").status_code == 404
    assert boss.press("/integrations/acme/connectivity/moon").status_code == 404


def test_who_only_looks_does_not_ask_both_sides_anew(console: Console) -> None:
    opened, page = console.stage.shop.opened, "/integrations/acme/settings?fresh=1"
    viewer, operator = console.signed_in("viewer"), console.signed_in("operator")
    operator.text(page)
    for browser, asked in ((viewer, 0), (viewer, 0), (operator, 1)):
        opened.clear()
        browser.text(page)
        assert len(opened) == asked


def test_groups_are_kept_with_their_ranks_and_product_types_without_one_are_proposed(console: Console) -> None:
    boss, stage = console.signed_in("administrator"), console.stage
    stage.shop.facts |= {"product_types": ["Hats", "Items"], "customer_tags": ["vip"]}
    proposed = r'name="item_group shop" value="Hats"'
    assert not re.search(proposed, boss.text("/integrations/acme/maps?fresh=1")), "products go to the shop only"
    stage.both_ways()
    page = boss.text("/integrations/acme/maps")
    assert re.search(proposed, page) and 'shop" value="Items"' not in page and '<option value="vip">' in page
    typed = {"item_group shop": ["Hats"], "item_group erp": ["100"], "item_group rank": ["3"]}
    assert save(boss, "acme/maps", **MAPS, **typed).status_code == 302
    deploy(boss)
    assert Entry("item_group", "Hats", "100", rank=3) in stage.hub.maps.entries(stage.integration_id)
    wrong = save(boss, "acme/maps", **MAPS, **{**typed, "item_group rank": ["x"]})
    assert (wrong.status_code, "Not a valid integer" in wrong.text) == (400, True)


def test_the_first_load_of_stock_asks_for_that_of_the_products_before_it(console: Console) -> None:
    viewer, route = console.signed_in("viewer"), console.stage.route("product")
    assert "Load Product first" in viewer.text("/integrations/acme/start")
    console.stage.hub.routes.set_initialization(route.id, "done")
    assert "Load Product first" not in viewer.text("/integrations/acme/start")
