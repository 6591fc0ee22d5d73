"""Answers in the forms of OData v4 (/b1s/v2) and v3 (/b1s/v1)."""

from __future__ import annotations

from typing import Any

from hub.sandbox.message import Response, encode_json
from hub.sandbox.sap_b1.errors import ServiceError

CONTENT_TYPES = {
    1: "application/json;odata=minimalmetadata;charset=utf-8",
    2: "application/json;odata.metadata=minimal;charset=utf-8",
}
Headers = dict[str, str | list[str]]


def annotation(version: int, name: str) -> str:
    """An annotation's name: `@odata.context` in v4; v3 has no `@` and calls the context metadata."""
    if version == 2:
        return f"@odata.{name}"
    return "odata.metadata" if name == "context" else f"odata.{name}"


def answer(version: int, value: Any, status: int = 200, headers: Headers | None = None) -> Response:
    """An answer with a body."""
    return Response(
        status, encode_json(value), {**_common(version), "Content-Type": CONTENT_TYPES[version], **(headers or {})}
    )


def nothing(version: int, headers: Headers | None = None) -> Response:
    """204, what a change is answered with."""
    return Response(204, b"", {**_common(version), **(headers or {})})


def text(version: int, value: object) -> Response:
    """A bare value, as `/$count` gives it."""
    return Response(200, str(value).encode(), {**_common(version), "Content-Type": "text/plain;charset=utf-8"})


def failure(version: int, error: ServiceError) -> Response:
    """A refusal: v4 has a text code and a plain message, v3 a number and a message with its language."""
    if version == 2:
        details = [{"code": "", "message": ""}]
        body: dict[str, Any] = {"code": str(error.code), "details": details, "message": error.message}
    else:
        body = {"code": error.code, "message": {"lang": "en-us", "value": error.message}}
    return answer(version, {"error": body}, error.status)


def _common(version: int) -> Headers:
    return {"OData-Version": "4.0"} if version == 2 else {"DataServiceVersion": "3.0"}
