from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from admin.api import paging
from admin.api.problems import Problem
from hub.pairs import proposals
from hub.store.alerts import Alerts, Wrong
from hub.store.divergences import Divergence, Divergences
from hub.store.failures import FAILURES
from hub.store.job import Request
from hub.store.link import LINKS
from hub.store.proposals import Pairing
from tests.console.api.conftest import Office


def more_items(office: Office, number: int) -> None:
    """Another item, with its run, its message and its links."""
    office.stage.erp.add_item(f"I{number:03}", "9.00")
    office.stage.work("product", "keys" if number else "initialize", *([f"I{number:03}"] if number else []))


def more_failures(office: Office, number: int) -> None:
    now = office.stage.clock()
    values: dict[str, Any] = dict.fromkeys(("label", "detail", "fix", "text", "note"), "")
    values |= {"route_id": office.stage.route("order").id, "key": f"K{number:03}", "cause": "C", "state": "open"}
    values |= {"first_at": now, "last_at": now, "count": 1, "digest": "", "mapping_version": ""}
    with office.stage.hub.database.write() as connection:
        connection.execute(FAILURES.insert().values(values))


def more_jobs(office: Office, number: int) -> None:
    request = Request(office.stage.route("order").id, "range", "backfill", "ann", limits={"numbers": ["1", "2"]})
    office.stage.hub.jobs.put(request, office.stage.clock())


def more_alerts(office: Office, number: int) -> None:
    """What another integration has is among them, and not seen."""
    mine = [("acme",), ("another",)]
    wrongs = [Wrong("failures", f"s{one}", "text", integrations=mine[one % 2]) for one in range(number + 1)]
    Alerts(office.stage.hub.database).settle(wrongs, office.stage.clock())


def more_previews(office: Office, number: int) -> None:
    plans, route = office.stage.hub.plans, office.stage.route("product").id
    for kind in ("preview", "held"):
        plan = plans.begin(route, None, kind, "full", "ann", office.stage.clock())  # type: ignore[arg-type]
        plans.complete(plan, {}, {})
        # Of held runs that are open, a newer one takes the place of an older one.
        plans.decide(plan, "released", "ann", office.stage.clock())


def more_conflicts(office: Office, number: int) -> None:
    """Another record in conflict, with two fields."""
    hub, integration = office.stage.hub, office.stage.integration_id
    known = {"integration_id": integration, "kind": "variant", "state": "active", "shop_id": f"s{number}"}
    with hub.database.write() as connection:
        made = connection.execute(LINKS.insert().values(**known, erp_id=f"e{number}")).inserted_primary_key
    assert made is not None
    found = [Divergence(made[0], name, "conflict", "item", 1, 2, "a", "b") for name in ("title", "weight")]
    book = Divergences(hub.database, integration, hub.vault)
    book.replace_all(office.stage.route("product").id, {made[0]: found}, office.stage.clock())


def more_pairs(office: Office, number: int) -> None:
    one = Pairing(f"K{number}", "", f"T{number}", "", 100, "sku")
    proposals(office.stage.hub, office.stage.route("product")).put([one], office.stage.clock())


LISTS: dict[str, tuple[Callable[[Office, int], None], str]] = {
    "GET /messages": (more_items, "id"),
    "GET /runs": (more_items, "id"),
    "GET /integrations/acme/links": (more_items, "id"),
    "GET /integrations/acme/failures": (more_failures, "key"),
    "GET /jobs": (more_jobs, "id"),
    "GET /alerts": (more_alerts, "id"),
    "GET /plans": (more_previews, "id"),
    "GET /held": (more_previews, "id"),
    "GET /integrations/acme/conflicts": (more_conflicts, "id"),
    "GET /integrations/acme/routes/product/erp_to_shop/pairs": (more_pairs, "id"),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_walk_meets_every_row_once_while_rows_are_added(anywhere: Office, what: str) -> None:
    office = anywhere
    more, identity = LISTS[what]
    token = office.token("viewer", integrations=["acme"])
    for number in range(9):
        more(office, number)
    there = {row[identity] for row in office.ok(what, token=token, limit=200)["items"]}
    assert len(there) >= 5
    met: list[Any] = []
    for number, page in enumerate(office.walk(what, token=token, limit=2), 9):
        assert len(page) <= 2
        met += [row[identity] for row in page]
        if number < 13:
            more(office, number)
    assert len(met) == len(set(met))
    assert there <= set(met)


def test_messages_of_several_integrations_are_one_list(office: Office) -> None:
    for number in range(5):
        more_items(office, number)
    everything = [row["id"] for row in office.ok("GET /messages", token=office.token("viewer"))["items"]]
    token = office.token("viewer", integrations=["acme", "other"])
    walked = [row["id"] for page in office.walk("GET /messages", token=token, limit=2) for row in page]
    assert walked == everything and len(walked) >= 5


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", ""])
def test_a_page_has_a_size_that_it_can_have(office: Office, limit: str) -> None:
    assert office.refused("GET /runs", token=office.token("viewer"), limit=limit)[0] == 422


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "####",
        "=",
        "\u00e4",
        "a" * 3000,
        paging.written("messages", 1),
        paging.written("runs"),
        paging.written("runs", -1),
        paging.written("runs", True),
        paging.written("runs", "1"),
        paging.written("runs", 2**63 - 1),
        paging.written("runs", 1, 2),
    ],
)
def test_a_cursor_of_another_list_or_of_nobody_is_refused(office: Office, cursor: str) -> None:
    assert office.refused("GET /runs", token=office.token("viewer"), cursor=cursor)[0] == 422


def test_a_cursor_names_a_place_and_nothing_else() -> None:
    assert paging.read(paging.written("failures", 7, "K\u00e4"), "failures", int, str) == (7, "K\u00e4")
    assert paging.read("", "failures", int, str) is None
    with pytest.raises(Problem):
        paging.read(paging.written("failures", 7, "a\0b"), "failures", int, str)
