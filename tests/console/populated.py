"""A hub that has seen everything, between two sandboxes: failures of several kinds, a conflict, a held run, a preview,
jobs that wait, people and tokens. Every text that somebody can type, on either side or in the hub, holds markup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from hub import covering, matching
from hub.linking.sheet import Line as Row
from hub.sandbox.world.model import Address, Customer, Item, Line, Order, Transaction, World
from hub.schedule import every
from hub.store.alerts import Alerts, Wrong
from hub.store.job import Mode, Request
from hub.store.maps import Entry
from hub.store.tokens import Tokens
from hub.store.users import RoleName
from hub.working import see_through
from tests.acceptance import company
from tests.acceptance.stage import Stage, between
from tests.aside import set_aside

#: If this were taken for markup there would be an element and a call; it fits into 50 signs even twice.
MARK = "x-mark"
NASTY = f"\"'><{MARK} onfocus=alert(1)>"
SCRIPT = f"{NASTY}<script>alert(2)</script><img src=x onerror=alert(3)>"
ROLES: tuple[RoleName, ...] = ("viewer", "operator", "administrator")


#: An integration that has seen nothing.
ELSEWHERE = "elsewhere"
#: Items on both sides.
CODES = [f"{number:02} {NASTY}" for number in range(1, 9)]


def world() -> World:
    """What both sides hold at first."""
    place = Address("", NASTY, "", NASTY, NASTY, NASTY, "", "53111", "DE")
    lines = (Line(SCRIPT, 1, Decimal("11.90"), sku=CODES[0], tax_rate=company.VAT),)
    orders = [
        Order(
            f"#{number}{NASTY}",
            company.START - timedelta(days=1, minutes=number),
            lines if number != 1003 else (Line(SCRIPT, 1, Decimal("11.90"), sku=f"NONE{NASTY}", tax_rate=company.VAT),),
            customer="c1" if number == 1001 else "",
            email=f"guest{number}@example.com",
            transactions=(Transaction(gateway, Decimal("11.90")),),
            billing_address=place,
            shipping_address=place,
            note=SCRIPT,
            tags=(NASTY,),
        )
        for number, gateway in ((1001, "shopify_payments"), (1002, f"pay{NASTY}"), (1003, "shopify_payments"))
    ]
    return World(
        currency="EUR",
        zone="Europe/Berlin",
        taxes_included=True,
        items=[
            Item(
                code,
                SCRIPT,
                Decimal("11.90"),
                group=NASTY,
                barcode=NASTY,
                stock={"01": Decimal(9)},
                in_shop=True,
                vendor=NASTY,
                tags=(NASTY,),
                description=SCRIPT,
                tax_rate=company.VAT,
            )
            for code in CODES
        ]
        + [
            Item(f"FREE{NASTY}", SCRIPT, None, tax_rate=company.VAT),
            Item("NEW", SCRIPT, Decimal(5), tax_rate=company.VAT),
        ],
        customers=[
            Customer("c1", NASTY, NASTY, "nasty@example.com", "+491701234567", SCRIPT, (NASTY,), (place,)),
            Customer("c2", SCRIPT, SCRIPT, "twice@example.com", addresses=(place,)),
        ],
        orders=orders,
        warehouses={"01": NASTY, "02": NASTY},
        locations={"L1": NASTY, "L2": NASTY},
        tax_codes={"A2": company.VAT, "A0": Decimal(0)},
    )


@contextmanager
def populated(home: Path, password: str) -> Iterator[Stage]:
    """The hub, after all of it has happened; `password` is the hash of everybody's."""
    with between(home, world()) as stage:
        for code in ("P1", "P2"):
            # Two partners with one e-mail address: a customer that cannot be matched.
            stage.erp.do("business_partners", CardCode=code, CardName=SCRIPT[:200], EmailAddress="twice@example.com")
        stage.configure(hold_price_least=2, hold_price_percent=10)
        stage.set_up_erp()
        hub = stage.hub
        for name in ("customer", "product", "order", "inventory"):
            stage.run(name, "changes" if name == "order" else "initialize")
        stage.later()
        _conflict(stage)
        _held(stage)
        _sync(stage, "preview")
        _set_aside(stage)
        _reports(stage)
        customers = stage.route("customer")
        hub.routes.pause(customers.id, hub.clock(), NASTY)
        hub.jobs.put(Request(customers.id, "full", "sync now", NASTY), hub.clock())
        covering.look(hub.acting_for(NASTY), customers)
        hub.schedules.save(_product(stage), every("1h"), "Europe/Berlin", now=hub.clock(), actor=NASTY)
        hub.maps.put(stage.integration.id, [Entry("payment", NASTY, f"card:1{NASTY}")])
        wrong = Wrong("silence", NASTY, SCRIPT, SCRIPT, integrations=(company.NAME,))
        Alerts(hub.database).settle([wrong], hub.clock())
        _people(stage, password)
        known = stage.integration
        for name in (f"other {NASTY}", ELSEWHERE):
            sides = [hub.connections.get(one) for one in (known.shop_id, known.erp_id)]
            ids = [hub.connections.save(f"{name} {one.name}", one.platform, one.settings, one.secret) for one in sides]
            other = hub.integrations.save(name, ids[0], ids[1], known.settings)
            hub.routes.save(other, "customer", "shop_to_erp", enabled=True)
            hub.routes.save(other, "product", "erp_to_shop", enabled=True)
        yield stage


