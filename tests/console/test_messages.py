"""The message log: filters, columns, the export of a search, one message, and who may see what of it."""

from __future__ import annotations

import csv
import http.client
import io
import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from admin.app import create_app
from hub.errors import PlatformUnavailable
from hub.log_export import Export
from hub.store.audit import Audit
from hub.store.failures import Trouble
from hub.store.jobs import Jobs
from message_log.entries import Attempt, Closing, Opening, Verdict
from message_log.queries import EXPORT_PAGE
from message_log.streams import Filters
from scheduler import serving
from tests.console.conftest import Browser, Console
from tests.console.test_pages import failed_item, jobs_of
from tests.console.test_timeline import messages_of


def test_filters_stay_in_the_address_of_every_page(console: Console) -> None:
    for number in range(60):
        console.stage.erp.add_item(f"MUG-{number:03}")
    console.stage.work("product", "initialize")
    viewer = console.signed_in("viewer")
    page = viewer.text("/messages/?object=product&verdict=created")
    older = re.search(r'href="(/messages/\?before=[^"]+)">Older', page)
    assert older is not None
    address = older[1].replace("&amp;", "&")
    assert "object=product" in address
    assert "verdict=created" in address
    rest = viewer.text(address)
    codes = [*re.findall(r">(MUG-\d+)</a>", page), *re.findall(r">(MUG-\d+)</a>", rest)]
    assert sorted(codes) == [f"MUG-{number:03}" for number in range(60)]
    assert viewer.text("/messages/count?object=product") == "60"


def test_a_record_is_found_by_any_of_its_ids(console: Console) -> None:
    console.stage.erp.add_item("MUG")
    console.stage.erp.add_item("CUP")
    console.stage.work("product", "initialize")
    entry = next(one for one in console.stage.messages("product") if one.key == "MUG")
    viewer = console.signed_in("viewer")
    for ident in ("MUG", entry.target_id or ""):
        page = viewer.text(f"/messages/?ident={quote(ident, safe='')}")
        assert ">MUG</a>" in page
        assert ">CUP</a>" not in page
    assert "No message matches" in viewer.text("/messages/?ident=nothing")


def test_an_order_is_found_by_its_number_with_and_without_the_sign(console: Console) -> None:
    (message,) = messages_of(console, "order", "gid://shopify/Order/500001", 1, label="#1063")
    trouble = Trouble(
        "gid://shopify/Order/500001", "#1063", "MISSING_MAPPING", "payment=klarna", "", "", False, message
    )
    console.stage.hub.failures.record(console.stage.route("order").id, [trouble], console.stage.clock())
    viewer = console.signed_in("viewer")
    for ident in ("%231063", "1063"):
        assert ">#1063</a>" in viewer.text(f"/messages/?ident={ident}")
        assert ">#1063</a>" in viewer.text(f"/failures/list?ident={ident}")
    assert "No message matches" in viewer.text("/messages/?ident=106")


@pytest.mark.parametrize("wrong", ["run=x", "before=-1", "verdict=great", "object=thing", "since=yesterday", "run=9e9"])
def test_what_cannot_be_asked_is_refused_with_a_word(console: Console, wrong: str) -> None:
    assert console.signed_in("viewer").get(f"/messages/?{wrong}").status_code == 400


def test_personal_data_is_masked_and_showing_it_is_noted(console: Console) -> None:
    console.stage.shop.add_customer(1, email="jane@example.com", first_name="Jane", last_name="Doe")
    console.stage.work("customer", "initialize")
    message = console.stage.messages("customer")[-1].id
    plain, trusted = console.signed_in("operator"), console.signed_in("operator", "trusted", sees_personal=True)
    for browser in (plain, trusted):
        page = browser.text(f"/messages/{message}")
        assert "jane@example.com" not in page
        assert "jane@example.com" not in browser.text("/messages/")
    assert plain.press(f"/messages/{message}/personal").status_code == 403
    assert "jane@example.com" in trusted.press(f"/messages/{message}/personal").text
    act = console.acts()[0]
    assert (act.actor, act.action, act.subject) == ("trusted", "show personal data", f"message {message}")


def test_a_record_is_taken_up_again_from_its_message(console: Console) -> None:
    message = failed_item(console)
    operator = console.signed_in("operator")
    operator.press(f"/messages/{message.id}/resync")
    assert jobs_of(console, "product") == [("keys", "re-sync", "a-operator")]


