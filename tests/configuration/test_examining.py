from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hub.bootstrap import Hub
from hub.configuration.applying import apply
from hub.configuration.examining import examine
from hub.errors import PlatformUnavailable
from hub.platforms.endpoint import Page
from hub.platforms.platform import Finding
from hub.settings import load
from tests.configuration.conftest import described
from tests.fakes import erp, shop
from tests.fakes.platform import World


def examined(hub: Hub) -> list[Finding]:
    """Apply the good file and examine it."""
    apply(described(), hub)
    return looked_at(hub)


def looked_at(hub: Hub) -> list[Finding]:
    """Examine what is applied."""
    integration = hub.integrations.named("acme")
    connections = tuple(hub.connect(hub.connections.get(side)) for side in (integration.shop_id, integration.erp_id))
    return examine(
        "acme",
        load(integration.settings),
        hub.maps.entries(integration.id),
        hub.routes.of(integration.id),
        (connections[0], connections[1]),
        datetime(2026, 11, 21, 12, tzinfo=UTC),
    )


def wrong(found: list[Finding]) -> list[str]:
    return [finding.what for finding in found if not finding.ok and finding.blocking]


def test_both_connections_are_tested_before_anything_is_compared(hub: Hub, world: World) -> None:
    world.erp.add_partner("GUEST")
    found = examined(hub)
    assert [finding.what for finding in found[:2]] == ["acme shop: logged in", "acme erp: logged in"]
    assert "guest_customer GUEST is in the ERP." in [finding.what for finding in found]


def test_a_side_that_is_down_is_all_there_is_to_say(hub: Hub, world: World) -> None:
    world.erp.down = PlatformUnavailable("The ERP sleeps.")
    found = examined(hub)
    assert [finding.what for finding in found] == ["acme shop: logged in", "acme erp: The ERP sleeps."]
    assert found[1].fix == PlatformUnavailable.fix


def test_recent_orders_are_looked_through_for_values_without_a_place(hub: Hub, world: World) -> None:
    world.erp.add_partner("GUEST")
    world.shop.add_product("MUG")
    for number in (1, 2):
        world.shop.place_order(number, [("MUG", 1, "11.90")], gateway="klarna")
    world.shop.place_order(3, [("MUG", 1, "11.90")], gateway="cash", placed_at="2026-09-01T12:00:00+00:00")
    assert wrong(examined(hub)) == ["2 recent orders have payment klarna, which is not mapped."]


def test_an_order_that_cannot_be_read_does_not_hide_the_others(hub: Hub, world: World) -> None:
    world.erp.add_partner("GUEST")
    world.shop.add_product("MUG")
    world.shop.edit("orders", world.shop.place_order(1, [("MUG", 1, "11.90")]), lines=None)
    world.shop.place_order(2, [("MUG", 1, "11.90")], gateway="klarna")
    assert wrong(examined(hub)) == ["1 recent order has payment klarna, which is not mapped."]


def test_what_a_platform_does_not_have_could_not_be_checked(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    apply(described(), hub)
    monkeypatch.delitem(shop.ENDPOINTS, "order")
    monkeypatch.delitem(erp.ENDPOINTS, "customer")
    said = [finding.what for finding in looked_at(hub) if not finding.ok]
    assert "Whether the maps know all values of recent orders could not be checked." in said
    assert "guest_customer GUEST could not be checked." in said


def test_a_question_that_goes_wrong_is_named_and_the_others_are_asked(
    hub: Hub, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tired(shop.ShopOrders):
        """Shows no old orders today."""

        def between(self, *_: object) -> Iterator[Page]:
            raise PlatformUnavailable("The archive is closed.")

    apply(described(), hub)
    world.erp.add_partner("GUEST")
    monkeypatch.setitem(shop.ENDPOINTS, "order", Tired)
    said = [finding.what for finding in looked_at(hub)]
    assert "Recent orders: The archive is closed." in said
    assert "guest_customer GUEST is in the ERP." in said


def test_settings_that_name_no_record_ask_the_erp_for_none(hub: Hub, world: World) -> None:
    world.erp.add_partner("GUEST")
    examined(hub)
    assert (world.erp.calls["read partners"], world.erp.calls["read items"]) == (1, 0)