def _product(stage: Stage) -> int:
    """The route from the ERP; there are two."""
    return stage.hub.routes.find(stage.integration.id, "product", "erp_to_shop").id


def _sync(stage: Stage, mode: Mode = "write") -> None:
    """Compare all products, whatever comes of it."""
    request = Request(_product(stage), "full", "sync now", NASTY, mode=mode)
    see_through(stage.hub, stage.hub.jobs.put(request, stage.hub.clock()))


def _conflict(stage: Stage) -> None:
    """Both sides edit a title that nobody owns, and the shop edits a price that it does not own."""
    known, hub = stage.integration, stage.hub
    hub.integrations.save(known.name, known.shop_id, known.erp_id, known.settings, {"product": {"title": "none"}})
    back = hub.routes.save(known.id, "product", "shop_to_erp", enabled=True)
    hub.routes.pause(back, hub.clock(), "ann")
    _sync(stage)
    for variant in stage.shop.ask("state/variants"):
        if variant["sku"] == CODES[1]:
            stage.shop.do("edit", id=variant["product"], fields={"title": f"Shop {SCRIPT}"})
            stage.erp.do("items", ItemCode=CODES[1], ItemName=f"ERP {SCRIPT}")
        if variant["sku"] == CODES[2]:
            stage.shop.do("edit", id=variant["id"], fields={"price": "12.34"})
    stage.later()
    _sync(stage)


def _held(stage: Stage) -> None:
    """The wrong price list: the run waits for a person."""
    for code in CODES[3:]:
        stage.erp.do("prices", item=code, price="1.00")
    stage.later()
    _sync(stage)


def _set_aside(stage: Stage) -> None:
    route = stage.route("order").id
    failure = stage.hub.failures.select([route])[0]
    set_aside(stage.hub.database, route, failure.key, "acknowledged", SCRIPT)


def _reports(stage: Stage) -> None:
    """A look at coverage, and a list of pairs in which every row is wrong."""
    hub = stage.hub.acting_for(NASTY)
    route = hub.routes.get(_product(stage))
    see_through(hub, covering.look(hub, route))
    see_through(hub, matching.validate(hub, route, [Row(2, SCRIPT, NASTY)]))


def _people(stage: Stage, password: str) -> None:
    hub, now = stage.hub, stage.hub.clock()
    for role in ROLES:
        hub.users.add(f"a-{role}", password, role, now, must_change=False, sees_personal=role == "administrator")
    for role in ROLES:
        access = {"integrations": [ELSEWHERE], "sees_personal": True, "must_change": False}
        hub.users.add(f"kept-{role}", password, role, now, **access)
    hub.users.add("plain", password, "administrator", now, must_change=False)
    Tokens(hub.database).add("a-administrator", NASTY, ["act"], now, now + timedelta(days=30))
    hub.audit.note(NASTY, SCRIPT, {"before": SCRIPT}, {"after": {NASTY: SCRIPT}}, actor=NASTY)
