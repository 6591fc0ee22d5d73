"""Signs of life of long work do not hang on its parts, and the end of its process is told."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event

from hub.living import ENDED, living
from hub.store.coverage import CoverageBook
from hub.store.database import Database
from hub.store.pairings import SILENT, Pairings
from tests.store.conftest import Clock

#: Work that never ends, in a process that does.
PROCESS = """
from threading import Event, Thread
from hub.living import living
begun = Event()
def work():
    with living(lambda: None, print):
        begun.set()
        Event().wait()
Thread(target=work, daemon=True).start()
begun.wait()
"""


def test_a_part_that_takes_long_gives_signs_of_life() -> None:
    given = Event()
    with living(given.set, lambda _: None, every=0.01):
        assert given.wait(10)


def test_a_process_that_ends_says_so() -> None:
    root = Path(__file__).parents[2]
    said = subprocess.check_output([sys.executable, "-c", PROCESS], cwd=root, text=True, timeout=60)
    assert said.strip() == ENDED


def test_work_that_gave_a_sign_goes_on(database: Database, route_id: int, clock: Clock) -> None:
    pairings, book = Pairings(database), CoverageBook(database)
    identity = pairings.begin(route_id, "propose", "ann", clock())
    book.begin(route_id, "ann", clock())
    pairings.live(identity, clock.advance(minutes=2))
    book.live(route_id, clock())
    later = clock.time + SILENT - timedelta(seconds=1)
    pairing, look = pairings.newest(route_id), book.look(route_id)
    assert pairing is not None and pairing.goes_on(later)
    assert look is not None and look.goes_on(later)
