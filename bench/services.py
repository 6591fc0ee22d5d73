"""What a bench needs of the machine beside Python: a PostgreSQL, a Redis."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

#: Names the server on which a bench makes, and drops, a database of its own.
SERVER = "HUB_TEST_POSTGRESQL"
HOST = "127.0.0.1"
#: Seconds Redis may take to answer after its start.
PATIENCE = 10


class Missing(Exception):
    """A service is not there; the words say which, and what to do."""


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database of its own, dropped at the end; Missing where no server is named."""
    given = os.environ.get(SERVER)
    if not given:
        raise Missing(
            f"This bench needs PostgreSQL: set {SERVER} to a server's URL, such as "
            "postgresql+psycopg://127.0.0.1:5432/test. It makes a database of its own there and drops it at the end."
        )
    server = create_engine(given, isolation_level="AUTOCOMMIT")
    name = f"bench_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield make_url(given).set(database=name).render_as_string(hide_password=False)
        finally:
            with server.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.dispose()


@contextmanager
def schema(database: str) -> Iterator[str]:
    """The URL of an empty schema of its own in that PostgreSQL database, dropped at the end."""
    name = f"bench_{uuid.uuid4().hex}"
    server = create_engine(database)
    try:
        with server.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        try:
            made = make_url(database).update_query_dict({"options": f"-csearch_path={name}"})
            yield made.render_as_string(hide_password=False)
        finally:
            with server.begin() as connection:
                connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    finally:
        server.dispose()


@dataclass(slots=True)
class Redis:
    """A Redis of its own that keeps nothing: what it knew is gone when it is started again."""

    program: str
    folder: Path
    port: int
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        options = ["--port", str(self.port), "--bind", HOST, "--save", "", "--appendonly", "no"]
        with (self.folder / "redis.log").open("ab") as said:
            self._process = subprocess.Popen(
                [self.program, *options, "--dir", str(self.folder)], stdout=said, stderr=said
            )
        self.starts += 1
        end = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError(f"Redis does not answer at {self.url}.")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it without a chance to save anything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def redis(folder: Path) -> Iterator[Redis]:
    """A Redis on a free port, its log in that folder; Missing where the machine has none."""
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("This bench needs Redis: install redis-server, so that it can start one of its own.")
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
    made = Redis(program, folder, port)
    try:
        made.start()
        yield made
    finally:
        made.kill()
