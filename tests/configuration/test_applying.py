from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from hub.bootstrap import Hub
from hub.configuration.applying import apply, preview
from hub.configuration.difference import NEW_SECRET, SECRET
from hub.configuration.faults import FaultyFile
from hub.errors import ConfigurationError
from hub.store.maps import Entry
from tests.configuration.conftest import described, edited
from tests.fakes import erp
from tests.fakes.platform import KEY


def everything(hub: Hub) -> dict[str, Any]:
    """All that the store holds, for comparing before and after."""
    integrations = hub.integrations.all()
    return {
        "connections": hub.connections.all(),
        "integrations": integrations,
        "maps": [hub.maps.entries(one.id) for one in integrations],
        "routes": [hub.routes.of(one.id) for one in integrations],
    }


def changes(hub: Hub, *edits: tuple[str, str], **environment: str) -> dict[str, tuple[Any, Any]]:
    """What an edited file would change: what -> (before, after)."""
    return {
        change.what: (change.before, change.after) for change in preview(described(edited(*edits), **environment), hub)
    }


def refusal(hub: Hub, *edits: tuple[str, str], do: Callable[..., Any] = apply) -> list[tuple[int, str, str]]:
    """(line, text, fix) of what is wrong with an edited file."""
    with pytest.raises(FaultyFile) as caught:
        do(described(edited(*edits)), hub)
    return [(fault.line, fault.text, fault.fix) for fault in caught.value.faults]


def test_a_file_makes_everything_it_names(hub: Hub) -> None:
    apply(described(), hub)
    integration = hub.integrations.named("acme")
    shop, erp = hub.connections.get(integration.shop_id), hub.connections.get(integration.erp_id)
    assert (shop.name, shop.platform, shop.settings["key"]) == ("acme shop", "fake_shop", KEY)
    assert (erp.name, erp.settings["read_timeout"]) == ("acme erp", 90.0)
    assert integration.settings["guest_customer"] == "GUEST"
    assert len(hub.maps.entries(integration.id)) == 5
    assert [(route.name, route.enabled) for route in hub.routes.of(integration.id)] == [
        ("customer shop_to_erp", True),
        ("product erp_to_shop", True),
        ("order shop_to_erp", True),
        ("inventory erp_to_shop", False),
    ]


def test_applying_again_changes_nothing_and_says_so(hub: Hub) -> None:
    apply(described(), hub)
    before, acts = everything(hub), list(hub.audit.newest())
    assert apply(described(), hub) == []
    assert (everything(hub), list(hub.audit.newest())) == (before, acts)


def test_the_check_tells_the_same_changes_and_writes_nothing(hub: Hub) -> None:
    before = everything(hub)
    told = preview(described(), hub)
    assert (everything(hub), list(hub.audit.newest())) == (before, [])
    assert apply(described(), hub) == told


def test_only_what_differs_is_a_change(hub: Hub) -> None:
    apply(described(), hub)
    edits = (("GUEST", "C-GUEST"), ("erp: 02", "erp: 03"), ("enabled: false", "enabled: true"), ("90", "30"))
    assert changes(hub, *edits) == {
        "connection acme erp": ({"read_timeout": 90.0}, {"read_timeout": 30.0}),
        "settings": ({"guest_customer": "GUEST"}, {"guest_customer": "C-GUEST"}),
        "map location: L2": ({"erp": "02"}, {"erp": "03"}),
        "route inventory erp_to_shop": ({"enabled": False}, {"enabled": True}),
    }


def test_the_trail_keeps_each_change_with_its_values_before_and_after(hub: Hub) -> None:
    apply(described(), hub)
    apply(described(edited(("GUEST", "C-GUEST"))), hub)
    newest = next(iter(hub.audit.newest()))
    assert (newest.actor, newest.action, newest.subject) == ("ann", "apply", "acme: settings")
    assert (newest.before, newest.after) == ({"guest_customer": "GUEST"}, {"guest_customer": "C-GUEST"})


