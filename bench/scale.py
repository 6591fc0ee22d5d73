"""How much quicker two and four worker processes are than one, and whether they keep to a shop's limit together.

Forty routes, products and customers of twenty companies, get the same number of new records for each turn. Every answer
takes 100 ms, and a worker process does one job at a time with four requests at a time, so that what is measured is
waiting that can be shared, as long as the machine's processors are idle for a part of the time. Then four companies'
products go into one shop with a small bucket of points, by four workers at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.budget import Account, Use, use_of
from bench.companies import Company, companies
from bench.crew import Crew, crew
from bench.fleet import Fleet, Stretch, folder, stretches, undone, until, workers_there
from bench.services import postgresql
from bench.stage import Pace, Say
from hub.bootstrap import Hub

PACE = Pace(read_timeout=10, settle=10, lag=0, overlap=2, lease=30)
ROUTES: Mapping[str, Any] = {"customer": "shop_to_erp", "product": "erp_to_shop"}
PRODUCTS: Mapping[str, Any] = {"product": "erp_to_shop"}
#: Whether a price has changed is not asked in every run: a worker would read ever more the longer the bench lasts.
SETTINGS: Mapping[str, Any] = {"price_compare_minutes": 1440, "page_size": 250}
LATENCY = 0.1
WORKERS = (1, 2, 4)
BARS = {2: 1.8, 4: 3.4}
#: New records for each route, each turn.
AMOUNT = 32
#: Points: a small bucket, soon spent by four workers.
BUCKET, RATE = 1000.0, 100.0
#: The bucket counts as spent with this share of it left: each worker has a part of it in hand.
SPENT = 0.2
#: Companies that share the throttled shop, and new products of each.
SHARING, PRODUCTS_EACH = 4, 60
#: Seconds that workers may take to be there, and all jobs of a turn to be done.
AT_ONCE, DONE = 60.0, 900.0


@dataclass(frozen=True, slots=True)
class Turn:
    """The same work, by so many worker processes."""

    workers: int
    records: int
    #: From the first claim to the last job's end.
    seconds: float
    #: Processor time of the whole machine that nobody used, as a share.
    idle: float

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds


def run(say: Say, number: int = 20, amount: int = AMOUNT, each: int = PRODUCTS_EACH) -> dict[str, Any]:
    """The whole bench; Missing where there is no PostgreSQL."""
    say(f"scale: {number * len(ROUTES)} routes, {amount} new records each, {LATENCY * 1000:.0f} ms, one job a worker:")
    turns = []
    with opened(number, ROUTES) as (fleet, hub):
        fleet.set_up(hub, items=2, customers=1)
        for workers in WORKERS:
            turns.append(turn(fleet, hub, workers, amount))
            say(
                f"  {workers} worker(s): {turns[-1].records} records in {turns[-1].seconds:.1f} s, "
                f"{turns[-1].rate:.1f} a second; the machine was idle for {turns[-1].idle:.0%} of its time"
            )
    throttled, use, quota = _at_a_limit(each, say)
    return judged(turns, throttled, use, quota)


@contextmanager
def opened(number: int, objects: Mapping[str, Any]) -> Iterator[tuple[Fleet, Hub]]:
    """Database, sandboxes and the hub between them, not yet configured."""
    with ExitStack() as stack:
        home = stack.enter_context(folder())
        url = stack.enter_context(postgresql())
        many = stack.enter_context(companies(number, 1))
        fleet = Fleet(home, url, PACE, many, objects, SETTINGS, {"HUB_ENGINE": "local"})
        yield fleet, stack.enter_context(fleet.hub())


def turn(fleet: Fleet, hub: Hub, workers: int, amount: int) -> Turn:
    """New records on every route, worked off by so many processes."""
    for company in fleet.companies:
        company.answer_at_once()
        new_records(company, amount)
        company.take((LATENCY, LATENCY))
    with crew(fleet.home, fleet.environment) as made:
        there(made, hub, workers)
        before, since = Cpu.now(), hub.clock()
        jobs = fleet.put(hub, [company.name for company in fleet.companies], together=False)
        done(made, hub, jobs)
        idle = Cpu.now().idle_since(before)
    return turn_of(workers, stretches(hub, fleet.company_of, since), len(jobs) * amount, idle)


def new_records(company: Company, amount: int) -> None:
    """As many new customers as new items."""
    for _ in range(amount):
        company.work.new_customer()
        company.work.new_item(stock=0)


def there(made: Crew, hub: Hub, workers: int, slots: int = 1) -> None:
    """Start worker processes that do so many jobs at a time, and wait until they say that they are there."""
    since = hub.clock()
    for number in range(workers):
        made.start(f"worker-{number + 1}", "worker", "--slots", str(slots))
    if not until(lambda: workers_there(hub, since) >= workers, AT_ONCE):
        raise RuntimeError(f"{workers_there(hub, since)} of {workers} workers came up.\n{made.all_words()}")


def done(made: Crew, hub: Hub, jobs: Mapping[int, str]) -> None:
    """Wait until jobs are done; RuntimeError where they are not in time, or a worker has ended by itself."""

    def reached() -> bool:
        made.look()
        return bool(made.ended) or not undone(hub, jobs)

    if not until(reached, DONE) or made.ended:
        raise RuntimeError(f"{undone(hub, jobs)} jobs left; ended by itself: {made.ended}\n{made.all_words()}")


def turn_of(workers: int, runs: Sequence[Stretch], records: int, idle: float) -> Turn:
    """What a turn amounts to; RuntimeError where something else was done than asked for."""
    ends = [one.end for one in runs if one.end is not None]
    made = sum(one.counts["created"] for one in runs)
    if made != records or len(ends) != len(runs):
        raise RuntimeError(f"{records} records should have been made by {workers} workers, not {made}: {runs}")
    return Turn(workers, made, (max(ends) - min(one.start for one in runs)).total_seconds(), idle)


@dataclass(frozen=True, slots=True)
class Cpu:
    """The machine's account of its processors' time."""

    idle: int
    total: int

    @classmethod
    def now(cls) -> Cpu:
        """Up to this moment."""
        return cls.of(Path("/proc/stat").read_text(encoding="ascii"))

    @classmethod
    def of(cls, text: str) -> Cpu:
        """From the words of `/proc/stat`: user, nice, system, idle, waiting for a disk, and more."""
        numbers = [int(word) for word in text.splitlines()[0].split()[1:9]]
        return cls(numbers[3] + numbers[4], sum(numbers))

    def idle_since(self, before: Cpu) -> float:
        """The share of all time since then that nobody used."""
        passed = self.total - before.total
        return (self.idle - before.idle) / passed if passed else 0.0


# -- one throttled connection -----------------------------------------------------------------------------------------


def _at_a_limit(each: int, say: Say) -> tuple[int, Use, int]:
    """(requests that the shop turned away, the use made of its points, products made)."""
    limit = {"maximum": BUCKET, "restore_rate": RATE}
    with opened(SHARING, PRODUCTS) as (fleet, hub):
        shop = fleet.companies[0].shop
        shared = [Company(one.name, shop, one.erp, one.work) for one in fleet.companies]
        fleet.companies = shared
        # The hub has met this shop's limit before: what it knows of it is not what is measured.
        shop.put("points", limit)
        fleet.set_up(hub, items=2, customers=0)
        # One connection, as one row: what workers share of it is told by its id.
        one = hub.connections.named(f"shop of {shared[0].name}")
        for company in shared:
            integration = hub.integrations.named(company.name)
            hub.integrations.save(company.name, one.id, integration.erp_id, integration.settings)
            for _ in range(each):
                company.work.new_item(stock=0)
        # A full bucket, and a fresh account.
        shop.put("points", limit)
        with crew(fleet.home, fleet.environment) as made:
            there(made, hub, SHARING)
            since = hub.clock()
            jobs = fleet.put(hub, [company.name for company in shared], together=False)
            accounts: list[Account] = []
            until(lambda: _account(shop, accounts) or not undone(hub, jobs), DONE)
            done(made, hub, jobs)
        quota = sum(one.counts["created"] for one in stretches(hub, fleet.company_of, since))
    use = use_of(_while_spent(accounts), SPENT)
    say(
        f"  one shop with {BUCKET:.0f} points and {RATE:.0f} a second, {SHARING} workers: {quota} products, "
        f"{accounts[-1].throttled} requests turned away; {use.used:.1%} used of what came in in {use.seconds:.0f} s"
    )
    if quota != SHARING * each:
        raise RuntimeError(f"{SHARING * each} products should have been made, not {quota}.")
    return accounts[-1].throttled, use, quota


def _account(shop: Any, accounts: list[Account]) -> bool:
    accounts.append(Account(**shop.get("points")))
    return False


def _while_spent(accounts: Sequence[Account]) -> list[Account]:
    """Up to the last change of what was spent: after the last call, workers still have their books to close."""
    last = max(place for place, one in enumerate(accounts) if one.spent > accounts[place - 1].spent or not place)
    return list(accounts[: last + 1])


def judged(turns: Sequence[Turn], throttled: int, use: Use, products: int) -> dict[str, Any]:
    """The figures, and whether they reach their bars."""
    by_workers = {one.workers: one for one in turns}
    ratios = {workers: by_workers[workers].rate / by_workers[1].rate for workers in BARS}
    return {
        "bench": "scale",
        **{f"x{workers}": round(ratio, 2) for workers, ratio in ratios.items()},
        "over_budget": throttled > 0,
        **{f"rate_{one.workers}": round(one.rate, 1) for one in turns},
        **{f"idle_{one.workers}": round(one.idle, 2) for one in turns},
        "throttled": throttled,
        "budget_used": round(use.used, 3),
        "budget_seconds": round(use.seconds),
        "products_at_the_limit": products,
        # A limit that is never felt proves nothing.
        "ok": all(ratios[workers] >= bar for workers, bar in BARS.items()) and not throttled and use.seconds > 0,
    }
