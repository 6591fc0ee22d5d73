"""Bar 7: the services of docker-compose.yml as plain processes, an upgrade, and a backup from the middle of work."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import make_url

from tests.acceptance import compose
from tests.acceptance.installation import (
    KEY,
    PATIENCE,
    Installation,
    Process,
    buy,
    come_due,
    database,
    installed,
    load,
    page,
    posted,
    redis,
    schedule,
    sides,
    staged,
    until,
    until_settled,
)
from tests.acceptance.measuring import measured, stock_is_right
from tests.acceptance.previous_release import Earlier, earlier
from tests.acceptance.stage import Stage
from tests.services import missing

#: An empty store of a kind: gives its URL, which for SQLite lies in the folder.
Store = Callable[[Path], AbstractContextManager[str]]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "sqlite":
        return lambda folder: nullcontext(f"sqlite:///{folder / 'hub.db'}")
    return lambda folder: database()


# -- the services of the file -----------------------------------------------------------------------------------------


def test_the_services_of_the_compose_file_do_the_work_by_themselves_and_end_when_told(tmp_path: Path) -> None:
    with database() as url, redis(tmp_path) as broker, installed(tmp_path / "home", url) as place:
        services = compose.services({"POSTGRES_PASSWORD": "secret", "HUB_KEY": KEY})

        def environment(name: str) -> dict[str, str]:
            """As the file says, but for where PostgreSQL and Redis are, and what the image sets."""
            written = services[name].environment
            assert written["HUB_ENGINE"] == "celery"
            return written | {"HUB_DATABASE_URL": url, "HUB_BROKER_URL": broker, "HUB_HOME": str(place.home)}

        def start(name: str) -> Process:
            words = ["127.0.0.1" if word == "0.0.0.0" else word for word in services[name].command]
            return place.start([*words, "--port", "0"] if name == "web" else words, environment(name))

        def health(name: str, *more: str) -> int:
            kind, program, *words = services[name].health
            assert (kind, program) == ("CMD", "hub")
            return place.run(*words, *more, environment=environment(name)).exit_code

        web = start("web")
        address = web.address()
        status, told = page(address, "/readyz")
        assert (status, [reason.split(";")[0] for reason in told["reasons"]]) == (
            503,
            ["No clock is at work", "No worker has been heard of"],
        )
        assert [health("web", "--url", address), health("clock"), health("worker")] == [0, 1, 1]

        clock = start("clock")
        workers = [start("worker") for _ in range(services["worker"].replicas)]
        assert len(workers) == 2
        until(lambda: page(address, "/readyz")[0] == 200, "ready")
        assert [health("clock"), health("worker")] == [0, 0]

        place.environment = environment("clock")
        with place.hub() as hub, sides() as platforms:
            until(lambda: len(hub.workers.alive(hub.clock())) == 2, "two workers")
            stage = staged(hub, platforms)
            load(stage)
            _let_flow(stage, "#1", "NEW-1")
            for process in (*workers, clock, web):
                process.tell_to_end()
                assert process.ended() == 0, process.said()
        assert [health("clock"), health("worker")] == [1, 1]


def _let_flow(stage: Stage, order: str, item: str) -> None:
    """An order and a product come to be; both have to reach the other side because their minute has come."""
    buy(stage, order)
    stage.erp.do("items", "POST", {"ItemCode": item, "ItemName": item, "SalesVATGroup": "A2", **_priced("12.00")})
    assert {order, item} <= measured(stage).lost
    come_due(stage)
    until_settled(stage, lambda: measured(stage).none, f"{order} and {item} have arrived")
    stock_is_right(stage)


def _priced(price: str) -> dict[str, Any]:
    return {"ItemPrices": [{"PriceList": 1, "Price": price, "Currency": "EUR"}]}


# -- upgrade ----------------------------------------------------------------------------------------------------------


def test_the_database_of_the_release_before_is_taken_over_with_everything_in_it(store: Store, tmp_path: Path) -> None:
    with sides() as platforms, store(tmp_path / "old") as old, store(tmp_path / "new") as url:
        with installed(tmp_path / "donor", old) as donor, donor.hub() as hub:
            stage = staged(hub, platforms)
            load(stage)
            buy(stage, "#1")
            assert stage.run("order").counts["created"] == 1
            before: Earlier = earlier(hub, url, waiting=stage.route("product").id, dead=stage.route("order").id)
        buy(stage, "#2")
        with installed(tmp_path / "new", url) as place:
            assert "this release's schema" in place.ok("db", "upgrade")
            assert before.missing() == []
            serving = place.start(["serve", "--port", "0"])
            serving.until_said("hub serve is ready")
            with place.hub() as hub:
                stage = Stage(hub, stage.shop, stage.erp, stage.clock)
                # One job was waiting when the old release was stopped, one was being done.
                until_settled(stage, lambda: posted(stage) == {"#1", "#2"}, "the jobs of the old release are done")
                assert [hub.jobs.get(job).state for job in before.jobs] == ["done", "done"]
                schedule(place)
                _let_flow(stage, "#3", "NEW-1")
                assert hub.runs.newest([stage.route("order").id], 50)[-1].id == before.finished_run
            assert serving.end() == 0


# -- backup and restore -----------------------------------------------------------------------------------------------


def test_a_backup_from_the_middle_of_a_run_is_restored_and_nothing_is_lost_or_doubled(
    store: Store, tmp_path: Path
) -> None:
    with sides() as platforms, store(tmp_path / "first") as url:
        with installed(tmp_path / "first", url) as place, place.hub() as hub:
            stage = staged(hub, platforms)
            load(stage)
            buy(stage, "#1", "#2")
            assert stage.run("order").counts["created"] == 2
            serving = place.start(["serve", "--port", "0"])
            serving.until_said("hub serve is ready")
            with _in_the_middle_of_a_run(stage, "#3", "#4", "#5", "#6"):
                backup = _back_up(place, tmp_path / "backup")
                assert not {"#3", "#4", "#5", "#6"} <= posted(stage)
            until_settled(stage, lambda: measured(stage).none, "the run goes on")
            # What comes now is not in the backup.
            _let_flow(stage, "#7", "NEW-1")
            assert serving.end() == 0
        buy(stage, "#8")
        assert measured(stage).lost >= {"#8"}

        with _restored(backup, tmp_path / "second", store) as place, place.hub() as hub:
            stage = Stage(hub, stage.shop, stage.erp, stage.clock)
            assert hub.runs.newest([stage.route("order").id], 1)[0].state == "running"
            serving = place.start(["serve", "--port", "0"])
            serving.until_said("hub serve is ready")
            come_due(stage)
            until_settled(stage, lambda: not measured(stage).lost, "what came after the backup is known again")
            assert measured(stage).none
            come_due(stage, "inventory")
            until_settled(stage, lambda: True, "stock")
            stock_is_right(stage)
            assert serving.end() == 0

        # Without our references in the ERP nothing protects the orders that the backup does not know.
        _forget_references(stage)
        with _restored(backup, tmp_path / "third", store) as place, place.hub() as hub:
            stage = Stage(hub, stage.shop, stage.erp, stage.clock)
            hub.jobs.expire(hub.clock())
            # What was on its way at the time of the backup waits to be looked up, so the status is not 0.
            assert place.run("sync", "acceptance", "order").exit_code == 1
            assert measured(stage).doubled >= {"#7", "#8"}


@contextmanager
def _in_the_middle_of_a_run(stage: Stage, *orders: str) -> Iterator[None]:
    """The run of these orders has written some; one is on its way to the ERP for as long as the block lasts."""
    buy(stage, *orders)
    rule = {"kind": "delayed", "every": 2, "times": 1, "operations": ["POST Orders"], "seconds": [3, 3]}
    stage.erp.do("faults", "PUT", [rule])
    come_due(stage, "order")
    stage.erp.held()
    yield
    # Carried out, and then answered.
    stage.erp.let_go(3)
    stage.erp.let_go(3)


def _back_up(place: Installation, folder: Path) -> Path:
    """Back up as docs/operations.md tells."""
    url = make_url(place.environment["HUB_DATABASE_URL"])
    if url.get_backend_name() == "sqlite":
        place.ok("db", "backup", str(folder))
        return folder
    folder.mkdir()
    _postgresql("pg_dump", "--format=custom", f"--file={folder / 'hub.dump'}", f"--dbname={_plain(url)}")
    return folder


@contextmanager
def _restored(backup: Path, home: Path, store: Store) -> Iterator[Installation]:
    """Another place that begins with what a backup holds."""
    home.mkdir()
    with store(home) as url:
        if url.startswith("sqlite"):
            for name in ("hub.db", "log.db"):
                shutil.copy(backup / name, home / name)
        else:
            _postgresql("pg_restore", "--no-owner", f"--dbname={_plain(make_url(url))}", str(backup / "hub.dump"))
        with installed(home, url) as place:
            yield place


def _plain(url: Any) -> str:
    return str(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _postgresql(program: str, *words: str) -> None:
    if shutil.which(program) is None:
        missing(f"A backup of PostgreSQL by {program}", "PATH with PostgreSQL's client programs")
    subprocess.run([program, *words], check=True, timeout=PATIENCE)


def _forget_references(stage: Stage) -> None:
    """Somebody empties our fields in the ERP's Sales Orders."""
    root = f"{stage.erp.url}/b1s/v2"
    with requests.Session() as session:
        login = {"CompanyDB": "SBODEMO", "UserName": "hub", "Password": "sandbox"}
        assert session.post(f"{root}/Login", json=login, timeout=PATIENCE).ok
        for document in stage.erp.documents():
            path = f"{root}/Orders({document['DocEntry']})"
            assert session.patch(path, json={"U_HubRef": ""}, timeout=PATIENCE).ok
        session.post(f"{root}/Logout", timeout=PATIENCE)
