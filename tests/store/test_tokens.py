from __future__ import annotations

from datetime import timedelta

import pytest

from hub.errors import ConfigurationError
from hub.store.database import Database
from hub.store.failures import FAILURES, Failures
from hub.store.tokens import Bearer, Tokens
from hub.store.users import TOKENS, USERS
from tests.store.conftest import Clock


@pytest.fixture
def tokens(database: Database, clock: Clock) -> Tokens:
    """Ann may act on acme; Bob's account is closed."""
    fixed = {"password": "-", "sees_personal": True, "created_at": clock(), "must_change": False}
    fixed |= {"failed": 0, "epoch": 0}
    with database.write() as connection:
        ann = {"name": "ann", "role": "operator", "integrations": ["acme"], "disabled_at": None, **fixed}
        bob = {"name": "bob", "role": "viewer", "integrations": [], "disabled_at": clock(), **fixed}
        connection.execute(USERS.insert(), [ann, bob])
    return Tokens(database)


def test_a_token_stands_for_its_person_until_it_runs_out(tokens: Tokens, clock: Clock) -> None:
    made, secret = tokens.add("Ann", "ci", ["act"], clock(), clock() + timedelta(hours=1))
    found = tokens.bearer(secret, clock())
    assert isinstance(found, Bearer)
    assert (found.token.id, found.role, found.integrations, found.actor) == (
        made.id,
        "operator",
        ["acme"],
        "ann (token ci)",
    )
    assert tokens.bearer(secret.swapcase(), clock()) is None
    assert tokens.bearer(secret, clock.advance(minutes=59, seconds=59)) is not None
    assert tokens.bearer(secret, clock.advance(seconds=1)) is None


def test_nobody_learns_a_token_from_the_table(tokens: Tokens, database: Database, clock: Clock) -> None:
    _, first = tokens.add("ann", "one", ["read"], clock(), None)
    _, second = tokens.add("ann", "two", ["read"], clock(), None)
    with database.read() as connection:
        kept = str(connection.execute(TOKENS.select()).all())
    assert first != second and first not in kept and second not in kept


def test_a_token_needs_a_person_with_an_open_account_and_a_name_of_its_own(tokens: Tokens, clock: Clock) -> None:
    tokens.add("ann", "ci", ["read"], clock(), None)
    for person, name in (("ann", "ci"), ("bob", "ci"), ("eve", "ci")):
        with pytest.raises(ConfigurationError):
            tokens.add(person, name, ["read"], clock(), None)
    assert [(token.user, token.name) for token in tokens.all()] == [("ann", "ci")]
    assert tokens.all("bob") == []


def test_a_revoked_token_is_gone(tokens: Tokens, clock: Clock) -> None:
    made, secret = tokens.add("ann", "ci", ["read"], clock(), None)
    assert tokens.revoke(made.id).name == "ci"
    assert tokens.bearer(secret, clock()) is None
    with pytest.raises(ConfigurationError):
        tokens.revoke(made.id)


def test_pages_of_failures_meet_every_row_once(database: Database, route_id: int, clock: Clock) -> None:
    texts = dict.fromkeys(("label", "fix", "text", "note", "digest", "mapping_version"), "")
    fixed = {**texts, "route_id": route_id, "first_at": clock(), "last_at": clock(), "count": 1, "state": "open"}
    rows = [{**fixed, "key": f"K{number}", "cause": "AB"[number % 2], "detail": ""} for number in range(9)]
    with database.write() as connection:
        connection.execute(FAILURES.insert(), rows)
    met, after = list[str](), None
    while page := Failures(database).page([route_id], cause="A", after=after, limit=2):
        met += [failure.key for failure in page]
        after = (page[-1].route_id, page[-1].key)
    assert met == ["K0", "K2", "K4", "K6", "K8"]
