"""The published schema, parsed once per process: it is large."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_schema


@cache
def published_schema(reference: Path) -> GraphQLSchema:
    """The schema of the reference folder."""
    text = (reference / "reference" / "shopify-admin-schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True, assume_valid_sdl=True)
