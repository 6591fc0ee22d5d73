"""Bulk operations: the shop writes everything into a file, which is read line by line."""

from __future__ import annotations

from collections.abc import Iterator

from hub.errors import PlatformRefused, PlatformUnavailable
from hub.platforms.shopify import documents
from hub.platforms.shopify.answers import rejected, user_errors
from hub.platforms.shopify.client import ShopifyClient
from hub.platforms.shopify.spool import Node, Shape, grouped, ungrouped
from hub.platforms.transport import Call

#: Seconds between two looks at an operation: a small one ends within the first, a large one is looked at seldom.
_FIRST_LOOK = 1.0
_LONGEST_LOOK = 10.0
#: How often a place among the operations that run at the same time is asked for.
_MOST_REFUSALS = 40
_BUSY = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})


def records(client: ShopifyClient, query: str, shape: Shape, *, group: bool = True) -> Iterator[Node]:
    """Run a bulk query and yield its records, children joined; memory stays flat whatever the size.

    Raises PlatformRefused where access is missing, PlatformUnavailable where the operation failed.
    """
    operation = _started(client, query, group=group)
    url = _finished(client, operation)
    if not url:  # Nothing was found.
        return
    lines = client.transport.stream(Call("bulk file", "GET", url))
    yield from grouped(lines, shape) if group else ungrouped(lines, shape)


def _started(client: ShopifyClient, query: str, *, group: bool) -> str:
    """Start the operation, as soon as there is a place for it; returns its id."""
    for refusals in range(_MOST_REFUSALS):
        result = client.run(documents.BULK_RUN, {"query": query, "groupObjects": group})
        errors = user_errors(result)
        if not errors:
            return str(result["bulkOperation"]["id"])
        if not any(error.code in _BUSY for error in errors):
            raise PlatformRefused(str(rejected(errors)), detail="bulk query")
        client.transport.pause(_look(refusals), "bulkOperationRunQuery")
    raise PlatformUnavailable("Other bulk operations of this app keep all places taken.")


def _finished(client: ShopifyClient, operation: str) -> str:
    """Wait for the operation's end; returns the address of its file, empty where nothing was found."""
    looks = 0
    while True:
        client.transport.pause(_look(looks), "bulkOperation")
        looks += 1
        state: dict[str, str | None] = client.run(documents.BULK_POLL, {"id": operation}) or {"status": "gone"}
        status = state["status"]
        if status == "COMPLETED":
            return state["url"] or ""
        if status not in ("CREATED", "RUNNING"):
            code = state.get("errorCode")
            error = PlatformRefused if code == "ACCESS_DENIED" else PlatformUnavailable
            raise error(f"The bulk operation {operation} ended as {status}: {code}", detail=f"bulk {code or status}")


def _look(looks: int) -> float:
    return min(_LONGEST_LOOK, _FIRST_LOOK * 1.5**looks)
