"""Pairs by a program: looked for, looked at, accepted, sent as a list; and a record linked to another one."""

from __future__ import annotations

from typing import Any

import pytest

from hub.store.link_list import LinkEntry, LinkList
from tests.console import records
from tests.console.api.conftest import Office

PRODUCT = "/integrations/acme/routes/product/erp_to_shop/pairs"
CUSTOMER = "/integrations/acme/routes/customer/shop_to_erp/pairs"
LINKS = "/integrations/acme/links"


@pytest.fixture
def stocked(office: Office) -> Office:
    """Both sides hold records: two pairs, one item of which the shop has two, a customer of both."""
    records.pairs(office.stage)
    return office


def done(office: Office, what: str, body: Any = None, *, token: str) -> Any:
    """Have something begun and done; answers how the work stands then."""
    job = office.ok(f"POST {what}", body, token=token, status=202)["job"]
    office.stage.hub.worker().work_off(job)
    work = office.ok(f"GET {what.rpartition('/')[0]}/work", token=token)["work"]
    assert work["job"] == job
    return work


def linked(office: Office) -> dict[str | None, LinkEntry]:
    found = LinkList(office.stage.hub.database, office.stage.integration_id).select(kind="variant")
    return {row.erp_id: row for row in found}


def test_pairs_are_found_by_a_job_and_told_by_state_and_score(stocked: Office) -> None:
    token = stocked.token("operator")
    assert stocked.ok(f"GET {PRODUCT}/work", token=token)["work"] is None
    job = stocked.ok(f"POST {PRODUCT}/propose", token=token, status=202)["job"]
    told = stocked.ok(f"GET {PRODUCT}/work", token=token)["work"]
    assert (told["kind"], told["state"], told["ended_at"], told["by"]) == (
        "propose",
        "waiting",
        None,
        "operator-1 (token ci)",
    )
    assert told["why"] == stocked.ok(f"GET /jobs/{job}", token=token)["why"]
    status, words = stocked.refused(f"POST {PRODUCT}/propose", token=token)
    assert (status, "has begun something on this route" in words) == (409, True)
    stocked.stage.hub.worker().work_off(job)
    told = stocked.ok(f"GET {PRODUCT}/work", token=token)
    assert (told["work"]["state"], told["work"]["counts"]["read"]) == ("done", 3)
    assert told["proposals"] == {"unique": 2, "ambiguous": 2, "duplicate": 0, "accepted": 0}
    unique = stocked.ok(f"GET {PRODUCT}", token=token)["items"]
    assert [(row["source_key"], row["score"], row["reason"]) for row in unique] == [
        ("MUG", 100, "sku"),
        ("TEE", 100, "sku"),
    ]
    assert stocked.ok(f"GET {PRODUCT}", token=token, state="ambiguous", score=71)["items"] == []
    walked = [
        row["id"] for page in stocked.walk(f"GET {PRODUCT}", token=token, state="ambiguous", limit=1) for row in page
    ]
    assert len(set(walked)) == 2
    cursor = stocked.ok(f"GET {PRODUCT}", token=token, limit=1)["next"]
    assert stocked.refused(f"GET {PRODUCT}", token=token, state="ambiguous", cursor=cursor)[0] == 422
    assert ("operator-1 (token ci)", "links propose", "acme product erp_to_shop") in stocked.acts()


def test_all_that_are_unique_are_accepted_once_their_number_was_said(stocked: Office) -> None:
    token = stocked.token("operator")
    done(stocked, f"{PRODUCT}/propose", token=token)
    before = stocked.acts()
    for expected in ({}, {"expected": 3}):
        answer = stocked.call(f"POST {PRODUCT}/accept", {"all": True, "score": 80, **expected}, token=token)
        assert (answer.status, answer.json["count"]) == (409, 2)
    for body in ({}, {"all": True, "ids": [1]}, {"score": 80}):
        assert stocked.refused(f"POST {PRODUCT}/accept", body, token=token) == (422, "Which proposals?")
    assert stocked.acts() == before
    work = done(stocked, f"{PRODUCT}/accept", {"all": True, "score": 80, "expected": 2}, token=token)
    assert (work["kind"], work["counts"]["linked"], work["faults"]) == ("accept", 2, [])
    assert set(linked(stocked)) == {"MUG", "TEE"}
    assert not [call for call in stocked.stage.erp.calls if call.startswith(("create", "update"))]


def test_certain_ones_are_accepted_and_what_is_gone_is_told(stocked: Office) -> None:
    token = stocked.token("operator")
    done(stocked, f"{PRODUCT}/propose", token=token)
    one, _ = stocked.ok(f"GET {PRODUCT}", token=token, state="ambiguous")["items"]
    mug = stocked.ok(f"GET {PRODUCT}", token=token)["items"][0]
    status, words = stocked.refused(f"POST {PRODUCT}/accept", {"ids": [one["id"], 999]}, token=token)
    assert (status, words) == (409, "There is no open proposal 999.")
    del stocked.stage.erp.table("items")["MUG"]
    work = done(stocked, f"{PRODUCT}/accept", {"ids": [one["id"], mug["id"]]}, token=token)
    assert (work["counts"]["linked"], work["counts"]["refused"]) == (1, 1)
    assert [(row["number"], row["source_key"], row["what"]) for row in work["faults"]] == [
        (mug["id"], "MUG", "The source has no record MUG.")
    ]
    assert linked(stocked)["CUP"].shop_id == one["target_id"]


