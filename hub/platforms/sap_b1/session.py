"""One log-in for the whole connection, shared by its threads.

A log-in is expensive for the company and each one is a session until it times out, so there is at most one at a time;
and a refused password is not tried again, for the ERP locks the user after a few.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from hub.clock import Clock
from hub.errors import HubError, PlatformRefused, PlatformUnavailable
from hub.platforms.call import Answer, Call
from hub.platforms.sap_b1 import wire
from hub.platforms.sap_b1.errors import refusal

log = logging.getLogger(__name__)

#: A session is given up so long before the server would, as both clocks count from different moments.
MARGIN = timedelta(minutes=1)
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


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """What a log-in has given us."""

    session_id: str
    #: The node behind the load balancer that the log-in went to; asking there saves a hop.
    route: str
    idle: timedelta

    @property
    def headers(self) -> Mapping[str, str]:
        """The header that goes with every call."""
        route = f"; ROUTEID={self.route}" if self.route else ""
        return {"Cookie": f"B1SESSION={self.session_id}{route}"}


class Session:
    """The connection's log-in. Safe to use from several threads."""

    def __init__(self, sender: Sender, root: str, credentials: Credentials, clock: Clock) -> None:
        self._sender = sender
        self._root = root
        self._credentials = credentials
        self._clock = clock
        self._lock = threading.Lock()
        self._ticket: Ticket | None = None
        self._used = clock()
        self._refused: str = ""

    def ticket(self) -> Ticket:
        """The ticket to ask with; logs in where there is none, or where it has been idle too long."""
        with self._lock:
            now = self._clock()
            if self._ticket is None or now - self._used >= self._ticket.idle:
                self._ticket = self._log_in()
            self._used = now
            return self._ticket

    def renew(self, stale: Ticket) -> None:
        """Log in again, unless another thread has done so since `stale` was handed out."""
        with self._lock:
            if self._ticket is stale:
                self._ticket = None
                self._ticket = self._log_in()

    def move(self, stale: Ticket) -> None:
        """Log in anew, wherever the load balancer sends us, after a node has failed; ends the old session."""
        with self._lock:
            if self._ticket is not stale:
                return
            self._ticket = None
            self._ticket = self._log_in()
        self._log_out(Ticket(stale.session_id, "", stale.idle))

    def leave(self, stale: Ticket) -> None:
        """Let the load balancer choose the node of the next call: this one did not answer. The session stays."""
        with self._lock:
            if self._ticket is stale:
                self._ticket = Ticket(stale.session_id, "", stale.idle)

    def close(self) -> None:
        """Log out; may be called twice."""
        with self._lock:
            ticket, self._ticket = self._ticket, None
        if ticket is not None and self._clock() - self._used < ticket.idle:
            self._log_out(ticket)

    def _log_in(self) -> Ticket:
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
            raise PlatformRefused(self._refused, detail=f"log-in {found.code}")
        return _ticket(answer)

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


def _ticket(answer: Answer) -> Ticket:
    body = answer.json()
    idle = timedelta(minutes=int(body.get("SessionTimeout") or DEFAULT_IDLE))
    return Ticket(str(body["SessionId"]), answer.cookies.get("ROUTEID", ""), max(idle - MARGIN, idle / 2))
