"""What the tests of the Shopify platform share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_ast_schema, parse


@pytest.fixture(scope="session")
def published(reference: Path) -> GraphQLSchema:
    """Shopify's published schema. Parsing it takes seconds, so it happens once."""
    text = (reference / "reference" / "shopify-admin-schema.graphql").read_text()
    return build_ast_schema(parse(text, no_location=True), assume_valid=True)


@pytest.fixture(scope="session")
def captures(reference: Path) -> Path:
    """The folder of recorded exchanges."""
    return reference / "reference" / "shopify-captures"


def recorded(value: Any) -> Iterator[dict[str, Any]]:
    """All answers in a capture: objects with `data` or `errors`."""
    if isinstance(value, dict):
        if isinstance(value.get("data"), dict) or isinstance(value.get("errors"), list):
            yield value
        for inner in value.values():
            yield from recorded(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from recorded(inner)


def load(path: Path) -> Any:
    """A capture."""
    return json.loads(path.read_text())
