"""The frame of the API: who is let in, what an endpoint takes and gives, and how it is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from admin.access import Act, allowed
from admin.api import problems
from admin.api.problems import TYPE, Problem, ProblemSchema
from hub.bootstrap import Hub
from hub.errors import HubError
from hub.store.tokens import Bearer, Scope, Tokens, covers

F = TypeVar("F", bound=Callable[..., Any])

PREFIX = "/api/v1"
#: Bytes that a body may have: ten thousand keys fit in.
LARGEST_BODY = 2_000_000
#: Scope of a token -> what the role of its person has to allow.
ACTS: dict[Scope, Act] = {"read": "look", "act": "act", "administer": "administer"}
#: Endpoint -> the scope it takes; None = it is open to everybody, and says nothing of this hub.
NEEDS: dict[str, Scope | None] = {}


#: Takes no argument that it does not know: a filter with a slip of the pen would otherwise mean everything.
_PARSER = FlaskParser()
_PARSER.DEFAULT_UNKNOWN_BY_LOCATION = {**_PARSER.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE, "json": RAISE}


class _Blueprint(Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = _PARSER


api = _Blueprint("api", __name__, url_prefix=PREFIX, template_folder="templates")


def endpoint(  # noqa: PLR0913 - one keyword a part of what is written down
    what: str,
    needs: Scope | None,
    *,
    tag: str,
    answer: type[Schema] | Schema | None = None,
    query: type[Schema] | Schema | None = None,
    body: type[Schema] | Schema | None = None,
    status: int = 200,
    later: bool = False,
) -> Callable[[F], F]:
    """Make a view the endpoint `what` ("GET /jobs"); it is called with `query`, `body` and the parts of the path.

    `needs` is the scope that the token has to have, and that the role of its person has to allow.
    `later`: it may also answer 202, in the same words, where a job does what takes long.
    """

    method, _, path = what.partition(" ")

    def decorate(view: F) -> F:
        NEEDS[f"{api.name}.{view.__name__}"] = needs
        done = api.response(status, answer)(view)
        if body is not None:
            optional = not any(field.required for field in _fields(body).values())
            done = api.arguments(body, location="json", required=not optional)(done)
        if query is not None:
            done = api.arguments(query, location="query")(done)
        done = api.doc(operationId=view.__name__, **_rights(needs))(done)
        if later:
            done = api.alt_response(202, schema=answer, description=HTTPStatus.ACCEPTED.phrase)(done)
        for refused in _refusals(needs):
            told = {"schema": ProblemSchema, "content_type": TYPE, "description": HTTPStatus(refused).phrase}
            done = api.alt_response(refused, **told)(done)
        api.route(path, methods=[method], tags=[tag], endpoint=view.__name__)(done)
        return view

    return decorate


def _fields(schema: type[Schema] | Schema) -> Mapping[str, Any]:
    return (schema() if isinstance(schema, type) else schema).fields


def _rights(needs: Scope | None) -> dict[str, Any]:
    return {"security": []} if needs is None else {"security": [{"token": []}], "x-scope": needs}


def _refusals(needs: Scope | None) -> Iterator[int]:
    if needs is not None:
        yield from (400, 401, 403, 404, 409, 413, 415, 422, 502, 503)
    yield 500


# -- who is asking --------------------------------------------------------------------------------------------------


def the_hub() -> Hub:
    """The hub as whoever asks uses it: what is done with it is in the trail under that name."""
    hub: Hub = g.api_hub
    return hub


def bearer() -> Bearer:
    """Who asks."""
    found: Bearer = g.api_bearer
    return found


def _guard() -> None:
    """Let nobody in whose token is not good for this; only then is looked at what was sent."""
    needs = NEEDS[str(request.endpoint)]
    if needs is None:
        return
    hub: Hub = current_app.extensions["hub_api"]
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    found = Tokens(hub.database).bearer(secret.strip(), hub.clock()) if kind.lower() == "bearer" else None
    if found is None:
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "This takes a token that is known and has not run out.",
            headers={"WWW-Authenticate": "Bearer"},
            fix="Send the header `Authorization: Bearer TOKEN`; `hub tokens add` makes one.",
        )
    if not covers(found.token.scopes, needs):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"The token has not the scope {needs}.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needs}"'},
            fix=f"Use a token that was made with --scope {needs}.",
        )
    if not allowed(found.role, ACTS[needs]):
        raise Problem(HTTPStatus.FORBIDDEN, f"The role of {found.token.user} ({found.role}) does not allow this.")
    g.api_bearer, g.api_hub = found, hub.acting_for(found.actor)
    request.max_content_length = LARGEST_BODY
    _refuse_unreadable()


def _refuse_unreadable() -> None:
    """Refuse what no view should meet: a body that is no JSON, and texts that no database takes."""
    if request.get_data(cache=True) and not request.is_json:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body has to be JSON, and to say so: application/json.")
    texts = [*(request.view_args or {}).values(), *(text for pair in request.args.items(multi=True) for text in pair)]
    given = request.get_json(silent=True) if request.is_json else None
    if not all(_storable(text) for text in _texts([texts, given])):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "A text has a character in it that cannot be stored.")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


# -- what goes out --------------------------------------------------------------------------------------------------


def _closed(response: Response) -> Response:
    """Have answers kept nowhere and taken for nothing else."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


api.before_request(_guard)
api.after_request(_closed)
api.register_error_handler(Problem, problems.answer)
api.register_error_handler(HTTPException, problems.of_http)
api.register_error_handler(HubError, problems.of_hub)
api.register_error_handler(Exception, problems.of_bug)
