"""Where people open a record by its id: what the platforms share. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

#: A plain-http address of this very machine is that of a sandbox: neither platform answers there without TLS.
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def sandbox_page(base_url: str, kind: str, identity: str) -> str | None:
    """The page of a record in a sandbox; None where the address is not that of one."""
    try:
        parts = urlsplit(base_url)
        here = parts.scheme == "http" and parts.hostname in _HERE
    except ValueError:
        return None
    return f"http://{parts.netloc}/edit/{quote(kind, safe='')}/{quote(identity, safe='')}" if here else None
