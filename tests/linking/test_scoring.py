from __future__ import annotations

import pytest

from hub.linking.scoring import Marks, Score, marks, score


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (Marks("MUG"), Marks("MUG"), Score(100, ("sku",))),
        (Marks("MUG"), Marks("mug"), Score(80, ("sku",))),
        (Marks("MUG", "40"), Marks("CUP", "40"), Score(70, ("barcode",))),
        (Marks("MUG", "40"), Marks("MUG", "40"), Score(100, ("sku", "barcode"))),
        (Marks("MUG", "40"), Marks("mug", "40"), Score(100, ("sku", "barcode"))),
        (Marks("MUG", "40"), Marks("MUG", "41"), Score(100, ("sku",))),
        (Marks("MUG"), Marks("CUP"), None),
        (Marks(email="Ada@x.example"), Marks(email="ada@X.example"), Score(100, ("e-mail",))),
        (Marks(phone="+49 30 / 555"), Marks(phone="+4930555"), Score(60, ("phone",))),
        (Marks(email="a@x", phone="1"), Marks(email="a@x", phone="1"), Score(100, ("e-mail", "phone"))),
        (Marks(email="a@x", phone="1"), Marks(phone="1"), Score(60, ("phone",))),
    ],
)
def test_what_two_records_share_is_worth_so_much(mine: Marks, theirs: Marks, expected: Score | None) -> None:
    assert score("K", mine, theirs) == expected


def test_people_who_share_a_telephone_and_not_an_address_are_two() -> None:
    assert score("K", Marks(email="a@x", phone="1"), Marks(email="b@x", phone="1")) is None


def test_what_neither_has_is_nothing_shared() -> None:
    assert score("K", Marks(), Marks()) is None
    assert score("K", Marks(phone="-"), Marks(phone="/")) is None


def test_our_own_reference_decides() -> None:
    assert score("K", Marks(), Marks(reference="K")) == Score(100, ("reference",))
    assert score("K", Marks(email="a@x", reference="K"), Marks(email="a@x", reference="L")) is None


def test_a_reason_names_all_that_is_shared() -> None:
    assert Score(100, ("sku", "barcode")).reason == "sku+barcode"


def test_marks_are_read_from_a_record_that_its_schema_would_refuse() -> None:
    variant = {"code": "", "barcode": " 40 "}
    assert marks({"title": "Mug", "variants": [variant]}) == Marks(barcode="40")
    assert marks({}) == Marks()


def test_a_target_is_asked_for_what_there_is() -> None:
    assert Marks("MUG", "").probe("K") == {"reference": "K", "code": "MUG", "folded": "mug"}
    assert (Marks().any, Marks(phone="1").any) == (False, True)
