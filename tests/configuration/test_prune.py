from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.bootstrap import Hub
from hub.configuration.applying import apply, preview
from hub.configuration.exporting import export
from hub.configuration.faults import FaultyFile
from hub.store.maps import Entry
from tests.configuration.conftest import described, edited
from tests.configuration.test_applying import everything
from tests.configuration.test_fields import FILE
from tests.fakes.platform import KEY

FROZEN = (
    "product, direction: erp_to_shop",
    "product, direction: erp_to_shop, policy: all, "
    "freeze: [{from: 2026-11-27T00:00+01:00, to: 2026-12-01T00:00+01:00}]",
)
#: Less than the good file: a setting, a map entry and two routes are gone.
SMALLER = edited(
    ("  guest_customer: GUEST\n", ""),
    ("    - {shop: L2, erp: 02}\n", ""),
    ("    - {shop: DE 0.19 included, erp: A3, valid_from: 2027-01-01}\n", ""),
    ("  - {object: customer, direction: shop_to_erp}\n", ""),
    ("  - {object: inventory, direction: erp_to_shop, enabled: false}\n", ""),
)


def told(hub: Hub, text: str) -> dict[str, tuple[Any, Any]]:
    """What a file would change if what it does not name were taken back."""
    return {change.what: (change.before, change.after) for change in preview(described(text), hub, prune=True)}


@pytest.fixture
def full(hub: Hub) -> Hub:
    """The good file with fields and a frozen route is applied."""
    old, new = FROZEN
    apply(described(FILE.replace(old, new)), hub)
    return hub


def test_what_the_file_does_not_name_is_shown_before_it_is_taken_back(full: Hub) -> None:
    before, acts = everything(full), list(full.audit.newest())
    assert told(full, SMALLER) == {
        "settings": ({"guest_customer": "GUEST"}, {"guest_customer": None}),
        "fields product": (
            {
                "title": "erp",
                "vendor": False,
                "barcode": True,
                "price": "erp",
                "custom.material": "product.custom.material = U_Material, text, owner erp",
                "custom.depth": "variant.custom.depth_mm = U_Depth, decimal, owner erp",
            },
            dict.fromkeys(("title", "vendor", "barcode", "price", "custom.material", "custom.depth")),
        ),
        "map location: L2": ({"erp": "02", "valid_from": None, "default": None, "rank": None}, None),
        "map tax: DE 0.19 included": ({"erp": "A3", "valid_from": "2027-01-01", "default": None, "rank": None}, None),
        "route customer shop_to_erp": ({"enabled": True}, {"enabled": False}),
        "route product erp_to_shop": (
            {"freeze": "2026-11-27T00:00:00+01:00 to 2026-12-01T00:00:00+01:00"},
            {"freeze": None},
        ),
    }
    assert (everything(full), list(full.audit.newest())) == (before, acts)


def test_what_was_shown_is_taken_back_and_nothing_else(full: Hub) -> None:
    shown = preview(described(SMALLER), full, prune=True)
    acts = len(list(full.audit.newest()))
    assert apply(described(SMALLER), full, prune=True) == shown
    integration = full.integrations.named("acme")
    assert "guest_customer" not in integration.settings
    assert integration.fields == {}
    assert [(entry.map, entry.shop_value, entry.erp_value) for entry in full.maps.entries(integration.id)] == [
        ("location", "L1", "01"),
        ("payment", "shopify_payments", "card:1"),
        ("tax", "DE 0.19 included", "A2"),
    ]
    assert {route.name: (route.enabled, route.policy, route.freeze) for route in full.routes.of(integration.id)} == {
        "customer shop_to_erp": (False, "all", []),
        "product erp_to_shop": (True, "all", []),
        "order shop_to_erp": (True, "all", []),
        "inventory erp_to_shop": (False, "all", []),
    }
    assert len(list(full.audit.newest())) == acts + len(shown)
    assert apply(described(SMALLER), full, prune=True) == []


def test_a_route_keeps_its_marks_and_its_first_load(full: Hub) -> None:
    route = full.routes.find(full.integrations.named("acme").id, "customer")
    full.routes.move_mark(route.id, "customers", {"at": "2026-11-21"})
    full.routes.set_initialization(route.id, "done")
    apply(described(SMALLER), full, prune=True)
    kept = full.routes.get(route.id)
    assert (kept.enabled, kept.marks, kept.initialization) == (False, {"customers": {"at": "2026-11-21"}}, "done")


def test_without_the_flag_everything_stays(full: Hub) -> None:
    before = everything(full)
    assert apply(described(SMALLER), full) == []
    assert everything(full) == before


def test_a_value_that_is_written_another_way_now_takes_the_place_of_the_old_one(full: Hub) -> None:
    other = edited(("shop: shopify_payments", "shop: Shopify_Payments"), ("erp: 02", "erp: 01"), ("erp: 01", "erp: 02"))
    with pytest.raises(FaultyFile, match="written shopify_payments"):
        apply(described(other), full)
    apply(described(other), full, prune=True)
    entries = full.maps.entries(full.integrations.named("acme").id)
    assert {(entry.shop_value, entry.erp_value) for entry in entries if entry.map != "tax"} == {
        ("L1", "02"),
        ("L2", "01"),
        ("Shopify_Payments", "card:1"),
    }


def test_an_entry_of_another_day_goes_by_itself(full: Hub) -> None:
    identity = full.integrations.named("acme").id
    full.maps.put(identity, [Entry("tax", "DE 0.19 included", "A9", date(2030, 1, 1))])
    apply(described(), full, prune=True)
    assert [entry.erp_value for entry in full.maps.entries(identity, "tax")] == ["A2", "A3"]


def test_the_cut_over_of_an_order_route_is_not_taken_back(full: Hub) -> None:
    text = edited(("  order_cut_over: 2026-11-01T00:00:00+01:00\n", ""))
    with pytest.raises(FaultyFile, match="This route needs a cut-over"):
        apply(described(text), full, prune=True)


def test_an_exported_file_takes_nothing_back(full: Hub) -> None:
    text = export("acme", full)
    assert preview(described(text, ACME_SHOP_KEY=KEY, ACME_ERP_KEY=KEY), full, prune=True) == []


def test_another_integration_is_left_alone(full: Hub) -> None:
    apply(described(FILE.replace("name: acme\n", "name: second\n", 1)), full)
    second = full.integrations.named("second")
    before = (second, full.maps.entries(second.id), full.routes.of(second.id))
    apply(described(SMALLER), full, prune=True)
    assert (full.integrations.named("second"), full.maps.entries(second.id), full.routes.of(second.id)) == before
