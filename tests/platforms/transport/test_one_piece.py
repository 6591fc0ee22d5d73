"""A request leaves as a whole, so that the platform has it at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.platforms.one_piece import OnePieceAdapter


class Wire:
    """The place of a socket: it keeps what is sent, piece by piece."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(bytes(data))

    def settimeout(self, seconds: Any) -> None:
        """Nothing is waited for here."""


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("proxied", [False, True])
def test_head_and_body_are_sent_together(scheme: str, proxied: bool) -> None:
    adapter = OnePieceAdapter()
    manager = adapter.proxy_manager_for("http://127.0.0.1:1") if proxied else adapter.poolmanager
    connection = manager.connection_from_url(f"{scheme}://127.0.0.1:2")._new_conn()
    connection.sock = wire = Wire()
    connection.request("POST", "/x", body=b"body", headers={"Content-Length": "4"})
    assert len(wire.sent) == 1
    assert wire.sent[0].startswith(b"POST /x HTTP/1.1\r\n")
    assert wire.sent[0].endswith(b"\r\n\r\nbody")


def test_a_request_that_cannot_be_put_together_sends_nothing() -> None:
    def body() -> Iterator[bytes]:
        yield b"a part"
        raise OSError("no more")

    connection = OnePieceAdapter().poolmanager.connection_from_url("http://127.0.0.1:2")._new_conn()
    connection.sock = wire = Wire()
    with pytest.raises(OSError, match="no more"):
        connection.request("POST", "/x", body=body())
    assert wire.sent == []
    connection.send(b"at once")
    assert wire.sent == [b"at once"]
