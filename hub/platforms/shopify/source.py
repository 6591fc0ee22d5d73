"""What the endpoints share that read records of the shop by their stamps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from hub.clock import Clock
from hub.platforms.endpoint import Endpoint, Mark, Native, Page, Source
from hub.platforms.shopify import bulk
from hub.platforms.shopify.changes import Window, changed, whole
from hub.platforms.shopify.client import Document, Node, ShopifyClient
from hub.platforms.shopify.spool import Shape, in_order


@dataclass(frozen=True, slots=True)
class Reading:
    """The documents that read one object: its list, the same by id, as a bulk query, and the count of all."""

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
        """Pages by time since the mark; everything, by a bulk operation where it is much, without one."""
        if mark is None and self._much():
            started = self._clock()
            nodes = bulk.records(self.client, self.reading().bulk_query, self.shape, group=self._group_bulk)
            yield from whole(nodes, self._window, started=started, entries=self._from_bulk)
        else:
            yield from changed(
                self.client,
                self.reading().listed,
                mark,
                self._window,
                clock=self._clock,
                entries=self._from_page,
                largest=self.settings.get("page_size"),
            )

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

    def bulk_natives(self, nodes: list[Node]) -> list[Native]:
        """Complete records of a bulk file with what it cannot carry."""
        return nodes

    def _from_page(self, nodes: list[Node]) -> list[tuple[str, Native | None]]:
        return [(native["id"], in_order(native, self.shape)) for native in self.whole_natives(nodes)]

    def _from_bulk(self, nodes: list[Node]) -> list[tuple[str, Native | None]]:
        return [(native["id"], in_order(native, self.shape)) for native in self.bulk_natives(nodes)]

    def _much(self) -> bool:
        threshold = int(self.settings.get("bulk_from") or 0)
        return not threshold or int(self.client.run(self.reading().counted, {"query": None})["count"]) >= threshold
