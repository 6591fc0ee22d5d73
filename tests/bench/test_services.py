"""The services that a bench starts or borrows: empty at first, gone afterwards, and missed in words."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import orjson
import pytest
from sqlalchemy import create_engine, text

from bench.__main__ import main
from bench.services import HOST, postgresql, redis
from tests.conftest import postgresql_url
from tests.services import missing


def said(port: int, words: bytes) -> bytes:
    with socket.create_connection((HOST, port), 5) as connection:
        connection.sendall(words + b"\r\n")
        return connection.recv(100)


def test_a_redis_of_its_own_has_forgotten_all_when_it_is_started_again(tmp_path: Path) -> None:
    if shutil.which("redis-server") is None:
        missing("A Redis of its own", "PATH (with redis-server)")
    with redis(tmp_path) as broker:
        assert said(broker.port, b"SET a b") == b"+OK\r\n"
        assert said(broker.port, b"GET a") == b"$1\r\nb\r\n"
        broker.kill()
        with pytest.raises(ConnectionError):
            said(broker.port, b"PING")
        broker.start()
        assert said(broker.port, b"GET a") == b"$-1\r\n"
        assert broker.starts == 2
    assert [path.name for path in tmp_path.iterdir()] == ["redis.log"]


def test_a_database_of_its_own_is_gone_afterwards() -> None:
    postgresql_url()
    with postgresql() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == 0
            name = connection.scalar(text("SELECT current_database()"))
        engine.dispose()
    server = create_engine(postgresql_url())
    with server.connect() as connection:
        there = connection.scalar(text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": name})
    server.dispose()
    assert there == 0


def test_a_service_that_is_not_there_is_named_and_has_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HUB_TEST_POSTGRESQL", raising=False)
    assert main(["scale", "--json"]) == 2
    printed = capsys.readouterr()
    result = orjson.loads(printed.out)
    assert (result["bench"], result["ok"]) == ("scale", False)
    assert "set HUB_TEST_POSTGRESQL" in printed.err
