"""Which records can match a search at all, where that is known without looking at each: those with a certain SKU.

A search for 25 SKUs would otherwise test every variant of the shop 25 times. The tests still decide; this only spares
them the records that cannot match.
"""

from __future__ import annotations

from hub.sandbox.shopify.index import Index
from hub.sandbox.shopify.search_syntax import Both, Node, Term


def candidates(node: Node | None, index: Index) -> set[int] | None:
    """Numbers of the records that may match; None: any may."""
    if isinstance(node, Both):
        known = [candidates(part, index) for part in node.parts]
        if node.word == "and":
            narrowed = [one for one in known if one is not None]
            return set.intersection(*narrowed) if narrowed else None
        found: set[int] = set()
        for one in known:
            if one is None:
                return None
            found |= one
        return found
    return _of_term(node, index) if isinstance(node, Term) else None


def _of_term(term: Term, index: Index) -> set[int] | None:
    if term.field not in index.looked_up or term.op:
        return None
    values = [term.value] if term.quoted else [part.strip() for part in term.value.split(",")]
    if not term.quoted and any(value.endswith("*") for value in values):
        return None
    return set().union(*(index.having(term.field, value.casefold()) for value in values))