def test_secrets_reach_neither_the_trail_nor_what_is_shown(hub: Hub) -> None:
    shown = [str(change) for change in apply(described(), hub)]
    shown += [str(change) for change in apply(described(SHOP_KEY="secret-2"), hub)]
    shown += [str(act) for act in hub.audit.newest()]
    assert not [text for text in shown if KEY in text or "secret-2" in text]


def test_a_changed_secret_is_told_from_an_unchanged_one(hub: Hub) -> None:
    apply(described(), hub)
    assert changes(hub, SHOP_KEY="secret-2") == {"connection acme shop": ({"key": SECRET}, {"key": NEW_SECRET})}
    apply(described(SHOP_KEY="secret-2"), hub)
    assert hub.connections.named("acme shop").settings["key"] == "secret-2"


def test_what_the_file_does_not_name_stays(hub: Hub) -> None:
    apply(described(), hub)
    before = everything(hub)
    smaller = edited(
        ("  guest_customer: GUEST\n", ""),
        ("    - {shop: L2, erp: 02}\n", ""),
        ("  - {object: customer, direction: shop_to_erp}\n", ""),
    )
    assert apply(described(smaller), hub) == []
    assert everything(hub) == before


def test_a_connection_is_what_its_block_says(hub: Hub) -> None:
    apply(described(), hub)
    assert changes(hub, ("    read_timeout: 90\n", "")) == {
        "connection acme erp": ({"read_timeout": 90.0}, {"read_timeout": None})
    }


def test_a_second_integration_may_share_a_connection(hub: Hub) -> None:
    apply(described(), hub)
    apply(described(edited(("name: acme\n", "name: second\n"))), hub)
    first, second = hub.integrations.named("acme"), hub.integrations.named("second")
    assert (first.shop_id, first.erp_id) == (second.shop_id, second.erp_id)
    assert len(hub.connections.all()) == 2


def test_a_connection_keeps_its_platform(hub: Hub) -> None:
    apply(described(), hub)
    swapped = (("name: acme\n", "name: other\n"), ("name: acme shop", "name: x"), ("name: acme erp", "name: acme shop"))
    assert refusal(hub, *swapped) == [
        (10, "The connection acme shop is one to fake_shop already.", "Give this one another name.")
    ]


@pytest.mark.parametrize(
    ("stored", "line", "text"),
    [
        (Entry("location", "L9", "02"), 24, "The store pairs L9 with 02 already."),
        (Entry("location", "L9", "09", is_default=True), 23, "The store has L9 as the default."),
        (Entry("payment", "SHOPIFY_payments", "card:2"), 26, "The store has this value already, written SHOPIFY_"),
    ],
)
def test_a_file_must_get_on_with_what_it_does_not_name(hub: Hub, stored: Entry, line: int, text: str) -> None:
    apply(described("\n".join(described_lines_without_maps())), hub)
    hub.maps.put(hub.integrations.named("acme").id, [stored])
    ((at, said, fix),) = refusal(hub)
    assert (at, said.startswith(text)) == (line, True)
    assert f'hub maps remove acme {stored.map} "{stored.shop_value}"' in fix


def described_lines_without_maps() -> list[str]:
    lines = edited().splitlines()
    return lines[: lines.index("maps:")] + lines[lines.index("routes:") :]


def test_nothing_is_written_when_anything_is_wrong(hub: Hub) -> None:
    apply(described(), hub)
    before, acts = everything(hub), list(hub.audit.newest())
    refusal(
        hub,
        ("GUEST", "C-GUEST"),
        ("object: product", "object: customer"),
        ("direction: shop_to_erp}", "direction: erp_to_shop}"),
    )
    assert (everything(hub), list(hub.audit.newest())) == (before, acts)


def test_a_store_that_gives_out_half_way_is_left_as_it_was(hub: Hub) -> None:
    before = everything(hub)
    with hub.database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON route WHEN NEW.object = 'order' "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    with pytest.raises(IntegrityError, match="the disk is full"):
        apply(described(), hub)
    assert (everything(hub), list(hub.audit.newest())) == (before, [])


