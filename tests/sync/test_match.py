from __future__ import annotations

from typing import Any

import pytest

from hub.errors import AmbiguousMatch
from hub.sync.match import Candidate, choose, refuse_case_twins
from objects.customer import Customer
from objects.registry import OBJECTS


def person(**fields: str) -> dict[str, Any]:
    return OBJECTS["customer"].schema.load(fields)


def candidate(target_id: str, **fields: str) -> Candidate:
    return Candidate(target_id, person(**fields), {})


def find(
    key: str, record: dict[str, Any], candidates: list[Candidate], holders: dict[str, str] | None = None
) -> Candidate | None:
    return choose(Customer(), key, record, candidates, holders or {}, {})


ANNA = person(first_name="Anna", email="Anna@Example.com", phone="+49 30 1")


def test_the_reference_decides_whatever_the_email_says() -> None:
    found = find("gid://1", ANNA, [candidate("C1", cross_reference="gid://1", email="x@y.z")])
    assert found is not None
    assert found.target_id == "C1"
    assert (
        choose(
            Customer(), "gid://1", ANNA, [candidate("C1", cross_reference="gid://2", email="anna@example.com")], {}, {}
        )
        is None
    )


def test_the_email_is_compared_without_letter_case() -> None:
    found = find("gid://1", ANNA, [candidate("C1", email="ANNA@example.COM ")])
    assert found is not None
    assert found.target_id == "C1"


def test_the_phone_counts_only_where_neither_side_has_an_email() -> None:
    nameless = person(phone="+49 (30) 1")
    assert find("k", ANNA, [candidate("C1", phone="+49301")]) is None
    assert find("k", nameless, [candidate("C1", phone="+49301", email="a@b.c")]) is None
    assert find("k", nameless, [candidate("C1", phone="+49301")]) is not None
    assert find("k", person(), [candidate("C1")]) is None


def test_two_hits_are_for_a_person_to_decide() -> None:
    twice = [candidate("C1", email="anna@example.com"), candidate("C2", email="anna@example.com")]
    with pytest.raises(AmbiguousMatch, match=r"2 records of the target could be this one: C1, C2\.") as caught:
        find("gid://1", ANNA, twice)
    assert caught.value.detail == "C1 / C2"
    assert caught.value.fix.startswith("C1, C2 have the same e-mail, phone or reference")


def test_of_many_hits_the_first_are_named() -> None:
    many = [candidate(f"C{number}", email="anna@example.com") for number in range(9)]
    with pytest.raises(
        AmbiguousMatch, match=r"9 records of the target could be this one: C0, C1, C2, C3, …\."
    ) as caught:
        find("gid://1", ANNA, many)
    assert caught.value.detail == "C0 / C1 / C2 / C3"


def test_the_same_candidate_found_twice_is_one_hit() -> None:
    twice = [candidate("C1", email="anna@example.com")] * 2
    assert find("gid://1", ANNA, twice) is not None


def test_a_record_that_belongs_to_another_is_not_taken() -> None:
    with pytest.raises(AmbiguousMatch, match=r"C1 is linked to gid://9 already\.") as caught:
        find("gid://1", ANNA, [candidate("C1", email="anna@example.com")], {"C1": "gid://9"})
    assert caught.value.detail == "linked to gid://9"
    assert find("gid://1", ANNA, [candidate("C1", email="anna@example.com")], {"C1": "gid://1"}) is not None


def test_codes_that_differ_only_by_case_are_refused_after_the_first() -> None:
    refuse_case_twins("85123A", ["85123A", "84029"])
    refuse_case_twins("", ["", "85123A"])
    with pytest.raises(AmbiguousMatch, match="The code differs from 85123A only by letter case") as caught:
        refuse_case_twins("85123a", ["85123A"])
    assert caught.value.detail == "85123a / 85123A"
    assert caught.value.fix == "Rename one of the two codes, then re-sync."


def test_whether_codes_are_the_same_in_another_letter_case_is_a_setting() -> None:
    product = OBJECTS["product"]
    record = product.schema.load({"title": "Mug", "variants": [{"code": "MUG"}]})
    other = Candidate("mug", product.schema.load({"title": "Mug", "variants": [{"code": "mug"}]}), {})
    with pytest.raises(AmbiguousMatch) as caught:
        choose(product, "MUG", record, [other], {}, {"erp_ignores_case": False})
    assert caught.value.detail == "MUG / mug"
    assert choose(product, "MUG", record, [other], {}, {"erp_ignores_case": True}) is other


def test_a_detail_is_never_longer_than_its_column() -> None:
    with pytest.raises(AmbiguousMatch) as caught:
        find("gid://1", ANNA, [candidate("C1", email="anna@example.com")], {"C1": "x" * 300})
    assert len(caught.value.detail) == 255
