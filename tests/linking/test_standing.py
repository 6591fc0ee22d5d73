from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.linking.standing import CHOSEN, CLASSES, Facts, Standing, standing
from hub.store.failures import Failure

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def failure(state: str, expires: datetime | None = None) -> Failure:
    return Failure(
        1, "A", "A", "INVALID_FIELD", "barcode", "", "", state, NOW, NOW, None, None, 1, None, "", expires, "", ""
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ("syncable", "", "")),
        ({"link": "linked"}, ("connected", "", "")),
        ({"link": "gone"}, ("warning", "GONE", "")),
        ({"link": "linked", "active": False}, ("warning", "INACTIVE", "")),
        ({"link": "linked", "drifts": ["weight", "price"]}, ("warning", "DRIFT", "price, weight")),
        ({"link": "linked", "drifts": ["code"]}, ("warning", "SKU_CHANGED", "")),
        ({"link": "linked", "codes": "A / B", "drifts": ["price"]}, ("warning", "SKU_CHANGED", "A / B")),
        ({"link": "linked", "conflicts": ["title"]}, ("error", "CONFLICT", "title")),
        ({"skip": ("ZERO_PRICE", "")}, ("warning", "ZERO_PRICE", "")),
        ({"link": "linked", "skip": ("BATCH_OR_SERIAL", "batch")}, ("warning", "BATCH_OR_SERIAL", "batch")),
        ({"skip": ("NO_SYNC_TAG", "hub-no-create")}, ("ignored", "NO_SYNC_TAG", "hub-no-create")),
        ({"fault": ("INVALID_FIELD", "title")}, ("error", "INVALID_FIELD", "title")),
        ({"left_out": True}, ("ignored", "NOT_MARKED", "")),
        ({"failure": failure("open")}, ("error", "INVALID_FIELD", "barcode")),
        ({"failure": failure("waiting")}, ("error", "INVALID_FIELD", "barcode")),
        ({"failure": failure("parked")}, ("error", "INVALID_FIELD", "barcode")),
        ({"failure": failure("acknowledged")}, ("ignored", "INVALID_FIELD", "barcode")),
        ({"failure": failure("ignored", NOW + HOUR)}, ("ignored", "INVALID_FIELD", "barcode")),
        ({"failure": failure("ignored", NOW - HOUR)}, ("error", "INVALID_FIELD", "barcode")),
    ],
)
def test_a_record_stands_in_exactly_one_class(facts: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert standing(Facts(**facts), NOW) == Standing(*expected)  # type: ignore[arg-type]


def test_open_trouble_comes_before_everything_else() -> None:
    facts = Facts(link="linked", failure=failure("open"), left_out=True, conflicts=["title"], skip=("ZERO_PRICE", ""))
    assert standing(facts, NOW).name == "error"


def test_what_nobody_marked_is_no_trouble_however_it_looks() -> None:
    facts = Facts(link="linked", left_out=True, fault=("INVALID_FIELD", "title"), drifts=["price"], active=False)
    assert standing(facts, NOW) == Standing("ignored", "NOT_MARKED")


def test_a_conflict_waits_for_a_person_whether_it_is_marked_or_not() -> None:
    assert standing(Facts(link="linked", conflicts=["b", "a"], left_out=True), NOW).detail == "a, b"


def test_every_reason_that_somebody_chose_is_ignored() -> None:
    assert {standing(Facts(skip=(reason, "")), NOW).name for reason in CHOSEN} == {"ignored"}


def test_there_are_five_classes() -> None:
    assert CLASSES == ("connected", "syncable", "warning", "error", "ignored")
