"""Signs of life of long work in the background: as long as its process is there, however long a part takes."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

log = logging.getLogger(__name__)

#: Seconds between two signs; work that is silent for three minutes counts as broken off.
EVERY = 30.0
ENDED = "The process that did this has ended. Nothing is lost: begin it again."


@contextmanager
def living(sign: Callable[[], None], ended: Callable[[str], None], every: float = EVERY) -> Iterator[None]:
    """Give a sign again and again while the work inside goes on; `ended` is told where the process ends before it."""
    over = Event()

    def go_on() -> None:
        while not over.wait(every):
            try:
                sign()
            except Exception:  # the store may be away for a moment: the next sign tells as much
                log.warning("A sign of life could not be given", exc_info=True)

    def leave() -> None:
        over.set()
        ended(ENDED)

    atexit.register(leave)
    timer = Thread(target=go_on, name="sign-of-life", daemon=True)
    timer.start()
    try:
        yield
    finally:
        atexit.unregister(leave)
        over.set()
        timer.join()