def test_a_list_is_looked_through_row_by_row_and_linked_only_then(stocked: Office) -> None:
    token = stocked.token("operator")
    assert stocked.refused(f"POST {PRODUCT}/link", {"list": 1}, token=token)[0] == 409
    rows = [{"source_key": "MUG", "target_id": "gid-nowhere"}, {"source_key": "TEE", "target_id": "TEE"}]
    work = done(stocked, f"{PRODUCT}/validate", {"rows": [*rows, {"source_key": "CUP"}]}, token=token)
    assert (work["counts"]["rows"], work["counts"]["empty"], work["counts"]["faulty"]) == (2, 1, 1)
    assert [(row["number"], row["what"]) for row in work["faults"]] == [(1, "The target has no record gid-nowhere.")]
    assert linked(stocked) == {}
    work = done(stocked, f"{PRODUCT}/link", {"list": work["job"]}, token=token)
    assert work["counts"]["linked"] == 0
    older = work["job"]
    work = done(stocked, f"{PRODUCT}/link", {"list": older, "skip_faulty": True}, token=token)
    assert (work["counts"]["linked"], set(linked(stocked))) == (1, {"TEE"})
    status, words = stocked.refused(f"POST {PRODUCT}/link", {"list": older}, token=token)
    assert (status, "is not the newest any more" in words) == (409, True)


def test_whom_a_row_names_is_hidden_unless_somebody_with_the_right_asks_which_is_noted(stocked: Office) -> None:
    token, seer = stocked.token("operator"), stocked.token("operator", sees_personal=True)
    rows = [{"source_key": "bob@example.com", "target_id": "nobody@example.com"}]
    for who in (token, seer):
        (row,) = done(stocked, f"{CUSTOMER}/validate", {"rows": rows}, token=who)["faults"]
        assert (row["source_key"], row["target_id"], "@" in str(row)) == ("***", "***", False)
    assert stocked.refused(f"GET {CUSTOMER}/work", token=token, personal="true")[0] == 403
    assert "bob@example.com" in stocked.call(f"GET {CUSTOMER}/work", token=seer, personal="true").text
    assert stocked.acts()[-1] == ("operator-2 (token ci)", "show personal data", "links faults acme customer")
    done(stocked, f"{CUSTOMER}/propose", token=token)
    assert "Lovelace" not in stocked.call(f"GET {CUSTOMER}", token=seer).text
    assert stocked.refused(f"GET {CUSTOMER}", token=token, personal="true")[0] == 403
    before = stocked.acts()
    (row,) = stocked.ok(f"GET {CUSTOMER}", token=seer, personal="true")["items"]
    assert "Lovelace" in row["source_label"] or "ann" in row["source_label"]
    assert [act[1:] for act in stocked.acts()[len(before) :]] == [
        ("show personal data", "links proposals acme customer")
    ]


def test_a_record_is_linked_to_another_one_that_is_looked_up_first(stocked: Office) -> None:
    token = stocked.token("operator")
    stocked.stage.work("product", "initialize")
    mug, root = linked(stocked)["MUG"], linked(stocked)["MUG"].parent_id
    stocked.stage.erp.add_item("BOWL")
    for ident, words in (("SPOON", "has no record SPOON"), ("TEE", "linked already"), ("MUG", "what it is linked to")):
        status, said = stocked.refused(f"POST {LINKS}/{mug.id}/relink", {"side": "erp", "id": ident}, token=token)
        assert (status, words in said) == (409, True)
    assert stocked.refused(f"POST {LINKS}/{root}/relink", {"side": "erp", "id": "BOWL"}, token=token)[0] == 409
    assert linked(stocked)["MUG"] == mug
    told = stocked.ok(f"POST {LINKS}/{mug.id}/relink", {"side": "erp", "id": "BOWL"}, token=token)
    assert (told["kind"], told["shop_id"], told["erp_id"]) == ("variant", mug.shop_id, "BOWL")
    assert [job.id for job in stocked.stage.hub.jobs.unfinished([stocked.stage.route("product").id])] == told["jobs"]
    assert linked(stocked)["BOWL"].shop_id == mug.shop_id and "MUG" not in linked(stocked)
    assert stocked.acts()[-1] == ("operator-1 (token ci)", "links relink", f"acme link {mug.id}")


def test_records_that_are_not_paired_have_no_pairs(stocked: Office) -> None:
    path = "/integrations/acme/routes/inventory/erp_to_shop/pairs"
    assert stocked.refused(f"GET {path}", token=stocked.token("viewer"))[0] == 404
