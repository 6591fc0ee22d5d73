from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.store.selection import Selection
from tests.console.api.conftest import Office

PRODUCT = "/integrations/acme/routes/product/erp_to_shop"
ORDER = "/integrations/acme/routes/order/shop_to_erp"
FAILURES = "/integrations/acme/failures"


@pytest.fixture
def failing(office: Office) -> Office:
    """Three orders of a gateway that is not mapped, and one of an item that there is not."""
    shop, erp = office.stage.shop, office.stage.erp
    erp.add_item("MUG", "11.90")
    erp.add_partner("C-GUEST")
    erp.set_stock("MUG", "01", "100")
    office.stage.work("product", "initialize")
    for number in (1001, 1002, 1003):
        shop.place_order(number, [("MUG", 1, "11.90")], gateway="klarna", email="ada@shop.example")
    shop.place_order(1004, [("NOPE", 1, "5.00")])
    office.stage.work("order")
    return office


def work_off(office: Office, job: int) -> None:
    office.stage.hub.worker().work_off(job)


def test_sync_now_puts_a_job_in_that_carries_keys_and_no_payload(office: Office) -> None:
    token = office.token("operator")
    office.stage.erp.add_item("MUG", "11.90")
    office.stage.erp.add_item("TEE", "19.00")
    office.stage.work("product", "initialize")
    office.stage.erp.add_item("CAP", "9.00")
    job = office.ok(f"POST {PRODUCT}/sync", {"keys": ["CAP", "CAP"]}, token=token, status=202)["job"]
    told = office.ok(f"GET /jobs/{job}", token=token)
    assert (told["state"], told["scope"], told["actor"], told["run"]) == (
        "waiting",
        "keys",
        "operator-1 (token ci)",
        None,
    )
    assert [one.key for one in office.stage.hub.jobs.keys(job)] == ["CAP"]
    assert office.acts()[-1] == ("operator-1 (token ci)", "sync now", "acme product erp_to_shop")
    work_off(office, job)
    run = office.ok(f"GET /runs/{office.ok(f'GET /jobs/{job}', token=token)['run']}", token=token)
    assert (run["state"], run["counts"]["created"], run["plan"]) == ("done", 1, None)


def test_sync_now_is_refused_with_the_reason_where_the_route_may_not_run(office: Office) -> None:
    token = office.token("operator")
    status, words = office.refused(f"POST {PRODUCT}/sync", {}, token=token)
    assert (status, words) == (409, "product erp_to_shop is not initialised yet.")
    office.stage.work("product", "initialize")
    office.ok(f"POST {PRODUCT}/pause", token=token)
    status, words = office.refused(f"POST {PRODUCT}/sync", {"full": True}, token=token)
    assert (status, words) == (409, "product erp_to_shop was paused by operator-1 (token ci).")
    office.ok(f"POST {PRODUCT}/resume", token=token)
    office.ok(f"POST {PRODUCT}/sync", {"full": True}, token=token, status=202)
    office.stage.hub.routes.save(office.stage.integration_id, "product", "erp_to_shop", enabled=False)
    assert office.refused(f"POST {PRODUCT}/sync", {}, token=token)[0] == 409


@pytest.mark.parametrize(("object_name", "words"), [("product", "has begun and is not done"), ("order", "cut-over on")])
def test_what_the_console_refuses_the_api_refuses_too(office: Office, object_name: str, words: str) -> None:
    hub, route = office.stage.hub, office.stage.route(object_name)
    known = hub.integrations.get(office.stage.integration_id)
    hub.routes.set_initialization(route.id, "running")
    later = {**known.settings, "order_cut_over": "2100-01-01T00:00:00+00:00"}
    hub.integrations.save(known.name, known.shop_id, known.erp_id, later)
    path = f"POST /integrations/{known.name}/routes/{object_name}/{route.direction}/sync"
    status, said = office.refused(path, {}, token=office.token("operator"))
    assert (status, words in said) == (409, True)


def test_a_preview_says_what_would_be_done_and_writes_nothing(office: Office) -> None:
    token = office.token("operator")
    for code in ("CAP", "MUG", "TEE"):
        office.stage.erp.add_item(code, "9.00")
    job = office.ok(f"POST {PRODUCT}/sync", {"preview": True}, token=token, status=202)["job"]
    work_off(office, job)
    run = office.ok(f"GET /jobs/{job}", token=token)["run"]
    pages = list(office.walk(f"GET /runs/{run}/plan", token=token, limit=2))
    assert [[step["key"] for step in page] for page in pages] == [["CAP", "MUG"], ["TEE"]]
    assert pages[0][0]["action"] == "create" and pages[0][0]["diff"]["code"] == {"old": None, "new": "CAP"}
    assert office.stage.shop.table("variants") == {}


