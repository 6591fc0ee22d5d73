"""A worker process says every few seconds that it is there, for as long as it is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from hub.bootstrap import Hub, process_name
from hub.config import Engine
from hub.store.workers import SAYS_SO_EVERY, WorkerProcess

log = logging.getLogger(__name__)


class Presence:
    """What the store is told of one worker process; a store that is away is told the next time."""

    def __init__(self, hub: Hub, engine: Engine, slots: int, stopping: Callable[[], bool]) -> None:
        self.hub = hub
        self._engine, self._slots, self._stopping = engine, slots, stopping
        self._started = hub.clock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="presence", daemon=True)

    def start(self) -> None:
        """Say it now, and from now on."""
        self.say()
        self._thread.start()

    def say(self) -> None:
        """Say it once more, and whether no more jobs are taken."""
        now, stopping = self.hub.clock(), self._stopping()
        try:
            self.hub.workers.say(WorkerProcess(process_name(), self._engine, self._slots, self._started, now, stopping))
        except SQLAlchemyError:
            log.exception("The store cannot be told that this worker is there")

    def leave(self) -> None:
        """Say that the process ends."""
        self._over.set()
        self._thread.join(SAYS_SO_EVERY.total_seconds())
        try:
            self.hub.workers.leave(process_name())
        except SQLAlchemyError:
            log.warning("The store could not be told that this worker has ended")

    def _loop(self) -> None:
        while not self._over.wait(SAYS_SO_EVERY.total_seconds()):
            self.say()
