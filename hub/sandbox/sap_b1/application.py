"""The Service Layer as a sandbox application: log-in, sessions, dispatch, and the state as a whole."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime
from typing import Any

from hub.sandbox.desk.desk import Desk
from hub.sandbox.message import Operation, Request, Response
from hub.sandbox.sap_b1 import wire
from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.control import Control
from hub.sandbox.sap_b1.desk import desk
from hub.sandbox.sap_b1.errors import ServiceError, no_session
from hub.sandbox.sap_b1.routing import Address, read_address
from hub.sandbox.sap_b1.seed import fill
from hub.sandbox.sap_b1.service_layer import ServiceLayer, method_of, object_of
from hub.sandbox.sap_b1.services import VERSION
from hub.sandbox.sap_b1.sessions import Sessions, cookies_of, gateway_page
from hub.sandbox.world.model import World

WRITES = frozenset({"POST", "PATCH", "PUT", "MERGE", "DELETE"})


class SapB1Application:
    """One company behind one Service Layer.

    `now` must be the clock of the server that runs it; `zone` is the zone of the company's stamps and dates.
    """

    name = "sap-b1"

    def __init__(
        self,
        world: World,
        *,
        now: Callable[[], datetime],
        seed: int = 0,
        company: str = "SBODEMO",
        user: str = "hub",
        password: str = "sandbox",
        zone: str = "",
    ) -> None:
        self.company = Company(now, zone or world.zone)
        self.company.settings.company_name = company
        fill(self.company, world)
        self.sessions = Sessions(now, company, user, password, seed)
        self._layer = ServiceLayer(self.company)
        self._control = Control(self.company, self.sessions)

    def operation(self, request: Request) -> Operation:
        """Name the request: "login", "GET Items", "POST Orders/Cancel", "POST OrdersService_Preview".

        A write is admitted here, when it arrives: what becomes of its session later does not stop it.
        """
        address = read_address(request.raw_path)
        if address is None:
            return Operation("ping" if request.path.startswith("/ping/") else "unknown")
        if address.name in {"Login", "Logout"}:
            return Operation(address.name.lower())
        method = method_of(request)
        name = f"{method} {address.name}" + (f"/{address.tail}" if address.tail else "")
        reads = address.tail == "List" or "Service_Get" in address.name or address.name == "OrdersService_Preview"
        writes = method in WRITES and not reads
        if writes:
            self.sessions.admit(request)
        return Operation(name, writes=writes)

    def respond(self, request: Request) -> Response:
        """Carry the request out."""
        if request.path.startswith("/ping/"):
            return Response(200, b"pong", {"Content-Type": "text/plain"})
        address = read_address(request.raw_path)
        if address is None:
            return Response.html(
                "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>", 404
            )
        if self.sessions.reaches_dead_node(request):
            return gateway_page()
        try:
            return self._dispatch(request, address)
        except ServiceError as error:
            return wire.failure(address.version, error)

    def _dispatch(self, request: Request, address: Address) -> Response:
        if address == Address(address.version, "Login") and request.method == "POST":
            return self._login(request, address)
        if address == Address(address.version, "Logout") and request.method == "POST":
            self.sessions.logout(request)
            return wire.nothing(address.version)
        self.sessions.use(request)
        return self._layer.handle(request, address)

    def _login(self, request: Request, address: Address) -> Response:
        session = self.sessions.login(object_of(request))
        context = f"{request.origin}/b1s/v{address.version}/$metadata#B1Sessions/$entity"
        answer: dict[str, Any] = {
            wire.annotation(address.version, "context"): context,
            "SessionId": session.id,
            "Version": str(VERSION),
            "SessionTimeout": self.sessions.minutes,
        }
        return wire.answer(address.version, answer, headers={"Set-Cookie": cookies_of(session)})

    def refuse(self, kind: str, request: Request) -> Response:
        """A session that is gone answers 401/301. The platform knows no throttling: an overloaded node answers 503."""
        if kind == "session_expired":
            self.sessions.forget(request)
            address = read_address(request.raw_path)
            return wire.failure(address.version if address else 2, no_session())
        return gateway_page(503)

    def control(self, request: Request) -> Response:
        """Answer what lies below /control/."""
        return self._control.respond(request)

    def desk(self) -> Desk:
        """The clerk's."""
        return desk(self.company)

    def dump(self) -> bytes:
        """Company and sessions, in a form for `restore` alone."""
        return pickle.dumps((self.company.state(), self.sessions.state()), protocol=5)

    def restore(self, state: bytes) -> None:
        """Take up what `dump` gave; only for a file of our own, as it is trusted."""
        company, sessions = pickle.loads(state)
        self.company.take(company)
        self.sessions.take(sessions)
