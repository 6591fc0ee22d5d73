"""Whether a browser was sent here by a page of somebody else."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from hub.sandbox.message import Request


def is_foreign(request: Request) -> bool:
    """Whether another page's form or script sends it. What is no browser says nothing of it, and is let through."""
    site = request.headers.get("Sec-Fetch-Site", "")
    if site and site not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin", "")
    if not origin:
        return False
    # A name that was made to lead to this machine would have the right origin.
    return origin != request.origin or not _is_here(urlsplit(request.origin).hostname or "")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
