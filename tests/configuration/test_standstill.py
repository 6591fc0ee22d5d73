from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.configuration.standstill import refuse_stopped, standstill
from hub.errors import WritesStopped
from hub.platforms.platform import Finding
from hub.store.connections import StoredConnection
from hub.store.routes import Route

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)
WINDOW = {"from": "2026-11-27T00:00:00+01:00", "to": "2026-12-01T00:00:00+01:00"}


def connection(name: str, **fields: Any) -> StoredConnection:
    return StoredConnection(1, name, "fake_shop", {}, frozenset(), **fields)


def route(*, enabled: bool = True) -> Route:
    return Route(1, 1, "product", "erp_to_shop", enabled, "done", {}, {}, "", "all", [WINDOW])


def found(shop: StoredConnection, *routes: Route) -> list[Finding]:
    return [*standstill("acme", {"shop": shop, "erp": connection("acme erp")}, routes, BERLIN, NOW)]


def test_where_nothing_stands_still_there_is_nothing_to_say() -> None:
    assert found(connection("acme shop")) == []


def test_a_stopped_connection_is_named_with_who_since_when_and_how_it_goes_on() -> None:
    stopped = connection("acme shop", stopped_at=datetime(2026, 11, 27, 23, 5, tzinfo=UTC), stopped_by="ann")
    (finding,) = found(stopped)
    assert (finding.ok, finding.blocking) == (False, True)
    since = "2026-11-28 00:05 (Europe/Berlin)"
    assert finding.what == f"Writes over acme shop have been stopped by ann since {since}."
    assert finding.fix == "When the reason is gone, run: hub resume acme shop"
    with pytest.raises(WritesStopped, match="stopped by ann since 2026-11-28 00:05"):
        refuse_stopped(stopped, BERLIN)


def test_a_connection_that_goes_on_refuses_nothing() -> None:
    assert refuse_stopped(connection("acme shop"), BERLIN) is None


def test_hours_and_windows_of_this_moment_are_worth_knowing() -> None:
    shop = connection("acme shop", blackout=({"from": "02:00", "to": "03:30"},))
    said = found(shop, route(), route(enabled=False))
    assert [(finding.ok, finding.blocking) for finding in said] == [(False, False)] * 2
    assert said[0].what.startswith("acme shop has its blackout hours until 2026-11-28 03:30 (Europe/Berlin)")
    assert said[1].what.startswith("product erp_to_shop is frozen until 2026-12-01 00:00 (Europe/Berlin)")


def test_hours_and_windows_of_other_moments_are_not_named() -> None:
    shop = connection("acme shop", blackout=({"from": "04:00", "to": "05:30"},))
    early = Route(1, 1, "product", "erp_to_shop", True, "done", {}, {}, "", "all", [{**WINDOW, "to": WINDOW["from"]}])
    assert found(shop, early) == []