def test_what_another_thread_writes_is_no_part_of_our_transaction(hub: Hub) -> None:
    with ThreadPoolExecutor(1) as other, pytest.raises(ZeroDivisionError), hub.database.together():
        hub.audit.note("ours", "x")
        waiting = other.submit(hub.audit.note, "theirs", "y")
        raise ZeroDivisionError
    waiting.result()
    assert [act.action for act in hub.audit.newest()] == ["theirs"]


def test_a_route_that_no_platform_carries_is_refused_with_the_reason(hub: Hub) -> None:
    edits = (("object: product, direction: erp_to_shop", "object: product, direction: shop_to_erp"),)
    ((line, text, fix),) = refusal(hub, *edits)
    assert (line, fix) == (32, "Remove it.")
    assert text == "No pair of platforms carries product shop_to_erp: acme shop shows no changes of product."


def test_a_route_whose_source_shows_nothing_is_refused(hub: Hub) -> None:
    edits = (("object: customer, direction: shop_to_erp", "object: order, direction: erp_to_shop"),)
    assert [text for _, text, _ in refusal(hub, *edits)] == [
        "No pair of platforms carries order erp_to_shop: acme erp shows no changes of order."
    ]


def test_a_route_whose_target_lacks_the_object_is_refused(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(erp.ENDPOINTS, "customer")
    assert [text for _, text, _ in refusal(hub)] == [
        "No pair of platforms carries customer shop_to_erp: customer is not written to acme erp."
    ]


def test_orders_are_not_switched_on_without_a_cut_over(hub: Hub) -> None:
    edits = (("  order_cut_over: 2026-11-01T00:00:00+01:00\n", ""),)
    ((line, text, fix),) = refusal(hub, *edits)
    assert (line, text) == (32, "This route needs a cut-over.")
    assert "order_cut_over" in fix


def test_the_cut_over_is_not_taken_from_an_order_route_that_is_on(hub: Hub) -> None:
    apply(described(), hub)
    edits = (
        ("2026-11-01T00:00:00+01:00", "~"),
        ("  - {object: order, direction: shop_to_erp}\n", ""),
    )
    assert [(line, text) for line, text, _ in refusal(hub, *edits)] == [
        (18, "The order route is on and needs its cut-over.")
    ]


def test_orders_that_are_off_need_no_cut_over(hub: Hub) -> None:
    edits = (
        ("  order_cut_over: 2026-11-01T00:00:00+01:00\n", ""),
        ("order, direction: shop_to_erp", "order, direction: shop_to_erp, enabled: false"),
    )
    assert "route order shop_to_erp" in changes(hub, *edits)


def test_a_faulty_file_is_a_configuration_error() -> None:
    assert issubclass(FaultyFile, ConfigurationError)


REAL = """\
name: real
shop:
  platform: shopify
  settings: {shop: acme.myshopify.com, token: "${SHOP_KEY}"}
erp:
  platform: sap_b1
  settings: {base_url: "https://erp:50000", company: SBO, user: hub, password: "${ERP_KEY}"}
settings:
  order_cut_over: 2026-11-01T00:00:00+01:00
routes:
  - {object: customer, direction: shop_to_erp}
  - {object: product, direction: erp_to_shop}
  - {object: order, direction: shop_to_erp}
  - {object: inventory, direction: erp_to_shop}
"""


def test_shopify_and_sap_carry_the_four_routes_without_being_asked_anything(hub: Hub) -> None:
    # No address of theirs exists; a call would fail the test by the closed door.
    assert len(apply(described(REAL), hub)) == 7


@pytest.mark.parametrize("line", ["customer, direction: shop_to_erp", "inventory, direction: erp_to_shop"])
def test_shopify_and_sap_do_not_carry_them_the_other_way_round(hub: Hub, line: str) -> None:
    name, _, direction = line.partition(", direction: ")
    turned = "erp_to_shop" if direction == "shop_to_erp" else "shop_to_erp"
    with pytest.raises(FaultyFile, match=f"No pair of platforms carries {name} {turned}"):
        apply(described(REAL.replace(line, f"{name}, direction: {turned}")), hub)
