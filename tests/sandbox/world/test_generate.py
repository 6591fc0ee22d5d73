"""The made-up company: the same for the same seed, of the size asked for, and with one of every trouble."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hub.sandbox.world import generate
from hub.sandbox.world.generate import UNTIL
from hub.sandbox.world.model import Item, Order, World
from hub.sandbox.world.money import order_total

SIZE = 400


@pytest.fixture(scope="module")
def world() -> World:
    return generate(SIZE, seed=3)


def order_where(world: World, gateway: str) -> Order:
    """The one order with a payment of that gateway."""
    [order] = [order for order in world.orders if gateway in {one.gateway for one in order.transactions}]
    return order


def test_the_same_size_and_seed_give_the_same_world_and_another_seed_another(world: World) -> None:
    assert generate(SIZE, seed=3) == world
    assert generate(SIZE, seed=4) != world


def test_there_are_as_many_records_as_asked_for(world: World) -> None:
    assert len(world.items) == len(world.customers) == len(world.orders) == SIZE


def test_the_smallest_world_still_has_the_whole_cast() -> None:
    small = generate(1)
    assert {"MUG", "TEE-M", "GIFT25", "SHOP-ONLY"} <= {item.sku for item in small.items}
    assert order_where(small, "klarna").lines[0].quantity == 5


def test_the_company_is_the_standing_one(world: World) -> None:
    assert (world.currency, world.zone, world.taxes_included) == ("EUR", "Europe/Berlin", True)
    assert (list(world.warehouses), list(world.locations)) == (["01", "02"], ["L1", "L2"])
    assert world.tax_codes == {"A2": Decimal("0.19"), "A0": Decimal(0)}
    assert {item.tax_rate for item in world.items} == set(world.tax_codes.values())


def test_most_items_are_in_the_erp_alone_and_a_good_part_in_both(world: World) -> None:
    both = sum(item.in_erp and item.in_shop for item in world.items)
    assert SIZE * 0.25 < both < SIZE * 0.6
    assert [item.sku for item in world.items if not item.in_erp] == ["SHOP-ONLY"]


def test_codes_are_unique_but_some_differ_only_by_case(world: World) -> None:
    codes = [item.sku for item in world.items]
    assert len(set(codes)) == len(codes)
    assert [code for code, count in Counter(map(str.lower, codes)).items() if count > 1] == ["bowl-xl"]


@pytest.mark.parametrize("barcode", ["4006381333931", "4012345000016"])
def test_barcodes_have_their_check_digit(barcode: str, world: World) -> None:
    assert barcode in {item.barcode for item in world.items}


def test_every_sort_of_item_that_makes_trouble_is_there(world: World) -> None:
    assert {item.managed for item in world.items} == {"none", "batch", "serial"}
    assert {item.tree for item in world.items} >= {"iSalesTree", "iAssemblyTree"}
    assert {None, Decimal(0)} <= {item.price for item in world.items}
    assert any(not item.active for item in world.items)
    assert any(not item.tracked for item in world.items)
    assert any(units % 1 for item in world.items for units in item.stock.values())
    assert any(item.name != item.name.strip() for item in world.items)
    assert any(count > 1 for barcode, count in Counter(item.barcode for item in world.items).items() if barcode)


def test_variants_of_a_product_are_items_of_the_erp_told_apart_by_option(world: World) -> None:
    products: dict[str, list[Item]] = {}
    for item in world.items:
        if item.product:
            products.setdefault(item.product, []).append(item)
    assert len(products) > 5
    for variants in products.values():
        options = [item.option for item in variants]
        assert len(set(options)) == len(options)
        assert all(item.in_erp and item.in_shop and item.option for item in variants)


def test_the_erp_knows_one_address_for_mail_twice_in_other_letters(world: World) -> None:
    emails = Counter(customer.email.lower() for customer in world.customers if customer.in_erp and customer.email)
    assert [email for email, count in emails.items() if count > 1] == ["berta.zwilling@example.com"]


def test_customers_lack_now_this_and_now_that_but_never_everything(world: World) -> None:
    assert any(not customer.email for customer in world.customers)
    assert any(not customer.first_name for customer in world.customers)
    assert any(not customer.addresses for customer in world.customers)
    assert all(customer.email or customer.phone or customer.last_name for customer in world.customers)
    phones = [customer.phone for customer in world.customers if customer.phone]
    assert len(set(phones)) == len(phones)


def test_order_names_are_unique_and_ascend_with_time_within_a_month(world: World) -> None:
    assert [order.name for order in world.orders] == [f"#{1001 + place}" for place in range(SIZE)]
    times = [order.created_at for order in world.orders]
    assert times == sorted(times)
    assert UNTIL - timedelta(days=30) < times[0] <= times[-1] < UNTIL


def test_orders_follow_the_date_they_are_told() -> None:
    until = datetime(2030, 1, 1, tzinfo=UTC)
    assert until - timedelta(days=1) < generate(30, until=until).orders[-1].created_at < until


def test_a_paid_order_is_paid_to_the_cent(world: World) -> None:
    open_orders = {"COD", "Bank Deposit"}
    for order in world.orders:
        paid = sum(one.amount for one in order.transactions if one.kind == "SALE" and one.status == "SUCCESS")
        total = order_total(order.lines, order.shipping_lines, order.tip)
        waits = any(one.gateway in open_orders or one.kind == "AUTHORIZATION" for one in order.transactions)
        assert paid == (0 if waits else total) or (paid, total) == (Decimal("20.00"), Decimal("37.70")), order.name


def test_lines_name_variants_of_the_shop_at_their_price(world: World) -> None:
    shop = {item.sku: item for item in world.items if item.in_shop}
    lines = [line for order in world.orders for line in order.lines if not line.custom]
    assert all(line.unit_price == shop[line.sku].price and line.tax_rate == shop[line.sku].tax_rate for line in lines)


def test_the_discounted_order_near_midnight_is_that_of_the_scenario(world: World) -> None:
    [order] = [order for order in world.orders if order.discount_code == "WELCOME10"]
    assert order.created_at == datetime(2026, 11, 20, 23, 40, tzinfo=UTC)
    assert [one.amount for one in order.transactions] == [Decimal("30.60")]


def test_the_guest_pays_by_gift_card_and_card_in_dollars_with_a_tip(world: World) -> None:
    order = order_where(world, "gift_card")
    assert [(one.gateway, one.amount) for one in order.transactions] == [
        ("gift_card", Decimal("10.00")),
        ("shopify_payments", Decimal("28.90")),
    ]
    assert (order.customer, order.tip, order.presentment_currency) == ("", Decimal("2.00"), "USD")
    assert [line.gift_card for line in order.lines] == [False, True]


def test_every_sort_of_order_that_makes_trouble_is_there(world: World) -> None:
    assert order_where(world, "COD").transactions[0].status == "PENDING"
    assert order_where(world, "Bank Deposit").transactions[0].status == "PENDING"
    assert sum(order.cancelled_at is not None for order in world.orders) == 1
    assert sum(order.test for order in world.orders) == 1
    assert sum(bool(order.refunds) for order in world.orders) == 3
    assert any(one.kind == "AUTHORIZATION" for order in world.orders for one in order.transactions)
    assert any(line.custom for order in world.orders for line in order.lines)
    in_erp = {item.sku for item in world.items if item.in_erp}
    unknown = [line.sku for order in world.orders for line in order.lines if line.sku and line.sku not in in_erp]
    assert unknown == ["SHOP-ONLY"]
    assert any(order.email and not order.customer for order in world.orders)


def test_refunds_come_after_their_order(world: World) -> None:
    for order in world.orders:
        assert all(refund.created_at > order.created_at for refund in order.refunds)
