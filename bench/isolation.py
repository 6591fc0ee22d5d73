"""Ten companies, one of which has a shop that takes every connection and never answers: are the other nine held up?

Each turn brings new records to all four routes of the nine, and puts all their jobs in at once; in every other turn the
jobs of the tenth stand between them. Its shop has been dead all the time, so the hub has had its chance to notice: that
comes first. Turns with and without it alternate, and each is compared with its neighbour.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import select

from bench.companies import companies
from bench.crew import Crew, crew
from bench.failover import busy
from bench.fleet import Fleet, Stretch, folder, stretches, undone, until
from bench.scale import there
from bench.services import postgresql
from bench.stage import OBJECTS, Pace, Say
from hub.bootstrap import Hub
from hub.store.connections import CONNECTIONS

PACE = Pace(read_timeout=10, settle=10, lag=0, overlap=2, lease=30)
SETTINGS: Mapping[str, Any] = {"price_compare_minutes": 1440}
COMPANIES, PAIRS = 10, 5
#: Worker processes, and jobs that each does at a time.
WORKERS, SLOTS = 2, 4
LATENCY = (0.05, 0.05)
AMOUNT: Mapping[str, int] = {"customer": 6, "product": 6, "order": 4, "inventory": 6}
#: Seconds until the dead shop must have been noticed, and all jobs of a turn be done.
NOTICED, DONE = 120.0, 300.0
BAR = 1.25
#: Of the waiting for a place of the dead one, what may be the clocks' and the counting's own.
NOTHING = 0.1
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: the seconds each of the nine took, and what the dead one cost them."""

    #: Company -> seconds from putting its jobs in to the end of the last of them.
    seconds: dict[str, float]
    #: The longest that a job of theirs waited for a place that the dead one had.
    longest_wait: float

    @property
    def last(self) -> float:
        """Seconds until all of the nine were done."""
        return max(self.seconds.values())


def run(say: Say, number: int = COMPANIES, pairs: int = PAIRS) -> dict[str, Any]:
    """The whole bench; Missing where there is no PostgreSQL."""
    say(
        f"isolation: {number} companies with {len(OBJECTS)} routes each, the shop of one dead; {pairs} turns with it "
        f"and {pairs} without; {WORKERS} workers with {SLOTS} jobs at a time."
    )
    with opened(number) as (fleet, hub):
        fleet.set_up(hub)
        dead = fleet.companies[-1].name
        with dead_port() as port, crew(fleet.home, fleet.environment) as made:
            shop = hub.connections.named(f"shop of {dead}")
            silent = {**shop.settings, "base_url": f"http://127.0.0.1:{port}"}
            hub.connections.save(shop.name, shop.platform, silent, shop.secret)
            made.start("clock-1", "clock")
            there(made, hub, WORKERS, SLOTS)
            noticed = _noticed(fleet, hub, made, dead)
            say(f"  the hub took {noticed:.0f} s to notice that a shop is dead")
            turns = {True: [], False: []}  # type: dict[bool, list[Turn]]
            for place in range(2 * pairs):
                # with, without; without, with; and so on.
                with_it = place % 4 in (0, 3)
                turns[with_it].append(_turn(fleet, hub, made, dead, with_it=with_it))
                one = turns[with_it][-1]
                kind = "with" if with_it else "without"
                say(f"  {kind} the dead one: the others took {one.last:.1f} s; longest wait {one.longest_wait:.1f} s")
    return judged(turns[True], turns[False], noticed, say)


@contextmanager
def opened(number: int) -> Iterator[tuple[Fleet, Hub]]:
    """Database, sandboxes and the hub between them, not yet configured."""
    with ExitStack() as stack:
        home = stack.enter_context(folder())
        url = stack.enter_context(postgresql())
        many = stack.enter_context(companies(number, 1))
        fleet = Fleet(home, url, PACE, many, settings=SETTINGS, more={"HUB_ENGINE": "local"})
        yield fleet, stack.enter_context(fleet.hub())


