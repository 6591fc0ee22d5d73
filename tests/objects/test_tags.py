from __future__ import annotations

from typing import Any

import pytest

from hub.settings import load
from objects.customer import Customer
from objects.product import Product
from objects.registry import OBJECTS
from objects.tags import no_sync

SETTINGS = load({})
BOTH = ["hub-no-create", "hub-no-update"]


def product(tags: list[str], **fields: Any) -> dict[str, Any]:
    given = {"title": "Mug", "tags": tags, "variants": [{"code": "MUG", "price": "11.90"}], **fields}
    return OBJECTS["product"].schema.load(given)


def customer(tags: list[str]) -> dict[str, Any]:
    return OBJECTS["customer"].schema.load({"email": "ada@shop.example", "tags": tags})


@pytest.mark.parametrize(
    ("tags", "linked", "detail"),
    [
        ([], False, None),
        (["sale"], False, None),
        (["hub-no-create-please"], False, None),
        (["sale", "hub-no-create"], False, "hub-no-create"),
        (["Hub-No-Create"], False, "hub-no-create"),
        ([" HUB-NO-CREATE "], False, "hub-no-create"),
        # Each of the two counts at its time only.
        (["hub-no-create"], True, None),
        (["hub-no-update"], False, None),
        (["hub-no-update"], True, "hub-no-update"),
        (BOTH, False, "hub-no-create"),
        (BOTH, True, "hub-no-update"),
    ],
)
def test_a_tag_keeps_a_record_from_being_created_or_updated(tags: list[str], linked: bool, detail: str | None) -> None:
    for skip in (
        no_sync(tags, SETTINGS, linked=linked),
        Product().decide(product(tags), SETTINGS, linked=linked, backfill=False),
        Customer().decide(customer(tags), SETTINGS, linked=linked, backfill=False),
    ):
        assert (skip and (skip.reason, skip.detail)) == (detail and ("NO_SYNC_TAG", detail))


def test_the_tags_may_have_other_names() -> None:
    settings = load({"no_sync_create_tag": "Nicht anlegen", "no_sync_update_tag": ""})
    assert no_sync(["nicht anlegen"], settings, linked=False) is not None
    assert no_sync(["hub-no-create"], settings, linked=False) is None


def test_an_empty_name_is_no_tag() -> None:
    settings = load({"no_sync_create_tag": "", "no_sync_update_tag": " "})
    assert no_sync(["", " ", *BOTH], settings, linked=False) is None
    assert no_sync(["", " ", *BOTH], settings, linked=True) is None


def test_what_cannot_be_carried_at_all_says_so_first() -> None:
    batch = product(["hub-no-create"], variants=[{"code": "MUG", "price": "11.90", "kind": "batch"}])
    skip = Product().decide(batch, SETTINGS, linked=False, backfill=False)
    assert skip is not None
    assert skip.reason == "BATCH_OR_SERIAL"


def test_tags_are_not_among_the_values_that_are_kept_in_step() -> None:
    assert Product().values(product(["a"])) == Product().values(product([]))
    assert Customer().values(customer(["a"])) == Customer().values(customer([]))
