"""The Shopify sandbox as the server sees it: one HTTP application over a shop."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs

import orjson

from hub.sandbox.desk.desk import Desk
from hub.sandbox.message import Operation, Request, Response
from hub.sandbox.shopify.bulk import BulkRunner
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.control_api import ControlApi
from hub.sandbox.shopify.desk import desk
from hub.sandbox.shopify.documents import root_fields, writes
from hub.sandbox.shopify.engine import Engine
from hub.sandbox.shopify.large_heap import filling
from hub.sandbox.shopify.resolvers import all_fields
from hub.sandbox.shopify.shop import Shop, ShopState
from hub.sandbox.shopify.throttle import Bucket
from hub.sandbox.shopify.versions import version_used
from hub.sandbox.shopify.world_loader import WorldLoader, new_store
from hub.sandbox.world.model import World

_GRAPHQL = re.compile(r"/admin/api/([^/]+)/graphql\.json\Z")
_BULK = re.compile(r"/bulk/([0-9]+)\.jsonl\Z")
TOKEN_PATH = "/admin/oauth/access_token"
TOKEN_LIFE = timedelta(hours=24)
#: What stands for a body that is no JSON.
UNREADABLE = object()
UNAUTHORISED = "[API] Invalid API key or access token (unrecognized login or wrong password)"


class ShopifyApplication:
    """A shop behind the Admin GraphQL API.

    `index_lag`: how long a write takes to show in lists and searches. `work_delay`: how long asynchronous work waits
    before it is done. `restore_rate` and `bucket` are cost points per second and in all. `shuffle_bulk`: the lines of
    an ungrouped bulk file come in random order.
    """

    name = "shopify"

    def __init__(  # noqa: PLR0913 - the settings of a shop, all by name
        self,
        world: World,
        *,
        now: Callable[[], datetime],
        seed: int = 0,
        index_lag: timedelta = timedelta(0),
        token: str = "shpat_sandbox",
        client_id: str = "sandbox-client",
        client_secret: str = "sandbox-secret",
        restore_rate: float = 1000,
        bucket: float = 20000,
        work_delay: timedelta = timedelta(seconds=1),
        shuffle_bulk: bool = False,
    ) -> None:
        self._now = now
        self._index_lag = index_lag
        self._work_delay = work_delay
        self._static_token = token
        self._client = (client_id, client_secret)
        self._random = Random(seed)
        self._last_read: tuple[Request | None, Any] = (None, None)
        self._engine = Engine(Bucket(bucket, restore_rate, now))
        self._bulk = BulkRunner(all_fields(), shuffled=Random(seed) if shuffle_bulk else None)
        self._world = world
        self._begin()

    def _begin(self) -> None:
        """The shop as the world has it."""
        store = new_store(self._world)
        with filling():
            WorldLoader(store, self._world, self._now()).load()
        self._open(ShopState(store))

    def _open(self, state: ShopState) -> None:
        self.shop = Shop(state, self._now, self._bulk, index_lag=self._index_lag, work_delay=self._work_delay)
        self._control = ControlApi(self.shop)

    # ---------------------------------------------------------------------------------------------------- the contract

    def operation(self, request: Request) -> Operation:
        """The first root field of the document, or what the path stands for."""
        if _BULK.match(request.path):
            return Operation("bulk file", file=True)
        if request.path == TOKEN_PATH:
            return Operation("access_token")
        if not _GRAPHQL.match(request.path):
            return Operation(f"{request.method} {request.path}")
        body = self._body(request)
        text = body.get("query") if isinstance(body, dict) else None
        document = self._engine.documents.get(text) if isinstance(text, str) else None
        operation = document.operation(body.get("operationName")) if document else None
        if document is None or operation is None:
            return Operation("graphql")
        names = root_fields(document, operation)
        return Operation(names[0] if names else "graphql", writes(operation))

    def respond(self, request: Request) -> Response:
        """Answer a request of a client."""
        self.shop.settle()
        if request.path == TOKEN_PATH:
            return self._grant(request)
        file = _BULK.match(request.path)
        if file:
            return self._file(int(file[1]))
        match = _GRAPHQL.match(request.path)
        version = version_used(match[1]) if match else None
        if version is None or request.method != "POST":
            return Response.json({"errors": "Not Found"}, 404)
        if not self._authorised(request):
            return Response.json({"errors": UNAUTHORISED}, 401)
        body = self._body(request)
        if body is UNREADABLE:
            return Response.json({"errors": {"json": "Invalid JSON"}}, 400)
        context = Context(self.shop, version, self.shop.scopes, request.origin)
        return _answer(self._engine.respond(body, context), version)

    def refuse(self, kind: str, request: Request) -> Response:
        """THROTTLED with status 200, or an expired token."""
        if kind == "session_expired":
            self.shop.state.tokens.pop(request.headers.get("X-Shopify-Access-Token", ""), None)
            return Response.json({"errors": UNAUTHORISED}, 401)
        match = _GRAPHQL.match(request.path)
        return _answer(self._engine.throttled(10), (version_used(match[1]) if match else None) or "")

    def control(self, request: Request) -> Response:
        """The control operations of a shop.

        Beside those of `ControlApi`: POST reset makes it what it was at the start; points tells of its budget, and with
        PUT {"maximum", "restore_rate"} grants another.
        """
        if request.path == "/control/reset" and request.method == "POST":
            self._begin()
            return Response.json({})
        if request.path == "/control/points":
            return self._points(request)
        self.shop.settle()
        return self._control.respond(request)

    def _points(self, request: Request) -> Response:
        bucket = self._engine.bucket
        if request.method == "PUT":
            try:
                body = request.json()
                bucket.grant(float(body["maximum"]), float(body["restore_rate"]))
            except (ValueError, KeyError, TypeError) as error:
                return Response.json({"error": f"{type(error).__name__}: {error}"}, 400)
        return Response.json(bucket.account())

    def desk(self) -> Desk:
        """The shopkeeper's."""
        return desk(self.shop)

    def dump(self) -> bytes:
        """The state, pickled: it is read again by this class only, from a file of our own."""
        listeners, self.shop.store.listeners[:] = list(self.shop.store.listeners), []
        try:
            with filling():
                return pickle.dumps(self.shop.state, protocol=pickle.HIGHEST_PROTOCOL)
        finally:
            self.shop.store.listeners[:] = listeners

    def restore(self, state: bytes) -> None:
        """Go on from a dump."""
        with filling():
            kept = pickle.loads(state)
        self._open(kept)

    # ------------------------------------------------------------------------------------------------------ the pieces

    def _body(self, request: Request) -> Any:
        """The body of a request, which is named and then answered, read once."""
        read, body = self._last_read
        if read is not request:
            body = _body(request)
            self._last_read = (request, body)
        return body

    def _authorised(self, request: Request) -> bool:
        token = request.headers.get("X-Shopify-Access-Token", "")
        expiry = self.shop.state.tokens.get(token)
        return token == self._static_token or (expiry is not None and expiry > self._now())

    def _grant(self, request: Request) -> Response:
        """The client-credentials grant; the body is a form or JSON."""
        given = _form(request)
        client = (given.get("client_id"), given.get("client_secret"))
        if request.method != "POST" or given.get("grant_type") != "client_credentials":
            return Response.json({"error": "unsupported_grant_type"}, 400)
        if client != self._client:
            return Response.json({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
        token = f"shpat_{self._random.getrandbits(128):032x}"
        self.shop.state.tokens[token] = self._now() + TOKEN_LIFE
        scope = ",".join(sorted(self.shop.state.scopes))
        seconds = int(TOKEN_LIFE.total_seconds())
        return Response.json({"access_token": token, "scope": scope, "expires_in": seconds - 1})

    def _file(self, number: int) -> Response:
        path = self._bulk.file_of(number)
        operation = self.shop.state.bulk.get(number)
        if operation is None or operation.status not in {"COMPLETED", "FAILED"} or not path.exists():
            return Response(404, b"Not Found", {"Content-Type": "text/plain"})
        return Response(200, path.read_bytes(), {"Content-Type": "application/jsonl"})


def _answer(answer: dict[str, Any], version: str) -> Response:
    body = orjson.dumps(answer)
    return Response(200, body, {"Content-Type": "application/json; charset=utf-8", "X-Shopify-API-Version": version})


def _body(request: Request) -> Any:
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return UNREADABLE


def _form(request: Request) -> dict[str, str]:
    if "json" in request.headers.get("Content-Type", ""):
        body = _body(request)
        return {key: str(value) for key, value in body.items()} if isinstance(body, dict) else {}
    return {key: values[0] for key, values in parse_qs(request.body.decode(errors="replace")).items()}