def test_routes_tell_state_schedule_and_last_run(office: Office) -> None:
    reader, operator = office.token("viewer"), office.token("operator")
    assert office.ok(f"GET {PRODUCT}", token=reader)["state"] == "not_armed"
    run = office.stage.work("product", "initialize")
    told = office.ok(f"GET {PRODUCT}", token=reader)
    assert (told["state"], told["last_run"]["id"], told["schedule"]) == ("idle", run.id, {"kind": "never"})
    office.ok(f"POST {PRODUCT}/sync", {}, token=operator, status=202)
    assert office.ok(f"GET {PRODUCT}", token=reader)["state"] == "waiting"
    assert office.ok(f"POST {PRODUCT}/pause", token=operator) == {"changed": True}
    assert office.ok(f"POST {PRODUCT}/pause", token=operator) == {"changed": False}
    told = office.ok(f"GET {PRODUCT}", token=reader)
    assert (told["state"], told["paused_by"], told["jobs"]) == ("paused", "operator-2 (token ci)", 1)
    (job,) = office.ok("GET /jobs", token=reader)["items"]
    assert job["why"] == "the route was paused by operator-2 (token ci)"
    one = office.ok("GET /integrations/acme", token=reader)
    assert (one["shop"]["name"], one["erp"]["platform"]) == ("shop", "fake_erp")
    assert "secret" not in str(one) and "key" not in str(one)


def test_a_waiting_job_is_cancelled_at_once_and_only_once(office: Office) -> None:
    token = office.token("operator")
    office.stage.work("product", "initialize")
    job = office.ok(f"POST {PRODUCT}/sync", {}, token=token, status=202)["job"]
    assert office.ok(f"POST /jobs/{job}/cancel", token=token) == {"state": "cancelled"}
    assert office.acts()[-1][1:] == ("cancel", f"acme product erp_to_shop: job {job}")
    assert office.refused(f"POST /jobs/{job}/cancel", token=token)[0] == 409
    assert office.ok("GET /jobs", token=token)["items"] == []


def test_a_waiting_job_comes_sooner_by_its_priority_and_one_that_is_done_is_refused(office: Office) -> None:
    token, hub = office.token("operator"), office.stage.hub
    office.stage.work("product", "initialize")
    first = office.ok(f"POST {PRODUCT}/sync", {}, token=token, status=202)["job"]
    second = office.ok(f"POST {ORDER}/sync", {}, token=token, status=202)["job"]
    assert office.ok(f"GET /jobs/{first}", token=token)["priority"] == "high"
    assert office.ok(f"PUT /jobs/{first}/priority", {"priority": "low"}, token=token) == {"changed": True}
    assert office.ok(f"PUT /jobs/{first}/priority", {"priority": "low"}, token=token) == {"changed": False}
    assert office.acts()[-1] == ("operator-1 (token ci)", "priority", f"acme product erp_to_shop: job {first}")
    run = hub.worker().work_off()
    assert run is not None and hub.runs.get(run).job_id == second
    status, words = office.refused(f"PUT /jobs/{second}/priority", {"priority": "low"}, token=token)
    assert (status, words) == (409, f"Job {second} is done: only one that waits has a priority.")
    assert hub.jobs.claim("w", office.stage.clock(), office.stage.clock() + timedelta(minutes=1)) is not None
    status, words = office.refused(f"PUT /jobs/{first}/priority", {"priority": "high"}, token=token)
    assert (status, words) == (409, f"Job {first} is being done: only one that waits has a priority.")
    assert office.refused(f"PUT /jobs/{first}/priority", {"priority": "soon"}, token=token)[0] == 422


def test_a_group_is_counted_then_taken_up_and_then_cured(failing: Office) -> None:
    token = failing.token("operator")
    groups = failing.ok(f"GET {FAILURES}/groups", token=token)["items"]
    assert [(group["cause"], group["count"]) for group in groups] == [("MISSING_MAPPING", 3), ("UNKNOWN_SKU", 1)]
    failing.ok("PUT /integrations/acme/maps/payment", {"shop": "klarna", "erp": "transfer:1800"}, token=token)
    choice = {"cause": "MISSING_MAPPING"}
    assert failing.ok(f"POST {FAILURES}/count", choice, token=token) == {"count": 3}
    before = failing.acts()
    for expected in ({}, {"expected": 2}):
        answer = failing.call(f"POST {FAILURES}/resync", {**choice, **expected}, token=token)
        assert (answer.status, answer.json["count"]) == (409, 3)
    assert failing.acts() == before
    told = failing.ok(f"POST {FAILURES}/resync", {**choice, "expected": 3}, token=token, status=202)
    assert told["records"] == 3
    for job in told["jobs"]:
        work_off(failing, job)
    left = failing.ok(f"GET {FAILURES}", token=token)["items"]
    assert [failure["cause"] for failure in left] == ["UNKNOWN_SKU"]
    failed = failing.ok("GET /messages", token=token, cause="MISSING_MAPPING")["items"]
    assert len(failed) == 3 and all(message["resolved_by"] for message in failed)


