from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from marshmallow import Schema

from hub.errors import TotalMismatch
from hub.sync import plan
from hub.sync.base import Base, Change, Terms, Versions, fingerprint
from hub.sync.plan import Decision
from objects.base import Amendment, ObjectType, Record, RecordSchema, Settings, Skip
from objects.fields import Owner

FROZEN = Skip("FROZEN", "by hand")


class Note(ObjectType):
    """An object whose every value is a field; its settings say what becomes of it once it is posted."""

    name, kind = "note", "note"
    schema: ClassVar[Schema] = RecordSchema()

    def values(self, record: Record) -> dict[str, Any]:
        return {name: value for name, value in record.items() if name != "frozen"}

    def refuses(self, target: Record) -> Skip | None:
        return FROZEN if target.get("frozen") else None

    def amend(self, record: Record, target: Record, settings: Settings) -> Amendment | None:
        assert (record, target) == ({"total": 1}, {"total": 2})
        found: Amendment | None = settings["amendment"]
        return found


def keyed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def terms(**owners: Owner) -> Terms:
    return Terms("shop", owners or None)


def bases(source: Mapping[str, Any], target: Mapping[str, Any]) -> tuple[Base, Base]:
    return fingerprint(source, keyed), fingerprint(target, keyed)


def changed(record: Record, target: Record, past: tuple[Base, Base] | None = None, **owners: Owner) -> Decision:
    return plan.change(Note(), record, target, past, terms(**owners), keyed)


def test_a_record_is_made_with_every_field_that_is_synchronised() -> None:
    record = {"title": "Mug", "price": 10, "vendor": "Acme"}
    assert plan.create(Note(), record, terms()) == Decision(
        "create", {"title": Change(None, "Mug"), "price": Change(None, 10), "vendor": Change(None, "Acme")}
    )
    some = plan.create(Note(), record, terms(title="shop", price="erp", weight="erp"))
    assert some == Decision("create", {"title": Change(None, "Mug"), "price": Change(None, 10)})


def test_a_difference_is_shown_with_what_was_and_what_is_to_be() -> None:
    decision = Decision("update", {"price": Change(10, 12), "title": Change(None, "Mug")})
    assert decision.shown() == {"price": {"old": 10, "new": 12}, "title": {"old": None, "new": "Mug"}}


def amended(amendment: Amendment | None) -> Decision:
    return plan.amend(Note(), {"total": 1}, {"total": 2}, {"amendment": amendment})


def test_a_posted_document_is_left_cancelled_or_skipped() -> None:
    assert amended(None) == Decision("unchanged")
    assert amended(Amendment(cancel=True)) == Decision("cancel")
    assert amended(Amendment(skip=FROZEN)) == Decision("skip", skip=FROZEN)


def test_a_posted_document_whose_total_differs_is_an_error_that_says_by_how_much() -> None:
    with pytest.raises(TotalMismatch) as caught:
        amended(Amendment(mismatch="1 / 2 / 1"))
    assert (str(caught.value), caught.value.detail) == ("The totals differ: 1 / 2 / 1.", "1 / 2 / 1")


def levelled(record: Record, target: Record, *, linked: bool) -> Decision:
    return plan.level(Note(), record, target, linked=linked)


def test_a_level_is_compared_with_what_the_target_holds_now() -> None:
    assert levelled({"available": 5}, {"available": 3, "committed": 1}, linked=True) == Decision(
        "update", {"available": Change(3, 5)}
    )
    assert levelled({"available": 5}, {}, linked=False) == Decision("update", {"available": Change(None, 5)})


def test_a_level_that_is_right_is_left_alone_or_linked() -> None:
    assert levelled({"available": 5, "note": None}, {"available": 5, "note": " "}, linked=True) == Decision("unchanged")
    assert levelled({"available": 5}, {"available": 5}, linked=False) == Decision("link")


def test_a_target_that_must_not_be_changed_is_skipped_whatever_the_source_says() -> None:
    assert changed({"title": "Mug"}, {"title": "Cup", "frozen": True}) == Decision("skip", skip=FROZEN)


def test_what_moved_since_both_agreed_is_written_and_nothing_else() -> None:
    past = bases({"title": "", "price": 10}, {"title": "", "price": 12})
    decision = changed({"title": "Mug", "price": 10}, {"title": "Cup", "price": 12}, past)
    assert (decision.action, decision.diff) == ("update", {"title": Change("Cup", "Mug")})
    assert decision.comparison is not None
    assert decision.comparison.write == decision.diff


def test_the_bases_of_the_two_sides_are_not_mixed_up() -> None:
    past = bases({"price": 10}, {"price": 12})
    decision = changed({"price": 10}, {"price": 15}, past, price="shop")
    assert (decision.action, decision.diff) == ("unchanged", {})
    assert decision.comparison is not None
    assert decision.comparison.drifts == {"price": Versions(10, 15)}


def test_a_record_that_was_matched_just_now_is_linked_and_one_that_was_linked_is_unchanged() -> None:
    same = {"title": "Mug"}
    assert changed(same, same).action == "link"
    linked = changed(same, same, bases(same, same))
    assert linked.action == "unchanged"
    assert linked.comparison is not None
    assert linked.comparison.agreed == {"title"}


def test_a_record_that_was_matched_just_now_takes_what_its_source_says() -> None:
    assert changed({"title": "Mug"}, {"title": "Cup"}).diff == {"title": Change("Cup", "Mug")}
    assert changed({"title": "Mug"}, {"title": "Cup"}, title="erp").action == "link"
