from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.sync.base import (
    NOTHING,
    Change,
    Chosen,
    Comparison,
    Meanings,
    Terms,
    Versions,
    Winner,
    compare,
    fingerprint,
    hashed,
    is_empty,
    normal,
)
from objects.fields import Owner

FIELDS = ("price", "barcode", "weight")
values = st.fixed_dictionaries(
    {
        name: st.none() | st.text(max_size=5) | st.decimals(allow_nan=False, allow_infinity=False, places=2)
        for name in FIELDS
    }
)


def keyed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_price_written_differently_is_the_same_price() -> None:
    assert normal(Decimal("19.90")) == normal(Decimal("19.9")) == "19.9"
    assert normal(Decimal("1E+2")) == "100"
    assert normal(Decimal("0.00")) == "0"


def test_surrounding_blanks_line_ends_and_nothing_are_no_difference() -> None:
    assert normal(" a\r\nb ") == normal("a\rb") == "a\nb"
    assert normal(None) == normal("") == ""


def test_true_is_not_one() -> None:
    assert normal(True) is True
    assert normal(1) == "1"


def test_the_parts_of_a_value_are_compared_like_values_and_anything_else_by_its_text() -> None:
    assert normal({"a": " x ", "b": Decimal("1.0")}) == {"a": "x", "b": "1"}
    assert normal((" x ", None)) == ["x", ""]
    assert normal(date(2026, 11, 30)) == "2026-11-30"


def judged(
    source: dict[str, Any], target: dict[str, Any], base: dict[str, Any] | None = None, **terms: Any
) -> Comparison:
    """Compare, with both sides having agreed on `base`; None = there is no past."""
    past = NOTHING if base is None else fingerprint(base, keyed)
    return compare(source, target, (past, past), Terms("erp", **terms), keyed)


def test_a_field_the_source_moved_is_written() -> None:
    before = {"price": Decimal(10), "barcode": "1"}
    found = judged({**before, "price": Decimal(12)}, before, before)
    assert found.write == {"price": Change(Decimal(10), Decimal(12))}
    assert found.agreed == {"barcode"}


def test_an_edit_on_the_side_that_does_not_own_the_field_is_a_drift_and_left_alone() -> None:
    found = judged({"price": 10}, {"price": 99}, {"price": 10}, owners={"price": "erp"})
    assert (found.write, found.drifts) == ({}, {"price": Versions(10, 99)})
    found = judged({"title": "new"}, {"title": "old"}, {"title": "old"}, owners={"title": "shop"})
    assert (found.write, found.drifts, found.reverts) == ({}, {"title": Versions("new", "old")}, set())


SHIRTS = {"kind": {"shirts": "group=1", "tees": "group=1", "hats": "group=2"}}


def test_values_that_stand_for_one_thing_are_the_same() -> None:
    found = judged({"kind": "Shirts"}, {"kind": "tees "}, owners={"kind": "erp"}, meanings=Meanings(SHIRTS))
    assert (found.agreed, found.write) == ({"kind"}, {})
    found = judged({"kind": "Shirts"}, {"kind": "Hats"}, owners={"kind": "erp"}, meanings=Meanings(SHIRTS))
    assert found.write == {"kind": Change("Hats", "Shirts")}
    assert judged({"kind": "Socks"}, {"kind": "Socks"}, meanings=Meanings(SHIRTS)).agreed == {"kind"}


def test_a_field_of_the_shop_has_moved_once_its_value_stands_for_something_else() -> None:
    both: dict[str, Any] = {"owners": {"kind": "shop"}, "meanings": Meanings(SHIRTS, frozenset({"kind"}))}
    past = (fingerprint({"kind": "Hats"}, keyed), fingerprint({"kind": "Items"}, keyed))
    found = compare({"kind": "Hats"}, {"kind": "Items"}, past, Terms("shop", **both), keyed)
    assert found.write == {"kind": Change("Items", "Hats")}
    both["meanings"] = Meanings(SHIRTS)
    assert compare({"kind": "Hats"}, {"kind": "Items"}, past, Terms("shop", **both), keyed) == Comparison()


def test_with_reverting_a_drift_on_the_target_is_written_over_and_one_on_the_source_is_asked_for() -> None:
    found = judged({"price": 10}, {"price": 99}, {"price": 10}, owners={"price": "erp"}, revert=True)
    assert found.write == {"price": Change(99, 10)}
    found = judged({"title": "new"}, {"title": "old"}, {"title": "old"}, owners={"title": "shop"}, revert=True)
    assert (found.write, found.reverts) == ({}, {"title"})


def test_where_both_sides_moved_the_owner_wins() -> None:
    base, source, target = {"f": "old"}, {"f": "erp"}, {"f": "shop"}
    assert judged(source, target, base, owners={"f": "erp"}).write == {"f": Change("shop", "erp")}
    found = judged(source, target, base, owners={"f": "shop"})
    assert (found.write, found.pending) == ({}, {"f"})


