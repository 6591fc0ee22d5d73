"""The console on a hub that has worked for a long time: how long each page takes, and what the process needs.

Pages are asked for through the web of a real `hub serve`, by somebody who has signed in there. Every combination of the
filters of messages and failures is asked for once, and the slowest of them, like every page without filters, 20 times.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from admin import passwords
from admin.app import create_app
from bench import console_fill, console_pages, log_content
from bench.console_fill import Load
from bench.console_web import Person, Web, serving
from bench.control import Control
from bench.log import Clock, percentile
from bench.services import schema
from bench.stage import Pace, Say, Sides, set_up
from hub.bootstrap import Hub, build
from hub.config import from_environment
from hub.demo.processes import both
from hub.store.failures import FAILURES
from hub.store.job import JOB_KEYS
from hub.store.runs import Run
from message_log.models import MESSAGE

NAME, PASSWORD = "bench", "correct horse battery"
#: The bars.
PAGE_MS, RSS_MB, ANSWER_MS = 150, 300, 1_000
#: The route whose failures are taken up again: a tenth of all.
ROUTE = 1
PATIENCE = 900
#: Integrations beside the two whose messages there are.
MORE = 18


@dataclass(frozen=True, slots=True)
class Effort:
    """How thoroughly it is measured."""

    #: How often a page is asked for, after once that warms it.
    turns: int = 20
    #: How many of the filtered ones are, and how many filters are combined.
    slowest: int = 40
    combined: int = 20


def run(
    say: Say, *, load: Load | None = None, database: str = "", keep: str = "", effort: Effort | None = None
) -> dict[str, Any]:
    """The whole bench; answers {pages, worst_ms, rss_mb, export_rows, resync_answer_ms} and more."""
    load, effort = load or Load(), effort or Effort()
    with _home(keep) as home, _environment(home, database, keep) as environment, ExitStack() as stack:
        sandboxes = stack.enter_context(both(["--items", str(load.items), "--items-in", "erp"]))
        shop, erp = (stack.enter_context(closing(Control(sandbox.url))) for sandbox in sandboxes)
        clock = Clock()
        with closing(build(from_environment(environment), clock=clock, actor=NAME)) as hub:
            _prepare(hub, clock, Sides(shop, erp, name="acme"), load, say)
            rules = [one.rule for one in create_app(hub).url_map.iter_rules() if "GET" in (one.methods or ())]
        web = stack.enter_context(serving(environment, home / "serve.log"))
        person = stack.enter_context(closing(Person(web.address)))
        person.sign_in(NAME, PASSWORD)
        took = _pages(person, rules, load, effort, say)
        rows = _export(person, say)
        with closing(build(from_environment(environment), actor=NAME)) as hub:
            again = _take_up(person, hub, say)
        return _judged(load, took, rows, again, web)


@contextmanager
def _home(keep: str) -> Iterator[Path]:
    """A folder for the data: a new one, or one that was filled before."""
    if keep:
        Path(keep).mkdir(parents=True, exist_ok=True)
        yield Path(keep)
        return
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        yield Path(folder)


@contextmanager
def _environment(home: Path, database: str, keep: str) -> Iterator[dict[str, str]]:
    """By which processes find the data; in a PostgreSQL in a schema of its own, which is dropped unless it is kept."""
    if not database:
        yield {"HUB_HOME": str(home)}
    elif keep:
        yield {"HUB_HOME": str(home), "HUB_DATABASE_URL": database}
    else:
        with schema(database) as url:
            yield {"HUB_HOME": str(home), "HUB_DATABASE_URL": url}


# -- filling ----------------------------------------------------------------------------------------------------------


def _prepare(hub: Hub, clock: Clock, sides: Sides, load: Load, say: Say) -> None:
    """Two integrations whose routes are those of the messages, and somebody who may do everything."""
    known = {one.name for one in hub.integrations.all()}
    # Where the sandboxes are now has to be said to a folder that was filled before, too.
    acme = set_up(hub, sides, Pace(), {}, routes={})
    if known:
        say("It is filled already.")
        return
    first = hub.integrations.get(acme)
    hub.integrations.save("bolt", first.shop_id, first.erp_id, first.settings)
    for name, object_name, direction in log_content.ROUTES:
        route = hub.routes.save(hub.integrations.named(name).id, object_name, direction, enabled=True)  # type: ignore[arg-type]
        if object_name != "order":
            hub.routes.set_initialization(route, "done")
    began = time.perf_counter()
    console_fill.fill(hub, clock, hub.integrations.all(), load, say)
    for number in range(MORE):
        other = hub.integrations.save(f"company-{number:02}", first.shop_id, first.erp_id, first.settings)
        hub.routes.save(other, "product", "erp_to_shop", enabled=True)
    hub.users.add(NAME, passwords.hashed(PASSWORD), "administrator", clock(), must_change=False, sees_personal=True)
    say(f"Filled in {time.perf_counter() - began:.0f} s.")


# -- pages ------------------------------------------------------------------------------------------------------------


def _pages(person: Person, rules: list[str], load: Load, effort: Effort, say: Say) -> dict[str, float]:
    """The 95th percentile of each page, in milliseconds."""
    middle = load.messages // 2
    plain = console_pages.plain(rules, {"messages": middle, "runs": load.runs, "jobs": load.runs, "routes": ROUTE})
    plain |= console_pages.searches(log_content.code(0), console_fill.PERSON, ROUTE)
    messages, filtered = message_values(load), dict[str, str]()
    for name, path, values in (
        ("messages", "/messages/", messages),
        ("messages, count", "/messages/count", messages),
        ("failures", "/failures/", FAILURE_VALUES),
        ("failures, list", "/failures/list", FAILURE_VALUES),
    ):
        filtered |= console_pages.filtered(name, path, values, effort.combined)
    once = {name: _asked(person, path) for name, path in filtered.items()}
    say(f"{len(once):,} combinations of filters were asked for once; the slowest took {max(once.values()):.0f} ms.")
    again = sorted(once, key=lambda name: once[name], reverse=True)[: effort.slowest]
    took = {}
    for name, path in {**plain, **{name: filtered[name] for name in again}}.items():
        _asked(person, path)
        took[name] = percentile([_asked(person, path) for _ in range(effort.turns)], 0.95)
    for name in sorted(took, key=lambda one: took[one], reverse=True)[:10]:
        say(f"  {name:<70} {took[name]:7.1f} ms")
    return took


def _asked(person: Person, path: str) -> float:
    answer = person.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {answer.location}")
    return answer.took_ms


def message_values(load: Load) -> console_pages.Values:
    """Values of the filters of messages: those of one message in the middle, and those of none."""
    number = console_fill.shown(load)
    copy = -(-load.messages // load.written) // 2
    one = next(log_content.messages(number, 1, evidence=False))
    at = log_content.time_of(copy * load.written + number)
    hour = log_content.STEP * 36_000
    runs = load.written // log_content.RUN
    return {
        "integration": (one.opening.integration, "nowhere"),
        "object": (one.opening.object, next(name for _, name, _ in log_content.ROUTES if name != one.opening.object)),
        "direction": (one.opening.direction, _other(one.opening.direction)),
        "verdict": ("failed", "skipped"),
        "cause": (str(one.closing.cause), "NO_SUCH_CAUSE"),
        "run": (str(one.opening.run + copy * runs), "999999"),
        "ident": (console_fill.key_of(copy, one.opening.key), "no such thing"),
        "person": (console_fill.PERSON, "nobody@shop.example"),
        "since": ((at - hour).isoformat(), "2030-01-01T00:00:00+00:00"),
        "until": ((at + hour).isoformat(), "2001-01-01T00:00:00+00:00"),
        "text": (f"line {number}", "nowhere to be found"),
    }


def _other(direction: str) -> str:
    return "erp_to_shop" if direction == "shop_to_erp" else "shop_to_erp"


#: Values of the filters of failures: those of the first one, and those of none.
FAILURE_VALUES: console_pages.Values = {
    "integration": ("acme", "nowhere"),
    "route": (str(ROUTE), "999"),
    "object": ("product", "nothing"),
    "cause": (console_fill.cause_of(0), "NO_SUCH_CAUSE"),
    "detail": ("", "nothing"),
    "state": ("open", "resolved"),
    "ident": (log_content.code(0), "no such thing"),
}


# -- what takes long --------------------------------------------------------------------------------------------------


def _export(person: Person, say: Say) -> int:
    """Rows of the export of everything, its headings left out."""
    began = time.perf_counter()
    rows = max(person.lines("/messages/export?format=csv") - 1, 0)
    say(f"{rows:,} rows were exported in {time.perf_counter() - began:.0f} s.")
    return rows


def _take_up(person: Person, hub: Hub, say: Say) -> dict[str, Any]:
    """One press for all failures of a route; then each outcome is looked for."""
    with hub.database.read() as connection:
        mine = (FAILURES.c.route_id == ROUTE) & (FAILURES.c.state == "open")
        before = connection.scalar(select(func.count()).where(mine)) or 0
    wanted = {"all": "1", "expected": str(before), "act": "resync", "route": str(ROUTE)}
    answer = person.press("/failures/act", wanted)
    if answer.status != 302:
        raise RuntimeError(f"The press was answered with {answer.status} instead of a job.")
    job = int(answer.location.rpartition("/")[2])
    say(f"{before:,} failures are taken up again by job {job}; the answer took {answer.took_ms:.0f} ms.")
    with hub.database.read() as connection:
        keys = connection.scalar(select(func.count()).where(JOB_KEYS.c.job_id == job)) or 0
    done = _until_done(hub, job)
    with hub.log_database.read() as connection:
        opened = select(func.count(), func.count(MESSAGE.c.key.distinct())).where(
            MESSAGE.c.job == job, MESSAGE.c.run == done.id
        )
        messages, records = connection.execute(opened).one()
    say(f"Its run is {done.state}: {done.counts}.")
    outcomes = done.counts.get("read", 0)
    return {
        "taken_up": before,
        "resync_answer_ms": round(answer.took_ms),
        "outcomes": outcomes,
        "doubled": messages - records,
        "complete": keys == before == outcomes and done.state == "done",
    }


def _until_done(hub: Hub, job: int) -> Run:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = hub.runs.of_job(job)
        if found is not None and found.ended_at is not None:
            return found
        time.sleep(0.5)
    raise RuntimeError(f"Job {job} is not done after {PATIENCE} seconds.")


def _judged(load: Load, took: dict[str, float], rows: int, again: dict[str, Any], web: Web) -> dict[str, Any]:
    asking = {name: one for name, one in took.items() if name.startswith(console_pages.ASKED)}
    worst = max(one for name, one in took.items() if name not in asking)
    slowest, rss = max(asking.values()), web.peak_mb()
    fine = worst <= PAGE_MS and slowest <= ANSWER_MS and rss <= RSS_MB and again["resync_answer_ms"] <= ANSWER_MS
    return {
        "bench": "console",
        "messages": load.messages,
        "pages": {name: round(one, 1) for name, one in took.items()},
        "worst_ms": round(worst, 1),
        "platform_worst_ms": round(slowest, 1),
        "rss_mb": round(rss),
        "export_rows": rows,
        **again,
        "processors": os.cpu_count(),
        "ok": fine and again["complete"] and not again["doubled"] and rows >= load.messages,
    }
