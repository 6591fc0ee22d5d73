"""Builds the object graph once; tests and benches hand in their own clock, wiring and platforms."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial

from marshmallow import ValidationError

from hub.clock import Clock, Sleep, now, sleep
from hub.config import Config
from hub.errands import carry_out
from hub.errors import ConfigurationError
from hub.platforms.exchanges import Exchange
from hub.platforms.limits import LimitsOf, OneProcess
from hub.platforms.platform import Connection, Wiring
from hub.platforms.registry import platform
from hub.sharing.limits import AllProcesses
from hub.store import migrate
from hub.store.audit import Audit
from hub.store.connections import Connections, StoredConnection
from hub.store.database import Database, make_engine
from hub.store.failures import Failures
from hub.store.health import Health
from hub.store.integrations import Integration, Integrations
from hub.store.jobs import Jobs
from hub.store.leases import Leases
from hub.store.maps import Entry, Maps
from hub.store.plans import Plans
from hub.store.routes import Routes
from hub.store.runs import Runs, Tally
from hub.store.schedules import Schedules
from hub.store.skips import Skips
from hub.store.users import Users
from hub.store.vault import Vault, master_keys
from hub.store.workers import Workers
from hub.sync.assemble import Assembly, Parts
from hub.sync.split import SMALLEST_PART, Splitting
from hub.sync.work import Book, Worker
from message_log.entries import Level, Policy
from message_log.ledger import Ledger
from objects.registry import OBJECTS


def person() -> str:
    """Who is at the keyboard, for the audit trail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


@cache
def process_name() -> str:
    """How this process is called among all that work on the database, also where containers share their numbers."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"


@dataclass(slots=True)
class Hub:
    """Everything one process of the hub is made of."""

    config: Config
    database: Database
    log_database: Database
    vault: Vault
    connections: Connections
    integrations: Integrations
    routes: Routes
    schedules: Schedules
    maps: Maps
    jobs: Jobs
    runs: Runs
    failures: Failures
    skips: Skips
    plans: Plans
    health: Health
    workers: Workers
    leases: Leases
    users: Users
    audit: Audit
    ledger: Ledger
    clock: Clock = now
    sleep: Sleep = sleep
    #: Threads of one run, and calls at a time on one connection where nothing else is said.
    concurrency: int = 4
    #: Records that a part of a first load has at least.
    smallest_part: int = SMALLEST_PART
    #: What all who use a connection share: on the embedded store within this process, else over all of them.
    limits: LimitsOf = field(default_factory=OneProcess)
    #: Called with the counts of a run after each page.
    progress: Callable[[Tally], None] = field(default=lambda tally: None)

    # -- what a run asks (hub.sync.assemble.Configuration) -------------------------------------------------------

    def integration(self, identity: int) -> Integration:
        """One integration."""
        return self.integrations.get(identity)

    def connection(self, identity: int) -> StoredConnection:
        """One connection as stored."""
        return self.connections.get(identity)

    def entries(self, integration_id: int) -> list[Entry]:
        """All map entries of an integration."""
        return self.maps.entries(integration_id)

    def stopped(self, connection_id: int) -> tuple[datetime, str] | None:
        """Since when, and by whom, writes over a connection are stopped; None = they go on."""
        return self.connections.stopped(connection_id)

    def policy(self, integration: Integration) -> Policy:
        """What of an integration's messages is kept, and which fields of it are personal."""
        personal = frozenset().union(*(entry.personal for entry in OBJECTS.values()))
        for identity in (integration.shop_id, integration.erp_id):
            personal |= platform(self.connections.get(identity).platform).personal
        return Policy(level=Level(integration.settings.get("log_level", "standard")), personal=personal)

    # -- doing --------------------------------------------------------------------------------------------------

    def connect(
        self,
        stored: StoredConnection,
        sink: Callable[[Exchange], None] = lambda exchange: None,
        may_write: Callable[[float], None] = lambda seconds: None,
        stopping: Callable[[], bool] = lambda: False,
        heard: Callable[[], None] = lambda: None,
        *,
        hurried: bool = False,
    ) -> Connection:
        """Open a stored connection; `hurried`: one try of each call, and no long wait for its answer."""
        wiring = Wiring(
            clock=self.clock,
            sleep=self.sleep,
            sink=sink,
            may_write=may_write,
            stopping=stopping,
            heard=heard,
            hurried=hurried,
            concurrency=self.concurrency,
            limits=self.limits.of(stored.id),
        )
        kind = platform(stored.platform)
        try:
            settings = kind.settings_schema().load(stored.settings)
        except ValidationError as error:
            raise ConfigurationError(
                f"The connection {stored.name} is not complete: {error.messages}", detail=stored.name
            ) from error
        return kind.connect(stored.name, settings, wiring)

    def worker(
        self, stopping: Callable[[], bool] = lambda: False, heard: Callable[[int], None] = lambda job_id: None
    ) -> Worker:
        """A worker of this process; once `stopping`, it begins nothing new. `heard`: a platform answered a job."""
        parts = Parts(
            self.database,
            self.jobs,
            self.runs,
            self.routes,
            self.failures,
            self.skips,
            self.plans,
            self.ledger,
            self.vault.base_hash,
            self.vault,
            self.clock,
        )
        errand = partial(carry_out, self.database)
        assembly = Assembly(parts, self, self.connect, self.concurrency, self.progress, heard, errand)
        book = Book(self.jobs, self.runs, self.routes, self.health)
        splitting = Splitting(lambda: self.workers.places(self.clock()), self.smallest_part)
        return Worker(
            process_name(),
            book,
            assembly.open,
            clock=self.clock,
            lease=self.config.lease,
            stopping=stopping,
            splitting=splitting,
        )

    def acting_for(self, actor: str) -> Hub:
        """The same hub as this person uses it: what is done with it is in the trail under that name."""
        return replace(self, audit=Audit(self.database, self.clock, actor))

    def close(self) -> None:
        """Give back what is shared with others, and close the databases."""
        self.limits.close()
        self.database.dispose()
        self.log_database.dispose()


@contextmanager
def _opened(config: Config) -> Iterator[tuple[Database, Database]]:
    """Store and message log, brought to this release's schema; closed again if something goes wrong."""
    with ExitStack() as stack:
        made = []
        for url, branch in ((config.database_url, "store"), (config.log_url, "log")):
            made.append(Database(make_engine(url)))
            stack.callback(made[-1].dispose)
            migrate.upgrade(made[-1].engine, branch)
        yield made[0], made[1]
        stack.pop_all()


def upgrade(config: Config) -> None:
    """Bring both databases to this release's schema."""
    with _opened(config) as databases:
        pass
    for database in databases:
        database.dispose()


def build(config: Config, *, clock: Clock = now, actor: str | None = None) -> Hub:
    """The object graph of a process; the databases are migrated first."""
    with _opened(config) as (database, log_database):
        vault = Vault(master_keys(config, database), database)
    return Hub(
        config=config,
        database=database,
        log_database=log_database,
        vault=vault,
        connections=Connections(database, vault),
        integrations=Integrations(database),
        routes=Routes(database),
        schedules=Schedules(database),
        maps=Maps(database),
        jobs=Jobs(database),
        runs=Runs(database),
        failures=Failures(database),
        skips=Skips(database),
        plans=Plans(database, vault),
        health=Health(database),
        workers=Workers(database),
        leases=Leases(database),
        users=Users(database),
        audit=Audit(database, clock, actor or person()),
        ledger=Ledger(log_database.engine, vault, clock),
        clock=clock,
        limits=OneProcess() if config.is_sqlite else AllProcesses(database, vault),
    )
