from __future__ import annotations

import hashlib
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hub.sync.base import Change, difference, fingerprint, normal

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
    assert normal(" a\r\nb ") == "a\nb"
    assert normal(None) == normal("") == ""


def test_true_is_not_one() -> None:
    assert normal(True) is True
    assert normal(1) == "1"


def test_a_field_the_source_moved_is_written() -> None:
    base = fingerprint({"price": Decimal(10), "barcode": "1"}, keyed)
    diff = difference({"price": Decimal(12), "barcode": "1"}, {"price": Decimal(10), "barcode": "1"}, base, keyed)
    assert diff == {"price": Change(Decimal(10), Decimal(12))}


def test_a_field_only_the_target_moved_is_left_alone() -> None:
    base = fingerprint({"price": Decimal(10)}, keyed)
    assert difference({"price": Decimal(10)}, {"price": Decimal(99)}, base, keyed) == {}


def test_without_a_base_the_source_speaks_in_every_field() -> None:
    diff = difference({"price": Decimal(10), "barcode": ""}, {"price": Decimal(99), "barcode": None}, {}, keyed)
    assert set(diff) == {"price"}


@given(source=values, target=values, base=values)
def test_what_is_written_is_what_the_source_moved_and_the_target_lacks(
    source: dict[str, object], target: dict[str, object], base: dict[str, object]
) -> None:
    diff = difference(source, target, fingerprint(base, keyed), keyed)
    for name in FIELDS:
        moved = normal(source[name]) != normal(base[name])
        lacking = normal(source[name]) != normal(target[name])
        assert (name in diff) == (moved and lacking)


@given(source=values, target=values)
def test_after_the_difference_is_written_nothing_is_left(source: dict[str, object], target: dict[str, object]) -> None:
    written = target | {name: change.new for name, change in difference(source, target, {}, keyed).items()}
    assert difference(source, written, fingerprint(source, keyed), keyed) == {}
    assert difference(source, written, {}, keyed) == {}
