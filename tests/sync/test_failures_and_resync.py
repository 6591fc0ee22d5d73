"""Failures come back by themselves or by a person, and always with what the source says now."""

from __future__ import annotations

from hub.errors import Changed, RejectedByTarget
from hub.store.failures import PARK_AFTER
from tests.sync.conftest import Stage, counts


def test_a_resync_sends_what_the_source_says_now_and_never_the_stored_payload(stage: Stage) -> None:
    stage.erp.add_item("MUG", barcode="wrong" * 10)
    stage.work("product", "initialize")
    (failed,) = stage.messages("product")
    stage.erp.edit("items", "MUG", barcode="4006381333931", price="13.00")
    assert counts(stage.work("product", "keys", "MUG", follows=failed.id)) == {"read": 1, "created": 1}
    variant = stage.shop.variant("MUG")
    assert (variant["barcode"], variant["price"]) == ("4006381333931", "13.00")
    before, after = stage.messages("product")
    assert (after.follows, before.resolved_by) == (failed.id, after.id)
    assert stage.failures("product") == {}


def test_a_resync_of_what_needs_no_write_says_so_in_a_message(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.work("product", "initialize")
    (message,) = stage.messages("product")
    assert counts(stage.work("product", "keys", "MUG", follows=message.id)) == {"read": 1, "unchanged": 1}
    assert [entry.verdict for entry in stage.messages("product")] == ["created", "unchanged"]


def test_what_waiting_can_cure_is_taken_up_again_by_the_next_run(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.shop.refuses["MUG"] = Changed("busy")
    assert counts(stage.work("product", "initialize")) == {"read": 1, "failed": 1}
    del stage.shop.refuses["MUG"]
    assert counts(stage.work("product")) == {}
    stage.clock.advance(61)
    assert counts(stage.work("product")) == {"read": 1, "created": 1}
    assert stage.failures("product") == {}


def test_the_same_failure_five_times_is_parked_and_then_counted_without_a_call(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.shop.refuses["MUG"] = RejectedByTarget("no", detail="no")
    stage.work("product", "initialize")
    for _ in range(PARK_AFTER - 1):
        stage.work("product", "full")
    assert stage.failures("product")["MUG"].state == "parked"
    messages, writes = len(stage.messages("product")), stage.shop.writes()
    assert counts(stage.work("product", "full")) == {"read": 1, "failed": 1}
    assert (len(stage.messages("product")), stage.shop.writes()) == (messages, writes)
    del stage.shop.refuses["MUG"]
    assert counts(stage.work("product", "keys", "MUG")) == {"read": 1, "created": 1}


def test_a_target_that_changes_under_our_hands_is_read_again_within_the_run(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.erp.set_stock("MUG", "01", "100")
    stage.all_routes()
    stage.erp.set_stock("MUG", "01", "120")
    sold = iter([True])
    variant = stage.shop.variant("MUG")["id"]
    place = f"{variant}@L1"
    original = stage.shop.level

    def level(found: str, location: str) -> dict[str, object]:
        answer = original(found, location)
        if next(sold, False):
            stage.shop.put("levels", place, {**answer, "available": 98, "committed": 2})
        return answer

    stage.shop.level = level  # type: ignore[method-assign]
    assert counts(stage.work("inventory")) == {"read": 1, "updated": 1}
    assert stage.shop.table("levels")[place]["available"] == 118
    message = stage.messages("inventory")[-1]
    attempts = stage.payloads(message.id).attempts
    assert [attempt.cause for attempt in attempts] == ["CHANGED_MEANWHILE", None]


def test_an_unanswered_create_of_a_protected_record_is_adopted_at_the_next_try(stage: Stage) -> None:
    ada = stage.shop.add_customer(1, "ada@example.com")
    stage.erp.loses_answer[ada] = 1
    run = stage.work("customer", "initialize")
    assert run.causes == {"OUTCOME_UNKNOWN": 1}
    stage.clock.advance(61)
    assert counts(stage.work("customer")) == {"read": 1, "unchanged": 1}
    assert list(stage.erp.table("partners")) == ["C1"]


def test_an_unanswered_order_waits_until_it_can_be_looked_up_and_is_never_doubled(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    order = stage.shop.place_order(1001, [("MUG", 1, "5.00")])
    stage.erp.loses_answer[order] = 1
    stage.work("order")
    failure = stage.failures("order")[order]
    assert failure.cause == "OUTCOME_UNKNOWN"
    assert failure.next_try is not None
    # Asked for too early, it still waits: a request on its way could land after the look-up.
    assert stage.work("order", "keys", order).causes == {"OUTCOME_UNKNOWN": 1}
    stage.clock.time = failure.next_try
    assert counts(stage.work("order", "keys", order)) == {"read": 1, "unchanged": 1}
    assert len(stage.erp.table("orders")) == 1
