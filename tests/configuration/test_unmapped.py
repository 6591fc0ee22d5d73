from __future__ import annotations

from hub.configuration.unmapped import Seen, Unmapped, types_without_group, unmapped
from hub.platforms.platform import Choice
from hub.store.maps import Entry

ENTRIES = [
    Entry("location", "L1", "01", is_default=True),
    Entry("payment", "shopify_payments", "card:1"),
    Entry("tax", "0.19", "A2"),
]


def test_values_of_orders_are_found_the_most_frequent_first() -> None:
    seen = {
        Seen("tax", "DE 0.19 included", ("DE 0.19", "0.19 included", "0.19")): 40,
        Seen("tax", "AT 0.2 included", ("AT 0.2", "0.2 included", "0.2")): 2,
        Seen("payment", "Shopify_Payments"): 42,
        Seen("payment", "paypal"): 3,
        Seen("payment", "klarna"): 9,
        Seen("location", "L9"): 1,
    }
    assert unmapped(ENTRIES, seen) == [
        Unmapped("location", "shop", "L9", orders=1),
        Unmapped("payment", "shop", "klarna", orders=9),
        Unmapped("payment", "shop", "paypal", orders=3),
        Unmapped("tax", "shop", "AT 0.2 included", orders=2),
    ]


def test_a_gateway_that_orders_have_and_the_shop_names_is_one_value() -> None:
    found = unmapped(ENTRIES, {Seen("payment", "Klarna"): 9}, ["klarna", "cash", "SHOPIFY_PAYMENTS"])
    assert found == [Unmapped("payment", "shop", "Klarna", orders=9), Unmapped("payment", "shop", "cash")]


def test_places_count_on_both_sides_while_they_are_active() -> None:
    found = unmapped(
        ENTRIES,
        {Seen("location", "L2"): 5},
        places={
            "shop": [Choice("L1", "Berlin"), Choice("L2", "Bonn"), Choice("L3", "Old", active=False)],
            "erp": [Choice("01", "Berlin"), Choice("02", "Bonn"), Choice("03", "Old", active=False)],
        },
    )
    assert found == [
        Unmapped("location", "shop", "L2", "Bonn", orders=5),
        Unmapped("location", "erp", "02", "Bonn"),
    ]


def test_each_value_comes_with_the_command_that_maps_it() -> None:
    values = [
        Unmapped("location", "shop", "gid://shop/L 2"),
        Unmapped("location", "erp", "02"),
        Unmapped("payment", "shop", "Cash on Delivery (COD)"),
        Unmapped("tax", "shop", "AT 0.2"),
    ]
    assert [value.command("acme") for value in values] == [
        'hub maps set acme location "gid://shop/L 2" WAREHOUSE',
        'hub maps set acme location LOCATION "02"',
        'hub maps set acme payment "Cash on Delivery (COD)" card:N',
        'hub maps set acme tax "AT 0.2" CODE',
    ]


def test_where_all_is_mapped_nothing_is_found() -> None:
    assert unmapped(ENTRIES, {Seen("tax", "0.19"): 1}, ["shopify_payments"], {"shop": [Choice("L1", "Berlin")]}) == []


def test_product_types_count_unless_a_group_is_named_like_them_or_the_map_knows_them() -> None:
    types = types_without_group(["Hats", "Items", "Shirts"], ["Items", "hats"])
    assert types == ["Hats", "Shirts"]
    found = unmapped([*ENTRIES, Entry("item_group", "shirts", "101")], {}, types=types)
    assert found == [Unmapped("item_group", "shop", "Hats")]
    assert found[0].command("acme") == 'hub maps set acme item_group "Hats" NUMBER'
