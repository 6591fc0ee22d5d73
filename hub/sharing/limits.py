"""The limits of all connections as one process takes part in them."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Mapping
from functools import partial

from hub.clock import Clock
from hub.platforms.budget import Bucket
from hub.sharing.keeper import Keeper
from hub.sharing.log_in import Register, Seal, SharedLogIn
from hub.sharing.points import Books, SharedBudget
from hub.sharing.slots import SharedSlots, Table
from hub.store.database import Database
from hub.store.limits import time_of


def holder_name() -> str:
    """A name for this process that no other one has, whenever and wherever it runs."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(4)}"


class AllProcesses:
    """Limits that all processes on one store share.

    `moment` is the time by which leases in the store are judged, the same for all machines: the database's own. The
    clocks of the machines measure only how long something takes here.
    """

    def __init__(self, database: Database, seal: Seal, *, holder: str = "", moment: Clock | None = None) -> None:
        self._database, self._seal = database, seal
        self.holder = holder or holder_name()
        self._moment = moment or partial(time_of, database)
        self.keeper = Keeper()
        self._lock = threading.Lock()
        self._limits: dict[int, SharedLimits] = {}

    def of(self, connection_id: int) -> SharedLimits:
        """The limits of a connection."""
        with self._lock:
            if connection_id not in self._limits:
                self._limits[connection_id] = SharedLimits(self, connection_id)
            return self._limits[connection_id]

    def buckets(self) -> Mapping[int, Bucket]:
        """None: the store's rows tell."""
        return {}

    def close(self) -> None:
        """Give back what this process holds."""
        self.keeper.close()

    def make_budget(self, connection_id: int, clock: Clock) -> SharedBudget:
        """Our part of a connection's points."""
        books = Books(self._database, connection_id, self.holder, self._moment)
        return SharedBudget(books, self.keeper, clock)

    def make_slots(self, connection_id: int, most: int, clock: Clock) -> SharedSlots:
        """Our part of a connection's places."""
        table = Table(self._database, connection_id, self.holder, most, self._moment)
        return SharedSlots(table, self.keeper, clock)

    def make_log_in(self, connection_id: int, clock: Clock) -> SharedLogIn:
        """A connection's log-in as we know it."""
        register = Register(self._database, self._seal, connection_id, self.holder, self._moment)
        return SharedLogIn(register, self.keeper, clock)


class SharedLimits:
    """The limits of one connection; what nobody asks for is not made."""

    def __init__(self, whole: AllProcesses, connection_id: int) -> None:
        self._whole, self._connection_id = whole, connection_id
        self._lock = threading.Lock()
        self._budget: SharedBudget | None = None
        self._slots: dict[int, SharedSlots] = {}
        self._log_in: SharedLogIn | None = None

    def budget(self, clock: Clock) -> SharedBudget:
        """The connection's points."""
        with self._lock:
            self._budget = self._budget or self._whole.make_budget(self._connection_id, clock)
            return self._budget

    def slots(self, most: int, clock: Clock) -> SharedSlots:
        """The connection's places. Where the setting was changed, who comes from now on heeds the new one."""
        with self._lock:
            if most not in self._slots:
                self._slots[most] = self._whole.make_slots(self._connection_id, most, clock)
            return self._slots[most]

    def log_in(self, clock: Clock) -> SharedLogIn:
        """The connection's log-in."""
        with self._lock:
            self._log_in = self._log_in or self._whole.make_log_in(self._connection_id, clock)
            return self._log_in
