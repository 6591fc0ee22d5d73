"""What one execution of a document knows beside its sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hub.sandbox.shopify.search_match import TimeRules

if TYPE_CHECKING:
    from hub.sandbox.shopify.shop import Shop


@dataclass(slots=True)
class Context:
    """One request (or one bulk operation)."""

    shop: Shop
    version: str
    scopes: frozenset[str]
    #: The host the client spoke to; links to files start with it.
    origin: str = ""
    #: Bulk operations read whole connections.
    limited: bool = True
    #: The coerced arguments of every field that takes some, by the number the plan gave the field.
    args: list[dict[str, Any]] = field(default_factory=list)
    path: list[str | int] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    #: Entries of extensions.search.
    searches: list[dict[str, Any]] = field(default_factory=list)

    @property
    def now(self) -> Callable[[], datetime]:
        """The sandbox's clock."""
        return self.shop.now

    @property
    def times(self) -> TimeRules:
        """How searches compare times."""
        return TimeRules(self.version >= "2026-10", ZoneInfo(self.shop.store.facts.zone))
