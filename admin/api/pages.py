"""The description of the API: the OpenAPI document, and a page that lists it. Neither needs another address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template
from flask_smorest import Api
from marshmallow import Schema

from admin.api.blueprint import PREFIX, api, endpoint
from admin.api.problems import ProblemSchema
from admin.numbers import NumberConverter

OPENAPI_VERSION = "3.0.3"
_ABOUT = """\
What the console and the command line do, for programs. Send the header `Authorization: Bearer TOKEN`; `hub tokens add`
makes a token. Lists come in pages: `next` of an answer is the `cursor` of the next page. What cannot be done is told as
`application/problem+json` (RFC 9457)."""
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class _Api(Api):  # type: ignore[misc]
    """Leaves the errors of the rest of the application alone, and serves nothing itself."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Have the blueprint's own handlers do it."""

    def _register_doc_blueprint(self) -> None:
        """Have the blueprint's own pages do it."""


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, the same for every hub; it takes a while to make, so that is done when it is asked for."""
    told = {
        "title": "Integration hub",
        "version": version("integration-hub"),
        "openapi_version": OPENAPI_VERSION,
        "info": {"description": _ABOUT},
        "servers": [{"url": "/"}],
    }
    app = Flask(__name__)
    app.url_map.converters["int"] = NumberConverter
    made = _Api(app, spec_kwargs=told, config_prefix="hub_api")
    made.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    made.register_blueprint(api)
    found: dict[str, Any] = made.spec.to_dict()
    return found


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint as the page lists it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    #: Name, place and meaning of each value that it takes.
    values: list[tuple[str, str, str]]
    tag: str


def operations(told: dict[str, Any]) -> Iterator[Operation]:
    """The endpoints of a document, in its order. Pure."""
    for path, methods in told["paths"].items():
        shared = methods.get("parameters", [])
        for method, one in methods.items():
            if method == "parameters":
                continue
            yield Operation(
                name=one["operationId"],
                method=method.upper(),
                path=path,
                summary=one.get("summary", ""),
                description=one.get("description", ""),
                scope=one.get("x-scope", ""),
                values=[*_parameters([*shared, *one.get("parameters", [])]), *_properties(told, one)],
                tag=one["tags"][0],
            )


def _parameters(found: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for one in found:
        yield one["name"], one["in"], one.get("description") or one["schema"].get("description", "")


def _properties(told: dict[str, Any], one: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for content in one.get("requestBody", {}).get("content", {}).values():
        name = content["schema"]["$ref"].rpartition("/")[2]
        for field, schema in told["components"]["schemas"][name]["properties"].items():
            yield field, "body", schema.get("description", "")


class DocumentSchema(Schema):
    """An OpenAPI document."""


@endpoint("GET /openapi.json", None, tag="description")
def openapi() -> Any:
    """This API as an OpenAPI document."""
    return document()


@endpoint("GET /docs", None, tag="description")
def docs() -> Any:
    """This API as a page to read."""
    by_tag: dict[str, list[Operation]] = {}
    for one in operations(document()):
        by_tag.setdefault(one.tag, []).append(one)
    response = Response(render_template("api/page.html", by_tag=by_tag, about=_ABOUT, prefix=PREFIX))
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@endpoint("GET /docs.css", None, tag="description")
def docs_style() -> Any:
    """How that page looks."""
    return Response((Path(__file__).parent / "static" / "page.css").read_text(encoding="utf-8"), mimetype="text/css")