def test_where_both_sides_moved_and_nobody_owns_the_field_it_is_a_conflict() -> None:
    found = judged({"f": "erp"}, {"f": "shop"}, {"f": "old"}, owners={"f": "none"})
    assert (found.write, found.conflicts) == ({}, {"f": Versions("erp", "shop")})


def test_a_field_that_nobody_owns_follows_whoever_moved() -> None:
    assert judged({"f": "erp"}, {"f": "old"}, {"f": "old"}, owners={"f": "none"}).write == {"f": Change("old", "erp")}
    found = judged({"f": "old"}, {"f": "shop"}, {"f": "old"}, owners={"f": "none"})
    assert (found.write, found.pending, found.drifts) == ({}, {"f"}, {})


def test_what_both_have_moved_to_the_same_is_agreed_on() -> None:
    found = judged({"f": "same"}, {"f": "same"}, {"f": "old"}, owners={"f": "none"})
    assert found == Comparison(agreed={"f"})


def test_what_nobody_has_moved_is_left_to_differ() -> None:
    past = (fingerprint({"f": "a"}, keyed), fingerprint({"f": "b"}, keyed))
    assert compare({"f": "a"}, {"f": "b"}, past, Terms("erp", {"f": "erp"}), keyed) == Comparison()


def test_without_a_past_the_owner_speaks_and_an_empty_value_empties_nothing() -> None:
    owned = {"owners": {"price": "erp", "barcode": "erp", "title": "shop"}}
    found = judged({"price": 10, "barcode": "", "title": "a"}, {"price": 99, "barcode": "1", "title": "b"}, **owned)
    assert found == Comparison(write={"price": Change(99, 10)}, agreed={"barcode"}, pending={"title"})


def test_without_a_past_and_an_owner_only_a_side_that_says_nothing_gives_way() -> None:
    owned = {"owners": dict.fromkeys("abc", "none")}
    found = judged({"a": "x", "b": "x", "c": ""}, {"a": "", "b": "y", "c": "z"}, **owned)
    assert found == Comparison(write={"a": Change("", "x")}, conflicts={"b": Versions("x", "y")}, agreed={"c"})


def test_a_past_of_one_side_alone_is_none() -> None:
    past = fingerprint({"f": "old"}, keyed)
    for bases in ((past, NOTHING), (NOTHING, past)):
        assert compare({"f": "a"}, {"f": "b"}, bases, Terms("erp"), keyed).write == {"f": Change("b", "a")}


def test_a_field_that_is_not_synchronised_is_not_even_looked_at() -> None:
    assert judged({"f": "a"}, {"f": "b"}, {"f": "c"}, owners={}) == Comparison()


def test_a_field_that_is_kept_is_listed_and_never_written() -> None:
    terms = {"owners": {"code": "erp"}, "kept": {"code"}, "revert": True}
    assert judged({"code": "A"}, {"code": "a"}, **terms) == Comparison(agreed={"code"})
    found = judged({"code": "A"}, {"code": "B"}, {"code": "A"}, **terms)
    assert found == Comparison(drifts={"code": Versions("A", "B")})
    found = judged({"code": "B"}, {"code": "A"}, {"code": "A"}, **terms)
    assert found == Comparison(drifts={"code": Versions("B", "A")})


def silent(owner: Owner, base: Any, source: Any, target: Any, **terms: Any) -> Comparison:
    """Compare a field that a side names only where it has something to say."""
    sides = [{} if value is None else {"price": value} for value in (source, target)]
    return judged(sides[0], sides[1], {"price": base}, owners={"price": owner}, **terms)


def test_what_the_source_never_named_is_none_of_its_business() -> None:
    for base in (None, {"title": "a"}):
        assert judged({}, {"price": 10}, base, owners={"price": "shop"}) == Comparison()
    assert judged({}, {"price": 10}, {"price": 12}) == Comparison()
    past = (NOTHING, fingerprint({"price": 10}, keyed))
    assert compare({}, {"price": 10}, past, Terms("erp", {"price": "shop"}), keyed) == Comparison()


def test_the_silence_of_the_side_that_does_not_own_a_field_is_an_edit_like_any_other() -> None:
    assert silent("shop", 10, None, 10) == Comparison(drifts={"price": Versions(None, 10)})
    assert silent("shop", 10, None, 10, revert=True) == Comparison(
        drifts={"price": Versions(None, 10)}, reverts={"price"}
    )
    assert silent("shop", 10, None, 12) == Comparison(pending={"price"})
    assert silent("erp", 10, 10, None) == Comparison(drifts={"price": Versions(10, None)})
    assert silent("erp", 10, 12, None).write == {"price": Change(None, 12)}


