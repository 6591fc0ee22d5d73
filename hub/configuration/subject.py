"""What the pre-checks look at: one integration, and what both sides say about themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.configuration.unmapped import Seen, Unmapped, types_without_group, unmapped
from hub.platforms.platform import Finding
from hub.store.maps import Entry
from hub.store.routes import Route


@dataclass(frozen=True, slots=True)
class Subject:
    """One integration under examination. A fact that is not among `shop` or `erp` is not known."""

    name: str
    #: With their types (`hub.settings.load`).
    settings: Mapping[str, Any]
    entries: Sequence[Entry]
    routes: Sequence[Route]
    shop: Mapping[str, Any]
    erp: Mapping[str, Any]
    now: datetime
    #: Values of recent orders, and in how many orders each was; None = the orders could not be read.
    seen: Mapping[Seen, int] | None = None
    #: Codes of partners and items that the ERP has, among those that the settings name; None = could not be read.
    partners: Collection[str] | None = None
    items: Collection[str] | None = None

    @property
    def enabled(self) -> frozenset[str]:
        """Objects that a switched-on route carries."""
        return frozenset(route.object for route in self.routes if route.enabled)

    def carries(self, *objects: str) -> bool:
        """Whether a route of one of these objects is switched on."""
        return not self.enabled.isdisjoint(objects)

    @property
    def unmapped(self) -> list[Unmapped]:
        """Values of recent orders, and product types, that no map knows."""
        gateways = self.shop.get("gateways_seen") or ()
        types = self.shop.get("product_types") or () if makes_items(self.routes) else ()
        groups = (self.erp.get("item_groups") or {}).values()
        return unmapped(self.entries, self.seen or {}, gateways, types=types_without_group(types, groups))

    def map(self, name: str) -> list[Entry]:
        """The entries of one map."""
        return [entry for entry in self.entries if entry.map == name]


def makes_items(routes: Sequence[Route]) -> bool:
    """Whether products of the shop become items of the ERP."""
    return any(route.enabled and (route.object, route.direction) == ("product", "shop_to_erp") for route in routes)


@dataclass(frozen=True, slots=True)
class Mend:
    """What to do about something that is mended in the configuration itself."""

    #: As the command line says it.
    text: str
    #: `settings.price_list`, `maps.tax`, `routes`.
    where: str
    #: What else may be done, without a command.
    advice: str = ""


def good(what: str) -> Finding:
    """All is well."""
    return Finding(True, what)


def bad(what: str, fix: str | Mend) -> Finding:
    """Records will fail, or be wrong, until this is mended."""
    return _finding(what, fix, blocking=True)


def note(what: str, fix: str | Mend) -> Finding:
    """Worth knowing; nothing is stopped by it."""
    return _finding(what, fix, blocking=False)


def _finding(what: str, fix: str | Mend, *, blocking: bool) -> Finding:
    if isinstance(fix, str):
        return Finding(False, what, fix, blocking, advice=fix)
    return Finding(False, what, fix.text, blocking, fix.where, fix.advice)


def unknown(what: str, fix: str = "Nothing to do here; look it up on the platform itself.") -> Finding:
    """The platform does not tell."""
    return note(f"{what} could not be checked.", fix)


def setting(name: str, advice: str = "") -> Mend:
    """How to change a setting; `advice` is what could be done instead of it."""
    command = f"Set `{name}` below `settings` in the integration's file and run `hub apply`."
    return Mend(f"{advice} Or: {command}" if advice else command, f"settings.{name}", advice)


def in_map(name: str, text: str, advice: str = "") -> Mend:
    """How to change a map."""
    return Mend(text, f"maps.{name}", advice)