def test_one_and_several_failures_are_taken_up_by_their_keys(failing: Office) -> None:
    token = failing.token("operator")
    found = failing.ok(f"GET {FAILURES}", token=token, cause="MISSING_MAPPING")["items"]
    certain = [{name: one[name] for name in ("object", "direction", "key")} for one in found[:2]]
    told = failing.ok(f"POST {FAILURES}/resync", {"failures": certain}, token=token, status=202)
    (job,) = told["jobs"]
    wanted = failing.stage.hub.jobs.keys(job)
    assert {one.key: one.follows for one in wanted} == {one["key"]: one["last_message"] for one in found[:2]}
    gone = [{"object": "order", "direction": "shop_to_erp", "key": "nobody"}]
    assert failing.refused(f"POST {FAILURES}/resync", {"failures": gone}, token=token)[0] == 409
    job = failing.ok(f"POST /messages/{found[2]['last_message']}/resync", token=token, status=202)["job"]
    assert found[2]["key"] in {one.key for one in failing.stage.hub.jobs.keys(job)}


def test_failures_are_acknowledged_with_a_note_and_ignored_until_a_time(failing: Office) -> None:
    token = failing.token("operator")
    body: dict[str, Any] = {"cause": "UNKNOWN_SKU", "expected": 1, "note": "a sample"}
    assert failing.ok(f"POST {FAILURES}/acknowledge", body, token=token) == {"count": 1}
    (one,) = failing.ok(f"GET {FAILURES}", token=token, state=["acknowledged"])["items"]
    assert (one["note"], one["label"]) == ("a sample", "#1004")
    until = failing.stage.clock() + timedelta(days=7)
    body = {"all": True, "expected": 3, "until": until.isoformat()}
    assert failing.ok(f"POST {FAILURES}/ignore", body, token=token) == {"count": 3}
    assert failing.ok(f"GET {FAILURES}", token=token)["items"] == []
    ignored = failing.ok(f"GET {FAILURES}", token=token, state=["ignored", "acknowledged"])["items"]
    assert [row["state"] for row in ignored].count("ignored") == 3
    assert [act[1] for act in failing.acts()[-2:]] == ["failures acknowledged", "failures ignored"]
    assert failing.refused(f"POST {FAILURES}/acknowledge", {"note": "all?"}, token=token) == (422, "Which failures?")


def test_a_message_is_masked_unless_somebody_with_the_right_asks_which_is_noted(failing: Office) -> None:
    reader, seer = failing.token("viewer"), failing.token("viewer", sees_personal=True)
    message = failing.ok("GET /messages", token=reader, ident="#1001")["items"][0]["id"]
    masked = failing.call(f"GET /messages/{message}", token=reader)
    assert masked.status == 200 and "ada@shop.example" not in masked.text and masked.json["source"]["text"]
    assert failing.call(f"GET /messages/{message}", token=seer).text == masked.text
    before = failing.acts()
    assert failing.refused(f"GET /messages/{message}", token=reader, personal="true")[0] == 403
    assert failing.acts() == before
    shown = failing.call(f"GET /messages/{message}", token=seer, personal="true")
    assert "ada@shop.example" in shown.text
    assert failing.acts()[-1] == ("viewer-2 (token ci)", "show personal data", f"message {message}")
    failing.ok("GET /messages", token=seer, personal="true", person="ada@shop.example")
    assert failing.acts()[-1][1:] == ("show personal data", "messages list")
    assert "ada@shop.example" not in str(list(failing.stage.hub.audit.newest(1)))


