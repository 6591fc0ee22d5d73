"""A ledger on each database, a cipher that really encrypts, a clock that is turned by hand, and the standing cast."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine

from hub.store.database import make_engine
from message_log.entries import Attempt, Closing, Exchange, Opening, Part, Verdict
from message_log.erase import Eraser
from message_log.ledger import Ledger
from message_log.queries import Queries
from tests.databases import fill


class AesCipher:
    """AES-256-GCM with a random nonce, and HMAC-SHA-256 for hashes."""

    def __init__(self) -> None:
        self._aes = AESGCM(AESGCM.generate_key(256))
        self._key = secrets.token_bytes(32)

    def encrypt(self, data: bytes, /) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._aes.encrypt(nonce, data, None)

    def decrypt(self, data: bytes, /) -> bytes:
        return self._aes.decrypt(data[:12], data[12:], None)

    def keyed_hash(self, text: str, /) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **distance: float) -> None:
        self.time += timedelta(**distance)


@pytest.fixture
def bare_engine(url: str) -> Iterator[Engine]:
    """An empty database."""
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(bare_engine: Engine, url: str) -> Engine:
    """A database with the ledger's tables."""
    fill(url, "log")
    return bare_engine


@pytest.fixture
def cipher() -> AesCipher:
    return AesCipher()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ledger(engine: Engine, cipher: AesCipher, clock: HandClock) -> Ledger:
    return Ledger(engine, cipher, clock)


@pytest.fixture
def queries(engine: Engine, cipher: AesCipher) -> Queries:
    return Queries(engine.execution_options(hub_reading=True), cipher)


@pytest.fixture
def eraser(engine: Engine, cipher: AesCipher, clock: HandClock) -> Eraser:
    return Eraser(engine, cipher, clock)


MUG = Opening(
    integration="acme",
    route=1,
    object="product",
    direction="erp_to_shop",
    run=10,
    job=100,
    key="MUG",
    action="update",
    reason="schedule",
    source_id="MUG",
    label="MUG",
    digest="d1",
    mapping_version="m1",
    fence=3,
)


@pytest.fixture
def opening() -> Callable[..., Opening]:
    """Acme's mug on its way to the shop, changed as the test says."""

    def make(key: str = "MUG", **changes: Any) -> Opening:
        return replace(MUG, **({"key": key, "source_id": key, "label": key} | changes))

    return make


@pytest.fixture
def exchange(clock: HandClock) -> Callable[..., Exchange]:
    """A write to the shop that was answered, changed as the test says."""

    def make(**changes: Any) -> Exchange:
        given: dict[str, Any] = {
            "connection": "acme-shop",
            "operation": "productSet",
            "method": "POST",
            "path": "/admin/api/2026-07/graphql.json",
            "started_at": clock(),
            "duration_ms": 80,
            "status": 200,
            "request": b'{"variables":{"input":{"title":"Mug"}}}',
            "response": b'{"data":{"productSet":{"userErrors":[]}}}',
            "writes": True,
        }
        return Exchange(**(given | changes))

    return make


@pytest.fixture
def closing(clock: HandClock) -> Callable[..., Closing]:
    """The end of a message, with one attempt over the exchanges given."""

    def make(verdict: Verdict = Verdict.UPDATED, *exchanges: Exchange, row: int = 0, **changes: Any) -> Closing:
        parts = tuple(Part(exchange, row) for exchange in exchanges)
        attempts = (Attempt(1, clock(), 90, verdict, cause=changes.get("cause"), parts=parts),) if parts else ()
        return Closing(verdict, **({"attempts": attempts, "duration_ms": 95} | changes))

    return make
