"""Records that go from one side, and come back: found by keys, settled by a run, never created anew."""

from __future__ import annotations

import pytest

from hub.errors import PlatformUnavailable
from hub.store.commitments import Commitments
from hub.store.job import Request
from hub.store.link_list import LinkList
from hub.sync.comparison import PLAUSIBLE, Compared, Comparison
from hub.sync.vanished import COMPARED
from tests.sync.conftest import Stage, counts


def compare(stage: Stage) -> dict[str, Compared]:
    """The nightly comparison, and the runs that it asks for."""
    hub = stage.hub
    integration = hub.integrations.get(stage.integration_id)
    routes = hub.routes.of(stage.integration_id)
    found = Comparison(hub, hub.database, hub.jobs, "the clock").run(integration, routes)
    while hub.worker().work_off() is not None:
        pass
    return {one.object: one for one in found}


def states(stage: Stage, kind: str = "variant") -> dict[str, str]:
    """The ERP's id -> the link's state."""
    return {str(one.erp_id): one.state for one in LinkList(stage.hub.database, stage.integration_id).select(kind=kind)}


def causes(stage: Stage, object_name: str = "product") -> dict[str, str]:
    return {key: failure.cause for key, failure in stage.failures(object_name).items()}


@pytest.fixture
def linked(stage: Stage) -> Stage:
    """Two items with stock that are linked to variants, and a customer."""
    for code in ("MUG", "TEE"):
        stage.erp.add_item(code)
        stage.erp.set_stock(code, "01", "7")
    stage.shop.add_customer(1, "ada@shop.example")
    stage.all_routes()
    return stage


def delete_variant(stage: Stage, code: str) -> None:
    del stage.shop.table("variants")[stage.shop.variant(code)["id"]]


def test_nothing_is_written_where_everything_is_there(linked: Stage) -> None:
    writes, messages = linked.shop.writes() + linked.erp.writes(), len(linked.messages("product"))
    found = compare(linked)
    assert {name: (one.linked, one.gone, one.back, one.missing) for name, one in found.items()} == {
        "customer": (1, 0, 0, {"shop": 0, "erp": 0}),
        "product": (2, 0, 0, {"shop": 0, "erp": 0}),
        "inventory": (2, 0, 0, {"shop": 0, "erp": 0}),
    }
    assert linked.shop.writes() + linked.erp.writes() == writes
    assert len(linked.messages("product")) == messages


def test_each_list_is_read_once_and_no_record_is(linked: Stage) -> None:
    linked.shop.calls.clear()
    linked.erp.calls.clear()
    compare(linked)
    assert dict(linked.shop.calls + linked.erp.calls) == {
        f"list keys of {name}": 1 for name in ("variants", "customers", "items", "partners")
    }


def test_a_record_gone_from_the_target_is_flagged_and_its_link_reads_gone(linked: Stage) -> None:
    delete_variant(linked, "MUG")
    assert compare(linked)["product"].missing == {"shop": 1, "erp": 0}
    assert states(linked) == {"MUG": "gone", "TEE": "linked"}
    assert causes(linked) == {"MUG": "TARGET_VANISHED"}
    (told,) = linked.messages("product", cause="TARGET_VANISHED")
    assert (told.key, told.reason, told.actor) == ("MUG", COMPARED, "the clock")


def test_a_record_gone_from_the_source_is_flagged_and_its_link_reads_gone(linked: Stage) -> None:
    del linked.erp.table("items")["MUG"]
    assert compare(linked)["product"].missing == {"shop": 0, "erp": 1}
    assert states(linked) == {"MUG": "gone", "TEE": "linked"}
    assert causes(linked) == {"MUG": "RECORD_VANISHED"}


def test_price_and_stock_of_a_record_that_is_gone_are_not_written_and_nothing_is_made_in_its_place(
    linked: Stage,
) -> None:
    delete_variant(linked, "MUG")
    compare(linked)
    writes = linked.shop.writes()
    linked.erp.edit("items", "MUG", price="12.00")
    linked.erp.set_stock("MUG", "01", "3")
    assert counts(linked.work("product"))["failed"] == 1
    linked.work("inventory")
    linked.work("product", "full")
    assert linked.shop.writes() == writes
    assert len(linked.shop.table("variants")) == 1
    assert states(linked)["MUG"] == "gone"


def test_what_is_known_to_be_gone_is_counted_and_is_no_news(linked: Stage) -> None:
    delete_variant(linked, "MUG")
    compare(linked)
    told = len(linked.messages("product"))
    assert counts(linked.work("product", "full"))["failed"] == 1
    assert compare(linked)["product"].gone == 1
    assert len(linked.messages("product")) == told
    assert linked.failures("product")["MUG"].count == 1


def test_stock_levels_of_a_record_that_is_gone_are_told_once(linked: Stage) -> None:
    delete_variant(linked, "MUG")
    compare(linked)
    told = len(linked.messages("inventory"))
    assert states(linked, "level") == {"MUG@01": "gone", "TEE@01": "linked"}
    for in_stock in ("6", "5", "4"):
        linked.erp.set_stock("MUG", "01", in_stock)
        assert counts(linked.work("inventory"))["failed"] == 1
    assert len(linked.messages("inventory")) == told


