"""Two clocks and four workers on PostgreSQL, struck again and again while 200 routes are due.

Fifty companies, each with a shop and an ERP of its own and four routes, have new and changed records on all of them.
Each route is due once, at its own moment. A process that is struck is killed and replaced, or stands still for 90
seconds and then goes on with leases that ran out a minute ago. Writes are stored, and answered, up to a second late, so
that they land after the death of whoever sent them. With Celery the broker is the bench's own Redis, which is killed in
mid-run and started again empty.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench.blows import CLOCKS, WORKERS, Blow, blows, last_fault
from bench.companies import Company, companies
from bench.crew import Crew, crew
from bench.due import arm, runs_done, unfinished
from bench.fleet import LOOK_AGAIN, Fleet, folder, open_jobs, open_messages, until, waiting_failures, workers_there
from bench.measure import EMAIL, Findings
from bench.services import Redis, postgresql, redis
from bench.stage import OBJECTS, Pace, Say
from hub.bootstrap import Hub
from hub.clock import now
from hub.store.job import SCHEDULE, Request
from hub.store.runs import RUNS

#: As the bar has it: read timeout and lease. `settle`: writes land within a few seconds here.
PACE = Pace(read_timeout=10, settle=10, lag=0, overlap=2, lease=30)
#: The ERP numbers partners: it would make a second one of a customer without a word.
SERIES = 72
#: Seconds between two faults, and jobs that a worker process does at a time.
GAP, SLOTS = 10.0, 4
#: Seconds an answer takes, and a write until it is stored and again until it is answered.
READING, WRITING = (0.05, 0.3), (0.1, 1.0)
#: A job counts as stuck when it is not done so many seconds after the last fault.
STUCK_AFTER = 60.0
#: Seconds that the processes may take to be there, and what waits to be cured afterwards.
AT_ONCE, CURED = 60.0, 300.0
#: Letters of a failure's words that are repeated.
_LONG = 300
#: Seconds without a broker.
WITHOUT_BROKER = 3.0
#: Items that the shop has at the start.
ITEMS = 8
#: New and changed records of each object, for each of its routes.
AMOUNT: Mapping[str, int] = {"customer": 12, "product": 12, "order": 10, "inventory": 10}


@dataclass(frozen=True, slots=True)
class Load:
    """How large a bench is."""

    faults: int = 30
    companies: int = 50
    gap: float = GAP


@dataclass(slots=True)
class Tale:
    """What happened."""

    #: Route -> when it was due.
    due: dict[int, datetime] = field(default_factory=dict)
    blows: dict[str, int] = field(default_factory=dict)
    #: Faults that met the hub with messages open: writes about to be sent, sent, or not yet booked.
    hits: int = 0
    stuck: int = 0
    broker_starts: int = 0
    ended: list[tuple[str, int]] = field(default_factory=list)


def run(engine: str, load: Load, seed: int, say: Say, keep: str = "") -> dict[str, Any]:
    """The whole bench; answers {runs, lost, doubled, stuck} and more. Missing where a service is not there."""
    say(
        f"failover: {len(CLOCKS)} clocks, {len(WORKERS)} workers ({engine}), {load.faults} faults with seed {seed}; "
        f"{load.companies} companies with {len(OBJECTS)} routes each, every one due once."
    )
    with opened(engine, load, seed, keep) as (fleet, hub, broker):
        say("  setting up and loading what is there at first")
        fleet.set_up(hub, items=ITEMS)
        for company in fleet.companies:
            busy(company)
        with crew(fleet.home, fleet.environment) as made:
            tale = _struck(fleet, hub, made, blows(load.faults, seed, load.gap), _Chance(seed, broker, say))
            found = _to_rest(fleet, hub, made, say)
            unwell = made.dismiss()
            tale.ended += [*made.ended, *unwell]
            for name, status in tale.ended:
                say(f"  {name} ended with status {status}; its last words:\n{made.last_words(name)}")
        return judged(tale, runs_done(hub, tale.due), found, _beside(hub, say), say) | {
            "bench": "failover",
            "engine": engine,
            "faults": load.faults,
            "seed": seed,
        }


@contextmanager
def opened(engine: str, load: Load, seed: int, keep: str = "") -> Iterator[tuple[Fleet, Hub, Redis | None]]:
    """Database, broker (Celery only), sandboxes and the hub between them, not yet configured."""
    with ExitStack() as stack:
        home = stack.enter_context(folder(keep))
        # What is missing is said before anything is started.
        broker = stack.enter_context(redis(home)) if engine == "celery" else None
        url = stack.enter_context(postgresql())
        more = {"HUB_ENGINE": engine, "HUB_SLOTS": str(SLOTS)} | ({"HUB_BROKER_URL": broker.url} if broker else {})
        many = stack.enter_context(companies(load.companies, seed))
        fleet = Fleet(home, url, PACE, many, settings={"customer_series": SERIES}, more=more)
        yield fleet, stack.enter_context(fleet.hub()), broker


def busy(company: Company, amount: Mapping[str, int] = AMOUNT) -> None:
    """New and changed records on all objects, none of which has to wait for another route.

    Half of the items that the shop has are sold, and goods come in for the others; a new item has no stock.
    """
    work = company.work
    work.sold = work.items[: ITEMS // 2]
    for place in range(amount["customer"]):
        (work.edit_customer if place % 4 == 3 else work.new_customer)()
    known = list(work.items)
    for place in range(amount["product"]):
        if place % 4 == 3:
            work.edit_item(known)
        else:
            work.new_item(stock=0)
    for _ in range(amount["order"]):
        work.new_order()
    for _ in range(amount["inventory"]):
        work.move_stock(known[ITEMS // 2 : ITEMS])


# -- while it is struck -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chance:
    seed: int
    broker: Redis | None
    say: Say


def _struck(fleet: Fleet, hub: Hub, made: Crew, plan: Sequence[Blow], chance: _Chance) -> Tale:
    """Let the routes come due, strike the processes by the plan, and see what is stuck afterwards."""
    since = now()
    for name in (*CLOCKS, *WORKERS):
        made.start(name, name.split("-")[0])
    if not until(lambda: workers_there(hub, since) >= len(WORKERS), AT_ONCE):
        raise RuntimeError(f"{workers_there(hub, since)} of {len(WORKERS)} workers came up.\n{made.all_words()}")
    for company in fleet.companies:
        company.take(READING, WRITING)
    last = last_fault(plan)
    tale = Tale(due=arm(hub, fleet.routes, chance.seed, max(last - fleet.pace.lease, last / 2)))
    began = time.monotonic()
    of_broker = [Blow(last / 2, "kill", "redis"), Blow(last / 2 + WITHOUT_BROKER, "continue", "redis")]
    events = sorted([*plan, *(of_broker if chance.broker else [])], key=lambda blow: blow.at)
    judge_at, judged_yet = last + STUCK_AFTER, False
    while events or not judged_yet:
        passed = time.monotonic() - began
        while events and events[0].at <= passed:
            _strike(hub, made, events.pop(0), tale, chance)
        if not judged_yet and (passed >= judge_at or (passed >= last and not unfinished(hub, tale.due))):
            judged_yet = True
            tale.stuck = len(unfinished(hub, tale.due))
            chance.say(f"  {passed:>5.0f} s: {tale.stuck} jobs not done")
        made.look()
        time.sleep(LOOK_AGAIN)
    return tale


def _strike(hub: Hub, made: Crew, blow: Blow, tale: Tale, chance: _Chance) -> None:
    broker = chance.broker
    if broker is not None and blow.name == "redis":
        (broker.kill if blow.kind == "kill" else broker.start)()
        tale.broker_starts = broker.starts
        chance.say(f"  {blow.at:>5.0f} s: the broker is {'killed' if blow.kind == 'kill' else 'there again, empty'}")
        return
    {"kill": made.kill, "stop": made.stop, "continue": made.carry_on}[blow.kind](blow.name)
    tale.blows[blow.kind] = tale.blows.get(blow.kind, 0) + 1
    messages = open_messages(hub)
    tale.hits += messages > 0 and blow.kind != "continue" and blow.name in WORKERS
    left = len(unfinished(hub, tale.due))
    chance.say(f"  {blow.at:>5.0f} s: {blow.kind} {blow.name}; {messages} messages open, {left} routes not done")


def _to_rest(fleet: Fleet, hub: Hub, made: Crew, say: Say) -> Findings:
    """Let the hub itself cure what was struck, at a pace at which nobody has to wait, and measure.

    Units of an order that was not known to have arrived are held back until stock is synchronised next, so the stock of
    what was sold is looked at only after that; all else has to be right before.
    """
    for company in fleet.companies:
        company.answer_at_once()
    _until_still(hub, made, say)
    before = fleet.measure()
    sold = {f"{company.name} {code}" for company in fleet.companies for code in company.work.sold}
    for key in [key for key in before.lost if key[0] == "inventory" and key[1].partition("@")[0] in sold]:
        del before.lost[key]
    for routes in fleet.routes.values():
        for route in routes:
            if route.object == "inventory":
                hub.jobs.put(Request(route.id, "changes", "schedule", "bench", priority=SCHEDULE), hub.clock())
    _until_still(hub, made, say)
    after = fleet.measure()
    return Findings(after.expected, before.lost | after.lost, before.doubled | after.doubled)


def _until_still(hub: Hub, made: Crew, say: Say) -> None:
    began = time.monotonic()

    def still() -> bool:
        made.look()
        return not waiting_failures(hub) and not open_jobs(hub)

    rested = until(still, CURED, pause=1)
    words = "nothing waits any more" if rested else f"{open_jobs(hub)} jobs, {waiting_failures(hub)} records still wait"
    say(f"  {words} after another {time.monotonic() - began:.0f} s")


# -- what came of it --------------------------------------------------------------------------------------------------


def _beside(hub: Hub, say: Say) -> dict[str, int]:
    """What shows how hard the hub was hit, and what it has left."""
    with hub.database.read() as connection:
        taken = connection.scalar(select(func.count()).select_from(RUNS).where(RUNS.c.state == "interrupted"))
    routes = [route.id for one in hub.integrations.all() for route in hub.routes.of(one.id)]
    failures = Counter(f"{one.cause} ({one.state}): {one.text}"[:_LONG] for one in hub.failures.select(routes))
    for words, count in failures.most_common():
        say(f"  {count} records still fail: {words}")
    left = {"failures_left": failures.total(), "messages_left_open": open_messages(hub)}
    return {"taken_over": int(taken or 0), **left}


def judged(tale: Tale, runs: int, found: Findings, beside: Mapping[str, int], say: Say) -> dict[str, Any]:
    """The figures, and whether they reach their bars."""
    for text in found.words():
        say(f"  {text}")
    return {
        "runs": runs,
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "stuck": tale.stuck,
        "due": len(tale.due),
        "compared": len(found.expected),
        "kills": tale.blows.get("kill", 0),
        "stops": tale.blows.get("stop", 0),
        "hits": tale.hits,
        "ended_by_themselves": len(tale.ended),
        "broker_starts": tale.broker_starts,
        **beside,
        "ok": runs == len(tale.due) and not found.lost and not found.doubled and not tale.stuck and not tale.ended,
    }


def spoil(company: Company) -> None:
    """For the negative control: one item that no run carries, and a second partner of a customer that is there."""
    company.work.new_item(stock=0)
    customer = next(row for row in company.shop.state("customers", ["email"]) if str(row["email"]).endswith(EMAIL))
    person = {"CardName": "Bea Twice", "CardType": "cCustomer", "EmailAddress": customer["email"]}
    company.erp.post("business_partners", {"CardCode": "TWICE", **person})


def spoiled(home: Path, database_url: str, seed: int) -> tuple[Findings, Findings]:
    """The measuring before and after one record was lost and one doubled, without any process of the hub."""
    with companies(2, seed) as many:
        fleet = Fleet(home, database_url, PACE, many, settings={"customer_series": SERIES})
        with fleet.hub() as hub:
            fleet.set_up(hub)
            before = fleet.measure()
            spoil(many[1])
            return before, fleet.measure()