def test_records_are_chosen_previewed_marked_and_unmarked(office: Office) -> None:
    token, path = office.token("operator"), f"{PRODUCT}/selection"
    for number in range(1, 6):
        office.stage.erp.add_item(f"A{number}", title=f"Cup {number}")
    office.stage.erp.add_item("B1", title="Plate")
    pages = list(office.walk(f"GET {path}", token=token, limit=4))
    assert [[row["key"] for row in page] for page in pages] == [["A1", "A2", "A3", "A4"], ["A5", "B1"]]
    told = office.ok(f"GET {path}/preview", token=token, items="A2..A4", limit=1)
    assert (told["counts"], told["whole"], len(told["records"])) == ({"new on the other side": 3}, True, 1)
    assert office.refused(f"POST {path}/mark", {}, token=token) == (422, "Which records?")
    office.stage.work("product", "initialize")
    done = office.ok(f"POST {path}/mark", {"keys": ["A2", "A3", "A4"]}, token=token)
    assert (done["chosen"], done["changed"], done["job"]) == (3, 3, None)
    (job,) = done["jobs"]
    assert [one.key for one in office.stage.hub.jobs.keys(job)] == ["A2", "A3", "A4"]
    assert office.ok(f"POST {path}/unmark", {"keys": ["A3"]}, token=token)["changed"] == 1
    marked = Selection(office.stage.hub.database, office.stage.integration_id)
    assert marked.marked("product", ["A2", "A3", "A4"]) == {"A2", "A4"}
    assert [act[1:] for act in office.acts()[-2:]] == [
        ("select mark", "acme product erp_to_shop"),
        ("select unmark", "acme product erp_to_shop"),
    ]
    assert office.refused(f"GET {ORDER}/selection", token=token)[0] == 409
    assert office.refused(f"GET {path}", token=token, items="A-1-A-9")[0] == 422


def test_all_that_match_are_marked_and_unmarked_by_a_job(office: Office) -> None:
    token, path = office.token("operator"), f"{PRODUCT}/selection"
    for number in range(1, 6):
        office.stage.erp.add_item(f"A{number}")
    office.stage.erp.calls.clear()
    marked = Selection(office.stage.hub.database, office.stage.integration_id)
    for act, asked, left in (("mark", {"items": "A2.."}, 4), ("unmark", {"all": True}, 0)):
        told = office.ok(f"POST {path}/{act}", asked, token=token, status=202)
        assert not office.stage.erp.calls
        assert office.acts()[-1][1:] == (f"select {act} all", "acme product erp_to_shop")
        work_off(office, told["job"])
        assert marked.count("product") == left
        office.stage.erp.calls.clear()


def test_a_list_of_what_is_rare_goes_on_page_by_page(office: Office) -> None:
    token, path = office.token("viewer"), f"GET {PRODUCT}/selection"
    for number in range(600):
        office.stage.erp.add_item(f"N{number:03}")
    marked = Selection(office.stage.hub.database, office.stage.integration_id)
    marked.mark("product", [(f"N{number:03}", "") for number in range(599)], "ann", office.stage.clock())
    pages = list(office.walk(path, token=token, shown="unmarked"))
    assert [[row["key"] for row in page] for page in pages] == [[], ["N599"]]


def test_what_customers_are_called_is_hidden_in_the_selection(office: Office) -> None:
    path = "/integrations/acme/routes/customer/shop_to_erp/selection"
    office.stage.shop.add_customer(1, "ada@shop.example")
    (row,) = office.ok(f"GET {path}", token=office.token("viewer"))["items"]
    assert (row["label"], "Lovelace" in str(row), "ada" in str(row)) == (row["key"], False, False)
    seer = office.token("viewer", sees_personal=True)
    (row,) = office.ok(f"GET {path}", token=seer, personal="true")["items"]
    assert "Lovelace" in str(row) or "ada" in str(row)
    assert office.acts()[-1][1:] == ("show personal data", "select acme customer")


def test_a_link_is_found_by_either_id_and_taken_apart(office: Office) -> None:
    token, path = office.token("operator"), "/integrations/acme/links"
    office.stage.erp.add_item("MUG", "11.90")
    office.stage.work("product", "initialize")
    (link,) = office.ok(f"GET {path}", token=token, id="MUG", kind="variant")["items"]
    root = link["parent_id"]
    assert office.refused(f"DELETE {path}/{root}", token=token) == (409, "Other links hang on this one.")
    assert office.ok(f"DELETE {path}/{link['id']}", token=token)["erp_id"] == "MUG"
    assert office.acts()[-1][1:] == ("links unlink", f"acme link {link['id']}")
    assert office.refused(f"DELETE {path}/{link['id']}", token=token)[0] == 404
    assert office.ok(f"GET {path}", token=token, id="MUG")["items"] == []


