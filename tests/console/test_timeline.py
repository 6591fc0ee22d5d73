"""The timeline of one record: found by any id, every message, what people pressed, and where it is opened."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from hub.errors import RejectedByTarget
from hub.platforms.registry import platform
from hub.record import LOOKED_AT
from hub.store.job import Request, Wanted
from hub.timeline import PAGE
from message_log.entries import Child, Closing, Opening, Verdict
from tests.console.conftest import Console
from tests.console.test_pages import failed_item


def at(ident: str, **more: str) -> str:
    return f"/timeline/?ident={quote(ident, safe='')}" + "".join(f"&{name}={quote(more[name])}" for name in more)


def heading(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    assert found is not None
    return found[1].strip()


def test_a_record_is_found_by_any_of_its_ids(console: Console) -> None:
    console.stage.erp.add_item("MUG")
    console.stage.erp.add_item("MUG-2")
    console.stage.work("product", "initialize")
    entry = next(one for one in console.stage.messages("product") if one.key == "MUG")
    viewer = console.signed_in("viewer")
    for ident in ("MUG", entry.target_id or ""):
        page = viewer.text(at(ident))
        assert heading(page) == "Product MUG"
        assert f'/messages/{entry.id}"' in page
        assert "MUG-2" not in page
    assert "No record is called so" in viewer.text(at("MU"))
    assert "One record from its first day" in viewer.text("/timeline/")


def test_it_is_reached_from_the_message_and_by_an_address_that_people_write(console: Console) -> None:
    message = failed_item(console).id
    viewer = console.signed_in("viewer")
    link = re.search(r'id="timeline" href="([^"]+)"', viewer.text(f"/messages/{message}"))
    assert link is not None
    assert heading(viewer.text(link[1].replace("&amp;", "&"))) == "Product MUG"
    for kind in ("product", "variant"):
        answer = viewer.get(f"/timeline/acme/{kind}/MUG", follow_redirects=True)
        assert heading(answer.text) == "Product MUG"
    assert viewer.get("/timeline/acme/thing/MUG").status_code == 404


def test_it_tells_what_failed_who_pressed_what_and_how_it_was_cured(console: Console) -> None:
    stage, first = console.stage, failed_item(console)
    operator = console.signed_in("operator")
    page = operator.text(at("MUG"))
    assert "REJECTED_BY_TARGET" in page
    assert "What to do:" in page
    assert 'href="/failures/list?' in page
    operator.press(f"/messages/{first.id}/resync")
    waiting = operator.text(at("MUG"))
    assert "re-sync, asked for by a-operator" in waiting
    del stage.shop.refuses["MUG"]
    stage.clock.advance(60)
    stage.hub.worker().work_off()
    second = stage.messages("product")[-1]
    page = operator.text(at("MUG"))
    assert "Nothing is open, and nothing waits" in page
    told = [page.index(text) for text in (f'/messages/{second.id}">', "<strong>a-operator</strong>: re-sync")]
    assert told == sorted(told), "newest first"
    assert page.index("<strong>a-operator</strong>: re-sync") < page.rindex(f'/messages/{first.id}">product')
    assert f'resolved by <a href="/messages/{second.id}">' in page


def test_what_was_noted_about_another_record_is_not_in_it(console: Console) -> None:
    failed_item(console, "MUG-2")
    other = failed_item(console).id
    operator = console.signed_in("operator")
    operator.press(f"/messages/{other}/resync")
    assert "a-operator</strong>: re-sync" in operator.text(at("MUG"))
    assert "a-operator</strong>: re-sync" not in operator.text(at("MUG-2"))


def messages_of(
    console: Console, object_name: str, key: str, count: int, integration: str = "acme", **more: str
) -> list[int]:
    hub, clock = console.stage.hub, console.stage.clock
    route = console.stage.route(object_name)
    ids = []
    for _ in range(count):
        about = (integration, route.id, object_name, route.direction)
        opening = Opening(*about, 1, 1, key, "update", "sync now", **more)  # type: ignore[arg-type]
        ids += hub.ledger.open([opening])
        clock.advance(1)
    hub.ledger.close((identity, Closing(Verdict.UPDATED, target_id=more.get("target_id"))) for identity in ids)
    return ids


def test_pages_of_it_hold_each_message_once(console: Console) -> None:
    ids = messages_of(console, "product", "MUG", 2 * PAGE + 3)
    viewer = console.signed_in("viewer")
    address, found = at("MUG"), []
    while address:
        page = viewer.text(address)
        found += [int(one) for one in re.findall(r'href="/messages/(\d+)">product', page)]
        older = re.search(r'href="(/timeline/\?[^"]+)">Older', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert found == sorted(ids, reverse=True)


def test_a_number_that_means_several_records_asks_which(console: Console) -> None:
    messages_of(console, "order", "gid://shopify/Order/500001", 1, label="#1042", target_id="77")
    messages_of(console, "customer", "gid://shopify/Customer/700001", 1, target_id="1042")
    viewer = console.signed_in("viewer")
    page = viewer.text(at("1042"))
    assert "Several records are called so" in page
    links = [one.replace("&amp;", "&") for one in re.findall(r'data-label="Record"><a href="([^"]+)"', page)]
    assert sorted(heading(viewer.text(link)) for link in links) == ["Customer Customer/700001", "Order #1042"]
    assert heading(viewer.text(at("1042", object="order"))) == "Order #1042"
    assert heading(viewer.text(at("500001"))) == "Order #1042"


def test_the_documents_of_an_order_stand_below_its_message(console: Console) -> None:
    (identity,) = messages_of(console, "order", "gid://shopify/Order/500001", 1, label="#1042")
    hub, route = console.stage.hub, console.stage.route("order")
    opening = Opening("acme", route.id, "order", "shop_to_erp", 1, 1, "gid://shopify/Order/500001", "create", "sync")
    (second,) = hub.ledger.open([opening])
    children = (Child("invoice", None, "901", "created"), Child("payment", "gid://shopify/OrderTransaction/5", "902"))
    hub.ledger.close([(second, Closing(Verdict.CREATED, children=children))])
    page = console.signed_in("viewer").text(at("#1042"))
    assert re.search(r"invoice <code>–</code> → <code>901</code> created", page)
    assert re.search(r"payment <code>OrderTransaction/5</code> → <code>902</code>", page)
    assert f'/messages/{identity}"' in page


def test_an_item_shows_the_stock_levels_that_belong_to_it(console: Console) -> None:
    console.stage.erp.add_item("MUG")
    console.stage.erp.set_stock("MUG", "01", "5")
    for name in ("product", "inventory"):
        console.stage.work(name, "initialize")
    page = console.signed_in("viewer").text(at("MUG", object="product"))
    assert "MUG@01" in page


def test_a_waiting_job_is_only_shown_for_its_own_record(console: Console) -> None:
    failed_item(console)
    failed_item(console, "CUP")
    request = Request(console.stage.route("product").id, "keys", "sync now", "bob", keys=[Wanted("CUP")])
    console.stage.hub.jobs.put(request, console.stage.clock())
    viewer = console.signed_in("viewer")
    assert "asked for by bob" in viewer.text(at("CUP"))
    assert "asked for by bob" not in viewer.text(at("MUG"))


def test_a_record_of_many_messages_hides_none_of_another_integration(console: Console) -> None:
    console.other_integration()
    messages_of(console, "product", "MUG", 1, integration="zeta")
    messages_of(console, "product", "MUG", LOOKED_AT + 5)
    page = console.signed_in("viewer").text(at("MUG"))
    assert "Several records are called so" in page
    assert {"acme", "zeta"} <= set(re.findall(r"integration=(\w+)", page))


def test_nothing_of_another_integration_is_found(console: Console) -> None:
    failed_item(console)
    console.other_integration()
    kept = console.signed_in("viewer", integrations=["zeta"])
    assert "No record is called so" in kept.text(at("MUG"))
    assert kept.get(at("MUG", integration="acme")).status_code == 404
    assert kept.get(at("MUG", object="thing")).status_code == 400


def test_text_of_others_stays_text(console: Console) -> None:
    nasty = "<script>alert(1)</script>"
    console.stage.erp.add_item(nasty)
    console.stage.shop.refuses[nasty] = RejectedByTarget(nasty, detail=nasty, fix=nasty)
    console.stage.work("product", "initialize")
    page = console.signed_in("viewer").text(at(nasty))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_name_that_is_personal_is_masked(console: Console) -> None:
    console.stage.shop.add_customer(1, email="jane@example.com", first_name="Jane", last_name="Doe")
    console.stage.work("customer", "initialize")
    entry = console.stage.messages("customer")[-1]
    page = console.signed_in("administrator", sees_personal=True).text(at(entry.key))
    assert "jane@example.com" not in page


# -- where people open it ------------------------------------------------------------------------------------------

SHOP = {"shop": "Acme.myshopify.com"}
SANDBOX = {"shop": "acme.myshopify.com", "base_url": "http://127.0.0.1:9000"}
VARIANT, PRODUCT = "gid://shopify/ProductVariant/40", "gid://shopify/Product/8"


@pytest.mark.parametrize(
    ("settings", "kind", "identity", "address"),
    [
        (SHOP, "order", "gid://shopify/Order/5", "https://acme.myshopify.com/admin/orders/5"),
        (SHOP, "customer", "gid://shopify/Customer/7", "https://acme.myshopify.com/admin/customers/7"),
        (SHOP, "product", PRODUCT, "https://acme.myshopify.com/admin/products/8"),
        (SHOP, "variant", VARIANT, "https://acme.myshopify.com/admin/products/8/variants/40"),
        (
            SHOP,
            "level",
            f"{VARIANT}@gid://shopify/Location/4",
            "https://acme.myshopify.com/admin/products/8/variants/40",
        ),
        (SHOP, "order", "javascript:alert(1)", None),
        ({"shop": "evil.example/x#.myshopify.com"}, "product", PRODUCT, None),
        ({**SHOP, "base_url": "https://proxy.example"}, "product", PRODUCT, None),
        (SANDBOX, "order", "gid://shopify/Order/5", "http://127.0.0.1:9000/edit/order/gid%3A%2F%2Fshopify%2FOrder%2F5"),
        (
            SANDBOX,
            "level",
            f"{VARIANT}@gid://shopify/Location/4",
            "http://127.0.0.1:9000/edit/product/gid%3A%2F%2Fshopify%2FProductVariant%2F40",
        ),
    ],
)
def test_the_shop_knows_the_page_of_a_record(
    settings: dict[str, str], kind: str, identity: str, address: str | None
) -> None:
    assert platform("shopify").record_url(settings, kind, identity, PRODUCT) == address


def test_the_erp_says_in_words_where_a_record_is_or_leads_into_its_sandbox() -> None:
    system = platform("sap_b1")
    company = {"base_url": "https://sap.example:50000"}
    assert system.record_url(company, "order", "53") is None
    assert system.record_url({"base_url": "https://localhost:50000"}, "order", "53") is None
    assert system.record_words("order", "53", "#1042") == (
        "Sales Order, customer reference no. #1042 (internal number 53)"
    )
    assert system.record_words("level", "A@B@01") == "Item Master Data, item no. A@B, stock in warehouse 01"
    assert system.record_words("variant", "MUG") == "Item Master Data, item no. MUG"
    assert system.record_words("customer", "C1") == "Business Partner Master Data, code C1"
    sandbox = {"base_url": "http://localhost:9001"}
    assert system.record_url(sandbox, "level", "A/1 ü@01") == "http://localhost:9001/edit/item/A%2F1%20%C3%BC"
