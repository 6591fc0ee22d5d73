"""One log-in for the whole connection, shared by all who use it.

A log-in is expensive for the company and each one is a session until it times out, so there is at most one at a time;
and a refused password is not tried again, for the ERP locks the user after a few.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from hub.clock import Sleep, sleep
from hub.errors import HubError, PlatformRefused, PlatformUnavailable
from hub.platforms.call import Answer, Call
from hub.platforms.limits import Kept, LogInPlace
from hub.platforms.sap_b1 import wire
from hub.platforms.sap_b1.errors import refusal

log = logging.getLogger(__name__)

#: A session is given up so long before the server would, as both clocks count from different moments.
MARGIN = timedelta(minutes=1)
#: The answer to a log-in to a company that is not there; its own words are a number ("Switch company error: -5027").
NO_COMPANY = "-5027"
#: Idle minutes where the answer to the log-in does not say.
DEFAULT_IDLE = 30


class Sender(Protocol):
    """The part of the transport that is needed here."""

    connection: str

    def send(self, call: Call) -> Answer:
        """Send one call."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in, and to which company database."""

    company: str
    user: str
    password: str

    def name(self) -> str:
        """A name for them that tells nothing, by which a log-in made with others is known."""
        return hashlib.sha256("\0".join((self.company, self.user, self.password)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """What a log-in has given us."""

    session_id: str
    #: The node behind the load balancer that the log-in went to; asking there saves a hop.
    route: str
    generation: int = 0

    @property
    def headers(self) -> Mapping[str, str]:
        """The header that goes with every call."""
        route = f"; ROUTEID={self.route}" if self.route else ""
        return {"Cookie": f"B1SESSION={self.session_id}{route}"}


class Session:
    """The log-in as one connection uses it. Safe to use from several threads.

    Where it is kept, and who else uses it, is the business of `place`.
    """

    def __init__(
        self,
        sender: Sender,
        root: str,
        credentials: Credentials,
        place: LogInPlace,
        pause: Sleep = sleep,
    ) -> None:
        self._sender = sender
        self._root = root
        self._credentials = credentials
        self._place = place
        self._pause = pause
        self._who = credentials.name()
        self._lock = threading.Lock()
        self._joined = False
        self._refused: str = ""

    def ticket(self) -> Ticket:
        """The ticket to ask with; logs in where there is none, or where it has been idle too long."""
        if not self._joined:
            self._join()
        kept = self._place.current(self._who)
        if kept is None:
            kept = self._place.renew(self._who, None, self._log_in, self._pause)
        return _ticket(kept)

    def renew(self, stale: Ticket) -> None:
        """Log in again, unless somebody else has done so since `stale` was handed out."""
        self._place.renew(self._who, stale.generation, self._log_in, self._pause)

    def move(self, stale: Ticket) -> None:
        """Log in anew, wherever the load balancer sends us, after a node has failed; ends the old session."""
        ours = False

        def log_in() -> tuple[Mapping[str, Any], timedelta]:
            nonlocal ours
            ours = True
            return self._log_in()

        self._place.renew(self._who, stale.generation, log_in, self._pause)
        if ours:
            self._log_out(Ticket(stale.session_id, ""))

    def leave(self, stale: Ticket) -> None:
        """Let the load balancer choose the node of the next call: this one did not answer. The session stays."""
        self._place.amend(stale.generation, {"session": stale.session_id, "route": ""})

    def close(self) -> None:
        """Log out if nobody else needs the session; may be called twice."""
        with self._lock:
            joined, self._joined = self._joined, False
        kept = self._place.part() if joined else None
        if kept is not None:
            self._log_out(_ticket(kept))

    def _join(self) -> None:
        with self._lock:
            if not self._joined:
                self._place.join()
                self._joined = True

    def _log_in(self) -> tuple[Mapping[str, Any], timedelta]:
        if self._refused:
            raise PlatformRefused(self._refused)
        who = self._credentials
        body = {"CompanyDB": who.company, "UserName": who.user, "Password": who.password}
        answer = self._sender.send(self._call("POST Login", "Login", wire.encode(body), {}))
        if answer.status >= 500:
            raise PlatformUnavailable(f"POST Login: status {answer.status}")
        if answer.status != 200:
            found = refusal(answer)
            self._refused = (
                f"The Service Layer refuses the log-in of user {who.user} to company {who.company}: {found.message} "
                f"(status {found.status}, code {found.code or 'none'})."
            )
            if found.code == NO_COMPANY:
                self._refused += (
                    f" That means: it has no company database of the name {who.company}, or cannot open it. "
                    "Correct `company` in the connection's settings."
                )
            raise PlatformRefused(self._refused, detail=f"log-in {found.code}")
        return _given(answer)

    def _log_out(self, ticket: Ticket) -> None:
        try:
            self._sender.send(self._call("POST Logout", "Logout", b"", ticket.headers))
        except HubError as error:
            # The session ends by itself once it has been idle; nothing is lost but a place in the server's memory.
            log.info("Logging out failed: %s", error)

    def _call(self, operation: str, path: str, body: bytes, headers: Mapping[str, str]) -> Call:
        # The path's letter case matters: "login" is another, protected path.
        return Call(operation, "POST", f"{self._root}{path}", headers=json_headers(headers), body=body)


def json_headers(more: Mapping[str, str]) -> dict[str, str]:
    """Headers of a call that speaks JSON both ways."""
    return {"Content-Type": "application/json", "Accept": "application/json", **more}


def _ticket(kept: Kept) -> Ticket:
    return Ticket(kept.value["session"], kept.value["route"], kept.generation)


def _given(answer: Answer) -> tuple[Mapping[str, Any], timedelta]:
    """What is kept of a log-in, and how long it may be idle."""
    body = answer.json()
    idle = timedelta(minutes=int(body.get("SessionTimeout") or DEFAULT_IDLE))
    value = {"session": str(body["SessionId"]), "route": answer.cookies.get("ROUTEID", "")}
    return value, max(idle - MARGIN, idle / 2)
