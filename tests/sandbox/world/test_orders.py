"""What an invoice of the online-retail set becomes: an order, or a counted cause."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.sandbox.world import load_online_retail
from hub.sandbox.world.model import Line, ShippingLine, Transaction


def test_an_invoice_becomes_a_paid_order_of_its_customer_in_local_time(folder: Any) -> None:
    order = folder.line("536365", quantity=6).line("536365", "POST", 1, "18.00", description="POSTAGE").load_order()
    assert (order.name, order.customer, order.fulfilled) == ("#536365", "1", False)
    assert order.created_at == datetime(2010, 12, 1, 8, 26, tzinfo=ZoneInfo("Europe/London"))
    assert order.lines == (Line("A mug", 6, Decimal("2.55"), sku="MUG"),)
    assert order.shipping_lines == (ShippingLine("POSTAGE", Decimal("18.00"), "POST"),)
    assert order.transactions == (Transaction("shopify_payments", Decimal("33.30")),)


def test_the_lines_may_be_packed(folder: Any) -> None:
    _, report = folder.line("1").load(packed=True)
    assert report.orders == 1


@pytest.mark.parametrize("code", ["POST", "DOT", "C2"])
def test_carriage_is_a_shipping_line_with_its_code(code: str, folder: Any) -> None:
    order = folder.line("1").line("1", code, 2, "9.50", description="").load_order()
    assert [(line.code, line.price) for line in order.shipping_lines] == [(code, Decimal("19.00"))]


@pytest.mark.parametrize("code", ["M", "m", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"])
def test_a_fee_is_a_custom_line_without_a_sku(code: str, folder: Any) -> None:
    order = folder.line("1", code, 2, "7.00", description="Manual").load_order()
    assert order.lines == (Line("Manual", 2, Decimal("7.00"), custom=True),)


@pytest.mark.parametrize("quantity", [-1, 1])
def test_a_discount_comes_off_the_lines_to_the_last_penny(quantity: int, folder: Any) -> None:
    folder.line("1", quantity=1, price="10.00").line("1", "TEE", 2, "10.00").line("1", "D", quantity, "10.00")
    order = folder.load_order()
    assert [line.discount for line in order.lines] == [Decimal("3.33"), Decimal("6.67")]
    assert order.transactions == (Transaction("shopify_payments", Decimal("20.00")),)


def test_a_discount_above_the_goods_cannot_be_loaded(folder: Any) -> None:
    _, report = folder.line("1").line("1", "D", -1, "3.00").load()
    assert report.not_loadable == {"discount_above_lines": 1}


def test_an_invoice_without_a_customer_is_a_guests_order(folder: Any) -> None:
    order = folder.line("1", customer="", country="Germany").load_order()
    assert (order.customer, order.email) == ("", "")
    assert order.shipping_address.country_code == "DE"


def test_an_order_of_nothing_is_loaded_without_a_transaction(folder: Any) -> None:
    order = folder.line("1", price="0.00", customer="", description="").load_order()
    assert order.lines == (Line("A mug", 1, Decimal("0.00"), sku="MUG"),)
    assert order.transactions == ()


def test_a_free_line_stays_in_its_order(folder: Any) -> None:
    order = folder.line("1").line("1", "TEE", 1, "0.00", description="").load_order()
    assert [(line.sku, line.title, line.unit_price) for line in order.lines] == [
        ("MUG", "A mug", Decimal("2.55")),
        ("TEE", "TEE", Decimal("0.00")),
    ]


def test_duplicate_lines_stay_two_lines(folder: Any) -> None:
    assert len(folder.line("1").line("1").load_order().lines) == 2


def test_codes_that_differ_only_by_case_stay_apart(folder: Any) -> None:
    order = folder.line("1", "85123A").line("1", "85123a").load_order()
    assert [line.sku for line in order.lines] == ["85123A", "85123a"]


def test_an_order_of_very_many_lines_keeps_them_all(folder: Any) -> None:
    for _ in range(1114):
        folder.line("1")
    assert len(folder.load_order().lines) == 1114


def test_an_order_is_as_old_as_the_first_of_its_lines_wherever_they_stand(folder: Any) -> None:
    folder.line("1", at="2010-12-01 08:27:00").line("2", at="2010-12-01 08:20:00").line("1", at="2010-12-01 08:26:00")
    world, _ = folder.load()
    assert [(order.name, order.created_at.minute, len(order.lines)) for order in world.orders] == [
        ("#2", 20, 1),
        ("#1", 26, 2),
    ]


@pytest.mark.parametrize(
    ("country", "code"), [("EIRE", "IE"), ("RSA", "ZA"), ("USA", "US"), ("United Kingdom", "GB"), ("Hong Kong", "HK")]
)
def test_a_country_has_its_iso_code(country: str, code: str, folder: Any) -> None:
    order = folder.line("1", country=country).load_order()
    assert order.billing_address.country_code == order.shipping_address.country_code == code


@pytest.mark.parametrize("country", ["Unspecified", "European Community", "Channel Islands"])
def test_what_names_no_single_country_leaves_the_address_out(country: str, folder: Any) -> None:
    order = folder.line("1", country=country).load_order()
    assert (order.billing_address, order.shipping_address) == (None, None)


def test_prices_are_kept_to_the_penny(folder: Any) -> None:
    order = folder.line("1", "PADS", 1, "0.001").load_order()
    assert (order.lines[0].unit_price, order.transactions) == (Decimal("0.00"), ())


def test_a_line_taken_back_within_its_own_order_is_a_refund_of_it(folder: Any) -> None:
    order = folder.line("1", quantity=3, customer="").line("1", quantity=-1, customer="").load_order()
    [refund] = order.refunds
    assert [(line.line, line.quantity, line.restock) for line in refund.lines] == [(0, 1, "CANCEL")]


@pytest.mark.parametrize(
    ("cause", "lines"),
    [
        ("stock_adjustment", [{"quantity": -4, "price": "0.00", "customer": ""}]),
        ("empty", [{"quantity": 0}]),
        ("negative_price", [{"price": "-5.00"}]),
        ("unknown_customer", [{"customer": "404"}]),
        ("only_shipping", [{"code": "POST"}, {"code": "DOT"}]),
    ],
)
def test_what_is_no_order_is_counted_with_its_cause(cause: str, lines: list[dict[str, Any]], folder: Any) -> None:
    for line in lines:
        folder.line("1", **line)
    world, report = folder.line("2").load()
    assert report.to_json() == {
        "invoices": 2,
        "orders": 1,
        "refunds": 0,
        "not_loadable": {cause: 1},
        "unmatched_lines": {},
    }
    assert [order.name for order in world.orders] == ["#2"]


@pytest.mark.parametrize(("number", "cause"), [("A563185", "bad_debt"), ("X1", "unknown_kind")])
def test_a_number_of_another_kind_is_no_order(number: str, cause: str, folder: Any) -> None:
    _, report = folder.line(number, "B", 1, "11062.06", customer="").load()
    assert report.not_loadable == {cause: 1}


def test_a_line_of_no_units_is_left_out_and_counted(folder: Any) -> None:
    world, report = folder.line("1").line("1", "TEE", 0).load()
    assert (len(world.orders[0].lines), report.unmatched_lines) == (1, {"zero_quantity": 1})


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ("1,MUG,A mug,one,2010-12-01 08:26:00,2.55,1,France", "lines.csv, line 2: .*'one'"),
        ("1,MUG,A mug,1,yesterday,2.55,1,France", "lines.csv, line 2: .*'yesterday'"),
        ("1,MUG,A mug,1,2010-12-01 08:26:00,cheap,1,France", "lines.csv, line 2: "),
        ("1,MUG,A mug", "lines.csv, line 2: not enough"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(broken: str, complaint: str, folder: Any) -> None:
    folder.load()
    with (folder.path / "lines.csv").open("a") as file:
        file.write(broken + "\n")
    with pytest.raises(ValueError, match=complaint):
        load_online_retail(folder.path)


def test_a_folder_with_other_columns_is_refused(folder: Any) -> None:
    folder.load()
    (folder.path / "lines.csv").write_text("Invoice,Code\n")
    with pytest.raises(ValueError, match="line 1: the columns must be InvoiceNo, StockCode"):
        load_online_retail(folder.path)
