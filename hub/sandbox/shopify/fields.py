"""The table of resolvers: how each field of each served type is read.

`plain` resolvers take the source alone and cannot fail; `full` ones take source, arguments and context, and may raise
FieldFault. Both give native values (Decimal, datetime, records); writing them is the schema's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.paging import Edge

Plain = Callable[[Any], Any]
Full = Callable[[Any, Mapping[str, Any], Context], Any]

NO_ARGS: dict[str, Any] = {}


@dataclass(slots=True)
class Fields:
    """All resolvers, by type and field; `sources` names the types that a Node (or another interface) can be."""

    plain: dict[str, dict[str, Plain]] = field(default_factory=dict)
    full: dict[str, dict[str, Full]] = field(default_factory=dict)
    sources: dict[str, type] = field(default_factory=dict)

    def add(
        self,
        kind: str,
        plain: Mapping[str, Plain] | None = None,
        full: Mapping[str, Full] | None = None,
        source: type | None = None,
    ) -> None:
        """Take in the resolvers of one type."""
        self.plain.setdefault(kind, {}).update(plain or {})
        self.full.setdefault(kind, {}).update(full or {})
        if source is not None:
            self.sources[kind] = source
            _NAMES[source] = kind

    def connection(self, kinds: Iterable[str]) -> None:
        """The resolvers of connections and edges, which are the same for all."""
        for kind in kinds:
            self.add(
                f"{kind}Connection",
                {"nodes": lambda page: page.nodes, "pageInfo": lambda page: page, "edges": _edges},
            )
            self.add(f"{kind}Edge", {"cursor": _edge_cursor, "node": lambda edge: edge.page.nodes[edge.place]})
        self.add(
            "PageInfo",
            {
                "hasNextPage": lambda page: page.has_next,
                "hasPreviousPage": lambda page: page.has_previous,
                "startCursor": lambda page: page.cursor(0) if page.nodes else None,
                "endCursor": lambda page: page.cursor(len(page.nodes) - 1) if page.nodes else None,
            },
        )


_NAMES: dict[type, str] = {}


def type_name(source: Any) -> str:
    """The GraphQL type of a source, where an interface leaves it open."""
    return getattr(source, "graphql_type", None) or _NAMES[type(source)]


def _edges(page: Any) -> list[Any]:
    return [Edge(page, place) for place in range(len(page.nodes))]


def _edge_cursor(edge: Any) -> str:
    cursor: str = edge.page.cursor(edge.place)
    return cursor


def own(*names: str, **renamed: str) -> dict[str, Plain]:
    """Plain resolvers that read attributes: `own("id")`, `own(createdAt="created_at")`."""
    return {name: attrgetter(name) for name in names} | {name: attrgetter(path) for name, path in renamed.items()}


def text(**renamed: str) -> dict[str, Plain]:
    """Plain resolvers of texts that are null where they are empty."""

    def reader(path: str) -> Plain:
        get = attrgetter(path)
        return lambda source: get(source) or None

    return {name: reader(path) for name, path in renamed.items()}
