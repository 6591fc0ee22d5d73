"""How people find a record in the company. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.platforms.record_pages import sandbox_page


def record_page(settings: Mapping[str, Any], kind: str, identity: str) -> str | None:
    """Its page in a sandbox. A company's own client opens no record by an address."""
    own = _item(identity) if kind == "level" else identity
    return sandbox_page(str(settings.get("base_url", "")), "item" if kind in ("variant", "level") else kind, own)


def record_words(kind: str, identity: str, label: str = "") -> str:
    """The window of the client, and what to look for in it."""
    match kind:
        case "customer":
            return f"Business Partner Master Data, code {identity}"
        case "variant":
            return f"Item Master Data, item no. {identity}"
        case "level":
            return f"Item Master Data, item no. {_item(identity)}, stock in warehouse {identity.rpartition('@')[2]}"
        case "order":
            number = f"customer reference no. {label}" if label else "its customer reference no."
            return f"Sales Order, {number} (internal number {identity})"
    return ""


def _item(level: str) -> str:
    """The item of a level: a code may have the sign in it, a warehouse may not."""
    return level.rpartition("@")[0]
