from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask_wtf import CSRFProtect

from admin.access import allowed
from admin.api import register
from admin.api.blueprint import ACTS, NEEDS, PREFIX
from admin.app import create_app
from hub.bootstrap import build
from hub.cli.app import hub as command
from hub.store.failures import Trouble
from hub.store.tokens import SCOPES, Scope, Tokens, covers
from hub.store.users import TOKENS, USERS
from tests.console.api.conftest import ROLES, Call, Office, calls_of

#: Endpoints that take a token.
CLOSED = sorted(name.removeprefix("api.") for name, needs in NEEDS.items() if needs is not None)


@pytest.fixture
def calls(office: Office) -> dict[str, Call]:
    return calls_of(office)


def narrower(scope: Scope) -> list[Scope]:
    return list(SCOPES[: SCOPES.index(scope)])


def test_nothing_is_open_without_a_token_that_is_good(office: Office, calls: dict[str, Call]) -> None:
    gone = office.token("administrator", days=1)
    late = office.token("administrator", days=2)
    office.stage.clock.advance(timedelta(days=1).total_seconds())
    before = office.acts()
    for name in CLOSED:
        what, body, query = calls[name]
        for token in (None, "hub_nonsense", gone, f"{late}x", "", "\u00e4"):
            answer = office.call(what, body, token=token, **query)
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), name
            assert answer.headers["Content-Type"] == "application/problem+json"
    assert office.acts() == before
    assert office.call("GET /me", token=late).status == 200


def test_a_token_of_a_narrower_scope_is_refused(office: Office, calls: dict[str, Call]) -> None:
    tokens = {scope: office.token("administrator", scope) for scope in SCOPES}
    before, tried = office.acts(), 0
    for name in CLOSED:
        needs = NEEDS[f"api.{name}"]
        assert needs is not None
        what, body, query = calls[name]
        for scope in narrower(needs):
            tried += 1
            status, words = office.refused(what, body, token=tokens[scope], **query)
            assert (status, words) == (403, f"The token has not the scope {needs}."), name
    assert tried > 10
    assert office.acts() == before


def test_a_role_below_is_refused_whatever_the_token_may(office: Office, calls: dict[str, Call]) -> None:
    tokens = {role: office.token(role, "administer") for role in ROLES}
    before, tried = office.acts(), 0
    for name in CLOSED:
        needs = NEEDS[f"api.{name}"]
        assert needs is not None
        what, body, query = calls[name]
        for role, token in tokens.items():
            if not allowed(role, ACTS[needs]):
                tried += 1
                status, words = office.refused(what, body, token=token, **query)
                assert (status, "does not allow this" in words) == (403, True), name
    assert tried > 10
    assert office.acts() == before


def test_what_belongs_to_another_integration_is_not_there(office: Office, calls: dict[str, Call]) -> None:
    token = office.token("administrator", integrations=["other"], sees_personal=True)
    before, jobs = office.acts(), office.stage.hub.jobs.unfinished([office.stage.route("product").id])
    filtered = ("list_jobs", "list_runs", "list_messages", "list_plans", "list_held")
    lists = {"list_integrations", "list_alerts", *filtered}
    for name in CLOSED:
        what, body, query = calls[name]
        if name in lists:
            assert office.ok(what, token=token)["items"] == [], name
        elif name == "health":
            assert office.ok(what, token=token)["connections"] == []
        elif name != "me":
            status, words = office.refused(what, body, token=token, **query)
            assert (status, "or it is not open to you" in words) == (404, True), name
    for name in filtered:
        assert office.refused(calls[name][0], token=token, integration="acme")[0] == 404
    assert office.acts() == before
    assert office.stage.hub.jobs.unfinished([office.stage.route("product").id]) == jobs


def test_with_the_right_token_every_endpoint_answers(office: Office, calls: dict[str, Call]) -> None:
    token = office.token("administrator", integrations=["acme"])
    # There is no failure, what was released is not dropped any more, and pairs are being linked already.
    refusing = {"resync_failures", "acknowledge_failures", "ignore_failures", "drop_held", "link_pairs"}
    refusing |= {"validate_pairs"}
    # The route was paused, and has to go on before a held run of it is released.
    last = ["", "cancel_job", "unlink", "remove_entry", "release_held", "drop_held"]
    for name in sorted(CLOSED, key=lambda name: last.index(name if name in last else "")):
        what, body, query = calls[name]
        answer = office.call(what, body, token=token, **query)
        assert answer.status in ((409,) if name in refusing else (200, 202)), answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_token_of_a_closed_account_or_a_revoked_one_is_worthless(office: Office) -> None:
    token, other = office.token("viewer"), office.token("viewer")
    tokens = Tokens(office.stage.hub.database)
    assert office.call("GET /me", token=token).status == office.call("GET /me", token=other).status == 200
    tokens.revoke(tokens.all()[0].id)
    assert office.call("GET /me", token=token).status == 401
    with office.stage.hub.database.write() as connection:
        connection.execute(USERS.update().values(disabled_at=office.stage.clock()))
    assert office.call("GET /me", token=other).status == 401


def test_a_token_is_kept_as_its_hash_alone(office: Office) -> None:
    token = office.token("viewer")
    with office.stage.hub.database.read() as connection:
        row = connection.execute(TOKENS.select()).one()
    assert token not in str(tuple(row)) and len(row.hash) == 64
    assert len(token) >= len("hub_") + 43


