"""Who comes in, how long he stays, and what keeps others out."""

from __future__ import annotations

import pytest

from admin.security import IDLE, LONGEST
from admin.throttle import FROM_ADDRESS
from hub.store.users import WRONG_ALLOWED
from tests.console.conftest import Console
from tests.people import PASSWORD


def test_every_answer_carries_its_headers(console: Console) -> None:
    for answer in (console.stranger().get("/login"), console.signed_in("viewer").get("/nowhere")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "onclick=" not in answer.text
        assert "style=" not in answer.text
        assert "<script>" not in answer.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(console: Console) -> None:
    cookie = console.stranger().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_wrong_passwords_lock_the_account_for_a_while(console: Console) -> None:
    console.user("ann", "viewer")
    browser = console.stranger()
    answers = [browser.sign_in("ann", "wrong").status_code for _ in range(WRONG_ALLOWED)]
    assert answers == [401] * WRONG_ALLOWED
    assert "Too many wrong passwords" in browser.sign_in("ann").text
    console.stage.clock.advance(11 * 60)
    assert browser.sign_in("ann").status_code == 302
    found = console.stage.hub.users.named("ann")
    assert (found.failed, found.locked_until) == (0, None)


def test_the_lock_is_in_the_store_and_holds_in_another_process(console: Console) -> None:
    identity = console.user("ann", "viewer")
    for _ in range(WRONG_ALLOWED):
        console.stage.hub.users.note_wrong(identity, console.stage.clock())
    assert "Too many wrong passwords" in console.stranger().sign_in("ann").text


def test_one_address_guesses_only_so_often_whatever_the_names(console: Console) -> None:
    console.user("ann", "viewer")
    browser = console.stranger()
    for number in range(FROM_ADDRESS):
        browser.sign_in(f"nobody-{number}", "wrong")
    assert browser.sign_in("ann").status_code == 401


def test_nobody_learns_at_the_door_whether_there_is_such_a_person(console: Console) -> None:
    console.user("ann", "viewer")
    known = console.stranger().sign_in("ann", "wrong").text
    unknown = console.stranger().sign_in("bob", "wrong").text
    wrong = "That name and password do not belong together."
    assert wrong in known
    assert wrong in unknown


def test_a_session_ends_when_nothing_happens_and_after_its_longest_time(console: Console) -> None:
    browser = console.signed_in("viewer")
    console.stage.clock.advance(IDLE.total_seconds() - 1)
    assert browser.get("/").status_code == 200
    console.stage.clock.advance(IDLE.total_seconds() + 1)
    assert browser.get("/").status_code == 302
    browser.sign_in("a-viewer")
    for _ in range(int(LONGEST / IDLE)):
        assert browser.get("/").status_code == 200
        console.stage.clock.advance(IDLE.total_seconds())
    assert browser.get("/").status_code == 200
    console.stage.clock.advance(1)
    assert browser.get("/").status_code == 302


def test_a_page_that_refreshes_itself_keeps_no_session_alive(console: Console) -> None:
    browser = console.signed_in("viewer")
    for _ in range(3):
        console.stage.clock.advance(IDLE.total_seconds() / 2 - 1)
        last = browser.get("/live", headers={"X-Poll": "1"}).status_code
    assert last == 401


@pytest.mark.parametrize("change", ["password", "access", "close", "everywhere"])
def test_a_change_of_the_account_ends_its_sessions(console: Console, change: str) -> None:
    browser = console.signed_in("viewer")
    users = console.stage.hub.users
    identity = users.named("a-viewer").id
    console.user("boss", "administrator")
    match change:
        case "password":
            users.set_password(identity, "x", must_change=True)
        case "access":
            users.set_access(identity, "operator", sees_personal=False, integrations=[])
        case "close":
            users.disable(identity, console.stage.clock())
        case _:
            users.end_sessions(identity)
    assert browser.get("/").status_code == 302


def test_a_one_time_password_has_to_be_changed_before_anything_else(console: Console) -> None:
    browser = console.signed_in("operator", must_change=True)
    assert browser.get("/").headers["Location"] == "/account"
    assert browser.press("/routes/1/pause").headers["Location"] == "/account"
    given = {"old": PASSWORD, "new": "three quiet lamps", "again": "three quiet lamps"}
    assert browser.press("/account", **{**given, "again": "three quiet lambs"}).status_code == 400
    assert browser.press("/account", **{**given, "new": "short", "again": "short"}).status_code == 400
    assert browser.press("/account", **given).status_code == 302
    assert browser.get("/").status_code == 200
    assert console.stranger().sign_in("a-operator").status_code == 401
    assert console.stranger().sign_in("a-operator", "three quiet lamps").status_code == 302


def test_after_the_door_one_is_where_one_wanted_to_be_and_never_elsewhere(console: Console) -> None:
    console.user("ann", "viewer")
    browser = console.stranger()
    data = {"csrf_token": browser.token(), "name": "ann", "password": PASSWORD}
    assert browser.client.post("/login?next=/runs/", data=data).headers["Location"] == "/runs/"
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
        other = console.stranger()
        data = {"csrf_token": other.token(), "name": "ann", "password": PASSWORD}
        assert other.client.post("/login", query_string={"next": elsewhere}, data=data).headers["Location"] == "/"


def test_signing_in_is_in_the_trail_under_the_persons_name(console: Console) -> None:
    console.signed_in("viewer")
    (act,) = console.acts()
    assert (act.actor, act.action) == ("a-viewer", "sign in")
