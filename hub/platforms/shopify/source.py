"""What the endpoints share that read records of the shop by their stamps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, ClassVar

from hub.clock import Clock
from hub.platforms.endpoint import Endpoint, Mark, Native, Page, Source
from hub.platforms.shopify import bulk, documents
from hub.platforms.shopify.changes import Window, changed, since, updated_since, whole
from hub.platforms.shopify.client import Document, Node, ShopifyClient
from hub.platforms.shopify.spool import Shape, in_order


@dataclass(frozen=True, slots=True)
class Reading:
    """The documents that read one object: its list, the same by id, as a bulk query, and a count."""

    listed: Document
    by_id: Document
    bulk_query: str
    counted: Document


class StampedEndpoint(Endpoint):
    """An endpoint whose records bear `updatedAt` and are listed in its order."""

    sources: tuple[Source, ...] = (Source("updatedAt", "time"),)
    volatile = frozenset({"updatedAt"})

    #: Where the children of a bulk file belong.
    shape: ClassVar[Shape]

    def __init__(self, client: ShopifyClient, settings: Mapping[str, Any], clock: Clock, *, group_bulk: bool) -> None:
        self.client = client
        self.settings = settings
        self._clock = clock
        self._group_bulk = group_bulk
        self._window = Window.of(settings)
        self.read_timeout = timedelta(seconds=client.transport.read_timeout)

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """Pages of what changed since the mark, or of everything; by a bulk operation where it is much."""
        start = since(mark, self._window) if mark else None
        query = updated_since(start)
        started = self._clock()
        if mark is None and self._much(query):
            yield from self._in_bulk(mark, query, started)
            return
        pages = self.client.listed(self.reading().listed, {"query": query}, largest=self.settings.get("page_size"))
        first, last = next(pages, ([], True))
        # Only where a first page does not hold all is it worth a call to know how much there is.
        if mark is not None and not last and self._much(query):
            yield from self._in_bulk(mark, query, started)
        else:
            rest = chain([(first, last)], pages)
            yield from changed(rest, mark, self._window, started=started, entries=self._from_page)

    def _in_bulk(self, mark: Mark | None, query: str | None, started: datetime) -> Iterator[Page]:
        text = documents.bulk_of(self.reading().bulk_query, query)
        nodes = bulk.records(self.client, text, self.shape, group=self._group_bulk)
        rows = self.bulk_rows(nodes)
        yield from whole(rows, mark, self._window, started=started, entries=self._from_bulk)

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Read records afresh by their global ids."""
        nodes = self.client.nodes(self.reading().by_id, keys)
        return {native["id"]: in_order(native, self.shape) for native in self.whole_natives(list(nodes.values()))}

    def key(self, native: Native) -> str:
        """The record's global id."""
        return str(native["id"])

    @abstractmethod
    def reading(self) -> Reading:
        """The documents to read with."""

    @abstractmethod
    def whole_natives(self, nodes: list[Node]) -> list[Native]:
        """Complete nodes of a page with what it had no room for, and flatten them."""

    def bulk_rows(self, nodes: Iterator[Node]) -> Iterator[Node]:
        """The records of a bulk file's nodes; each bears the stamp that the search goes by."""
        return nodes

    def bulk_natives(self, nodes: list[Node]) -> list[Native]:
        """Complete records of a bulk file with what it cannot carry."""
        return nodes

    def _from_page(self, nodes: list[Node]) -> list[tuple[str, Native | None]]:
        return [(native["id"], in_order(native, self.shape)) for native in self.whole_natives(nodes)]

    def _from_bulk(self, nodes: list[Node]) -> list[tuple[str, Native | None]]:
        return [(native["id"], in_order(native, self.shape)) for native in self.bulk_natives(nodes)]

    def _much(self, query: str | None) -> bool:
        """Whether so much is to be read that a bulk operation takes fewer calls; of changes, a quarter is much."""
        threshold = int(self.settings.get("bulk_from") or 0)
        if query is not None:
            threshold //= 4
        return not threshold or int(self.client.run(self.reading().counted, {"query": query})["count"]) >= threshold
