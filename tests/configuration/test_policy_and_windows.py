from __future__ import annotations

from typing import Any

import pytest

from hub.bootstrap import Hub
from hub.configuration.applying import apply, preview
from hub.configuration.exporting import export
from tests.configuration.conftest import described, edited, faults
from tests.fakes.platform import KEY

PRODUCT = "product, direction: erp_to_shop"
WINDOW = "{from: 2026-11-27T00:00+01:00, to: 2026-12-01T00:00:00+01:00}"
DARK = (
    "  name: acme erp\n",
    "  name: acme erp\n  blackout: [{from: 02:00, to: 03:30}, {from: '23:00', to: '00:15'}]\n",
)


def product(words: str) -> tuple[str, str]:
    """The product route of the file with more words in it."""
    return (PRODUCT, f"{PRODUCT}, {words}")


def route(hub: Hub, name: str = "product") -> Any:
    identity = hub.integrations.named("acme").id
    return next(one for one in hub.routes.of(identity) if one.object == name)


def test_a_new_product_route_carries_what_is_marked_and_all_others_everything(hub: Hub) -> None:
    apply(described(), hub)
    routes = hub.routes.of(hub.integrations.named("acme").id)
    assert {one.name: one.policy for one in routes} == {
        "customer shop_to_erp": "all",
        "product erp_to_shop": "marked",
        "order shop_to_erp": "all",
        "inventory erp_to_shop": "all",
    }


def test_a_policy_that_is_named_counts(hub: Hub) -> None:
    apply(described(edited(product("policy: all"))), hub)
    assert route(hub).policy == "all"
    (change,) = apply(described(edited(product("policy: marked"))), hub)
    assert (change.what, change.before, change.after) == (
        "route product erp_to_shop",
        {"policy": "all"},
        {"policy": "marked"},
    )
    assert route(hub).policy == "marked"


@pytest.mark.parametrize("prune", [False, True])
def test_a_route_that_exists_keeps_its_policy_unless_the_file_names_one(hub: Hub, prune: bool) -> None:
    apply(described(edited(product("policy: all"))), hub)
    assert apply(described(), hub, prune=prune) == []
    assert route(hub).policy == "all"


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "text"),
    [
        ("order, direction: shop_to_erp", "order, direction: shop_to_erp, policy: marked", 33, "[2]", "order are not"),
        ("enabled: false", "policy: marked", 34, "[3]", "Records of inventory are not marked one by one."),
        (PRODUCT, f"{PRODUCT}, policy: some", 32, "[1]", "Must be one of: marked, all."),
    ],
)
def test_a_policy_that_cannot_be_is_refused(old: str, new: str, line: int, path: str, text: str) -> None:
    (fault,) = faults(edited((old, new)))
    assert (fault.line, fault.path) == (line, f"routes{path}.policy")
    assert text in fault.text


def test_freeze_windows_are_stored_and_stay_until_the_file_names_others(hub: Hub) -> None:
    apply(described(edited(product(f"freeze: [{WINDOW}]"))), hub)
    window = {"from": "2026-11-27T00:00:00+01:00", "to": "2026-12-01T00:00:00+01:00"}
    assert route(hub).freeze == [window]
    assert apply(described(), hub) == []
    assert route(hub).freeze == [window]
    (change,) = apply(described(edited(product("freeze: []"))), hub)
    assert change.before == {"freeze": "2026-11-27T00:00:00+01:00 to 2026-12-01T00:00:00+01:00"}
    assert route(hub).freeze == []


@pytest.mark.parametrize(
    ("window", "path", "text", "fix"),
    [
        ("{from: 2026-11-27, to: 2026-12-01T00:00+01:00}", "freeze[0].from", "aware", "a time with its zone"),
        ("{from: 2026-11-27T00:00, to: 2026-12-01T00:00+01:00}", "freeze[0].from", "aware", "a time with its zone"),
        ("{from: 2026-12-01T00:00+01:00, to: 2026-12-01T00:00+01:00}", "freeze[0]", "ends before it", "Correct"),
        ("{from: 2026-12-01T00:00+01:00}", "freeze[0].to", "This key is missing", "Add the line `to: …`."),
        (
            "{from: 2026-11-27T00:00+01:00, until: 2026-12-01T00:00+01:00, to: 2026-12-01T00:00+01:00}",
            "freeze[0].until",
            "no such key",
            "the keys are from, to",
        ),
        ("soon", "freeze[0]", "Invalid", "Write keys"),
    ],
)
def test_a_window_that_is_none_is_refused(window: str, path: str, text: str, fix: str) -> None:
    (fault,) = faults(edited(product(f"freeze: [{window}]")))
    assert (fault.line, fault.path) == (32, f"routes[1].{path}")
    assert text in fault.text
    assert fix in fault.fix


