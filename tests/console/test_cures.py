"""From the cause of a failure to the place where it is cured."""

from __future__ import annotations

import pytest

from admin.cures import CURES, Trouble, cure
from hub.errors import AmbiguousMatch, HubError, UnknownSku
from hub.store.alerts import Alerts, Wrong
from hub.store.failures import Trouble as Failed
from message_log.entries import Closing, Opening, Verdict
from tests.console.conftest import Console
from tests.docs.test_failures import classes

#: Roots of groups of errors, which are never raised themselves.
ROOTS = {"ERROR", "RECORD"}


def test_every_cause_there_is_has_its_cure_and_no_other_has() -> None:
    assert set(CURES) == set(classes()) - ROOTS
    assert HubError.cause in ROOTS


@pytest.mark.parametrize("cause", sorted(CURES))
def test_no_cure_names_a_command(cause: str) -> None:
    found = cure(Trouble(cause, "detail", "acme", 1, "order"))
    assert found is not None and found.words.endswith(".") and "hub " not in found.words.replace("the hub ", "")
    assert bool(found.label) == bool(found.endpoint)


@pytest.mark.parametrize(
    ("detail", "endpoint", "values"),
    [
        ("payment=klarna", "maps.one", {"integration": "acme", "map_name": "payment", "value": "klarna"}),
        ("tax=DE 0.19 included", "maps.one", {"integration": "acme", "map_name": "tax", "value": "DE 0.19 included"}),
        ("freight=shipping", "integrations.settings", {"name": "acme"}),
        ("guest_customer", "integrations.settings", {"name": "acme"}),
    ],
)
def test_what_is_missing_is_added_where_it_belongs(detail: str, endpoint: str, values: dict[str, str]) -> None:
    found = cure(Trouble("MISSING_MAPPING", detail, "acme", 3, "order"))
    assert found is not None
    assert (found.endpoint, found.values) == (endpoint, values)


def test_a_setting_is_named_as_it_is_called() -> None:
    found = cure(Trouble("MISSING_MAPPING", "freight=shipping", "acme"))
    assert found is not None and "freight_shipping" in found.words


@pytest.mark.parametrize(
    ("detail", "words"),
    [("sku=MUG-9", "The ERP has no item MUG-9"), ("no SKU", "A line of the order has no SKU")],
)
def test_an_item_that_is_unknown_is_named_or_said_to_have_no_code(detail: str, words: str) -> None:
    found = cure(Trouble("UNKNOWN_SKU", detail, "acme", fix=UnknownSku.fix))
    assert found is not None and found.words.startswith(words)


@pytest.mark.parametrize(
    ("detail", "idents"),
    [
        ("C1 / C2", ["C1", "C2"]),
        ("bowl-xl / BOWL-XL", ["bowl-xl", "BOWL-XL"]),
        ("linked to gid://shopify/Customer/7", ["gid://shopify/Customer/7"]),
        ("CardCode=C7", ["C7"]),
        ("2 candidates", None),
        ("link 7", None),
        ("twice", None),
        ("meanwhile", None),
    ],
)
def test_records_that_clash_are_named_and_their_links_shown(detail: str, idents: list[str] | None) -> None:
    found = cure(Trouble("AMBIGUOUS_MATCH", detail, "acme", fix=AmbiguousMatch.fix))
    assert found is not None and found.endpoint == "links.index"
    assert found.values.get("ident") == idents
    assert all(one in found.words for one in idents or ())
    assert idents or found.words.startswith("Several records could all be meant")


def test_a_record_whose_match_belongs_to_another_is_told_so() -> None:
    found = cure(Trouble("AMBIGUOUS_MATCH", "linked to A9", "acme", fix=AmbiguousMatch.fix))
    assert found is not None and found.words == (
        "What fits in the ERP is linked to A9 already: give one of the two a key of its own, "
        "or unlink A9 if that is the wrong one, then re-sync."
    )


def test_words_that_were_recorded_with_a_failure_count_before_those_of_its_cause() -> None:
    own = "Rename one of the two codes, then re-sync."
    found = cure(Trouble("AMBIGUOUS_MATCH", "a / A", "acme", fix=own))
    assert found is not None and (found.words, found.endpoint) == (own, "links.index")


def test_the_words_name_the_side_on_which_to_act() -> None:
    words = [cure(Trouble("INVALID_FIELD", "Street", direction=way)) for way in ("shop_to_erp", "erp_to_shop")]
    assert [one.words if one else "" for one in words] == [
        "Correct the field (Street) of the record in the shop, then re-sync.",
        "Correct the field (Street) of the record in the ERP, then re-sync.",
    ]


def test_a_cause_that_nobody_knows_keeps_its_own_words(console: Console) -> None:
    route = console.stage.route("order").id
    trouble = Failed("o1", "#1", "KeyError", "", "Tell us.", "boom", False, 1)
    console.stage.hub.failures.record(route, [trouble], console.stage.clock())
    assert "Tell us." in console.signed_in("viewer").text("/failures/")


def test_a_message_of_long_ago_names_pages_where_it_named_commands(console: Console) -> None:
    hub, route = console.stage.hub, console.stage.route("order")
    (message,) = hub.ledger.open(
        [Opening("acme", route.id, "order", route.direction, 1, 1, "o1", "create", "sync now")]
    )
    old = "Add an entry for klarna to the map payment (`hub maps set`), then re-sync the group."
    hub.ledger.close([(message, Closing(Verdict.FAILED, cause="MISSING_MAPPING", detail="payment=klarna", fix=old))])
    viewer = console.signed_in("viewer")
    page = viewer.text(f"/messages/{message}")
    assert "hub maps" not in page and 'href="/maps/acme/payment?value=klarna#form"' in page
    assert "to the map payment, then re-sync the group." in page
    assert "hub maps" not in viewer.text("/timeline/?ident=o1")


def test_an_alert_and_the_page_of_failures_give_the_same_advice(console: Console) -> None:
    hub, route = console.stage.hub, console.stage.route("product").id
    fix = "C1, C2 have the same SKU: correct the wrong ones, then re-sync."
    hub.failures.record(
        route, [Failed("k", "k", "AMBIGUOUS_MATCH", "C1 / C2", fix, "", False, 1)], console.stage.clock()
    )
    wrong = Wrong(
        "failures", "acme AMBIGUOUS_MATCH C1 / C2", "Bad.", f"{fix} See: hub failures list acme", None, ("acme",)
    )
    Alerts(hub.database).settle([wrong], console.stage.clock())
    viewer = console.signed_in("viewer")
    assert fix in viewer.text("/live") and fix in viewer.text("/failures/")


@pytest.mark.parametrize("cause", sorted(CURES))
def test_every_link_of_a_cure_leads_to_a_page_that_is_there(console: Console, cause: str) -> None:
    route = console.stage.route("order").id
    detail = "payment=klarna" if cause == "MISSING_MAPPING" else "x"
    trouble = Failed("o1", "#1", cause, detail, "Mend it.", "boom", False, 1)
    console.stage.hub.failures.record(route, [trouble], console.stage.clock())
    viewer = console.signed_in("viewer")
    page = viewer.text("/failures/")
    fix = page.partition('<p class="fix">')[2].partition("</p>")[0]
    assert "What to do:" in fix
    address = fix.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    if address:
        assert viewer.get(address).status_code == 200
