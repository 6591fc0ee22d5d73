"""The hub as it is built: what its store is decides who shares the limits."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from hub.bootstrap import Hub
from hub.config import from_environment
from hub.platforms.limits import OneProcess
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.server import SandboxClock, running
from hub.sandbox.world.generate import generate
from hub.sharing.limits import AllProcesses
from tests.databases import new_hub

from .conftest import KEY


def hub_of(url: str, home: Path) -> Hub:
    environment = {"HUB_HOME": str(home), "HUB_DATABASE_URL": url, "HUB_KEY": KEY}
    return new_hub(from_environment(environment), actor="test")


def test_two_hubs_on_one_store_have_one_session(url: str, tmp_path: Path) -> None:
    application = SapB1Application(generate(5, seed=3), now=SandboxClock().now)
    given = {"company": "SBODEMO", "user": "hub", "password": "sandbox"}
    with (
        running(application) as server,
        closing(hub_of(url, tmp_path / "one")) as one,
        closing(hub_of(url, tmp_path / "one")) as two,
    ):
        one.connections.save("erp", "sap_b1", {"base_url": server.url, **given}, frozenset({"password"}))
        embedded = one.config.is_sqlite
        assert isinstance(one.limits, OneProcess if embedded else AllProcesses)
        for hub in (one, two):
            first, second = (hub.connect(hub.connections.named("erp")) for _ in range(2))
            assert first.check()[0].ok
            assert second.check()[0].ok
            first.close()
            second.close()
        sessions = application.sessions.to_json()
        # An embedded store is one process's alone, so that each of the two knows of itself only, and logs out.
        expected = (2, 2, 1) if embedded else (1, 0, 1)
        assert (sessions["logins"], sessions["logouts"], sessions["most_at_once"]) == expected