def test_the_silence_of_a_side_that_has_a_say_in_a_field_is_no_edit() -> None:
    for owner in ("erp", "none"):
        assert silent(owner, 10, None, 10) == Comparison()
    for owner in ("shop", "none"):
        assert silent(owner, 10, 10, None) == Comparison()
    assert silent("none", 10, None, 12) == Comparison(pending={"price"})
    assert silent("none", 10, 12, None).write == {"price": Change(None, 12)}


def test_an_edit_against_a_silent_owner_is_listed_and_cannot_be_undone() -> None:
    assert silent("erp", 10, None, 12, revert=True) == Comparison(drifts={"price": Versions(None, 12)})
    assert silent("shop", 10, 12, None) == Comparison(drifts={"price": Versions(12, None)})


def test_what_neither_side_names_any_longer_is_agreed_on() -> None:
    assert silent("erp", 10, None, None) == Comparison(agreed={"price"})


def test_silence_cannot_be_chosen() -> None:
    choices = {"price": Chosen("source", hashed(None, keyed), hashed(12, keyed))}
    assert silent("shop", 12, None, 12, choices=choices) == Comparison(drifts={"price": Versions(None, 12)})


def chosen(winner: Winner, value: Any = None) -> dict[str, Chosen]:
    return {"f": Chosen(winner, hashed("erp", keyed), hashed("shop", keyed), value)}


def test_what_a_person_has_chosen_is_done_as_long_as_both_versions_stand() -> None:
    base, owned = {"f": "old"}, {"owners": {"f": "none"}}
    found = judged({"f": "erp"}, {"f": "shop"}, base, choices=chosen("source"), **owned)
    assert (found.write, found.conflicts) == ({"f": Change("shop", "erp")}, {})
    found = judged({"f": "erp"}, {"f": "shop"}, base, choices=chosen("target"), **owned)
    assert (found.write, found.pending, found.conflicts) == ({}, {"f"}, {})
    found = judged({"f": "erp again"}, {"f": "shop"}, base, choices=chosen("source"), **owned)
    assert (found.write, found.conflicts) == ({}, {"f": Versions("erp again", "shop")})


def test_a_value_of_a_persons_own_reaches_one_side_after_the_other() -> None:
    owned = {"owners": {"f": "none"}, "choices": chosen("value", "mine")}
    found = judged({"f": "erp"}, {"f": "shop"}, {"f": "old"}, **owned)
    assert (found.write, found.pending) == ({"f": Change("shop", "mine")}, {"f"})
    found = judged({"f": "erp"}, {"f": "mine"}, {"f": "old"}, **owned)
    assert (found.write, found.pending, found.conflicts) == ({}, {"f"}, {})
    found = judged({"f": "mine"}, {"f": "shop"}, {"f": "old"}, **owned)
    assert (found.write, found.pending) == ({"f": Change("shop", "mine")}, set())
    assert judged({"f": "mine"}, {"f": "mine"}, {"f": "old"}, **owned) == Comparison(agreed={"f"})
    assert judged({"f": "third"}, {"f": "mine"}, {"f": "old"}, **owned).conflicts == {"f": Versions("third", "mine")}


def test_what_is_empty_says_nothing() -> None:
    assert is_empty(None) and is_empty(" ") and is_empty([])
    assert not is_empty(0) and not is_empty(False) and not is_empty(["a"])


@given(source=values, target=values, base=values)
def test_where_all_follows_the_source_what_it_moved_and_the_target_lacks_is_written(
    source: dict[str, Any], target: dict[str, Any], base: dict[str, Any]
) -> None:
    found = judged(source, target, base)
    for name in FIELDS:
        moved = normal(source[name]) != normal(base[name])
        lacking = normal(source[name]) != normal(target[name])
        assert (name in found.write) == (moved and lacking)
        assert (name in found.agreed) == (not lacking)


@given(source=values, target=values)
def test_after_the_difference_is_written_nothing_is_left(source: dict[str, Any], target: dict[str, Any]) -> None:
    full = {name: value for name, value in source.items() if normal(value) != ""}
    written = target | {name: change.new for name, change in judged(full, target).write.items()}
    assert judged(full, written, full).write == {}
    assert judged(full, written).write == {}


@given(source=values, target=values, base=values, owner=st.sampled_from(["shop", "erp", "none"]))
def test_each_field_that_differs_lies_in_at_most_one_part_and_both_directions_tell_the_same_story(
    source: dict[str, Any], target: dict[str, Any], base: dict[str, Any], owner: Any
) -> None:
    owners = dict.fromkeys(FIELDS, owner)
    past = fingerprint(base, keyed)
    there = compare(source, target, (past, past), Terms("erp", owners), keyed)
    back = compare(target, source, (past, past), Terms("shop", owners), keyed)
    for name in FIELDS:
        parts = [name in part for part in (there.write, there.agreed, there.pending, there.drifts, there.conflicts)]
        assert sum(parts) <= 1
        assert (name in there.write) == (name in back.pending)
        assert (name in there.drifts) == (name in back.drifts)
        assert (name in there.conflicts) == (name in back.conflicts)
