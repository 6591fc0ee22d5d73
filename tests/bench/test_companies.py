"""Many companies in one process, and one hub between all of them."""

from __future__ import annotations

from pathlib import Path

from bench.companies import companies
from bench.fleet import Fleet, open_jobs, open_messages, stretches, undone, waiting_failures
from bench.stage import Pace
from hub.clock import now

PACE = Pace(read_timeout=10, settle=10, lag=0, overlap=2, lease=30)


def test_companies_do_not_know_each_other_and_answer_as_late_as_they_are_told(tmp_path: Path) -> None:
    with companies(2, 1) as (first, second):
        first.work.begin(2, 1)
        assert (len(first.measure().expected), len(second.measure().expected)) == (7, 0)
        second.work.begin(2, 1)
        assert set(first.work.items).isdisjoint(second.work.items)
        first.take((0.1, 0.2), (0.5, 1))
        kinds = [(rule["kind"], rule["seconds"]) for rule in first.shop.get("faults")]
        assert kinds == [("delayed", [0.5, 1.0]), ("slow", [0.1, 0.2])]
        first.answer_at_once()
        assert first.shop.get("faults") == []


def test_a_fleet_does_the_first_loads_and_counts_what_is_put_in(tmp_path: Path) -> None:
    with companies(2, 1) as many:
        fleet = Fleet(tmp_path, "", PACE, many, {"customer": "shop_to_erp", "product": "erp_to_shop"})
        with fleet.hub() as hub:
            fleet.set_up(hub, items=2, customers=1)
            # Both items, but not their stock, which no route carries here.
            assert {name for name, _ in fleet.measure().lost} <= {"inventory"}
            since = now()
            many[0].work.new_customer()
            jobs = fleet.put(hub, ["company 0"], together=True)
            assert (undone(hub, jobs), open_jobs(hub), set(jobs.values())) == (2, 2, {"company 0"})
            assert {hub.jobs.get(job).tick is not None for job in jobs} == {True}
            for job in jobs:
                hub.worker().work_off(job)
            runs = stretches(hub, fleet.company_of, since)
            assert [(one.company, one.state, one.counts["created"]) for one in runs] == [
                ("company 0", "done", 1),
                ("company 0", "done", 0),
            ]
            assert (undone(hub, jobs), open_messages(hub), waiting_failures(hub)) == (0, 0, 0)
