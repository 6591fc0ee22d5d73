"""Pages on their way from a source: read one ahead, and gathered to the size that the target takes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import copy_context
from queue import Queue
from threading import Event, Thread
from typing import TypeVar

from hub.chunks import chunks
from hub.platforms.endpoint import Mark, Native, Page

T = TypeVar("T")
_END = object()


def ahead(pages: Iterator[T]) -> Iterator[T]:
    """Yield what an iterator yields, fetched by a thread of its own that is at most one page ahead.

    An error of the iterator is raised where its page would have come. Whoever stops early stops the thread, too.
    """
    fetched: Queue[object] = Queue(maxsize=1)
    stop = Event()

    def fetch() -> None:
        try:
            for page in pages:
                fetched.put(page)
                if stop.is_set():
                    return
            fetched.put(_END)
        except BaseException as error:  # noqa: BLE001 - handed to whoever reads, who raises it
            fetched.put(_Failed(error))

    thread = Thread(target=copy_context().run, args=(fetch,), name="reading-ahead", daemon=True)
    thread.start()
    try:
        while (page := fetched.get()) is not _END:
            if isinstance(page, _Failed):
                raise page.error
            yield page  # type: ignore[misc]
    finally:
        stop.set()
        while thread.is_alive():
            # Whatever was fetched meanwhile makes room for the thread to see that it is over.
            if not fetched.empty():
                fetched.get_nowait()
            thread.join(0.01)


class _Failed:
    """An error on its way from one thread to another."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def gathered(pages: Iterator[Page], size: int) -> Iterator[Page]:
    """The same entries in pages of `size`: each has the mark of the last page that it, or one before it, has ended."""
    for chunk in chunks(_rows(pages), size):
        marks = [mark for _, mark in chunk if mark is not None]
        yield Page([entry for entry, _ in chunk if entry is not None], marks[-1] if marks else None)


def _rows(pages: Iterator[Page]) -> Iterator[tuple[tuple[str, Native | None] | None, Mark | None]]:
    """Entries one by one, the last of a page with its mark; a page without entries is a mark alone."""
    for page in pages:
        yield from ((entry, None) for entry in page.entries[:-1])
        yield (page.entries[-1] if page.entries else None), page.mark
