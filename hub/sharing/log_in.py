"""One log-in of a connection for the whole installation: kept sealed in the store, made by one worker at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from hub.clock import Clock, Sleep
from hub.errors import PlatformRefused
from hub.platforms.limits import Kept, LogIn, Refusal
from hub.sharing.keeper import Keeper
from hub.store.database import Database
from hub.store.leases import Leases
from hub.store.limits import Sessions, StoredSession

#: How long a log-in under way keeps others from trying, unless it is renewed, and how much is left when it is.
TURN, RENEW = timedelta(seconds=15), timedelta(seconds=10)
#: How often a process says that it uses the log-in.
SAY_SO = timedelta(minutes=1)
#: Seconds between two looks of one who waits for another's log-in.
_LOOK_AGAIN = 0.1


class Seal(Protocol):
    """Keeps what is stored from other eyes."""

    def encrypt(self, plain: bytes) -> bytes:
        """Seal."""

    def decrypt(self, token: bytes) -> bytes:
        """Open."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the row says: a log-in, or that one was refused."""

    kept: Kept | None
    refusal: Refusal | None
    used_at: datetime


class Register:
    """The row of one connection, and the lease of whoever logs in."""

    def __init__(self, database: Database, seal: Seal, connection_id: int, holder: str, moment: Clock) -> None:
        self._sessions, self._leases, self._seal = Sessions(database), Leases(database), seal
        self._connection_id, self._holder, self.moment = connection_id, holder, moment
        self._turn = f"login:{connection_id}"

    def read(self) -> Entry | None:
        """What is known."""
        stored = self._sessions.get(self._connection_id)
        return self._entry(stored) if stored else None

    def _entry(self, stored: StoredSession) -> Entry:
        content: dict[str, Any] = orjson.loads(self._seal.decrypt(stored.ticket))
        who = content["who"]
        if "refused" in content:
            refusal = Refusal(who, content["refused"], content["detail"], stored.opened_at)
            return Entry(None, refusal, stored.used_at)
        idle = timedelta(seconds=content["idle"])
        return Entry(Kept(who, stored.generation, content["value"], idle), None, stored.used_at)

    def keep(self, who: str, value: Mapping[str, Any], idle: timedelta) -> Kept:
        """Keep a new log-in."""
        content = {"who": who, "value": dict(value), "idle": idle.total_seconds()}
        return Kept(who, self._put(content), value, idle)

    def refuse(self, who: str, error: PlatformRefused) -> None:
        """Keep that a log-in was refused."""
        self._put({"who": who, "refused": str(error), "detail": error.detail})

    def _put(self, content: dict[str, Any]) -> int:
        return self._sessions.put(self._connection_id, self._seal.encrypt(orjson.dumps(content)), self.moment())

    def used(self, generation: int) -> None:
        """Say that a log-in is in use."""
        self._sessions.used(self._connection_id, generation, self.moment())

    def take_turn(self) -> bool:
        """Be the one who logs in, or go on being it; False = somebody else is."""
        now = self.moment()
        return self._leases.take(self._turn, self._holder, now, now + TURN) is not None

    def end_turn(self) -> None:
        """Be it no longer."""
        self._leases.release(self._turn, self._holder, self.moment())


class SharedLogIn:
    """The log-in of one connection as this process knows it.

    Nobody logs out: the session is the only one there is, whoever comes next goes on with it, and the platform ends it
    once it has been idle.
    """

    def __init__(self, register: Register, keeper: Keeper, clock: Clock) -> None:
        self._register, self._keeper, self._clock = register, keeper, clock
        self._lock = threading.Lock()
        #: One thread of this process at a time looks for a newer log-in.
        self._renewing = threading.Lock()
        self._kept: Kept | None = None
        #: When it was last used here, and when the store was last told so.
        self._used = self._said = clock()
        self._has_turn = False
        self._turn_until = clock()
        keeper.add(self)

    def join(self) -> None:
        """Who uses it is not counted."""

    def part(self) -> Kept | None:
        """It stays."""
        return None

    def current(self, who: str) -> Kept | None:
        """The log-in as far as it is known here, unless it has been idle for too long here."""
        with self._lock:
            kept, now = self._kept, self._clock()
            if kept is None or kept.who != who or now - self._used >= kept.idle:
                return None
            self._used = now
            say = now - self._said >= SAY_SO
            if say:
                self._said = now
        if say:
            self._register.used(kept.generation)
        return kept

    def renew(self, who: str, stale: int | None, log_in: LogIn, pause: Sleep) -> Kept:
        """The log-in to use instead of `stale`: what somebody else has made meanwhile, or else a new one."""
        while True:
            with self._renewing:
                kept = self.current(who)
                if kept is not None and kept.generation != stale:
                    return kept
                found = self._known(who, stale)
                if found is not None:
                    return found
                if self._register.take_turn():
                    return self._as_the_one(who, stale, log_in)
            pause(_LOOK_AGAIN)

    def _known(self, who: str, stale: int | None) -> Kept | None:
        """What the store knows; raises PlatformRefused where that is a fresh refusal."""
        entry, now = self._register.read(), self._register.moment()
        if entry is None:
            return None
        if entry.refusal is not None and entry.refusal.stands(who, now):
            raise entry.refusal.error()
        kept = entry.kept
        if kept is None or kept.who != who or kept.generation == stale or now - entry.used_at >= kept.idle:
            return None
        self._adopt(kept)
        return kept

    def _as_the_one(self, who: str, stale: int | None, log_in: LogIn) -> Kept:
        """Log in, unless the one before us did it in the moment before."""
        with self._lock:
            self._has_turn, self._turn_until = True, self._clock() + TURN
        self._keeper.poke()
        try:
            found = self._known(who, stale)
            if found is not None:
                return found
            try:
                value, idle = log_in()
            except PlatformRefused as error:
                self._register.refuse(who, error)
                raise
            kept = self._register.keep(who, value, idle)
            self._adopt(kept)
            return kept
        finally:
            with self._lock:
                self._has_turn = False
            self._register.end_turn()

    def _adopt(self, kept: Kept) -> None:
        with self._lock:
            self._kept = kept
            self._used = self._said = self._clock()

    def amend(self, generation: int, value: Mapping[str, Any]) -> None:
        """Use the same log-in in another form, in this process."""
        with self._lock:
            if self._kept and self._kept.generation == generation:
                self._kept = replace(self._kept, value=value)

    def tend(self) -> bool:
        """Keep our turn while we log in: the platform may take its time."""
        with self._lock:
            due = self._has_turn and self._turn_until - self._clock() < RENEW
        if due and self._register.take_turn():
            with self._lock:
                self._turn_until = self._clock() + TURN
        return self._has_turn

    def give_up(self) -> None:
        """Nothing is held but the turn, which passes by itself."""
