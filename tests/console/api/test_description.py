from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from admin.api.blueprint import NEEDS, PREFIX
from admin.api.pages import operations
from tests.console.api.conftest import Office

METHODS = {"get", "put", "post", "delete", "parameters"}


@pytest.fixture
def document(office: Office) -> dict[str, Any]:
    found: dict[str, Any] = office.call("GET /openapi.json").json
    return found


def references(value: Any) -> list[str]:
    """Everything that a document refers to."""
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for inner in value.values() for found in references(inner)]
    return [found for inner in value for found in references(inner)] if isinstance(value, list) else []


def test_every_route_of_the_app_is_in_the_document_and_nothing_else(office: Office, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in office.app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in document["paths"].items() for method in methods if method in METHODS}
    assert told - {(path, "parameters") for path in document["paths"]} == routes
    assert len(routes) == len(NEEDS)


def test_the_document_has_the_form_of_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.0.3"
    assert {"title", "version", "description"} <= document["info"].keys()
    for path, methods in document["paths"].items():
        assert methods.keys() <= METHODS
        for method, one in methods.items():
            if method == "parameters":
                continue
            parameters = [*methods.get("parameters", []), *one.get("parameters", [])]
            in_path = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", path)), path
            assert len({(parameter["in"], parameter["name"]) for parameter in parameters}) == len(parameters)
            assert all(parameter["required"] for parameter in parameters if parameter["in"] == "path")
            assert all(re.fullmatch(r"[1-5]\d\d", status) for status in one["responses"])
            assert all(response["description"] for response in one["responses"].values())
            assert method not in ("get", "delete") or "requestBody" not in one
            assert one["summary"] and one["tags"]


def test_every_reference_leads_somewhere_and_every_name_is_there_once(document: dict[str, Any]) -> None:
    for reference in references(document):
        part: Any = document
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]
    names = [one.name for one in operations(document)]
    assert len(set(names)) == len(names) > 30


def test_every_operation_says_which_scope_it_takes_and_how_it_refuses(document: dict[str, Any]) -> None:
    for one in operations(document):
        told = document["paths"][one.path][one.method.lower()]
        needs = NEEDS[f"api.{one.name}"]
        assert one.scope == (needs or "")
        assert told["security"] == ([{"token": []}] if needs else [])
        for status in ("401", "403", "404", "422") if needs else ():
            assert list(told["responses"][status]["content"]) == ["application/problem+json"]


def test_the_page_lists_every_endpoint_and_needs_no_other_address(office: Office, document: dict[str, Any]) -> None:
    answer = office.call("GET /docs")
    assert answer.status == 200
    assert all(f'id="{one.name}"' in answer.text for one in operations(document))
    assert re.findall(r'(?:src|href)="([^"#]+)"', answer.text) == [f"{PREFIX}/docs.css", f"{PREFIX}/openapi.json"]
    assert "<script" not in answer.text and "style=" not in answer.text and "//" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    style = office.call("GET /docs.css")
    assert style.headers["Content-Type"].startswith("text/css") and "url(" not in style.text


def test_the_api_leaves_the_rest_of_the_application_alone(office: Office) -> None:
    app: Flask = office.app
    answer = app.test_client().get("/elsewhere")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert app.test_client().get("/api/v10").mimetype == "text/html"
