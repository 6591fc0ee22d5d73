"""The REST API on a hub of its own, with people and tokens of every kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from admin.api import PREFIX, register
from admin.api.pages import operations
from hub.covering import look
from hub.pairs import proposals
from hub.store.divergences import Divergence, Divergences
from hub.store.link import LINKS
from hub.store.proposals import Pairing
from hub.store.tokens import Scope, Tokens
from hub.store.users import USERS
from tests.sync.conftest import Stage, staged

ROLES = {"viewer": "read", "operator": "act", "administrator": "administer"}


@dataclass
class Answer:
    """What came back."""

    status: int
    json: Any
    headers: Mapping[str, str]
    text: str


@dataclass
class Office:
    """Somebody who calls the API of a stage."""

    stage: Stage
    app: Flask
    made: int = 0

    def person(self, role: str, *, integrations: Sequence[str] = (), sees_personal: bool = False) -> str:
        """Somebody new; answers the name."""
        self.made += 1
        values = {
            "name": f"{role}-{self.made}",
            "password": "-",
            "role": role,
            "sees_personal": sees_personal,
            "integrations": list(integrations),
            "created_at": self.stage.clock(),
            "must_change": False,
            "failed": 0,
            "epoch": 0,
        }
        with self.stage.hub.database.write() as connection:
            connection.execute(USERS.insert().values(values))
        return str(values["name"])

    def token(self, role: str, scope: Scope | None = None, *, days: int = 1, **more: Any) -> str:
        """A token of somebody new with this role; it may all that the role may unless a scope is named."""
        now = self.stage.clock()
        wanted: Any = scope or ROLES[role]
        person = self.person(role, **more)
        return Tokens(self.stage.hub.database).add(person, "ci", [wanted], now, now + timedelta(days=days))[1]

    def call(self, what: str, body: Any = None, *, token: str | None = None, **query: Any) -> Answer:
        """Call an endpoint, such as "GET /jobs"."""
        method, _, path = what.partition(" ")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.app.test_client().open(
            PREFIX + path, method=method, json=body, headers=headers, query_string=query
        )
        return Answer(answer.status_code, answer.get_json(silent=True), answer.headers, answer.text)

    def ok(self, what: str, body: Any = None, *, token: str, status: int = 200, **query: Any) -> Any:
        """What an endpoint answers that does as it is told."""
        answer = self.call(what, body, token=token, **query)
        assert answer.status == status, answer.text
        return answer.json

    def refused(self, what: str, body: Any = None, *, token: str | None = None, **query: Any) -> tuple[int, str]:
        """With which status and words an endpoint refuses."""
        answer = self.call(what, body, token=token, **query)
        assert answer.headers["Content-Type"] == "application/problem+json", answer.text
        assert answer.json["status"] == answer.status
        return answer.status, answer.json["detail"]

    def walk(self, what: str, *, token: str, **query: Any) -> Iterator[Any]:
        """All pages of a list, one after the other."""
        cursor = ""
        while True:
            told = self.ok(what, token=token, **query, **({"cursor": cursor} if cursor else {}))
            yield told["items"]
            if told["next"] is None:
                return
            cursor = told["next"]

    def acts(self) -> list[tuple[str, str, str]]:
        """Who did what to what, the oldest first."""
        return [(act.actor, act.action, act.subject) for act in reversed(list(self.stage.hub.audit.newest(1000)))]


#: How an endpoint is called: "GET /path", its body and its query.
Call = tuple[str, Any, dict[str, str]]
FILLED = {"name": "acme", "object_name": "product", "direction": "erp_to_shop", "map_name": "payment", "side": "shop"}
#: A body with which an endpoint would do something.
BODIES: dict[str, Any] = {
    "set_schedule": {"kind": "daily", "at": "02:30"},
    "put_entry": {"shop": "klarna", "erp": "card:1"},
    "ignore_failures": {"all": True, "until": "2026-12-24T00:00:00+00:00"},
    **{name: {"all": True} for name in ("count_failures", "resync_failures", "acknowledge_failures")},
    **{name: {"all": True} for name in ("mark_records", "unmark_records")},
    "sync": {},
    "initialize": {},
    "backfill_orders": {"numbers": "1001-1099"},
    "set_priority": {"priority": "low"},
    "merge_versions": {"take": {"title": "erp"}},
    "validate_pairs": {"rows": [{"source_key": "MUG", "target_id": "MUG"}]},
    "link_pairs": {"list": 1},
    "relink": {"side": "erp", "id": "BOWL"},
}
#: What stands in the path of an endpoint that is not for the route of products.
ELSEWHERE = {
    "backfill_orders": {"object_name": "order", "direction": "shop_to_erp"},
    "propose_pairs": {"object_name": "customer", "direction": "shop_to_erp"},
}
QUERIES: dict[str, dict[str, str]] = {
    "remove_entry": {"shop": "shopify_payments"},
    "list_coverage": {"class": "connected"},
}


def records_of(office: Office) -> dict[str, Any]:
    """A hub that has worked: what stands in the paths of its endpoints, by name, for things that acme has."""
    stage = office.stage
    for code in ("MUG", "TEE"):
        stage.erp.add_item(code, "11.90")
    stage.work("product", "initialize")
    previews = [stage.work("product", "full", mode="preview") for _ in range(2)]
    message = stage.messages("product")[0]
    with stage.hub.database.read() as connection:
        variants = select(LINKS.c.id).where(LINKS.c.parent_id.is_not(None)).order_by(LINKS.c.erp_id)
        link, other_link = connection.scalars(variants)
    diverge(office, link)
    stage.hub.worker().work_off(look(stage.hub, stage.route("product")))
    stage.settings(hold_price_least=0)
    stage.erp.edit("items", "MUG", price="1.00")
    held = stage.work("product")
    assert held.state == "held"
    plans = [stage.hub.plans.of_run(run.id) for run in (*previews, held)]
    stage.erp.add_item("BOWL")
    kept, possible = proposals(stage.hub, stage.route("product")), Pairing("BOWL", "", "gid://B", "", 70, "barcode")
    kept.put([possible], stage.clock())
    path = "/integrations/acme/routes/product/erp_to_shop/sync"
    waiting = office.ok(f"POST {path}", {}, token=office.token("operator"), status=202)
    numbers = {"job_id": waiting["job"], "run_id": previews[0].id, "message_id": message.id, "link_id": link}
    numbers |= {"other_link": other_link, "proposal": kept.page()[0].id}
    ids = [plan.id for plan in plans if plan]
    return {**FILLED, **numbers, "plan_id": ids[0], "other_plan": ids[1], "held_id": ids[2], "record_id": link}


def diverge(office: Office, link: int) -> None:
    """Let a record of a product have a conflict and a drift."""
    hub, route = office.stage.hub, office.stage.route("product").id
    found = [
        Divergence(link, "title", "conflict", "MUG", "Cup", "Mug", "a", "b"),
        Divergence(link, "price", "drift", "MUG", "12.00", "11.90", "a", "b"),
    ]
    Divergences(hub.database, office.stage.integration_id, hub.vault).replace_all(
        route, {link: found}, office.stage.clock()
    )


def calls_of(office: Office) -> dict[str, Call]:
    """Endpoint -> how to call it on the integration acme."""
    records, found = records_of(office), {}
    meant = {name: {"records": [records["record_id"]]} for name in ("take_version", "undo_drift")}
    bodies = {**BODIES, **meant, "take_version": {**meant["take_version"], "winner": "erp"}}
    bodies["accept_pairs"] = {"ids": [records["proposal"]]}
    for one in operations(office.call("GET /openapi.json").json):
        filled = {**records, **ELSEWHERE.get(one.name, {})}
        if one.name == "drop_plan":
            filled["plan_id"] = records["other_plan"]
        if one.name == "relink":
            filled["link_id"] = records["other_link"]
        path = one.path.format_map(filled)
        said = f"{one.method} {path.removeprefix(PREFIX)}"
        found[one.name] = (said, bodies.get(one.name), QUERIES.get(one.name, {}))
    return found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with staged(tmp_path) as stage:
        yield Office(stage, application(stage))


@pytest.fixture
def anywhere(url: str, tmp_path: Path) -> Iterator[Office]:
    """The same on each kind of database."""
    log = "" if url.startswith("postgresql") else f"{url}.log"
    with staged(tmp_path, HUB_DATABASE_URL=url, HUB_LOG_URL=log) as stage:
        yield Office(stage, application(stage))


def application(stage: Stage) -> Flask:
    """A bare application with nothing but the API."""
    app = Flask("bare")
    register(app, stage.hub)
    return app
