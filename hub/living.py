"""Long work in the background: threads of this process, which give signs of life and say how they have ended."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Protocol

from hub.errors import HubError

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


class Report(Protocol):
    """What tells people how far a piece of work is."""

    def live(self) -> None:
        """It goes on."""

    def done(self) -> None:
        """It has come to its end."""

    def failed(self, error: str) -> None:
        """It cannot go on."""


class Background:
    """Does such work, each piece in a thread of its own."""

    def __init__(self) -> None:
        self._threads: list[Thread] = []

    def begin(self, name: str, report: Report, act: Callable[[], object]) -> None:
        """Begin a piece of work; however it ends, the report is told."""
        thread = Thread(target=_through, args=(name, report, act), name=name, daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def wait(self) -> None:
        """Wait until all that was begun here has ended."""
        for thread in self._threads:
            thread.join()


def _through(name: str, report: Report, act: Callable[[], object]) -> None:
    try:
        with living(report.live, report.failed):
            act()
        report.done()
    except HubError as error:
        report.failed(f"{error} {error.fix}")
    except Exception:  # whatever it is, people are not to wait for what has ended
        log.exception("The work %s has ended", name)
        report.failed("Something went wrong that the hub did not expect. Its log says more.")
