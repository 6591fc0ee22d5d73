from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.platforms.endpoint import Page
from hub.sync.ahead import ahead, gathered


def test_pages_come_in_their_order_and_one_is_fetched_ahead() -> None:
    fetched = []
    second = threading.Event()

    def source() -> Iterator[int]:
        for number in range(4):
            fetched.append(number)
            if number == 1:
                second.set()
            yield number

    pages = ahead(source())
    assert next(pages) == 0
    assert second.wait(5)
    assert len(fetched) < 4
    assert list(pages) == [1, 2, 3]


def test_trouble_of_the_source_comes_where_its_page_would_have_come() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError("cut")

    pages = ahead(source())
    assert next(pages) == 1
    with pytest.raises(OSError, match="cut"):
        next(pages)


def test_who_stops_early_stops_the_reading_too() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    pages = source()
    reader = ahead(pages)
    assert next(reader) == 0
    reader.close()  # type: ignore[attr-defined]
    pages.close()  # type: ignore[attr-defined]
    assert closed.wait(5)
    assert not [thread for thread in threading.enumerate() if thread.name == "reading-ahead"]


@given(st.lists(st.integers(0, 7), max_size=8), st.integers(1, 5))
def test_gathered_pages_hold_the_same_entries_and_no_mark_comes_too_early(sizes: list[int], size: int) -> None:
    numbers = iter(range(10_000))
    pages = [
        Page([(str(next(numbers)), None) for _ in range(count)], {"page": place}) for place, count in enumerate(sizes)
    ]
    whole = [entry for page in pages for entry in page.entries]
    made = list(gathered(iter(pages), size))
    assert [entry for page in made for entry in page.entries] == whole
    assert all(len(page.entries) <= size for page in made)
    seen = 0
    for page in made:
        seen += len(page.entries)
        if page.mark is not None:
            place = int(str(page.mark["page"]))
            assert sum(sizes[: place + 1]) <= seen
    assert not pages or (made and made[-1].mark == pages[-1].mark)
