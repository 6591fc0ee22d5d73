"""The benches' measuring finds what is lost and what is doubled where a mechanism is missing, and nothing otherwise.

Each story is told twice: with the part that the hub has, and with one in its place that lacks the mechanism.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from bench.control import Control
from hub.platforms.endpoint import ClientKey, Mark, Page, Source
from hub.platforms.shopify.customer import ShopifyCustomers
from hub.store.link import Link
from hub.store.links import Links
from hub.sync.context import Context
from tests.bench.scene import Meddle, Scene, leave_alone, once, scene

#: Series of the ERP that numbers partners: the platform would make a second one without a word.
SERIES = 72
PATIENCE = 20


# -- the create guard -------------------------------------------------------------------------------------------------


def without_create_guard(context: Context) -> None:
    """Believes that the ERP refuses a second order of the same reference by itself."""
    if context.target.object == "order":
        context.target.create_guard = ClientKey()


def a_late_create(home: Path, meddle: Meddle) -> Scene:
    """An order's create is not answered and lands late; meanwhile the route runs again."""
    with scene(home, meddle) as made:
        made.work.new_order()
        made.stage.erp.set_faults(once("late", "POST Orders", seconds=[15, 15]))
        made.run("order")
        made.later(10)
        made.run("order")
        made.later(10)
        made.stage.drain()
        made.findings = made.settled()
    return made


def test_a_create_that_lands_late_is_neither_lost_nor_doubled(tmp_path: Path) -> None:
    assert a_late_create(tmp_path, leave_alone).findings.words() == []


def test_without_the_create_guard_it_is_doubled_and_the_measuring_finds_it(tmp_path: Path) -> None:
    findings = a_late_create(tmp_path, without_create_guard).findings
    assert list(findings.doubled.values()) == ["order #1001: 2 times"]


# -- the reservation --------------------------------------------------------------------------------------------------


class Unreserved(Links):
    """Links that every run takes for its own, whoever holds them."""

    def reserve(
        self, kind: str, records: Sequence[tuple[str, str]], run: int, now: datetime, until: datetime
    ) -> dict[str, Link]:
        """Reserve as if every other claim had run out long ago."""
        return super().reserve(kind, records, run, until + timedelta(days=1), until)


def without_reservation(context: Context) -> None:
    side = "shop" if context.route.direction == "shop_to_erp" else "erp"
    context.links = Unreserved(context.links._database, context.integration.id, side)


def two_at_one_customer(home: Path, meddle: Meddle) -> Scene:
    """The order route needs a customer at the very moment at which the customer route creates it."""
    with scene(home, meddle, customer_series=SERIES) as made, ThreadPoolExecutor(1) as elsewhere:
        customer = made.work.new_customer()
        made.work.new_order(customer)
        made.stage.erp.set_faults(once("delayed", "POST BusinessPartners", seconds=[0.1, 0.1]))
        writing = elsewhere.submit(made.run, "customer")
        until_held(made.stage.erp)
        made.run("order")
        made.later(2)
        writing.result(PATIENCE)
        made.findings = made.settled()
    return made


def until_held(side: Control) -> None:
    end = time.monotonic() + PATIENCE
    while not side.pending():
        assert time.monotonic() < end, "no request came to be held"
        time.sleep(0.005)


def test_two_routes_at_one_customer_make_one_partner(tmp_path: Path) -> None:
    assert two_at_one_customer(tmp_path, leave_alone).findings.words() == []


def test_without_the_reservation_they_make_two_and_the_measuring_finds_it(tmp_path: Path) -> None:
    findings = two_at_one_customer(tmp_path, without_reservation).findings
    assert [text.rpartition(": ")[2] for text in findings.doubled.values()] == ["2 times"]


# -- the mark ---------------------------------------------------------------------------------------------------------


class Hasty(ShopifyCustomers):
    """Customers whose mark is moved before they are read."""

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """The new mark first, then what it stands for."""
        yield Page([], {"at": self._clock().isoformat()})
        yield from super().changes(source, mark)


def with_an_early_mark(context: Context) -> None:
    real = context.source
    if isinstance(real, ShopifyCustomers):
        context.source = Hasty(real.client, real.settings, real._clock, group_bulk=True)


def a_run_that_breaks_off(home: Path, meddle: Meddle) -> Scene:
    """The shop fails while the customers are read; when it is well again, the route runs once more."""
    with scene(home, meddle) as made:
        made.work.new_customer()
        made.later(5)
        made.stage.shop.set_faults([{"kind": "error_500", "share": 1, "operations": ["customers"]}])
        assert made.run("customer").state == "aborted"
        made.stage.shop.clear_faults()
        made.findings = made.settled()
    return made


def test_a_run_that_breaks_off_loses_nothing(tmp_path: Path) -> None:
    assert a_run_that_breaks_off(tmp_path, leave_alone).findings.words() == []


def test_with_the_mark_moved_early_a_customer_is_lost_and_the_measuring_finds_it(tmp_path: Path) -> None:
    made = a_run_that_breaks_off(tmp_path, with_an_early_mark)
    assert [text.rpartition(": ")[2] for text in made.findings.lost.values()] == ["not there"]
    # Nothing in the hub speaks of it: the bench of faults counts it as unexplained.
    assert made.findings.lost.keys() - made.stage.explained() == made.findings.lost.keys()


def test_what_failed_is_lost_for_the_time_being_and_explained(tmp_path: Path) -> None:
    with scene(tmp_path) as made:
        made.work.new_order()
        made.stage.erp.set_faults(once("dropped", "POST Orders"))
        made.run("order")
        lost = made.stage.measure().lost.keys()
        assert lost == {("order", made.work.orders[-1])}
        assert lost <= made.stage.explained()