@pytest.mark.parametrize(("owner", "name"), [(Jobs, "put"), (Audit, "note")])
def test_a_record_is_taken_up_with_a_word_in_the_trail_or_not_at_all(
    console: Console, monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> None:
    message, operator = failed_item(console), console.signed_in("operator")

    def broken(*_given: object, **_more: object) -> None:
        raise PlatformUnavailable("The store is gone.")

    monkeypatch.setattr(owner, name, broken)
    assert operator.press(f"/messages/{message.id}/resync").status_code == 409
    monkeypatch.undo()
    assert jobs_of(console, "product") == []
    assert "re-sync" not in [act.action for act in console.acts()]


# -- columns -------------------------------------------------------------------------------------------------------


def logged(console: Console, count: int, *, key: str = "ITEM-{:05}", attempts: int = 1) -> None:
    """So many messages of products, each with its attempts."""
    hub, now = console.stage.hub, console.stage.clock()
    route = console.stage.route("product").id
    openings = [
        Opening("acme", route, "product", "erp_to_shop", 1, 1, key.format(number), "create", "sync now")
        for number in range(count)
    ]
    tries = tuple(Attempt(number + 1, now, 5, Verdict.CREATED) for number in range(attempts))
    ids = hub.ledger.open(openings)
    hub.ledger.close((identity, Closing(Verdict.CREATED, duration_ms=5, attempts=tries)) for identity in ids)


def cells(page: str, name: str) -> list[str]:
    """What stands in a column, row by row, as text."""
    found = re.findall(rf'data-label="{name}"[^>]*>(.*?)</t[dh]>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_the_number_of_attempts_is_shown(console: Console) -> None:
    logged(console, 2, attempts=3)
    assert cells(console.signed_in("viewer").text("/messages/"), "Attempts") == ["3", "3"]


def test_a_long_id_is_short_in_the_list_and_whole_in_its_title(console: Console) -> None:
    hub, now = console.stage.hub, console.stage.clock
    route = console.stage.route("inventory").id
    whole = "gid://shopify/ProductVariant/40@gid://shopify/Location/7"
    opening = Opening("acme", route, "inventory", "erp_to_shop", 1, 1, "MUG@01", "update", "sync now")
    (identity,) = hub.ledger.open([opening])
    hub.ledger.close([(identity, Closing(Verdict.UPDATED, target_id=whole))])
    page = console.signed_in("viewer").text("/messages/")
    assert cells(page, "Ids") == ["– → 40@7"]
    assert f'title="{whole}"' in page
    assert now() is not None


# -- export --------------------------------------------------------------------------------------------------------


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_search_is_exported_as_it_stands_in_the_address(console: Console) -> None:
    logged(console, 3)
    logged(console, 2, key="OTHER-{}")
    viewer = console.signed_in("viewer")
    page = viewer.text("/messages/?object=product&text=OTHER*")
    links = re.findall(r'href="(/messages/export[^"]+)"', page)
    addresses = {re.findall(r"format=(\w+)", link)[0]: link.replace("&amp;", "&") for link in links}
    answer = viewer.get(addresses["csv"])
    assert answer.headers["Content-Disposition"] == 'attachment; filename="messages-all-2026-11-21.csv"'
    assert "Content-Length" not in answer.headers
    assert [row["key"] for row in rows_of(answer.text)] == ["OTHER-0", "OTHER-1"]
    assert {row["attempt_count"] for row in rows_of(answer.text)} == {"1"}
    lines = [json.loads(line) for line in viewer.get(addresses["jsonl"]).text.splitlines()]
    assert [line["key"] for line in lines] == ["OTHER-0", "OTHER-1"]


def test_an_export_is_in_the_audit_trail_with_its_search_and_its_rows(console: Console) -> None:
    logged(console, 3)
    console.signed_in("viewer", sees_personal=True).text(
        "/messages/export?format=csv&object=product&integration=acme&person=jane@x.example"
    )
    act = console.acts()[0]
    assert (act.actor, act.action, act.subject) == ("a-viewer", "export messages", "acme")
    assert act.after["rows"] == 0
    assert act.after["complete"] is True
    assert act.after["object"] == "product"
    assert "jane" not in act.after["person"]
    console.signed_in("viewer", "second").text("/messages/export?format=csv")
    assert (console.acts()[0].subject, console.acts()[0].after["rows"]) == ("all integrations", 3)


def test_an_export_is_written_while_it_is_read(console: Console) -> None:
    logged(console, 2 * EXPORT_PAGE + 10)
    export = Export(console.stage.hub, Filters(object="product"), "csv")
    parts: Iterator[str] = export.parts()
    assert next(parts).startswith("id,opened_at,")
    assert next(parts).count("\n") == EXPORT_PAGE
    # What is logged in the meantime is part of what is still to come, so nothing had been read ahead.
    logged(console, 1, key="LATE-{}")
    rest = list(parts)
    assert [part.count("\n") for part in rest] == [EXPORT_PAGE, 11]
    assert "LATE-0" in rest[1]
    assert export.rows == 2 * EXPORT_PAGE + 11


def test_an_export_streams_through_the_server(console: Console) -> None:
    logged(console, EXPORT_PAGE + 1)
    browser = console.signed_in("viewer")
    cookie = "; ".join(f"{one.key}={one.value}" for one in browser.client._cookies.values())
    with serving.web(create_app(console.stage.hub), "127.0.0.1", 0) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        connection.request("GET", "/messages/export?format=jsonl", headers={"Cookie": cookie})
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert answer.headers["Content-Length"] is None
        assert len(answer.read().splitlines()) == EXPORT_PAGE + 1
        connection.close()


def test_an_export_that_is_broken_off_says_so_in_the_trail(console: Console) -> None:
    logged(console, 2 * EXPORT_PAGE)
    answer = console.signed_in("viewer").get("/messages/export?format=csv", buffered=False)
    parts = iter(answer.response)
    for _ in range(3):
        next(parts)
    answer.close()
    act = console.acts()[0]
    assert (act.action, act.after["complete"], act.after["rows"]) == ("export messages", False, EXPORT_PAGE)


def test_a_spreadsheet_takes_no_text_for_a_formula(console: Console) -> None:
    for first in "=+-@":
        logged(console, 1, key=first + "1+{}")
    rows = rows_of(console.signed_in("viewer").text("/messages/export?format=csv"))
    assert [row["key"] for row in rows] == ["'=1+0", "'+1+0", "'-1+0", "'@1+0"]


def test_only_a_few_exports_are_written_at_a_time(console: Console) -> None:
    viewer = console.signed_in("viewer")
    logged(console, 1)
    running = [viewer.get("/messages/export?format=csv", buffered=False) for _ in range(3)]
    refused = viewer.get("/messages/export?format=csv")
    assert refused.status_code == 409
    assert "Try again when one of them has come to its end" in refused.text
    for one in running:
        one.close()
    assert viewer.get("/messages/export?format=csv").status_code == 200


def jane(console: Console) -> int:
    """A message about a customer."""
    console.stage.shop.add_customer(1, email="jane@example.com", first_name="Jane", last_name="Doe")
    console.stage.work("customer", "initialize")
    return console.stage.messages("customer")[-1].id


def test_personal_data_leaves_with_an_export_only_for_those_who_may(console: Console) -> None:
    jane(console)
    plain, trusted = console.signed_in("operator"), console.signed_in("operator", "trusted", sees_personal=True)
    address = "/messages/export?format=csv&object=customer"
    for browser in (plain, trusted):
        assert [row["label"] for row in rows_of(browser.text(address))] == ["***"]
    assert "with personal data" not in plain.text("/messages/")
    assert "with personal data" in trusted.text("/messages/")
    assert plain.press(address).status_code == 403
    assert trusted.client.post(address).status_code == 400
    assert [row["label"] for row in rows_of(trusted.press(address).text)] == ["jane@example.com"]
    acts = [(act.actor, act.action) for act in console.acts()[:2]]
    assert acts == [("trusted", "export messages"), ("trusted", "show personal data")]


def test_a_message_is_downloaded_with_all_that_it_holds(console: Console) -> None:
    message = jane(console)
    plain, trusted = console.signed_in("operator"), console.signed_in("operator", "trusted", sees_personal=True)
    answer = plain.get(f"/messages/{message}/download")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="message-acme-{message}.json"'
    told = json.loads(answer.text)
    assert told["entry"]["id"] == message
    assert told["source"]["text"]
    assert told["attempts"][0]["exchanges"] is not None
    assert "jane@example.com" not in answer.text
    assert plain.press(f"/messages/{message}/download").status_code == 403
    before = len(console.acts())
    assert "jane@example.com" in trusted.press(f"/messages/{message}/download").text
    act = console.acts()[0]
    assert (act.actor, act.action, act.subject) == ("trusted", "show personal data", f"message {message}")
    assert len(console.acts()) == before + 1


def test_nothing_of_another_integration_is_exported(console: Console) -> None:
    message = failed_item(console).id
    console.other_integration()
    kept = console.signed_in("viewer", integrations=["zeta"])
    assert rows_of(kept.text("/messages/export?format=csv")) == []
    assert kept.get("/messages/export?format=csv&integration=acme").status_code == 404
    assert kept.get(f"/messages/{message}/download").status_code == 404
    lost = console.signed_in("viewer", "lost", integrations=["nowhere"])
    for page in ("export?format=csv", "count"):
        assert lost.get(f"/messages/{page}").status_code == 404


def test_a_stranger_is_sent_to_the_door(console: Console) -> None:
    stranger: Browser = console.stranger()
    for page in ("/messages/export?format=csv", "/messages/1/download"):
        assert stranger.get(page).status_code == 302
    assert console.signed_in("viewer").get("/messages/export?format=xml").status_code == 400
