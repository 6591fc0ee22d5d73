"""Requests that leave in one piece.

`http.client` sends the head of a request, and then its body: two calls of the system, two packets, and two times that
the platform's server is woken up. Head and body are a few kilobytes here, and whole before the first byte leaves.
"""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class _InOnePiece(HTTPConnection):
    #: What has been handed over of the request that is being put together; None = what is handed over leaves at once.
    _pieces: list[bytes] | None = None

    def request(self, *args: Any, **options: Any) -> None:
        """Send a request; see `urllib3.connection.HTTPConnection.request`."""
        self._pieces = []
        try:
            super().request(*args, **options)
            whole = b"".join(self._pieces)
        finally:
            self._pieces = None
        self.send(whole)

    def send(self, data: Any) -> None:
        """Send bytes, or keep them until the request is whole."""
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(data)


class _SecureInOnePiece(_InOnePiece, HTTPSConnection):
    pass


class _Plain(HTTPConnectionPool):
    ConnectionCls = _InOnePiece


class _Secure(HTTPSConnectionPool):
    ConnectionCls = _SecureInOnePiece


class OnePieceAdapter(HTTPAdapter):
    """An adapter of `requests` whose connections send each request in one piece. Bodies are bytes."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the connections; see `requests.adapters.HTTPAdapter.init_poolmanager`."""
        super().init_poolmanager(*args, **options)
        _whole(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> ProxyManager:
        """Make the connections of a proxy; see `requests.adapters.HTTPAdapter.proxy_manager_for`."""
        manager: ProxyManager = super().proxy_manager_for(*args, **options)
        if isinstance(manager, ProxyManager):
            # That of a SOCKS proxy is another one, with connections of its own.
            _whole(manager)
        return manager


def _whole(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Plain, "https": _Secure}
