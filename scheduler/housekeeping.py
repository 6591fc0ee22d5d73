"""Housekeeping: which chores there are, when each is due, and what came of it.

Each is done once in the quiet hours of a local day, and caught up once if they were missed. What it came to is noted
with it, good or bad; one that failed is tried again an hour later.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.errors import ConfigurationError, HubError
from hub.store.chores import Chore, Chores, Done
from hub.store.integrations import Integration
from hub.store.leases import Leases
from scheduler import chores
from scheduler.chores import Report, Turns
from scheduler.duties import Duty
from scheduler.quiet import Quiet

log = logging.getLogger(__name__)

#: How often the clock looks for chores, and how long after a failure one is tried again.
EVERY, AGAIN = timedelta(minutes=1), timedelta(hours=1)
#: How long a chore may go on that was missed and is caught up in the middle of the day.
CAUGHT_UP = timedelta(hours=3)
#: Seconds between two transactions: others wait for one of them at most, and find the door open after it.
PAUSE = 0.02
#: One process of all keeps house; a lease outlasts whatever a single step may take.
LEASE_NAME, LEASE = "housekeeping", timedelta(minutes=30)
#: The beginnings of an outcome that a person should look at.
FAILED, WARNING = "FAILED: ", "WARNING: "

KINDS = ("open-orders", "comparison", "retention", "tidying")
#: Chores of no integration; they keep the hours of the first one.
COMMON = ("tidying",)


@dataclass(frozen=True, slots=True)
class Task:
    """One chore of one integration, or of all."""

    kind: str
    integration: Integration | None
    quiet: Quiet

    @property
    def name(self) -> str:
        """What it is noted under: names of integrations may be changed, and be long."""
        return self.kind if self.integration is None else f"{self.kind} {self.integration.id}"

    @property
    def label(self) -> str:
        """How people call it."""
        return self.kind if self.integration is None else f"{self.kind} {self.integration.name}"


def tasks(hub: Hub) -> list[Task]:
    """Every chore there is, in the order in which those that are due together are done."""
    integrations = hub.integrations.all()
    quiet = {one.id: _quiet(one) for one in integrations}
    found: list[Task] = []
    for kind in KINDS:
        if kind in COMMON:
            found += [Task(kind, None, quiet[one.id]) for one in integrations[:1]]
        else:
            found += [Task(kind, one, quiet[one.id]) for one in integrations]
    return found


def _quiet(integration: Integration) -> Quiet:
    settings = integration_settings.readable(integration.settings)
    return Quiet.of(settings["quiet_hours"], integration_settings.zone(settings))


class Housekeeper:
    """Does chores, one after the other; `stopping` ends what is under way between two small steps."""

    def __init__(self, hub: Hub, stopping: threading.Event | None = None) -> None:
        self._hub = hub
        self._stopping = stopping or threading.Event()
        self._chores, self._leases = Chores(hub.database), Leases(hub.database)
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{id(self)}"
        self._renewed = datetime.min.replace(tzinfo=hub.clock().tzinfo)
        self._thread: threading.Thread | None = None

    # -- by the clock -------------------------------------------------------------------------------------------

    def look(self, now: datetime) -> None:
        """Do what is due in a thread of its own: the clock's stop must not wait for it."""
        if self._thread is not None and self._thread.is_alive():
            return
        if self.due(now):
            self._thread = threading.Thread(target=self._in_thread, name="housekeeping", daemon=True)
            self._thread.start()

    def _in_thread(self) -> None:
        try:
            self.work()
        except Exception:
            log.exception("Housekeeping went wrong; it is tried again in a minute.")

    def due(self, now: datetime) -> list[Task]:
        """What is to be done now. A chore that is met for the first time waits for its next quiet hours."""
        known = self._chores.all()
        there = tasks(self._hub)
        for task in there:
            chore, start = known.get(task.name), task.quiet.next_start(now)
            if chore is None or _hours_changed(chore, start, now):
                self._chores.plan(task.name, start)
        gone = known.keys() - {task.name for task in there}
        if gone:
            self._chores.forget(sorted(gone))
        due = set(self._chores.due(now))
        return [task for task in there if task.name in due]

    def work(self) -> int:
        """Do what is due, unless another process is at it; answers how many chores were done."""
        count = 0
        with self._alone() as alone:
            for task in self.due(self._hub.clock()) if alone else ():
                if self._stopping.is_set():
                    break
                self._noted(task)
                count += 1
        return count

    def _noted(self, task: Task) -> None:
        """Do a chore and note what came of it, whatever that is."""
        began = self._hub.clock()
        until = task.quiet.ends_at(began) or began + CAUGHT_UP
        failed = False
        try:
            outcome = _outcome(self._do(task, self._turns(until)))
        except HubError as error:
            failed, outcome = True, f"{FAILED}{error.cause}: {error} What to do: {error.fix}"
        except Exception as bug:
            # Noted, so that the operator sees it, and logged with its place; the other chores go on.
            log.exception("The chore %s went wrong.", task.label)
            failed, outcome = True, f"{FAILED}{type(bug).__name__}: {bug}"
        ended = self._hub.clock()
        done = Done(began, (ended - began).total_seconds(), outcome)
        (log.warning if outcome.startswith((FAILED, WARNING)) else log.info)("%s: %s", task.label, outcome)
        self._chores.note(task.name, done, ended + AGAIN if failed else task.quiet.next_start(ended))

    # -- by hand ------------------------------------------------------------------------------------------------

    def run(self, chosen: Sequence[Task], *, only_count: bool = False) -> Iterator[tuple[Task, Report]]:
        """Do chores at once, and note them; `only_count`: say what retention would remove, and note nothing.

        Raises ConfigurationError while another process keeps house, and what a chore itself raises.
        """
        with self._alone() as alone:
            if not alone:
                raise ConfigurationError(
                    "Another process is keeping house at this moment.",
                    detail=LEASE_NAME,
                    fix="Try again later; `hub housekeeping list` shows what it has done.",
                )
            for task in chosen:
                began = self._hub.clock()
                report = self._do(task, self._turns(began + CAUGHT_UP), only_count=only_count)
                if not only_count:
                    ended = self._hub.clock()
                    done = Done(began, (ended - began).total_seconds(), _outcome(report))
                    self._chores.note(task.name, done, task.quiet.next_start(ended))
                yield task, report

    # -- inside -------------------------------------------------------------------------------------------------

    def _do(self, task: Task, turns: Turns, *, only_count: bool = False) -> Report:
        integration = task.integration
        if integration is None:
            return chores.tidy(self._hub, turns)
        if task.kind == "retention":
            return chores.keep_to_retention(self._hub, integration, turns, only_count=only_count)
        act: Callable[[Hub, Integration], Report] = {
            "open-orders": chores.reread_open_orders,
            "comparison": chores.compare_keys,
        }[task.kind]
        return act(self._hub, integration)

    def _turns(self, until: datetime) -> Turns:
        def pause() -> None:
            self._hub.sleep(PAUSE)
            self._renew()

        return Turns(pause, lambda: self._stopping.is_set() or self._hub.clock() >= until)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether this is the only process that keeps house."""
        now = self._hub.clock()
        if self._leases.take(LEASE_NAME, self._holder, now, now + LEASE) is None:
            yield False
            return
        self._renewed = now
        try:
            yield True
        finally:
            # A microsecond earlier, so that the next one need not wait for the clock to move on.
            self._leases.release(LEASE_NAME, self._holder, self._hub.clock() - timedelta(microseconds=1))

    def _renew(self) -> None:
        now = self._hub.clock()
        if now - self._renewed > LEASE / 10:
            self._leases.take(LEASE_NAME, self._holder, now, now + LEASE)
            self._renewed = now


def _hours_changed(chore: Chore, start: datetime, now: datetime) -> bool:
    """Whether a chore is planned by other quiet hours than those of today; one that failed has a time of its own."""
    waits = chore.next_at is None or chore.next_at > now
    return waits and chore.next_at != start and not chore.outcome.startswith(FAILED)


def _outcome(report: Report) -> str:
    return f"{WARNING if report.warning else ''}{report.text}"


def duties(hub: Hub, stopping: threading.Event | None = None) -> list[Duty]:
    """What the clock does for it: it looks each minute, and the work itself is done in a thread of its own.

    The event, if one is given, ends what is under way when the process is to end. Without it the thread ends with the
    process, which harms nothing: every step is a transaction of its own.
    """
    keeper = Housekeeper(hub, stopping)
    return [Duty("housekeeping", EVERY, keeper.look)]