def test_maps_take_and_lose_entries_and_say_what_is_wrong_with_one(office: Office) -> None:
    token, path = office.token("operator"), "/integrations/acme/maps"
    entry = {"shop": "klarna", "erp": "transfer:1800", "valid_from": "2026-12-01"}
    put = office.ok(f"PUT {path}/payment", entry, token=token)
    assert put == {"map": "payment", **entry, "default": False, "rank": 0}
    assert put in office.ok(f"GET {path}", token=token, map="payment")["items"]
    assert office.ok(f"DELETE {path}/payment", token=token, shop="klarna") == {"removed": 1}
    assert office.refused(f"DELETE {path}/payment", token=token, shop="klarna")[0] == 404
    status, words = office.refused(f"PUT {path}/payment", {"shop": "klarna", "erp": "somewhere"}, token=token)
    assert status == 422 and "Not a place to book to" in words
    status, words = office.refused(f"PUT {path}/location", {"shop": "L9", "erp": "01"}, token=token)
    assert status == 422 and "names 01 twice" in words
    assert [act[1] for act in office.acts()] == ["maps set", "maps remove"]


def test_groups_are_mapped_with_ranks_and_a_rank_of_another_map_is_refused(office: Office) -> None:
    token, path = office.token("operator"), "/integrations/acme/maps"
    office.stage.erp.facts["item_groups"] = {101: "Clothing"}
    status, words = office.refused(f"PUT {path}/item_group", {"shop": "Hats", "erp": "102"}, token=token)
    assert status == 422 and "The ERP has no item group 102; it has: 101 (Clothing)." in words
    put = office.ok(f"PUT {path}/item_group", {"shop": "Shirts", "erp": "101", "rank": 2}, token=token)
    assert (put["erp"], put["rank"]) == ("101", 2)
    assert office.ok(f"GET {path}", token=token, map="item_group")["items"] == [put]
    status, words = office.refused(f"PUT {path}/item_group", {"shop": "Hats", "erp": "Headgear"}, token=token)
    assert status == 422 and "Not the number of a group" in words
    wrong = {"shop": "klarna", "erp": "card:1", "rank": 1}
    assert office.refused(f"PUT {path}/payment", wrong, token=token)[0] == 422


def test_what_becomes_of_orders_is_told_by_their_status(office: Office) -> None:
    found = office.ok("GET /integrations/acme/statuses", token=office.token("viewer"))["items"]
    assert {"status": "PAID", "case": "", "outcome": "import", "reason": ""} in found
    assert ("AUTHORIZED", "wait", "WAITING_FOR_PAYMENT") in [
        (one["status"], one["outcome"], one["reason"]) for one in found
    ]


def test_values_in_use_that_no_map_knows_are_told(failing: Office) -> None:
    found = failing.ok("GET /integrations/acme/unmapped", token=failing.token("viewer"))["items"]
    assert ("payment", "klarna", 3) in [(one["map"], one["value"], one["orders"]) for one in found]


def test_a_schedule_is_set_with_its_next_runs_and_taken_back(office: Office) -> None:
    token, path = office.token("administrator"), f"{PRODUCT}/schedule"
    office.stage.work("product", "initialize")
    wanted = {"kind": "weekly", "days": ["monday", "friday"], "at": "02:30"}
    told = office.ok(f"PUT {path}", wanted, token=token)
    assert (told["schedule"], len(told["next"]), told["armed"]) == (wanted, 5, True)
    assert told["next_run_at"] == told["next"][0]["at"]
    hours = {"kind": "every", "every": "2 hours", "from": "08:00", "to": "20:00"}
    assert office.ok(f"PUT {path}", hours, token=token)["schedule"] == hours
    assert office.ok(f"GET {PRODUCT}", token=token)["schedule"] == hours
    assert office.ok(f"PUT {path}", {"kind": "never"}, token=token)["next"] == []
    assert office.acts()[-1] == ("administrator-1 (token ci)", "schedule", "acme product erp_to_shop")
    for wrong in ({"kind": "daily"}, {"kind": "never", "at": "02:30"}, {"kind": "daily", "at": "25:00"}, {}):
        assert office.refused(f"PUT {path}", wrong, token=token)[0] == 422
    assert len(office.ok("GET /integrations/acme/schedules", token=token)["items"]) == 4


def test_health_tells_who_is_at_work_and_which_platform_does_not_answer(office: Office) -> None:
    hub, token, now = office.stage.hub, office.token("viewer"), office.stage.clock()
    told = office.ok("GET /health", token=token)
    assert (told["ready"], told["workers"], told["clock_is_running"]) == (False, 0, False)
    hub.leases.take("clock", "here", now, now + timedelta(seconds=12))
    hub.health.unavailable("shop", "no answer", now)
    told = office.ok("GET /health", token=token)
    assert told["clock_is_running"]
    assert {one["name"]: one["well"] for one in told["connections"]} == {"shop": False, "erp": True}
