"""What waits for a person, decided by a program: held runs, previews, conflicts, drift, the stop switch; and the loads
that a person begins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.store.divergences import Divergence, Divergences
from hub.store.link import LINKS
from tests.console import records
from tests.console.api.conftest import Office

PRODUCT = "/integrations/acme/routes/product/erp_to_shop"
ORDER = "/integrations/acme/routes/order/shop_to_erp"
CUSTOMER = "/integrations/acme/routes/customer/shop_to_erp"
CONFLICTS, DRIFT = "/integrations/acme/conflicts", "/integrations/acme/drift"
CODES = [f"ITEM-{place:02}" for place in range(12)]


def work_off(office: Office, *jobs: int) -> None:
    for job in jobs:
        office.stage.hub.worker().work_off(job)


def price(office: Office, code: str) -> Decimal:
    return Decimal(office.stage.shop.variant(code)["price"])


def other_integration(office: Office) -> None:
    """A second integration between the same two connections, with a route that writes to the ERP."""
    hub = office.stage.hub
    known = hub.integrations.get(office.stage.integration_id)
    other = hub.integrations.save("zeta", known.shop_id, known.erp_id, known.settings)
    hub.routes.save(other, "customer", "shop_to_erp", enabled=True)


# -- held runs ------------------------------------------------------------------------------------------------------


@pytest.fixture
def held(office: Office) -> Office:
    """Twelve items are in the shop, then each price falls to a tenth, and the run is held."""
    for code in CODES:
        office.stage.erp.add_item(code)
    office.stage.work("product", "initialize")
    for code in CODES:
        office.stage.erp.edit("items", code, price="1.00")
    assert office.stage.work("product").state == "held"
    return office


def the_held(office: Office) -> Any:
    (found,) = office.ok("GET /held", token=office.token("viewer"))["items"]
    return found


def test_a_held_run_tells_why_and_what_it_would_do_in_pages(held: Office) -> None:
    token, found = held.token("viewer"), the_held(held)
    assert found["reasons"] == ["12 prices would move by more than 30 %; 12 records are linked."]
    assert (found["state"], found["counts"], found["object"]) == ("open", {"update": 12}, "product")
    one = held.ok(f"GET /held/{found['id']}", token=token)
    assert (one["outcomes"]["waiting"], one["outcomes"]["done"], one["job"]) == (12, 0, None)
    pages = list(held.walk(f"GET /held/{found['id']}/steps", token=token, limit=5))
    assert [step["key"] for page in pages for step in page] == CODES
    assert [Decimal(pages[0][0]["diff"]["price"][name]) for name in ("old", "new")] == [Decimal(10), Decimal(1)]
    assert held.ok(f"GET /held/{found['id']}/steps", token=token, action="create")["items"] == []
    assert held.ok("GET /plans", token=token)["items"] == []
    assert held.refused(f"GET /plans/{found['id']}", token=token)[0] == 404


def test_a_released_run_does_exactly_what_was_shown(held: Office) -> None:
    token, found = held.token("operator"), the_held(held)
    held.ok(f"POST {PRODUCT}/pause", token=token)
    status, words = held.refused(f"POST /held/{found['id']}/release", token=token)
    assert (status, words) == (409, "product erp_to_shop was paused by operator-1 (token ci).")
    held.ok(f"POST {PRODUCT}/resume", token=token)
    held.stage.erp.edit("items", CODES[0], price="2.00")
    job = held.ok(f"POST /held/{found['id']}/release", token=token, status=202)["job"]
    assert held.ok(f"GET /held/{found['id']}", token=token)["job"] == job
    assert held.acts()[-1] == ("operator-1 (token ci)", "held release", "acme product erp_to_shop")
    assert held.refused(f"POST /held/{found['id']}/drop", token=token)[0] == 409
    work_off(held, job)
    assert {code: price(held, code) for code in CODES} == {CODES[0]: 10, **dict.fromkeys(CODES[1:], Decimal(1))}
    one = held.ok(f"GET /held/{found['id']}", token=token)
    assert (one["state"], one["job"]) == ("applied", None)
    assert one["outcomes"] == {"done": 11, "stale": 1, "failed": 0, "waiting": 0}
    assert held.refused(f"POST /held/{found['id']}/release", token=token)[0] == 409
    assert held.ok("GET /held", token=token)["items"] == []
    assert len(held.ok("GET /held", token=token, state=["applied", "dropped"])["items"]) == 1


def test_a_dropped_run_writes_nothing(held: Office) -> None:
    token, found = held.token("operator"), the_held(held)
    told = held.ok(f"POST /held/{found['id']}/drop", token=token)
    assert told == {"outcomes": {"done": 0, "stale": 0, "failed": 0, "waiting": 12}}
    assert held.acts()[-1][1:] == ("held drop", "acme product erp_to_shop")
    status, words = held.refused(f"POST /held/{found['id']}/release", token=token)
    assert (status, "was dropped by operator-1 (token ci)" in words) == (409, True)
    assert {price(held, code) for code in CODES} == {10}


# -- previews -------------------------------------------------------------------------------------------------------


def made(office: Office, token: str, what: str, body: Any) -> Any:
    """The preview that an endpoint has made."""
    job = office.ok(f"POST {what}", {**body, "preview": True}, token=token, status=202)["job"]
    work_off(office, job)
    run = office.ok(f"GET /jobs/{job}", token=token)["run"]
    plan = office.ok(f"GET /runs/{run}", token=token)["plan"]
    assert plan is not None
    return plan


def test_a_preview_of_the_first_load_is_applied_and_what_has_changed_is_left_alone(office: Office) -> None:
    token = office.token("operator")
    for code in CODES[:3]:
        office.stage.erp.add_item(code)
    plan = made(office, token, f"{PRODUCT}/initialize", {})
    assert office.acts()[-1][1:] == ("preview initialize", "acme product erp_to_shop")
    assert office.stage.shop.table("variants") == {}
    (listed,) = office.ok("GET /plans", token=token, state="open")["items"]
    assert (listed["id"], listed["scope"], listed["counts"]) == (plan, "initialize", {"create": 3})
    office.stage.erp.edit("items", CODES[1], price="3.00")
    job = office.ok(f"POST /plans/{plan}/apply", token=token, status=202)["job"]
    assert office.ok(f"POST /plans/{plan}/apply", token=token, status=202)["job"] == job
    work_off(office, job)
    became = office.ok(f"GET /plans/{plan}", token=token)["outcomes"]
    assert became == {"done": 2, "stale": 1, "failed": 0, "waiting": 0}
    (stale,) = office.ok(f"GET /plans/{plan}/steps", token=token, outcome="stale")["items"]
    assert stale["key"] == CODES[1]
    assert office.refused(f"POST /plans/{plan}/apply", token=token)[0] == 409
    assert office.refused(f"POST /plans/{plan}/drop", token=token)[0] == 409


def test_a_preview_is_dropped_and_one_of_a_route_that_may_not_run_is_not_applied(office: Office) -> None:
    token = office.token("operator")
    office.stage.erp.add_item("MUG")
    plan = made(office, token, f"{PRODUCT}/sync", {"full": True})
    status, words = office.refused(f"POST /plans/{plan}/apply", token=token)
    assert (status, words) == (409, "product erp_to_shop is not initialised yet.")
    assert office.ok(f"POST /plans/{plan}/drop", token=token)["outcomes"]["waiting"] == 1
    assert office.acts()[-1][1:] == ("plans drop", "acme product erp_to_shop")
    assert office.refused(f"POST /plans/{plan}/apply", token=token)[0] == 409
    assert office.refused(f"GET /held/{plan}", token=token)[0] == 404
    assert office.refused("GET /plans/99", token=token)[0] == 404


def test_what_is_personal_in_a_preview_is_masked_unless_somebody_with_the_right_asks(office: Office) -> None:
    token, seer = office.token("operator"), office.token("viewer", sees_personal=True)
    office.stage.shop.add_customer(1, "ada@shop.example")
    plan = made(office, token, f"{CUSTOMER}/initialize", {})
    path = f"GET /plans/{plan}/steps"
    assert "ada@" not in office.call(path, token=token).text and "ada@" not in office.call(path, token=seer).text
    assert office.refused(path, token=token, personal=True)[0] == 403
    assert "ada@" in office.call(path, token=seer, personal=True).text
    assert office.acts()[-1][1:] == ("show personal data", f"acme plan {plan}")


# -- first load and backfill ----------------------------------------------------------------------------------------


def test_the_first_load_is_begun_and_refused_for_what_has_none(office: Office) -> None:
    token = office.token("operator")
    office.stage.erp.add_item("MUG")
    job = office.ok(f"POST {PRODUCT}/initialize", {}, token=token, status=202)["job"]
    assert office.acts()[-1] == ("operator-1 (token ci)", "initialize", "acme product erp_to_shop")
    work_off(office, job)
    assert office.ok(f"GET {PRODUCT}", token=token)["initialization"] == "done"
    assert office.refused(f"POST {ORDER}/initialize", {}, token=token) == (
        409,
        "Orders have no first load: they are imported from a moment on.",
    )
    office.ok(f"POST {PRODUCT}/pause", token=token)
    for body in ({}, {"preview": True}):
        status, words = office.refused(f"POST {PRODUCT}/initialize", body, token=token)
        assert (status, words) == (409, "product erp_to_shop was paused by operator-1 (token ci).")


def test_older_orders_come_by_their_numbers_or_a_period(office: Office) -> None:
    token, path = office.token("operator"), f"POST {ORDER}/backfill"
    job = office.ok(path, {"numbers": "1001-1003"}, token=token, status=202)["job"]
    assert office.stage.hub.jobs.get(job).limits == {"numbers": ["1001", "1003"]}
    assert office.ok(f"GET /jobs/{job}", token=token)["priority"] == "low"
    assert office.acts()[-1][1:] == ("backfill", "acme order shop_to_erp")
    period = {"from": "2026-01-01T00:00:00+01:00", "to": "2026-02-01T00:00:00+01:00"}
    job = office.ok(path, period, token=token, status=202)["job"]
    assert office.stage.hub.jobs.get(job).limits == period
    for wrong in ({}, {"numbers": "9-1"}, {"numbers": "1-9", **period}, {"to": period["to"]}, {"from": "2026-01-01"}):
        assert office.refused(path, wrong, token=token)[0] == 422, wrong
    backwards = {"from": period["to"], "to": period["from"]}
    assert office.refused(path, backwards, token=token) == (422, "to lies before from.")
    assert office.refused(f"POST {PRODUCT}/backfill", {"numbers": "1-9"}, token=token)[0] == 409
    assert len(office.stage.hub.jobs.unfinished([office.stage.route("order").id])) == 2


def test_a_preview_of_a_backfill_may_be_applied_before_the_cut_over(office: Office) -> None:
    token = office.token("operator")
    office.stage.settings(order_cut_over="2100-01-01T00:00:00+00:00")
    plan = made(office, token, f"{ORDER}/backfill", {"numbers": "1001-1003"})
    office.ok(f"POST /plans/{plan}/apply", token=token, status=202)


# -- conflicts and drift --------------------------------------------------------------------------------------------


@pytest.fixture
def mug(office: Office) -> Office:
    """One mug on both sides; nobody owns its description and its weight, the ERP owns its barcode."""
    records.mug(office.stage)
    return office


def edit(office: Office, shop: dict[str, Any], erp: dict[str, Any]) -> None:
    """Somebody edits both sides, and the routes find out."""
    stage = office.stage
    stage.shop.edit("variants", stage.shop.variant("MUG")["id"], **shop)
    if erp:
        stage.erp.edit("items", "MUG", **erp)
    for name in ("product", "product back"):
        stage.work(name)


def both(office: Office) -> tuple[Any, Any, Decimal, Decimal]:
    """Description and weight of shop and ERP."""
    shop, erp = office.stage.shop.variant("MUG"), office.stage.erp.table("items")["MUG"]
    return shop["description"], erp["description"], Decimal(shop["weight"]), Decimal(erp["weight"])


def test_both_versions_are_told_and_one_is_taken(mug: Office) -> None:
    edit(mug, {"description": "blue", "weight": "2"}, {"description": "red", "weight": "3"})
    token = mug.token("operator")
    (one,) = mug.ok(f"GET {CONFLICTS}", token=token)["items"]
    versions = {field["field"]: (field["shop"], field["erp"], field["owner"]) for field in one["fields"]}
    assert versions["description"] == ("blue", "red", "none") and one["label"] == "MUG"
    assert mug.ok(f"GET {CONFLICTS}/{one['id']}", token=token) == one
    body = {"records": [one["id"], 9999], "winner": "shop"}
    told = mug.ok(f"POST {CONFLICTS}/take", body, token=token, status=202)
    assert (told["decided"], [refused["id"] for refused in told["refused"]]) == (1, [9999])
    assert mug.acts()[-1] == ("operator-1 (token ci)", "conflicts take", "acme product MUG")
    (one,) = mug.ok(f"GET {CONFLICTS}", token=token)["items"]
    assert {(field["choice"], field["decided_by"]) for field in one["fields"]} == {("shop", "operator-1 (token ci)")}
    work_off(mug, *told["jobs"])
    assert both(mug) == ("blue", "blue", 2, 2)
    assert mug.ok(f"GET {CONFLICTS}", token=token)["items"] == []
    assert mug.refused(f"POST {CONFLICTS}/take", body, token=token)[0] == 404


def test_each_field_is_merged_by_itself(mug: Office) -> None:
    edit(mug, {"description": "blue", "weight": "2"}, {"description": "red", "weight": "3"})
    token = mug.token("operator")
    (one,) = mug.ok(f"GET {CONFLICTS}", token=token)["items"]
    path = f"POST {CONFLICTS}/{one['id']}/merge"
    before = mug.acts()
    assert mug.refused(path, {"take": {"description": "erp"}}, token=token) == (409, "Nothing is decided about weight.")
    twice = {"take": {"weight": "erp"}, "values": {"weight": "1"}}
    assert mug.refused(path, twice, token=token) == (422, "weight is decided twice.")
    status, words = mug.refused(path, {"take": {"description": "erp"}, "values": {"weight": "heavy"}}, token=token)
    assert (status, "weight cannot be 'heavy'" in words) == (409, True)
    assert mug.refused(path, {"take": {"description": "both"}}, token=token)[0] == 422
    assert mug.acts() == before
    body = {"take": {"description": "erp"}, "values": {"weight": "2.50"}}
    work_off(mug, *mug.ok(path, body, token=token, status=202)["jobs"])
    assert both(mug) == ("red", "red", Decimal("2.5"), Decimal("2.5"))


def test_some_fields_alone_are_taken(mug: Office) -> None:
    edit(mug, {"description": "blue", "weight": "2"}, {"description": "red", "weight": "3"})
    token = mug.token("operator")
    (one,) = mug.ok(f"GET {CONFLICTS}", token=token)["items"]
    body = {"records": [one["id"]], "winner": "erp", "fields": ["weight"]}
    work_off(mug, *mug.ok(f"POST {CONFLICTS}/take", body, token=token, status=202)["jobs"])
    (one,) = mug.ok(f"GET {CONFLICTS}", token=token)["items"]
    assert [field["field"] for field in one["fields"]] == ["description"]


def test_a_version_that_nothing_would_carry_is_refused_with_the_reason(mug: Office) -> None:
    edit(mug, {"description": "blue"}, {"description": "red"})
    token = mug.token("operator")
    (one,) = mug.ok(f"GET {CONFLICTS}", token=token)["items"]
    mug.stage.hub.routes.save(mug.stage.integration_id, "product", "shop_to_erp", enabled=False)
    status, words = mug.refused(f"POST {CONFLICTS}/take", {"records": [one["id"]], "winner": "shop"}, token=token)
    assert (status, "No enabled route carries product shop_to_erp" in words) == (409, True)


def test_drift_is_listed_with_its_owner_and_undone(mug: Office) -> None:
    edit(mug, {"barcode": "999"}, {})
    token = mug.token("operator")
    (one,) = mug.ok(f"GET {DRIFT}", token=token)["items"]
    (field,) = one["fields"]
    assert (field["field"], field["shop"], field["erp"], field["owner"]) == ("barcode", "999", "1", "erp")
    assert mug.ok(f"GET {DRIFT}/{one['id']}", token=token) == one
    assert mug.refused(f"GET {CONFLICTS}/{one['id']}", token=token)[0] == 404
    told = mug.ok(f"POST {DRIFT}/undo", {"records": [one["id"]]}, token=token, status=202)
    assert mug.acts()[-1][1:] == ("drift undo", "acme product MUG")
    work_off(mug, *told["jobs"])
    assert mug.stage.shop.variant("MUG")["barcode"] == "1"
    assert mug.ok(f"GET {DRIFT}", token=token)["items"] == []


def test_personal_versions_are_masked_unless_somebody_with_the_right_asks(office: Office) -> None:
    hub, integration = office.stage.hub, office.stage.integration_id
    known = {"integration_id": integration, "kind": "customer", "state": "active", "shop_id": "1", "erp_id": "C1"}
    with hub.database.write() as connection:
        made = connection.execute(LINKS.insert().values(known)).inserted_primary_key
    assert made is not None
    found = [Divergence(made[0], "email", "conflict", "C1", "ada@shop.example", "ada@erp.example", "a", "b")]
    book = Divergences(hub.database, integration, hub.vault)
    book.replace_all(office.stage.route("customer").id, {made[0]: found}, office.stage.clock())
    blind, seer = office.token("operator"), office.token("viewer", sees_personal=True)
    for path in (f"GET {CONFLICTS}", f"GET {CONFLICTS}/{made[0]}"):
        assert "ada@" not in office.call(path, token=seer).text and "***" in office.call(path, token=blind).text
        assert office.refused(path, token=blind, personal=True)[0] == 403
        assert "ada@shop" in office.call(path, token=seer, personal=True).text
        assert office.acts()[-1][1:] == ("show personal data", "acme conflict")
    office.ok(f"POST {CONFLICTS}/take", {"records": [made[0]], "winner": "shop"}, token=blind, status=202)
    act = next(hub.audit.newest(1))
    assert (act.before, act.after) == ({"email": {"shop": "***", "erp": "***"}}, {"email": "shop"})


# -- the stop switch ------------------------------------------------------------------------------------------------


def test_writes_over_a_connection_are_stopped_and_go_on(office: Office) -> None:
    token, path = office.token("operator"), "/integrations/acme/connections"
    shop, erp = office.ok(f"GET {path}", token=token)["items"]
    assert (shop["side"], shop["name"], erp["side"], erp["name"]) == ("shop", "shop", "erp", "erp")
    assert [route["object"] for route in shop["routes"]] == ["product", "inventory"]
    assert office.ok(f"POST {path}/shop/stop", token=token) == {"changed": True}
    assert office.ok(f"POST {path}/shop/stop", token=token) == {"changed": False}
    assert office.acts()[-1] == ("operator-1 (token ci)", "stop", "acme: connection shop")
    shop, erp = office.ok(f"GET {path}", token=token)["items"]
    assert (shop["stopped_by"], erp["stopped_at"]) == ("operator-1 (token ci)", None)
    office.stage.erp.add_item("MUG")
    office.stage.work("product", "initialize")
    assert office.stage.shop.writes() == 0
    assert office.ok(f"POST {path}/shop/resume", token=token) == {"changed": True}
    assert office.acts()[-1][1:] == ("resume", "acme: connection shop")
    office.stage.work("product", "initialize")
    assert office.stage.shop.variant("MUG")


def test_a_connection_that_others_use_too_is_not_stopped_by_who_does_not_see_them(office: Office) -> None:
    other_integration(office)
    path, token = "/integrations/acme/connections", office.token("operator", integrations=["acme"])
    _, erp = office.ok(f"GET {path}", token=token)["items"]
    assert (erp["others"], "zeta" in str(erp)) == (1, False)
    status, words = office.refused(f"POST {path}/erp/stop", token=token)
    assert (status, "not open to you" in words, "zeta" in words) == (409, True, False)
    assert office.ok(f"POST {path}/shop/stop", token=token) == {"changed": True}
    assert office.ok(f"POST {path}/erp/stop", token=office.token("operator")) == {"changed": True}


# -- coverage -------------------------------------------------------------------------------------------------------


def test_coverage_is_looked_at_by_a_job_and_told_in_classes_with_their_records(office: Office) -> None:
    token, path = office.token("operator"), f"{PRODUCT}/coverage"
    for code in CODES[:3]:
        office.stage.erp.add_item(code)
    office.stage.work("product", "initialize")
    office.stage.erp.add_item("NEW")
    assert office.ok(f"GET {path}", token=token) == {"report": None, "looking": None}
    assert office.refused(f"GET {path}/records", token=token, **{"class": "connected"})[0] == 404
    job = office.ok(f"POST {path}/look", token=token, status=202)["job"]
    assert office.acts()[-1] == ("operator-1 (token ci)", "coverage", "acme product erp_to_shop")
    assert office.ok(f"GET {path}", token=token) == {"report": None, "looking": job}
    assert office.refused(f"POST {path}/look", token=token)[0] == 409
    work_off(office, job)
    told = office.ok(f"GET {path}", token=token)
    counts = {one["name"]: one["count"] for one in told["report"]["classes"] if one["count"]}
    assert (told["looking"], told["report"]["read"], counts) == (None, 4, {"connected": 3, "syncable": 1})
    pages = list(office.walk(f"GET {path}/records", token=token, limit=2, **{"class": "connected"}))
    assert [[row["key"] for row in page] for page in pages] == [CODES[:2], CODES[2:3]]
    assert office.refused(f"GET {path}/records", token=token)[0] == 422