def test_the_last_use_is_noted_no_more_than_once_a_minute(office: Office) -> None:
    token, clock, tokens = office.token("viewer"), office.stage.clock, Tokens(office.stage.hub.database)
    first = clock()
    for seconds in (0, 59):
        clock.advance(seconds)
        office.ok("GET /me", token=token)
        assert tokens.all()[0].last_used_at == first
    clock.advance(1)
    office.ok("GET /me", token=token)
    assert tokens.all()[0].last_used_at == clock()


def test_a_wider_scope_allows_what_narrower_ones_do() -> None:
    allows = {scope: [needed for needed in SCOPES if covers([scope], needed)] for scope in SCOPES}
    assert allows == {
        "read": ["read"],
        "act": ["read", "act"],
        "administer": ["read", "act", "administer"],
    }
    assert not any(covers([], needed) for needed in SCOPES)


def test_what_is_done_is_in_the_trail_under_the_person_and_the_token(office: Office) -> None:
    token = office.token("operator")
    office.ok("POST /integrations/acme/routes/order/shop_to_erp/pause", token=token)
    assert office.acts()[-1] == ("operator-1 (token ci)", "pause", "acme order shop_to_erp")
    assert office.stage.route("order").paused_by == "operator-1 (token ci)"


def test_a_cookie_opens_nothing_and_forged_requests_need_no_other_key(office: Office) -> None:
    app = Flask("with a console")
    app.secret_key = "secret"
    CSRFProtect(app)
    app.add_url_rule("/form", "form", lambda: "done", methods=["POST"])
    register(app, office.stage.hub)
    path = f"{PREFIX}/integrations/acme/routes/order/shop_to_erp/pause"
    client = app.test_client()
    assert client.post("/form").status_code == 400
    client.set_cookie("session", office.token("operator"))
    assert client.post(path).status_code == 401
    assert client.post(path, headers={"Authorization": f"Bearer {office.token('operator')}"}).status_code == 200


def test_tokens_are_made_shown_once_listed_and_revoked_at_the_command_line(office: Office) -> None:
    person = office.person("operator")
    home = {"HUB_HOME": str(office.stage.hub.config.home)}

    def run(*words: str) -> Any:
        done = CliRunner().invoke(command, ["tokens", *words, "--json"], env=home)
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    made = run("add", person, "nightly", "--scope", "act", "--days", "30")
    assert made["token"].startswith("hub_")
    reader = build(office.stage.hub.config)
    found = Tokens(reader.database).bearer(made["token"], reader.clock())
    assert found is not None and (found.token.name, found.role) == ("nightly", "operator")
    assert made["token"] not in str(run("list")) and run("list", person)[0]["scopes"] == ["act"]
    assert run("revoke", str(made["id"])) == {"revoked": made["id"]}
    assert Tokens(reader.database).bearer(made["token"], reader.clock()) is None
    reader.close()
    assert [act[1:] for act in office.acts()] == [
        ("tokens add", f"token {made['id']} of {person}"),
        ("tokens revoke", f"token {made['id']} of {person}"),
    ]
    refused = CliRunner().invoke(command, ["tokens", "add", "nobody", "x"], env=home)
    assert refused.exit_code == 3 and "no user named nobody" in refused.stderr


def test_the_api_stands_beside_the_console_of_the_same_process(office: Office) -> None:
    token = office.token("operator")
    office.app = create_app(office.stage.hub)
    assert office.ok("GET /me", token=token)["role"] == "operator"
    path = "/integrations/acme/routes/order/shop_to_erp"
    assert office.ok(f"POST {path}/pause", token=token) == {"changed": True}
    assert office.refused(f"POST {path}/pause")[0] == 401
    assert office.refused("GET /nothing", token=token)[0] == 404
    assert office.refused("DELETE /jobs", token=token)[0] == 405
    assert office.refused("GET /jobs/99", token=token)[0] == 404
    page = office.call("GET /docs")
    assert page.status == 200 and "style-src" in page.headers["Content-Security-Policy"]
    assert office.app.test_client().get("/nothing").mimetype == "text/html"


def test_what_was_said_about_a_customer_is_masked_unless_it_is_asked_for_with_the_right(office: Office) -> None:
    hub, said = office.stage.hub, "Ada Lovelace is taken"
    for name in ("customer", "product"):
        trouble = Trouble("1", "1", "REJECTED_BY_TARGET", "", "", said, False, 1)
        hub.failures.record(office.stage.route(name).id, [trouble], office.stage.clock())

    def told(token: str, **query: Any) -> dict[str, str]:
        items = office.ok("GET /integrations/acme/failures", token=token, **query)["items"]
        return {one["object"]: one["text"] for one in items}

    seeing = office.token("viewer", sees_personal=True)
    assert told(office.token("viewer")) == told(seeing) == {"customer": "***", "product": said}
    assert office.refused("GET /integrations/acme/failures", token=office.token("viewer"), personal=1)[0] == 403
    assert told(seeing, personal=1) == {"customer": said, "product": said}
    assert office.acts()[-1][1:] == ("show personal data", "failures acme")


def test_nobody_without_the_right_searches_among_people(office: Office) -> None:
    path = "/integrations/acme/routes/customer/shop_to_erp/selection"
    blind, seeing = office.token("operator"), office.token("operator", sees_personal=True)
    for what, query in (("GET /messages", {"person": "a@b.example"}), (f"GET {path}", {"text": "a"})):
        assert office.refused(what, token=blind, **query)[0] == 403, what
        office.ok(what, token=seeing, **query)
    assert office.refused(f"POST {path}/mark", {"text": "a"}, token=blind)[0] == 403
