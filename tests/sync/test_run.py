"""The engine between two systems that live in dictionaries: what it writes, counts, keeps and leaves alone."""

from __future__ import annotations

from hub.errors import InvalidRecord, RejectedByTarget
from tests.fakes.side import unavailable
from tests.sync.conftest import Stage, counts


def test_a_first_load_links_what_exists_and_creates_only_what_does_not(stage: Stage) -> None:
    for code in ("MUG", "TEE", "CAP"):
        stage.erp.add_item(code)
    stage.shop.add_product("TEE", "10.00")
    assert counts(stage.work("product", "initialize")) == {"read": 3, "created": 2, "unchanged": 1}
    assert sorted(row["code"] for row in stage.shop.table("variants").values()) == ["CAP", "MUG", "TEE"]
    assert stage.route("product").initialization == "done"


def test_an_unchanged_record_costs_no_write_and_no_message(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.work("product", "initialize")
    writes, messages = stage.shop.writes(), len(stage.messages("product"))
    assert counts(stage.work("product", "full")) == {"read": 1, "unchanged": 1}
    assert (stage.shop.writes(), len(stage.messages("product"))) == (writes, messages)


def test_only_what_changed_since_the_mark_is_read(stage: Stage) -> None:
    for code in ("MUG", "TEE"):
        stage.erp.add_item(code)
    stage.work("product", "initialize")
    stage.erp.edit("items", "TEE", price="12.00")
    assert counts(stage.work("product")) == {"read": 1, "updated": 1}
    assert stage.shop.variant("TEE")["price"] == "12.00"


def test_an_update_writes_only_the_fields_that_moved(stage: Stage) -> None:
    stage.erp.add_item("MUG", barcode="1")
    stage.work("product", "initialize")
    stage.shop.edit("variants", stage.shop.variant("MUG")["id"], barcode="by hand")
    stage.erp.edit("items", "MUG", price="12.00")
    stage.work("product")
    variant = stage.shop.variant("MUG")
    assert (variant["price"], variant["barcode"]) == ("12.00", "by hand")


def test_one_bad_record_stops_itself_only(stage: Stage) -> None:
    for code in ("A", "B", "C"):
        stage.erp.add_item(code)
    stage.erp.edit("items", "B", code="X" * 60)
    stage.shop.refuses["C"] = RejectedByTarget("no", detail="no")
    run = stage.work("product", "initialize")
    assert counts(run) == {"read": 3, "created": 1, "failed": 2}
    assert run.causes == {"INVALID_FIELD": 1, "REJECTED_BY_TARGET": 1}
    assert stage.route("product").initialization == "done_with_failures"


def test_a_failure_does_not_hold_the_mark_back_and_is_cured_when_its_source_changes(stage: Stage) -> None:
    stage.erp.add_item("A", barcode="x" * 30)
    stage.erp.add_item("B")
    assert counts(stage.work("product", "initialize")) == {"read": 2, "created": 1, "failed": 1}
    assert counts(stage.work("product")) == {}
    stage.erp.edit("items", "A", barcode="4006381333931")
    assert counts(stage.work("product")) == {"read": 1, "created": 1}
    assert stage.failures("product") == {}


def test_a_skip_is_news_once_and_counted_always(stage: Stage) -> None:
    stage.erp.add_item("FREE", price="0")
    assert counts(stage.work("product", "initialize")) == {"read": 1, "skipped": 1}
    run = stage.work("product", "full")
    assert counts(run) == {"read": 1, "skipped": 1}
    assert run.causes == {"ZERO_PRICE": 1}
    assert [message.cause for message in stage.messages("product")] == ["ZERO_PRICE"]
    stage.erp.edit("items", "FREE", price="5")
    assert counts(stage.work("product")) == {"read": 1, "created": 1}
    assert stage.hub.skips.keys(stage.route("product").id) == []


def test_codes_that_differ_only_by_case_are_not_both_created(stage: Stage) -> None:
    stage.erp.add_item("85123a")
    stage.erp.add_item("85123A")
    run = stage.work("product", "initialize")
    assert counts(run) == {"read": 2, "created": 1, "failed": 1}
    assert set(stage.failures("product")) == {"85123a"}
    assert stage.shop.variant("85123A")


def test_two_variants_with_one_sku_are_left_to_a_person(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.shop.add_product("MUG")
    stage.shop.add_product("MUG")
    run = stage.work("product", "initialize")
    assert run.causes == {"AMBIGUOUS_MATCH": 1}
    assert len(stage.shop.table("variants")) == 2


def test_a_customer_is_matched_by_email_and_takes_over_the_shops_values(stage: Stage) -> None:
    stage.erp.add_partner("C900", "ADA@example.com")
    gid = stage.shop.add_customer(1, "ada@example.com", last_name="Byron")
    assert counts(stage.work("customer", "initialize")) == {"read": 1, "updated": 1}
    partner = stage.erp.table("partners")["C900"]
    assert (partner["last_name"], partner["cross_reference"]) == ("Byron", gid)


def test_a_first_match_empties_nothing_that_others_have_filled_in(stage: Stage) -> None:
    stage.erp.add_partner("C900", "ada@example.com", phone="030 1", note="knows the way")
    stage.shop.add_customer(1, "ada@example.com", last_name="Byron")
    stage.work("customer", "initialize")
    partner = stage.erp.table("partners")["C900"]
    assert (partner["last_name"], partner["phone"], partner["note"]) == ("Byron", "030 1", "knows the way")


def test_an_order_brings_its_customer_and_both_are_counted_apart(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.shop.add_product("MUG", "11.90")
    stage.work("product", "initialize")
    ada = stage.shop.add_customer(1, "ada@example.com")
    stage.shop.place_order(1001, [("MUG", 2, "11.90")], customer=ada)
    assert counts(stage.work("order")) == {"read": 1, "created": 1, "brought": 1}
    (order,) = stage.erp.table("orders").values()
    assert (order["customer"], order["total"]) == ("C1", "23.80")


def test_an_order_whose_customer_cannot_be_brought_says_why(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.shop.add_product("MUG", "11.90")
    ada = stage.shop.add_customer(1, "ada@example.com")
    stage.erp.refuses[ada] = InvalidRecord("too long", detail="street")
    stage.shop.place_order(1001, [("MUG", 1, "11.90")], customer=ada)
    run = stage.work("order")
    assert run.causes == {"MISSING_DEPENDENCY": 1}
    (failure,) = stage.failures("order").values()
    assert failure.detail == "customer: INVALID_FIELD"


def test_a_line_is_found_by_its_code_where_no_link_says_more(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.shop.add_product("MUG", "11.90")
    stage.shop.place_order(1001, [("MUG", 1, "11.90")])
    assert counts(stage.work("order")) == {"read": 1, "created": 1}


def test_a_line_whose_link_and_code_disagree_is_left_to_a_person(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.erp.add_item("CUP")
    stage.shop.add_product("MUG", "11.90")
    stage.work("product", "initialize")
    stage.shop.edit("variants", stage.shop.variant("MUG")["id"], code="MUG2")
    variant = stage.shop.variant("MUG2")["id"]
    order = stage.shop.place_order(1001, [("MUG2", 1, "11.90")])
    lines = [{**line, "sku": "CUP", "variant": variant} for line in stage.shop.table("orders")[order]["lines"]]
    stage.shop.edit("orders", order, lines=lines)
    assert stage.work("order").causes == {"AMBIGUOUS_MATCH": 1}
    # A code that is no item at all leaves the link its say.
    stage.shop.edit("orders", order, lines=[{**lines[0], "sku": "MUG2"}])
    assert counts(stage.work("order")) == {"read": 1, "created": 1}


def test_an_unknown_sku_names_itself_and_a_stand_in_can_be_set(stage: Stage) -> None:
    stage.erp.add_item("MISC")
    stage.shop.place_order(1001, [("NOPE", 1, "5.00")])
    run = stage.work("order")
    (failure,) = stage.failures("order").values()
    assert (run.causes, failure.detail) == ({"UNKNOWN_SKU": 1}, "sku=NOPE")
    stage.settings(stand_in_item="MISC")
    assert counts(stage.work("order")) == {"read": 1, "created": 1}


def test_a_changed_map_makes_the_next_run_a_full_compare(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.shop.place_order(1001, [("MUG", 1, "5.00")], gateway="klarna")
    stage.work("order")
    (failure,) = stage.failures("order").values()
    assert (failure.cause, failure.detail) == ("MISSING_MAPPING", "payment=klarna")
    assert counts(stage.work("order")) == {}
    stage.map("payment", "klarna", "card:3")
    assert counts(stage.work("order")) == {"read": 1, "created": 1}


def test_a_cancelled_order_cancels_its_document_and_a_refund_is_shown_once(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    first = stage.shop.place_order(1001, [("MUG", 2, "5.00")])
    second = stage.shop.place_order(1002, [("MUG", 2, "5.00")])
    stage.work("order")
    lines = stage.shop.table("orders")[second]["lines"]
    stage.shop.edit("orders", first, cancelled_at="2026-11-21T10:00:00+00:00")
    stage.shop.edit("orders", second, lines=[{**lines[0], "quantity": 1}], edited=True)
    run = stage.work("order")
    assert counts(run) == {"read": 2, "updated": 1, "skipped": 1}
    assert run.causes == {"ORDER_EDITED": 1}
    assert {order["reference"]: order["cancelled"] for order in stage.erp.table("orders").values()} == {
        first: True,
        second: False,
    }
    stage.work("order", "full")
    edited = [message for message in stage.messages("order") if message.cause == "ORDER_EDITED"]
    assert [message.detail for message in edited] == ["MUG: 2 -> 1"]


def test_a_platform_that_is_down_ends_the_run_with_the_mark_unmoved(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.work("product", "initialize")
    mark = stage.route("product").marks
    stage.erp.add_item("TEE")
    stage.shop.down = unavailable()
    run = stage.work("product")
    assert run.state == "aborted"
    assert "PLATFORM_UNAVAILABLE" in run.error
    assert stage.route("product").marks == mark
    stage.shop.down = None
    assert counts(stage.work("product")) == {"read": 1, "created": 1}


def test_a_vanished_record_is_a_failure_and_not_a_silence(stage: Stage) -> None:
    assert stage.work("customer", "keys", "gid://shop/Customer/9").causes == {"RECORD_VANISHED": 1}


def test_a_target_that_is_gone_is_said_and_not_created_again(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.work("product", "initialize")
    stage.shop.table("variants").clear()
    stage.erp.edit("items", "MUG", price="12.00")
    assert stage.work("product").causes == {"TARGET_VANISHED": 1}
    assert stage.shop.table("variants") == {}


def test_everything_about_a_message_is_in_the_log(stage: Stage) -> None:
    stage.erp.add_item("MUG", price="12.00")
    run = stage.work("product", "initialize")
    (message,) = stage.messages("product")
    assert (message.key, message.label, message.verdict, message.run) == ("MUG", "MUG", "created", run.id)
    assert message.target_id == stage.shop.variant("MUG")["id"]
    detail = stage.payloads(message.id)
    assert '"price":"12.00"' in detail.source.text
    assert '"price":"12.00"' in detail.canonical.text
    (exchange,) = detail.attempts[0].exchanges
    assert exchange.operation == "create variants"
    assert '"MUG"' in exchange.request.text
