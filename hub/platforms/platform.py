"""What the hub must know of a platform as a whole: how to log in, what it may be asked, and what fills the maps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any, ClassVar

from marshmallow import Schema

from hub.clock import Clock, Sleep, now, sleep
from hub.platforms.endpoint import Endpoint
from hub.platforms.exchanges import Exchange
from hub.platforms.limits import Limits, OneConnection
from objects.fields import Side


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a connection needs of the world outside; tests hand in their own."""

    clock: Clock = now
    sleep: Sleep = sleep
    #: Takes exchanges that belong to no message.
    sink: Callable[[Exchange], None] = lambda exchange: None
    random: Random = field(default_factory=Random)
    #: Asked before every try of a call that writes, with the seconds its answer may take; raises LeaseLost.
    may_write: Callable[[float], None] = lambda seconds: None
    #: Whether this process has been told to end: a call that waits to be repeated gives up then.
    stopping: Callable[[], bool] = lambda: False
    #: Called whenever the platform has answered, whatever it said.
    heard: Callable[[], None] = lambda: None
    #: True: one try of each call, and no long wait for its answer; for asking whether a platform is there at all.
    hurried: bool = False
    #: At most so many requests at a time on this connection, where the platform has no number of its own.
    concurrency: int = 4
    #: What is shared with all others who use this connection: points, places for calls, the log-in.
    limits: Limits = field(default_factory=OneConnection)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check."""

    ok: bool
    what: str
    #: What to do about it; empty when all is well.
    fix: str = ""
    #: False: worth knowing, but nothing is stopped by it.
    blocking: bool = True
    #: Where in the integration's configuration it is mended: `settings.price_list`, `maps.tax`; empty = elsewhere.
    where: str = ""
    #: What to do without a command, for those who see the place in the configuration beside it.
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something of a connection that ends by itself on a day, which people should know before."""

    #: api_version | secret
    kind: str
    what: str
    on: date
    fix: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a map may name, as the platform lists it."""

    value: str
    label: str
    active: bool = True


class Connection(ABC):
    """One configured account on a platform, logged in when it first needs to be. Safe to use from several threads."""

    name: str

    @abstractmethod
    def check(self) -> list[Finding]:
        """Test the connection: credentials, scopes, version, fields of our own. Each trouble with what to do."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What the pre-checks compare between the two sides (see each platform's `platform.py` for its keys)."""

    @abstractmethod
    def choices(self, map_name: str) -> list[Choice]:
        """This side's values for a map ("location", "payment", "tax", ...); empty where it has none."""

    @abstractmethod
    def endpoint(self, object_name: str, settings: Mapping[str, Any]) -> Endpoint:
        """This platform's view of an object, under the integration's settings; KeyError where it has none."""

    @abstractmethod
    def ping(self) -> None:
        """Ask something cheap, to see whether the platform answers and accepts us; raises what any call would."""

    def set_up(self) -> list[str]:
        """Create on the platform what the hub needs there (fields of our own); tells what was created."""
        return []

    @abstractmethod
    def close(self) -> None:
        """Log out and let go of the connections; may be called twice."""


class Platform(ABC):
    """A kind of system."""

    name: ClassVar[str]
    #: What people call it; its name where nothing is said.
    title: ClassVar[str] = ""
    side: ClassVar[Side]
    #: Settings of a connection; secret ones bear the metadata `secret=True`.
    settings_schema: ClassVar[type[Schema]]
    #: Names of native fields that hold personal data, for masking and erasing.
    personal: ClassVar[frozenset[str]]
    #: Names of native fields, headers and cookies that hold secrets, never logged.
    secret: ClassVar[frozenset[str]]

    def expiries(self, settings: Mapping[str, Any]) -> list[Expiry]:
        """What of a connection with these settings, as stored, ends by itself. Talks to nobody."""
        stated = settings.get("secret_expires")
        if not stated:
            return []
        fix = "Make a new one on the platform, set its variable, change secret_expires, and run `hub apply`."
        return [Expiry("secret", "Its secret", date.fromisoformat(str(stated)), fix)]

    def record_url(self, settings: Mapping[str, Any], kind: str, identity: str, parent: str = "") -> str | None:
        """Where people open a record in this system's own pages; None where no such address is known.

        `kind` is that of its link, `parent` the id of the record that it is part of. `settings` are as stored.
        """
        return None

    def record_words(self, kind: str, identity: str, label: str = "") -> str:
        """How people find a record in this system, where there is no address for it; empty = there is one."""
        return ""

    @abstractmethod
    def connect(self, name: str, settings: Mapping[str, Any], wiring: Wiring) -> Connection:
        """Make a connection of loaded settings; talks to nobody yet."""
