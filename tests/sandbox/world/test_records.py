"""What the products and customers of the online-retail set become."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.sandbox.world.model import Address


def items(folder: Any, *products: tuple[str, str, str]) -> Any:
    folder.products = list(products)
    world, _ = folder.load()
    return world.items


def test_a_product_with_description_and_price_is_in_both_systems_under_its_code(folder: Any) -> None:
    [item] = items(folder, ("85123a", " WHITE HOLDER ", "2.95"))
    assert (item.sku, item.name, item.price) == ("85123a", " WHITE HOLDER ", Decimal("2.95"))
    assert (item.in_erp, item.in_shop) == (True, True)
    assert item.stock == {"01": Decimal(100_000)}


@pytest.mark.parametrize(
    ("description", "price"), [("", "2.95"), ("  ", "2.95"), ("CHECK", ""), ("CHECK", "0.00"), ("", "")]
)
def test_a_product_without_description_or_price_is_in_the_erp_alone(description: str, price: str, folder: Any) -> None:
    [item] = items(folder, ("21134", description, price))
    assert (item.in_erp, item.in_shop) == (True, False)
    assert item.name in ("21134", description)


@pytest.mark.parametrize("price", ["", "0.00"])
def test_no_price_above_nothing_is_no_price(price: str, folder: Any) -> None:
    assert items(folder, ("21134", "CHECK", price))[0].price is None


@pytest.mark.parametrize("code", ["POST", "D", "M", "AMAZONFEE"])
def test_a_code_that_is_no_goods_is_an_item_nobody_counts(code: str, folder: Any) -> None:
    [item] = items(folder, (code, "SOMETHING", "18.00"))
    assert (item.in_erp, item.tracked, item.stock) == (True, False, {})


def test_a_customer_is_named_by_the_number_and_has_an_address_per_country(folder: Any) -> None:
    world, _ = folder.load()
    customer = world.customers[1]
    assert (customer.key, customer.first_name, customer.last_name, customer.email) == ("2", "Customer", "2", "")
    assert customer.addresses == (
        Address("Customer", "2", country_code="IE"),
        Address("Customer", "2", country_code="FR"),
    )
    assert customer.created_at is not None and customer.created_at.tzinfo is not None


def test_a_customer_of_no_known_country_has_no_address(folder: Any) -> None:
    folder.customers = [("3", "Unspecified", "2010-12-01 08:26:00")]
    world, _ = folder.load()
    assert world.customers[0].addresses == ()


def test_the_company_counts_in_pounds_without_tax_in_one_warehouse(folder: Any) -> None:
    world, _ = folder.load()
    assert (world.currency, world.zone, world.taxes_included) == ("GBP", "Europe/London", False)
    assert (list(world.warehouses), list(world.locations), world.tax_codes) == (["01"], ["L1"], {"A0": Decimal(0)})
