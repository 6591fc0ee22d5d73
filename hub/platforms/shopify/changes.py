"""Reading what changed since a mark, by `updated_at`, without losing anything.

The search index lags behind, orders by whole seconds and, for customers, may take a date-time for a whole day. So the
window opens earlier than the mark by an overlap, what comes back is compared once more on our side, and the mark never
moves past the moment from which the index may still be incomplete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from hub.platforms.endpoint import Mark, Page
from hub.platforms.shopify.client import Node
from hub.platforms.shopify.native import moment

#: Records of a bulk file in one page.
_BULK_PAGE = 250

#: Makes whole natives of a page's nodes and tells their entries; nodes bear `updatedAt`.
Entries = Callable[[list[Node]], list[tuple[str, dict[str, Any] | None]]]


@dataclass(frozen=True, slots=True)
class Window:
    """How far back to look and how far to believe."""

    overlap: timedelta
    lag: timedelta

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Window:
        """The window that the integration's settings ask for."""
        return cls(
            timedelta(seconds=float(settings.get("overlap_seconds", 120))),
            timedelta(seconds=float(settings.get("lag_seconds", 60))),
        )


class Progress:
    """How far a source has been read, as its pages go by."""

    def __init__(self, mark: Mark | None, started: datetime, window: Window) -> None:
        self._old = moment(mark["at"]) if mark else None
        self._limit = started - window.lag
        self._newest: datetime | None = None
        self._ordered = True

    def see(self, nodes: Iterable[Node]) -> None:
        """Take the stamps of a page in."""
        for node in nodes:
            stamp = moment(node["updatedAt"])
            if self._newest is None or stamp > self._newest:
                self._newest = stamp
            elif stamp < self._newest:
                self._ordered = False

    def mark(self, *, last: bool) -> Mark | None:
        """The mark after the pages so far; None = not to be moved yet.

        Between pages it moves only as long as the rows come in the order of their stamps. All bounds count from the
        moment the reading began: what became visible meanwhile behind the cursor is met by the next reading.
        """
        if self._newest is None or not (last or self._ordered):
            return None
        at = min(self._newest, self._limit)
        if self._old is not None:
            at = max(at, self._old)
        return {"at": at.astimezone(UTC).isoformat()}


def timestamp(at: datetime) -> str:
    """A moment as the search wants it: UTC, whole seconds, rounded down."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def since(mark: Mark, window: Window) -> datetime:
    """Where the window opens; whole seconds, as answers show no smaller ones."""
    return (moment(mark["at"]) - window.overlap).replace(microsecond=0)


def updated_since(start: datetime | None) -> str | None:
    """The search for what was stamped from a moment on; None = everything."""
    # Quoted: without quotes the time of day would be ignored. `>=`: `>` drops the rest of the second in some versions.
    return f"updated_at:>='{timestamp(start)}'" if start else None


def changed(
    pages: Iterable[tuple[list[Node], bool]],
    mark: Mark | None,
    window: Window,
    *,
    started: datetime,
    entries: Entries,
) -> Iterator[Page]:
    """Pages of what changed since the mark; everything that is there where there is no mark.

    `pages` come in the order of the stamps, each with whether it is the last; `started` is when they began to be read.
    """
    progress = Progress(mark, started, window)
    start = since(mark, window) if mark else None
    for nodes, last in pages:
        progress.see(nodes)
        page = Page(entries(_fresh(nodes, start)), progress.mark(last=last))
        if page.entries or page.mark:
            yield page


def whole(
    nodes: Iterable[Node], mark: Mark | None, window: Window, *, started: datetime, entries: Entries
) -> Iterator[Page]:
    """Pages of a bulk file; its rows come in no order, so the mark moves with the last page only."""
    progress = Progress(mark, started, window)
    start = since(mark, window) if mark else None
    rows = iter(nodes)
    for chunk, last in _with_last(iter(lambda: list(islice(rows, _BULK_PAGE)), [])):
        progress.see(chunk)
        yield Page(entries(_fresh(chunk, start)), progress.mark(last=True) if last else None)


def _fresh(nodes: list[Node], start: datetime | None) -> list[Node]:
    """What is inside the window: a search may match more than it was asked for."""
    return [node for node in nodes if start is None or moment(node["updatedAt"]) >= start]


def _with_last(pages: Iterator[list[Node]]) -> Iterator[tuple[list[Node], bool]]:
    """Tell with each page whether it is the last one."""
    current = next(pages, None)
    while current is not None:
        following = next(pages, None)
        yield current, following is None
        current = following