@contextmanager
def dead_port() -> Iterator[int]:
    """A port that takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as silent:
        yield int(silent.getsockname()[1])


def _noticed(fleet: Fleet, hub: Hub, made: Crew, dead: str) -> float:
    """Ask for the routes of the dead one until the hub has noticed; answers the seconds that took."""
    began = hub.clock()
    fleet.put(hub, [dead], together=True)
    query = select(CONNECTIONS.c.down_since).where(CONNECTIONS.c.name == f"shop of {dead}")

    def reached() -> bool:
        made.look()
        with hub.database.read() as connection:
            return connection.scalar(query) is not None

    if not until(reached, NOTICED):
        raise RuntimeError(f"Nothing has noticed that the shop of {dead} is dead.\n{made.all_words()}")
    return (hub.clock() - began).total_seconds()


def _turn(fleet: Fleet, hub: Hub, made: Crew, dead: str, *, with_it: bool) -> Turn:
    """New records for the nine, and one job for each of their routes; the tenth's between them, or none of it."""
    others = [company for company in fleet.companies if company.name != dead]
    for company in others:
        company.answer_at_once()
        busy(company, AMOUNT)
        company.take(LATENCY)
    _clear(hub, fleet, dead)
    began = hub.clock()
    # In the middle, so that half of the nine are asked for after it.
    names = [company.name for company in others]
    half = len(names) // 2
    jobs = fleet.put(hub, [*names[:half], *([dead] if with_it else []), *names[half:]], together=True)
    mine = [job for job, name in jobs.items() if name != dead]

    def reached() -> bool:
        made.look()
        return bool(made.ended) or not undone(hub, mine)

    if not until(reached, DONE) or made.ended:
        raise RuntimeError(f"{undone(hub, mine)} jobs left; ended by itself: {made.ended}\n{made.all_words()}")
    return turn_of(stretches(hub, fleet.company_of, began), dead, began, WORKERS * SLOTS)


def _clear(hub: Hub, fleet: Fleet, dead: str) -> None:
    """Call off what waits for the dead one."""
    for job in hub.jobs.unfinished([route.id for route in fleet.routes[dead]]):
        hub.jobs.request_cancel(job.id)


def turn_of(runs: Sequence[Stretch], dead: str, began: datetime, places: int) -> Turn:
    """What a turn amounts to, from the runs of all its jobs."""
    seconds: dict[str, float] = {}
    for one in runs:
        if one.company != dead and one.end is not None:
            seconds[one.company] = max(seconds.get(one.company, 0.0), (one.end - began).total_seconds())
    return Turn(seconds, longest_wait(runs, dead, began, places))


def longest_wait(runs: Sequence[Stretch], dead: str, began: datetime, places: int) -> float:
    """The longest that a job of the others waited for a place that the dead one had.

    A job whose turn within its own company has not come waits for that company, and not for a place.
    """
    taken = _taken_by_dead(runs, dead, places)
    longest = 0.0
    for company in {one.company for one in runs} - {dead}:
        ready = began
        for one in sorted((one for one in runs if one.company == company), key=lambda one: one.start):
            longest = max(longest, sum(_overlap(ready, one.start, start, end) for start, end in taken))
            ready = max(ready, one.end or one.start)
    return longest


def _taken_by_dead(runs: Sequence[Stretch], dead: str, places: int) -> list[tuple[datetime, datetime]]:
    """The stretches of time in which all places were taken, and would not have been without the dead one."""
    last = max([one.end or one.start for one in runs], default=NEVER)
    runs = [replace(one, end=one.end or last) for one in runs]
    moments = sorted({moment for one in runs for moment in (one.start, one.end) if moment is not None})
    found = []
    for start, end in pairwise(moments):
        there = [one for one in runs if one.start <= start and one.end is not None and one.end >= end]
        if len(there) >= places > sum(one.company != dead for one in there):
            found.append((start, end))
    return found


def _overlap(start: datetime, end: datetime, other: datetime, until_other: datetime) -> float:
    return max(0.0, (min(end, until_other) - max(start, other)).total_seconds())


def judged(with_it: Sequence[Turn], without: Sequence[Turn], noticed: float, say: Say) -> dict[str, Any]:
    """The figures, and whether they reach their bars."""
    pairs = list(zip(with_it, without, strict=True))
    each = [one.seconds[name] / other.seconds[name] for one, other in pairs for name in one.seconds]
    slowdown, last = median(each), median(one.last / other.last for one, other in pairs)
    wait = max(one.longest_wait for one in with_it)
    say(f"  a company of the nine takes {slowdown:.2f} times as long (median), all nine {last:.2f} times")
    return {
        "bench": "isolation",
        "slowdown": round(slowdown, 3),
        "slowdown_of_all": round(last, 3),
        "longest_wait_s": round(wait, 2),
        "seconds_with": [round(one.last, 1) for one in with_it],
        "seconds_without": [round(one.last, 1) for one in without],
        "noticed_s": round(noticed, 1),
        "ok": slowdown <= BAR and last <= BAR and wait <= NOTHING,
    }
