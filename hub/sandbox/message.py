"""What passes between the server and a platform's application: requests, answers, and the application's own form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import parse_qsl, unquote

import orjson
from multidict import CIMultiDict, CIMultiDictProxy

if TYPE_CHECKING:
    from hub.sandbox.desk.desk import Desk


def encode_json(value: Any) -> bytes:
    """`value` as JSON; a Decimal becomes a JSON number with every digit it has."""
    return orjson.dumps(value, default=_encode_other)


def _encode_other(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, read whole."""

    method: str
    #: The path without the query, percent-decoded; `raw_path` is the same as it was sent.
    path: str
    raw_path: str
    query: tuple[tuple[str, str], ...] = ()
    #: Names are matched without regard to case.
    headers: Mapping[str, str] = field(default_factory=CIMultiDict[str])
    body: bytes = b""

    @classmethod
    def make(cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Self:
        """A request from its target as it stands in the request line (path and query, percent-encoded)."""
        raw_path, _, raw_query = target.partition("?")
        query = tuple(parse_qsl(raw_query, keep_blank_values=True)) if raw_query else ()
        path = unquote(raw_path) if "%" in raw_path else raw_path
        ready = headers if isinstance(headers, CIMultiDictProxy) else CIMultiDict(headers or {})
        return cls(method.upper(), path, raw_path, query, ready, body)

    def parameter(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)

    def json(self) -> Any:
        """The body as JSON, numbers with a fraction as Decimal; raises ValueError where it is none."""
        return json.loads(self.body, parse_float=Decimal)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies the client sent."""
        return {name: morsel.value for name, morsel in SimpleCookie(self.headers.get("Cookie", "")).items()}

    @property
    def origin(self) -> str:
        """Scheme, host and port the client used, without a trailing slash: what links to ourselves start with."""
        return f"http://{self.headers.get('Host', '127.0.0.1')}"


@dataclass(slots=True)
class Response:
    """One answer. A header whose value is a list is sent once per entry (Set-Cookie)."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str | list[str]] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: dict[str, str | list[str]] | None = None) -> Self:
        """An answer that carries `value` as JSON."""
        return cls(status, encode_json(value), {"Content-Type": "application/json; charset=utf-8", **(headers or {})})

    @classmethod
    def html(cls, text: str, status: int) -> Self:
        """An answer as a gateway in front of the platform gives it."""
        return cls(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks for, in the platform's words: "productSet", "products", "POST Orders".

    What makes a session is named "login" or "access_token", for no session of it can expire.
    """

    name: str
    writes: bool = False
    #: True: a file served or taken beside the API. The platform's own refusals (throttled, session_expired) pass it by.
    file: bool = False


class Application(Protocol):
    """A platform's part of a sandbox. Every method runs alone, in one thread, and answers at once."""

    #: "shopify" or "sap-b1".
    name: str

    def operation(self, request: Request) -> Operation:
        """Name the request without carrying anything out; must not raise, whatever the client sent."""
        ...

    def respond(self, request: Request) -> Response:
        """Carry the request out."""
        ...

    def refuse(self, kind: str, request: Request) -> Response:
        """The platform's own form of "throttled" or "session_expired" (which also forgets session or token)."""
        ...

    def control(self, request: Request) -> Response:
        """Answer a path below /control/ that is not common to all sandboxes; 404 for an unknown one."""
        ...

    def desk(self) -> Desk:
        """What people see and do on the edit pages, as things are now."""
        ...

    def dump(self) -> bytes:
        """The whole state, for `restore` in a later process."""
        ...

    def restore(self, state: bytes) -> None:
        """Take the place of the state at the start."""
        ...
