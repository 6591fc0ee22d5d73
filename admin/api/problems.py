"""How the API says that something cannot be done: problem+json (RFC 9457), whatever it was, and no inside of ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, request
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from hub.errors import ConfigurationError, HubError, PlatformRefused, PlatformUnavailable

log = logging.getLogger(__name__)

TYPE = "application/problem+json"
#: What of a platform's or the hub's trouble has which status; the first that fits.
_STATUSES: tuple[tuple[type[HubError], HTTPStatus], ...] = (
    (ConfigurationError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (PlatformUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (PlatformRefused, HTTPStatus.BAD_GATEWAY),
)


class ProblemSchema(Schema):
    """What went wrong (RFC 9457); `cause` and `fix` are the hub's own words for it."""

    type = fields.String(required=True, metadata={"description": "Always about:blank: the status says the kind."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True, metadata={"description": "The path that was asked."})
    cause = fields.String(metadata={"description": "A stable word for the situation."})
    fix = fields.String(metadata={"description": "What to do."})
    errors = fields.Dict(metadata={"description": "What is wrong with which value, by where it stands."})
    count = fields.Integer(metadata={"description": "How many records the choice means at present."})


class Problem(Exception):
    """Something that cannot be done, as it is told to whoever asked."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = HTTPStatus(status), detail, dict(headers or {}), more


def missing(what: str) -> Problem:
    """There is no such thing, or it is not open to the person: nobody learns which of the two."""
    return Problem(HTTPStatus.NOT_FOUND, f"There is no {what}, or it is not open to you.")


def conflict(error: ConfigurationError) -> Problem:
    """What the hub refuses although what was sent is right: it is how things stand that is against it."""
    return Problem(HTTPStatus.CONFLICT, str(error), cause=error.cause, fix=error.fix)


@contextmanager
def conflicting() -> Iterator[None]:
    """Tell all that the hub refuses in this way."""
    try:
        yield
    except ConfigurationError as error:
        raise conflict(error) from error


def answer(problem: Problem) -> Response:
    """The answer that tells it."""
    told = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "instance": request.path,
        **{name: value for name, value in problem.more.items() if value not in (None, "")},
    }
    # What is wrong with an entry of a list stands under its number.
    body = orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS)
    response = Response(body, status=problem.status.value, content_type=TYPE)
    response.headers.update(problem.headers)
    return response


def of_http(error: HTTPException) -> Response:
    """What Flask, the parser of arguments or a view has refused."""
    if isinstance(error.response, Response):
        return error.response
    data = getattr(error, "data", None) or {}
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    errors = data.get("messages")
    detail = "Some values cannot be taken; `errors` says which." if errors else error.description or error.name
    return answer(Problem(error.code or 500, detail, headers=headers, errors=errors))


def of_hub(error: HubError) -> Response:
    """What the hub has refused, with what to do about it."""
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), HTTPStatus.CONFLICT)
    return answer(Problem(status, str(error), cause=error.cause, fix=error.fix))


def of_bug(error: Exception) -> Response:
    """What should not happen: the log knows, the answer does not."""
    log.error("The API could not answer %s %s.", request.method, request.path, exc_info=error)
    return answer(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "This failed inside the hub; its log says why."))
