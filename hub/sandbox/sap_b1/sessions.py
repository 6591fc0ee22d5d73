"""Cookie sessions: who is logged in, on which node, and since when unused."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.sandbox.message import Request, Response
from hub.sandbox.sap_b1.errors import ServiceError, no_session

COOKIE = "B1SESSION"
NODE_COOKIE = "ROUTEID"
NODES = (".node1", ".node2")
#: Writes that arrived and are not carried out yet; those that never will be are forgotten beyond that number.
MOST_ADMITTED = 2000


@dataclass(slots=True)
class Session:
    """One login. It lives as long as it is used."""

    id: str
    user: str
    node: str
    last_used: datetime


class Sessions:
    """All sessions of the company, shared by its nodes."""

    def __init__(self, now: Callable[[], datetime], company: str, user: str, password: str, seed: int = 0) -> None:
        self._now = now
        self._credentials = {"CompanyDB": company, "UserName": user, "Password": password}
        self._random = random.Random(f"sessions {seed}")
        self._open: dict[str, Session] = {}
        self._admitted: dict[int, tuple[Request, Session]] = {}
        self.minutes = 30
        #: Nodes that do not answer; requests that are bound to one get a gateway's page.
        self.dead: set[str] = set()
        self.logins = 0
        self.refused = 0
        self.logouts = 0
        self.most = 0

    def __len__(self) -> int:
        self._forget_idle()
        return len(self._open)

    def login(self, body: dict[str, Any]) -> Session:
        """A new session; raises ServiceError for a wrong company, user or password."""
        wrong = [name for name, value in self._credentials.items() if body.get(name) != value]
        if wrong:
            self.refused += 1
            if "CompanyDB" in wrong:
                raise ServiceError(401, -5027, "Switch company error: -5027")
            raise ServiceError(401, -304, "Fail to NONE-SSO login from SLD.")
        living = [node for node in NODES if node not in self.dead] or list(NODES)
        self.logins += 1
        session = Session(
            str(UUID(int=self._random.getrandbits(128), version=4)),
            body["UserName"],
            living[self.logins % len(living)],
            self._now(),
        )
        self._forget_idle()
        self._open[session.id] = session
        self.most = max(self.most, len(self._open))
        return session

    def admit(self, request: Request) -> None:
        """Note a write that arrives with a good session: it will be carried out although the session ends meanwhile.

        The server may carry a request out long after it arrived, as a busy platform does.
        """
        session = self._open.get(request.cookies.get(COOKIE, ""))
        if session is None or self._now() - session.last_used >= timedelta(minutes=self.minutes):
            return
        # The request itself is kept, so that no other one can have its identity.
        self._admitted[id(request)] = (request, session)
        if len(self._admitted) > MOST_ADMITTED:
            del self._admitted[next(iter(self._admitted))]

    def use(self, request: Request) -> Session:
        """The request's session, used again now; raises ServiceError where there is none or it timed out."""
        admitted = self._admitted.pop(id(request), None)
        if admitted is not None:
            admitted[1].last_used = self._now()
            return admitted[1]
        session = self._open.get(request.cookies.get(COOKIE, ""))
        now = self._now()
        if session is None or now - session.last_used >= timedelta(minutes=self.minutes):
            self.forget(request)
            raise no_session()
        session.last_used = now
        return session

    def logout(self, request: Request) -> None:
        """End the request's session; raises ServiceError where there is none."""
        self.use(request)
        self.forget(request)
        self.logouts += 1

    def forget(self, request: Request) -> None:
        """End the request's session, if it has one; the request itself is not carried out any more."""
        self._admitted.pop(id(request), None)
        self._open.pop(request.cookies.get(COOKIE, ""), None)

    def forget_all(self) -> int:
        """End every session; answers how many there were."""
        ended = len(self)
        self._open.clear()
        return ended

    def reaches_dead_node(self, request: Request) -> bool:
        """Whether the load balancer would send the request to a node that does not answer."""
        return bool(self.dead) and request.cookies.get(NODE_COOKIE, "") in self.dead

    def state(self) -> dict[str, Any]:
        """All that must outlive the process."""
        kept = ("_open", "_random", "minutes", "dead", "logins", "refused", "logouts", "most")
        return {name: getattr(self, name) for name in kept}

    def take(self, state: dict[str, Any]) -> None:
        """Become what `state` says."""
        for name, value in state.items():
            setattr(self, name, value)

    def to_json(self) -> dict[str, Any]:
        """For the control API."""
        self._forget_idle()
        return {
            "open": [
                {"id": one.id, "user": one.user, "node": one.node, "last_used": one.last_used.isoformat()}
                for one in self._open.values()
            ],
            "logins": self.logins,
            "refused": self.refused,
            "logouts": self.logouts,
            "most_at_once": self.most,
            "dead_nodes": sorted(self.dead),
        }

    def _forget_idle(self) -> None:
        oldest = self._now() - timedelta(minutes=self.minutes)
        for one in [one for one in self._open.values() if one.last_used <= oldest]:
            del self._open[one.id]


def cookies_of(session: Session) -> list[str]:
    """The Set-Cookie headers of a login."""
    return [f"{COOKIE}={session.id};HttpOnly;", f"{NODE_COOKIE}={session.node}; path=/b1s"]


def gateway_page(status: int = 502) -> Response:
    """What the web server in front answers for a node that does not."""
    reason = {502: "Proxy Error", 503: "Service Unavailable"}[status]
    page = f"<!DOCTYPE HTML><html><head><title>{status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
    return Response.html(page, status)