def test_blackout_hours_belong_to_the_connection(hub: Hub) -> None:
    apply(described(edited(DARK)), hub)
    assert hub.connections.named("acme erp").blackout == (
        {"from": "02:00", "to": "03:30"},
        {"from": "23:00", "to": "00:15"},
    )
    assert hub.connections.named("acme shop").blackout == ()
    assert apply(described(edited(DARK)), hub) == []


def test_a_connection_without_hours_in_its_block_has_none(hub: Hub) -> None:
    apply(described(edited(DARK)), hub)
    (change,) = apply(described(), hub)
    assert (change.what, change.before, change.after) == (
        "connection acme erp",
        {"blackout": "02:00 to 03:30, 23:00 to 00:15"},
        {"blackout": None},
    )
    assert hub.connections.named("acme erp").blackout == ()


@pytest.mark.parametrize(
    ("hours", "path", "text"),
    [
        ("{from: 2:00, to: 03:30}", "[0].from", "Not a time of the day: 02:00 and 23:30 are."),
        ("{from: 02:00, to: 24:00}", "[0].to", "Not a time of the day"),
        ("{from: 02:00, to: 02:00}", "[0]", "It ends when it begins"),
        ("{from: 02:00}", "[0].to", "This key is missing"),
        ("{from: 00:00, to: 12:00}, {from: 12:00, to: 00:00}", "", "These hours cover the whole day"),
    ],
)
def test_hours_that_are_none_are_refused(hours: str, path: str, text: str) -> None:
    found = faults(edited(("  name: acme erp\n", f"  name: acme erp\n  blackout: [{hours}]\n")))
    assert [(fault.line, fault.path) for fault in found] == [(11, f"erp.blackout{path}")]
    assert text in found[0].text


def test_a_stop_is_no_part_of_the_file_and_survives_it(hub: Hub) -> None:
    apply(described(), hub)
    now = hub.clock()
    hub.connections.stop("acme erp", now, "ann")
    apply(described(edited(DARK)), hub)
    assert hub.connections.named("acme erp").stopped_at == now


def test_an_exported_file_brings_policies_and_windows_back(hub: Hub) -> None:
    apply(described(edited(DARK, product(f"policy: all, freeze: [{WINDOW}]"))), hub)
    text = export("acme", hub)
    assert "policy: marked" not in text
    assert preview(described(text, ACME_SHOP_KEY=KEY, ACME_ERP_KEY=KEY), hub) == []


def test_a_route_is_silent_for_so_long_until_the_file_says_otherwise(hub: Hub) -> None:
    apply(described(edited(product("alert_after_minutes: 90"))), hub)
    assert route(hub).silence_minutes == 90
    assert apply(described(), hub) == []
    (change,) = apply(described(edited(product("alert_after_minutes: 0"))), hub)
    assert (change.before, change.after) == ({"alert_after_minutes": 90}, {"alert_after_minutes": None})
    assert route(hub).silence_minutes is None


def test_pruning_takes_the_alert_for_silence_back(hub: Hub) -> None:
    apply(described(edited(product("alert_after_minutes: 90"))), hub)
    apply(described(), hub, prune=True)
    assert route(hub).silence_minutes is None


def test_an_exported_file_brings_the_alert_for_silence_back(hub: Hub) -> None:
    apply(described(edited(product("alert_after_minutes: 90"))), hub)
    text = export("acme", hub)
    assert text.count("alert_after_minutes: 90") == 1
    assert preview(described(text, ACME_SHOP_KEY=KEY, ACME_ERP_KEY=KEY), hub) == []
