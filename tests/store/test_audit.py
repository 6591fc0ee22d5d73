"""The audit trail is found by the names of what its acts are about."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import event, text

from hub.store import migrate
from hub.store.audit import AUDIT, Audit
from hub.store.database import Database, make_engine
from tests.databases import at
from tests.store.conftest import Clock

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def about(audit: Audit, *names: str) -> list[str]:
    return [act.action for act in audit.about(names, ALWAYS)]


def test_an_act_is_found_by_its_subject_by_what_ends_it_and_by_what_is_noted_with_it(
    database: Database, clock: Clock
) -> None:
    audit = Audit(database, clock, "ann")
    audit.note("unlink", "acme link 12345678")
    audit.note("sync now", "acme product erp_to_shop", after={"scope": "keys", "keys": ["MUG", "MUG-2"]})
    audit.note("show", "message 7", after={"who": {"key": "MUG"}, "number": 5})
    assert about(audit, "12345678", "link 12345678") == ["unlink"]
    assert about(audit, "MUG") == ["show", "sync now"]
    assert about(audit, "MUG-2", "message 7") == ["show", "sync now"]
    assert about(audit, "MUG-", "MU", "5", "acme") == []
    assert audit.about(["MUG"], (ALWAYS[0], clock())) == []


def test_it_is_found_without_looking_through_the_trail(database: Database, clock: Clock) -> None:
    Audit(database, clock, "ann").note("sync now", "acme", after={"keys": ["MUG"]})
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    Audit(database, clock, "ann").about(["MUG"], ALWAYS)
    assert "LIKE" not in asked[-1] and "audit_about.name IN" in asked[-1]


def test_acts_of_an_older_release_are_found_too(url: str) -> None:
    engine = make_engine(url)
    at(engine, "0007")
    with engine.begin() as connection:
        act = {"at": ALWAYS[0], "actor": "ann", "action": "sync now", "subject": "acme", "before": None}
        connection.execute(AUDIT.insert().values(**act, after={"keys": ["MUG"]}))
    migrate.upgrade(engine, "store")
    with engine.connect() as connection:
        assert sorted(connection.scalars(text("SELECT name FROM audit_about"))) == ["MUG", "acme"]
    engine.dispose()