def test_a_record_that_is_back_is_linked_again_and_brought_up_to_date(linked: Stage) -> None:
    variant = linked.shop.variant("MUG")
    delete_variant(linked, "MUG")
    compare(linked)
    linked.erp.edit("items", "MUG", price="12.00")
    linked.work("product")
    linked.shop.put("variants", variant["id"], variant)
    assert compare(linked)["product"].back == 1
    assert states(linked) == {"MUG": "linked", "TEE": "linked"}
    assert causes(linked) == {}
    assert linked.shop.variant("MUG")["price"] == "12.00"


def test_a_re_sync_of_a_record_that_is_back_links_it_again_at_once(linked: Stage) -> None:
    variant = linked.shop.variant("MUG")
    delete_variant(linked, "MUG")
    compare(linked)
    linked.shop.put("variants", variant["id"], variant)
    assert counts(linked.work("product", "keys", "MUG")) == {"read": 1, "unchanged": 1}
    assert states(linked)["MUG"] == "linked"


def test_a_run_that_meets_a_missing_record_by_itself_notes_it_too(linked: Stage) -> None:
    delete_variant(linked, "MUG")
    linked.erp.edit("items", "MUG", price="12.00")
    linked.work("product")
    assert states(linked)["MUG"] == "gone"
    assert compare(linked)["product"].missing == {"shop": 0, "erp": 0}


def test_a_preview_notes_nothing(linked: Stage) -> None:
    delete_variant(linked, "MUG")
    linked.erp.edit("items", "MUG", price="12.00")
    request = Request(linked.route("product").id, "full", "sync now", "ann", mode="preview")
    linked.hub.worker().work_off(linked.hub.jobs.put(request, linked.clock()))
    assert states(linked)["MUG"] == "linked"


def test_a_record_that_is_not_marked_any_more_is_flagged_all_the_same(linked: Stage) -> None:
    linked.hub.routes.save(linked.integration_id, "product", "erp_to_shop", enabled=True, policy="marked")
    delete_variant(linked, "MUG")
    compare(linked)
    assert states(linked)["MUG"] == "gone"


def test_a_record_that_only_seemed_to_be_missing_stays_linked(linked: Stage) -> None:
    """The list was cut off; the record itself is there when it is read."""
    hub, whole = linked.hub, dict(linked.shop.table("variants"))
    delete_variant(linked, "MUG")
    integration, routes = hub.integrations.get(linked.integration_id), [linked.route("product")]
    (found,) = Comparison(hub, hub.database, hub.jobs, "the clock").run(integration, routes)
    assert found.missing["shop"] == 1
    linked.shop.tables["variants"] = whole
    assert hub.worker().work_off() is not None
    assert (states(linked)["MUG"], causes(linked)) == ("linked", {})


def test_an_empty_list_is_no_proof_of_anything(linked: Stage) -> None:
    linked.shop.table("variants").clear()
    found = compare(linked)["product"]
    assert found.warning == "The shop lists no variants at all, while 2 are linked."
    assert set(states(linked).values()) == {"linked"}
    assert causes(linked) == {}


def test_more_than_is_plausible_changes_nothing(stage: Stage) -> None:
    for number in range(PLAUSIBLE.least + 10):
        stage.erp.add_item(f"I{number:03}")
    stage.work("product", "initialize")
    for number in range(PLAUSIBLE.least):
        del stage.erp.table("items")[f"I{number:03}"]
    found = compare(stage)["product"]
    assert found.warning == "50 of 60 linked items are missing in the ERP."
    assert set(states(stage).values()) == {"linked"}
    stage.erp.add_item("I000")
    assert compare(stage)["product"].warning == ""
    assert list(states(stage).values()).count("gone") == PLAUSIBLE.least - 1


def test_a_platform_that_does_not_answer_ends_the_comparison(linked: Stage) -> None:
    linked.shop.down = PlatformUnavailable("down")
    with pytest.raises(PlatformUnavailable):
        compare(linked)
    assert set(states(linked).values()) == {"linked"}


def test_both_directions_look_again_at_what_is_back(linked: Stage) -> None:
    linked.both_ways()
    linked.work("product back", "initialize")
    variant = linked.shop.variant("MUG")
    delete_variant(linked, "MUG")
    compare(linked)
    linked.shop.put("variants", variant["id"], variant)
    compare(linked)
    assert states(linked)["MUG"] == "linked"
    assert causes(linked) == causes(linked, "product back") == {}


def test_a_warehouse_that_is_no_longer_mapped_makes_nothing_gone(linked: Stage) -> None:
    linked.hub.maps.drop(linked.integration_id, linked.hub.maps.entries(linked.integration_id)[:2])
    assert compare(linked)["inventory"].missing == {"shop": 0, "erp": 0}


def test_open_units_of_an_order_that_is_gone_are_no_longer_counted(linked: Stage) -> None:
    order = linked.shop.place_order(1001, [("MUG", 2, "10.00")])
    linked.work("order")
    variant = linked.shop.variant("MUG")["id"]
    book = Commitments(linked.hub.database, linked.integration_id)
    assert book.open_units([variant]) == {(variant, "L1"): 2}
    assert book.orders() == [order]
    del linked.shop.table("orders")[order]
    linked.work("order", "keys", order)
    assert causes(linked, "order") == {order: "RECORD_VANISHED"}
    assert book.open_units([variant]) == {}
    assert book.orders() == []
