"""Noting in extensions.search what a search did not understand."""

from __future__ import annotations

from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.search_syntax import Term, parse_search


def note_search(context: Context, query: str | None, unknown: list[Term]) -> None:
    """A warning in extensions.search for every field nobody knows."""
    if not unknown:
        return
    tree = parse_search(query)
    context.searches.append(
        {
            "path": [part for part in context.path if isinstance(part, str)],
            "query": query,
            "parsed": tree.to_json() if tree else {},
            "warnings": [
                {"field": term.field, "message": "Invalid search field for this query.", "code": "invalid_field"}
                for term in unknown
            ],
        }
    )
