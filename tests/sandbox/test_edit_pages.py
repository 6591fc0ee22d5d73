"""The simple pages at /edit: a person looks and presses; what changes is what the control API changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

import orjson
import pytest

from hub.sandbox.clock import SandboxClock
from hub.sandbox.message import Application, Request, Response
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.server import Server
from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.world import generate
from hub.sandbox.world.plain_items import plain_world

NASTY = "<script>alert(1)</script>\"'><img src=x>"
HERE = {"Host": "127.0.0.1:8001"}


class Person:
    """Somebody with a browser at a sandbox."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.server = Server(application)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
        answer = self.server._serve(Request.make(method, path, {**HERE, **headers}, body))
        assert isinstance(answer, Response)
        return answer

    def see(self, path: str, status: int = 200) -> str:
        answer = self.ask("GET", path)
        assert answer.status == status, (path, answer.status)
        return answer.body.decode()

    def press(self, path: str, act: str, status: int = 303, **typed: str) -> str:
        """Fill in a form as the page shows it and send it; answers where it leads, or the page that says why not."""
        action = f"{path}?act={act}"
        form = next(one for one in re.findall(r"<form.*?</form>", self.see(path), re.S) if f'action="{action}"' in one)
        values = {name: value for name, value in fields(form) if name}
        assert values.keys() >= typed.keys(), (typed.keys() - values.keys(), values)
        body = urlencode({**values, **typed}).encode()
        answer = self.ask("POST", action, body, **{"Origin": "http://127.0.0.1:8001", "Sec-Fetch-Site": "same-origin"})
        assert answer.status == status, answer.body.decode()
        return str(answer.headers["Location"]) if status == 303 else answer.body.decode()

    def state(self, collection: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = orjson.loads(self.ask("GET", f"/control/state/{collection}").body)
        return found


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("input", "textarea"):
            self.found.append((given.get("name", ""), given.get("value", "")))
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select and ("selected" in given or self._select not in dict(self.found)):
            self.found.append((self._select, given["value"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


def fields(form: str) -> list[tuple[str, str]]:
    parser = _Fields()
    parser.feed(form)
    return parser.found


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)


def elements(page: str) -> set[str]:
    parser = _Elements()
    parser.feed(page)
    return set(parser.names)


@pytest.fixture
def shop() -> Person:
    clock = SandboxClock()
    return Person(ShopifyApplication(generate(30), now=clock.now))


@pytest.fixture
def erp() -> Person:
    clock = SandboxClock()
    return Person(SapB1Application(generate(30), now=clock.now))


def every_page(person: Person) -> Iterator[tuple[str, str]]:
    """Each page that a link leads to from the first one."""
    waiting, seen = ["/edit"], {"/edit"}
    while waiting:
        path = waiting.pop()
        page = person.see(path)
        yield path, page
        for link in re.findall(r'href="(/edit[^"]*)"', page):
            if unescape(link) not in seen:
                seen.add(unescape(link))
                waiting.append(unescape(link))


@pytest.mark.parametrize("which", ["shop", "erp"])
def test_every_link_leads_to_a_page_with_labelled_controls(which: str, request: pytest.FixtureRequest) -> None:
    person, seen = request.getfixturevalue(which), 0
    for path, page in every_page(person):
        seen += 1
        assert "script" not in elements(page) and "style=" not in page, path
        labelled = set(re.findall(r'<label for="([^"]+)"', page))
        controls = re.findall(r"<(?:input|select|textarea)\b[^>]*>", page)
        shown = [control for control in controls if 'type="hidden"' not in control]
        assert {re.search(r'id="([^"]+)"', control)[1] for control in shown} == labelled, path  # type: ignore[index]
        assert len(labelled) == len(shown), path
    assert seen > 40


def test_a_shopkeeper_makes_a_product_and_changes_its_price_and_stock(shop: Person) -> None:
    where = shop.press("/edit/products/new", "new", title="Cap", sku="CAP-9", price="12,50", L1="5")
    here = where.partition("?")[0]
    assert "Done." in shop.see(where)
    (variant,) = [one for one in shop.state("variants") if one["sku"] == "CAP-9"]
    number = str(variant["id"]).rpartition("/")[2]
    shop.press(here, f"variant-{number}", price="13.75")
    place = str(shop.state("locations")[1]["id"])
    shop.press(here, f"stock-{number}", **{place: "8"})
    (changed,) = [one for one in shop.state("variants") if one["sku"] == "CAP-9"]
    assert changed["price"] == 13.75
    levels = {one["location_code"]: one["available"] for one in shop.state("inventory") if one["sku"] == "CAP-9"}
    assert levels == {"L1": 5, "L2": 8}
    shop.press(here, "save", title="Cap, blue", tags="New, Sale")
    (product,) = [one for one in shop.state("products") if one["title"] == "Cap, blue"]
    assert product["tags"] == ["New", "Sale"]
    assert shop.press(here, "delete") == "/edit/products?done=1"
    assert shop.see(here, 404)


def test_the_very_first_record_of_a_kind_is_made_like_any_other() -> None:
    nothing = plain_world(0)
    shop = Person(ShopifyApplication(nothing, now=SandboxClock().now))
    erp = Person(SapB1Application(nothing, now=SandboxClock().now))
    erp.press("/edit/items/new", "new", ItemCode="FIRST", ItemName="The first", price="3", stock="1")
    shop.press("/edit/products/new", "new", title="Cap", sku="CAP-1", price="2")
    shop.press("/edit/customers/new", "new", first_name="Ada", email="ada@example.org")
    shop.press("/edit/orders/new", "new", sku1="CAP-1", email="ada@example.org")
    assert [len(shop.state(name)) for name in ("products", "customers", "orders")] == [1, 1, 1]
    assert [item["ItemCode"] for item in erp.state("items")] == ["FIRST"]


def test_a_buyer_orders_and_the_shopkeeper_ships_refunds_and_cancels(shop: Person) -> None:
    where = shop.press("/edit/orders/new", "new", sku1="MUG", quantity1="2", email="a@example.com", gateway="klarna")
    here = where.partition("?")[0]
    order = shop.state("orders")[-1]
    assert (order["email"], order["financial_status"]) == ("a@example.com", "PAID")
    shop.press(here, "fulfil", company="DHL", number="00340")
    line = re.search(r'name="(line\d+)"', shop.see(here))
    assert line is not None
    assert "at least one line" in shop.press(here, "refund", 422)
    shop.press(here, "refund", **{line[1]: "1"})
    order = shop.state("orders")[-1]
    assert (order["fulfillment_status"], order["financial_status"]) == ("FULFILLED", "PARTIALLY_REFUNDED")
    assert "Not done: " in shop.press(here, "cancel", 422)
    waiting = shop.press("/edit/orders/new", "new", sku1="MUG", financial="pending").partition("?")[0]
    shop.press(waiting, "pay")
    assert shop.state("orders")[-1]["financial_status"] == "PAID"
    shop.press(waiting, "cancel")
    assert shop.state("orders")[-1]["cancelled_at"]


def test_a_customer_is_made_and_changed_and_what_is_wrong_is_said_with_what_was_typed(shop: Person) -> None:
    page = shop.press("/edit/customers/new", "new", 422, first_name="Ada", email="no address")
    assert "Not done: " in page and 'value="Ada"' in page and 'value="no address"' in page
    here = shop.press("/edit/customers/new", "new", first_name="Ada", email="ada@example.org", city="Bonn").partition(
        "?"
    )[0]
    shop.press(here, "save", phone="0228 12345", lastName="Nowak")
    found = shop.state("customers")[-1]
    assert (found["last_name"], found["phone"], found["email"]) == ("Nowak", "+4922812345", "ada@example.org")


def test_a_clerk_makes_an_item_and_changes_price_stock_and_name(erp: Person) -> None:
    where = erp.press("/edit/items/new", "new", ItemCode="A/1 ü", ItemName="Mug", price="3,5", stock="4")
    here = where.partition("?")[0]
    assert here == f"/edit/items/{quote('A/1 ü', safe='')}"
    erp.press(here, "prices", **{"1": "4.20"})
    erp.press(here, "stock", **{"02": "7"})
    erp.press(here, "save", ItemName="Big mug", Valid="tNO")
    (item,) = [one for one in erp.state("items") if one["ItemCode"] == "A/1 ü"]
    assert (item["ItemName"], item["Valid"]) == ("Big mug", "tNO")
    prices: list[dict[str, object]] = item["ItemPrices"]  # type: ignore[assignment]
    assert prices[0]["Price"] == 4.2
    assert {one["warehouse"]: one["in_stock"] for one in erp.state("stock") if one["item"] == "A/1 ü"} == {
        "01": 4,
        "02": 7,
    }
    assert "there is an item MUG already" in erp.press("/edit/items/new", "new", 422, ItemCode="MUG", ItemName="x")
    assert "Price is a number, and x is none" in erp.press(
        "/edit/items/new", "new", 422, ItemCode="N", ItemName="n", price="x"
    )
    assert erp.press(here, "delete") == "/edit/items?done=1"


def test_a_clerk_changes_a_partner_and_restarts_the_service_layer(erp: Person) -> None:
    erp.press("/edit/partners/C-GUEST", "save", EmailAddress="guest@example.com")
    (guest,) = [one for one in erp.state("business_partners") if one["CardCode"] == "C-GUEST"]
    assert guest["EmailAddress"] == "guest@example.com"
    assert erp.press("/edit", "restart") == "/edit?done=1"


def test_what_was_not_changed_on_the_page_is_not_sent(erp: Person) -> None:
    """So a clerk whose page was open for long takes nothing back that the hub has written meanwhile."""
    before = erp.see("/edit/items/MUG")
    form = next(one for one in re.findall(r"<form.*?</form>", before, re.S) if "act=save" in one)
    erp.press("/edit/items/MUG", "save", BarCode="4006381333931")
    stale = urlencode({**dict(fields(form)), "ItemName": "Renamed"}).encode()
    assert erp.ask("POST", "/edit/items/MUG?act=save", stale).status == 303
    (item,) = [one for one in erp.state("items") if one["ItemCode"] == "MUG"]
    assert (item["ItemName"], item["BarCode"]) == ("Renamed", "4006381333931")


@pytest.mark.parametrize("kind", ["products", "product", "inventory"])
def test_a_record_is_found_by_every_id_that_the_hub_knows_of_it(shop: Person, kind: str) -> None:
    variant = next(one for one in shop.state("variants") if one["sku"] == "MUG")
    number = str(variant["product"]).rpartition("/")[2]
    for ident in (variant["product"], variant["id"], variant["inventory_item"], number, "MUG"):
        for written in (str(ident), quote(str(ident), safe="")):
            answer = shop.ask("GET", f"/edit/{kind}/{written}")
            there = f"/edit/products/{number}"
            assert answer.headers.get("Location", there) == there, written
            assert answer.status in (200, 303)
    order = shop.state("orders")[0]
    assert shop.ask("GET", f"/edit/orders/{quote(str(order['name']), safe='')}").status == 303
    assert shop.see("/edit/products/gid://shopify/Product/1", 404)
    assert shop.see("/edit/socks", 404)


@pytest.mark.parametrize("which", ["shop", "erp"])
def test_markup_in_a_record_stays_text(which: str, request: pytest.FixtureRequest) -> None:
    person: Person = request.getfixturevalue(which)
    if which == "shop":
        person.press("/edit/products/new", "new", title=NASTY, sku=NASTY, price="1", vendor=NASTY, description=NASTY)
        person.press("/edit/customers/new", "new", first_name="Ada", note=NASTY)
        person.press("/edit/orders/new", "new", sku1="MUG", note=NASTY, gateway=NASTY)
    else:
        person.press("/edit/items/new", "new", ItemCode=NASTY[:50], ItemName=NASTY)
        person.press("/edit/partners/C-GUEST", "save", CardName=NASTY, FreeText=NASTY)
    shown = 0
    for path, page in every_page(person):
        assert not elements(page) & {"script", "img"}, path
        shown += "&lt;script&gt;" in page
    assert shown > 3
    for path in (f"/edit?q={quote(NASTY)}", f"/edit/{quote(NASTY)}"):
        assert not elements(person.ask("GET", path).body.decode()) & {"script", "img"}


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ({"Origin": "http://evil.example"}, "127.0.0.1:8001"),
        ({"Origin": "null"}, "127.0.0.1:8001"),
        ({"Origin": "http://127.0.0.1:9999"}, "127.0.0.1:8001"),
        ({"Sec-Fetch-Site": "cross-site"}, "127.0.0.1:8001"),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8001"}, "127.0.0.1:8001"),
        # A name of somebody else that was made to lead to this machine.
        ({"Origin": "http://evil.example:8001", "Sec-Fetch-Site": "same-origin"}, "evil.example:8001"),
    ],
)
def test_a_form_of_another_page_is_refused(erp: Person, headers: dict[str, str], host: str) -> None:
    for path, body in (
        ("/edit/items/MUG?act=delete", b""),
        ("/control/items/delete", b'{"item": "MUG"}'),
    ):
        assert erp.ask("POST", path, body, **{**headers, "Host": host}).status == 403
    assert any(one["ItemCode"] == "MUG" for one in erp.state("items"))


def test_nothing_is_done_by_opening_an_address_or_by_a_method_that_is_no_forms(erp: Person) -> None:
    assert erp.ask("GET", "/edit/items/MUG?act=delete").status == 200
    assert erp.ask("DELETE", "/edit/items/MUG").status == 405
    assert erp.ask("POST", "/edit/items/MUG?act=burn").status == 404
    assert erp.ask("POST", "/edit/items/NONE?act=delete").status == 404


def test_pages_say_to_the_browser_what_they_need_and_are_not_counted_as_calls_of_clients(shop: Person) -> None:
    answer = shop.ask("GET", "/edit")
    assert "default-src 'none'" in str(answer.headers["Content-Security-Policy"])
    assert shop.ask("GET", "/edit/style.css").headers["Content-Type"] == "text/css; charset=utf-8"
    assert orjson.loads(shop.ask("GET", "/control/counts").body) == {}
