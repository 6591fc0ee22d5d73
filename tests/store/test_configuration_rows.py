"""What the configuration keeps: the trail of acts, map entries, and the jobs that a stopped connection holds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.errors import ConfigurationError
from hub.store.audit import Act, Audit
from hub.store.database import Database
from hub.store.job import Request
from hub.store.jobs import Jobs
from hub.store.maps import Entry, Maps, group_map
from hub.store.routes import Routes
from tests.store.conftest import Clock


@pytest.fixture
def trail(database: Database, clock: Clock) -> Audit:
    """Six acts, an hour apart."""
    audit = Audit(database, clock, "ann")
    for subject in ("acme: settings", "acme 2: settings", "100% acme", "acme: settings", "other", "acme_ x"):
        audit.note("apply", subject, {"price_list": 1}, {"price_list": 2})
        clock.advance(hours=1)
    return audit


def subjects(acts: list[Act]) -> list[str]:
    return [act.subject for act in acts]


def test_the_newest_acts_come_first(trail: Audit) -> None:
    assert subjects(list(trail.newest(2))) == ["acme_ x", "other"]
    assert len(list(trail.newest())) == 6


def test_acts_are_chosen_before_they_are_counted(trail: Audit) -> None:
    found = trail.history(lambda act: act.subject.startswith("acme:"), limit=2)
    assert [(act.id, act.before, act.after) for act in found] == [
        (4, {"price_list": 1}, {"price_list": 2}),
        (1, {"price_list": 1}, {"price_list": 2}),
    ]


def test_only_acts_that_mention_a_text_are_looked_at(trail: Audit) -> None:
    looked: list[str] = []

    def note(act: Act) -> bool:
        looked.append(act.subject)
        return True

    trail.history(note, limit=10, mentions=["other", "100%"])
    assert looked == ["other", "100% acme"]
    # Signs that a database takes for "anything" are themselves.
    assert subjects(trail.history(lambda act: True, limit=10, mentions=["acme_"])) == ["acme_ x"]


def test_acts_may_begin_at_a_time(trail: Audit, clock: Clock) -> None:
    last = next(trail.newest(1)).at
    assert subjects(trail.history(lambda act: True, limit=10, since=last)) == ["acme_ x"]
    assert trail.history(lambda act: True, limit=10, since=clock.advance(hours=1)) == []


def test_just_the_entries_that_are_named_are_dropped(database: Database, integration_id: int) -> None:
    maps = Maps(database)
    always, later = Entry("tax", "0.19", "A2"), Entry("tax", "0.19", "A3", date(2027, 1, 1))
    other = Entry("payment", "0.19", "card:1")
    maps.put(integration_id, [always, later, other])
    maps.drop(integration_id, [always])
    assert maps.entries(integration_id) == [other, later]
    maps.drop(integration_id + 1, [later])
    assert maps.entries(integration_id) == [other, later]


def test_jobs_that_are_not_done_are_told_by_route(
    database: Database, integration_id: int, route_id: int, clock: Clock
) -> None:
    jobs = Jobs(database)
    orders = Routes(database).save(integration_id, "order", "shop_to_erp", enabled=True)
    first = jobs.put(Request(route_id, "full", "sync now", "ann"), clock())
    job = jobs.claim("worker", clock(), clock.advance(minutes=2))
    assert job is not None
    second = jobs.put(Request(route_id, "changes", "sync now", "ann"), clock())
    absorbed = jobs.put(Request(route_id, "changes", "sync now", "bob"), clock())
    third = jobs.put(Request(orders, "changes", "sync now", "ann"), clock())
    # The absorbed one stays as a row of its own, which is no job any more.
    assert absorbed == second
    assert [one.id for one in jobs.unfinished([route_id])] == [first, second]
    assert [one.id for one in jobs.unfinished([orders, route_id])] == [first, second, third]
    jobs.finish(job, "done")
    assert [one.id for one in jobs.unfinished([route_id])] == [second]
    assert jobs.unfinished([]) == []


def test_entries_come_in_the_order_of_their_ranks_and_groups_name_a_value_once(
    database: Database, integration_id: int
) -> None:
    maps = Maps(database)
    entries = [Entry("customer_group", "a", "1", rank=2), Entry("customer_group", "b", "2", rank=1)]
    maps.put(integration_id, entries)
    assert maps.entries(integration_id) == [entries[1], entries[0]]
    assert list(group_map(maps.entries(integration_id), "customer_group").items()) == [("b", 2), ("a", 1)]
    maps.put(integration_id, [replace(entries[0], rank=0)])
    assert [one.shop_value for one in maps.entries(integration_id)] == ["a", "b"]
    with pytest.raises(ConfigurationError, match="already, written a"):
        maps.put(integration_id, [Entry("customer_group", "A", "3")])
