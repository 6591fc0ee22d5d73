from __future__ import annotations

from hub.store.job import Request
from tests.cli.conftest import Terminal


def test_hub_check_lets_the_jobs_go_on_that_waited_for_a_platform_that_refused_us(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    with terminal.hub() as hub:
        hub.health.refused("acme shop", "wrong key", hub.clock())
        job = hub.jobs.put(Request(hub.routes.all()[0].id, "changes", "schedule", "clock"), hub.clock())
        assert hub.worker().work_off() is None
        assert "acme shop answers and accepts us again" in terminal.run("check", "acme").stdout
        assert hub.worker().work_off() is not None
        assert hub.jobs.get(job).state == "done"


def test_pausing_lets_jobs_wait_and_sync_now_says_so_until_the_route_is_resumed(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    assert "acme product erp_to_shop: its jobs wait now" in terminal.ok("pause", "acme", "product")
    assert "paused already" in terminal.ok("pause", "acme", "product")
    assert "was paused by" in terminal.fails("sync", "acme", "product")
    terminal.ok("resume", "acme", "product")
    terminal.ok("sync", "acme", "product")
    assert [act["action"] for act in terminal.acts() if act["action"] in ("pause", "resume")] == ["pause", "resume"]


def test_without_workers_a_job_that_is_left_to_them_says_that_none_runs_and_is_listed(terminal: Terminal) -> None:
    assert terminal.ok("jobs").startswith("Nothing waits")
    terminal.ok("initialize", "acme", "product")
    assert terminal.ok("sync", "acme", "product", "--no-wait").startswith("No worker is running")
    told = terminal.json("jobs")
    assert (told["waiting"], told["places"], told["jobs"][0]["scope"]) == (1, 0, "changes")


def test_a_job_that_waits_is_made_less_urgent(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    terminal.ok("sync", "acme", "product", "--no-wait")
    (job,) = terminal.json("jobs")["jobs"]
    assert job["priority"] == "high"
    assert "is low now" in terminal.ok("priority", str(job["id"]), "low")
    assert terminal.json("jobs")["jobs"][0]["priority"] == "low"
    assert "only one that waits has a priority" in terminal.fails("priority", "1", "high")
    assert "There is no job 99" in terminal.fails("priority", "99", "high")


def test_a_run_that_is_over_cannot_be_cancelled(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    assert "there is nothing to cancel" in terminal.fails("cancel", "1")
    assert "There is no run 99" in terminal.fails("cancel", "99")
    assert "Which run?" in terminal.fails("cancel")
    assert "Which run?" in terminal.fails("cancel", "1", "--job", "1")


def test_a_job_that_waits_is_taken_out_of_the_queue(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    terminal.ok("sync", "acme", "product", "--no-wait")
    (job,) = terminal.json("jobs")["jobs"]
    assert terminal.ok("cancel", "--job", str(job["id"])) == f"Job {job['id']} is cancelled.\n"
    assert terminal.json("jobs")["waiting"] == 0
    act = terminal.acts()[-1]
    assert (act["action"], act["subject"]) == ("cancel", f"acme product erp_to_shop: job {job['id']}")
    assert "is cancelled: there is nothing to cancel" in terminal.fails("cancel", "--job", str(job["id"]))
    assert "There is no job 99" in terminal.fails("cancel", "--job", "99")


def test_a_job_that_is_being_done_stops_after_the_records_under_way(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    terminal.ok("sync", "acme", "product", "--no-wait")
    (job,) = terminal.json("jobs")["jobs"]
    with terminal.hub() as hub:
        hub.worker().claim(job["id"])
        assert "or cancel it" in terminal.fails("priority", str(job["id"]), "low")
        said = terminal.ok("cancel", "--job", str(job["id"]))
        assert said == f"Job {job['id']} stops after the records under way.\n"
        assert hub.jobs.get(job["id"]).cancel_requested
