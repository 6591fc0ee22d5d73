"""What both sides offer to choose from: values for settings and maps, as people read them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hub.platforms.platform import Choice

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """What one or both sides have said; what they have not said is empty, and can be typed."""

    #: Setting -> values.
    settings: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    #: (map, side) -> values.
    maps: Mapping[tuple[str, str], Sequence[Choice]] = field(default_factory=dict)
    #: User-defined fields of the ERP's items.
    user_fields: Sequence[str] = ()
    #: The warehouse that the ERP takes where none is named.
    default_warehouse: str = ""
    #: Side -> why it has said nothing.
    silent: Mapping[str, str] = field(default_factory=dict)

    def label(self, map_name: str, side: str, value: str) -> str:
        """What people call a value of a map; empty where nobody has told."""
        return next((one.label for one in self.maps.get((map_name, side), ()) if one.value == value), "")


def reference(shop: Facts, erp: Facts, silent: Mapping[str, str]) -> Reference:
    """What can be chosen, from what both sides say about themselves."""
    settings = {name: [*make(shop, erp)] for name, make in _SETTINGS.items()}
    settings |= {f"freight_{kind}": _named(erp.get("freights")) for kind in _FREIGHTS}
    fields = [name.partition(".")[2] for name in erp.get("fields") or () if name.startswith("OITM.")]
    maps = {
        ("location", "shop"): _places(shop.get("locations")),
        ("location", "erp"): _places(erp.get("warehouses")),
        ("payment", "shop"): [Choice(name, name) for name in shop.get("gateways_seen") or ()],
        ("payment", "erp"): _booked(erp),
        ("tax", "erp"): _taxes(erp),
        ("item_group", "shop"): [Choice(name, name) for name in shop.get("product_types") or ()],
        ("item_group", "erp"): _groups(erp.get("item_groups")),
        ("customer_group", "shop"): [Choice(name, name) for name in shop.get("customer_tags") or ()],
        ("customer_group", "erp"): _groups(erp.get("customer_groups")),
    }
    own = [f"U_{name}" for name in fields if not name.startswith("Hub")]
    offered = {name: found for name, found in settings.items() if found}
    return Reference(offered, maps, own, str(erp.get("default_warehouse") or ""), silent)


_FREIGHTS = ("shipping", "tax", "rounding", "tip", "duty", "cash_rounding")


def _named(known: Mapping[Any, str] | None) -> list[Choice]:
    return [Choice(str(number), f"{number} – {name}") for number, name in (known or {}).items()]


def _groups(known: Mapping[Any, str] | None) -> list[Choice]:
    return [Choice(str(number), name) for number, name in (known or {}).items()]


def _places(known: Mapping[str, Mapping[str, Any]] | None) -> list[Choice]:
    return [Choice(key, str(one["name"]), bool(one["active"])) for key, one in (known or {}).items()]


def _codes(erp: Facts) -> list[Choice]:
    """Warehouses by their code, which people know."""
    return [Choice(one.value, f"{one.value} – {one.label}", one.active) for one in _places(erp.get("warehouses"))]


def _price_lists(erp: Facts) -> list[Choice]:
    found = []
    for number, one in (erp.get("price_lists") or {}).items():
        kind = "with tax" if one["gross"] else "without tax"
        money = f", {one['currency']}" if one["currency"] else ""
        found.append(Choice(str(number), f"{number} – {one['name']} ({kind}{money})", bool(one["active"])))
    return found


def _taxes(erp: Facts) -> list[Choice]:
    return [
        Choice(code, f"{code} – {one['name']} ({percent(one['rate'])})", bool(one["active"]))
        for code, one in (erp.get("tax_codes") or {}).items()
    ]


def _exempt(erp: Facts) -> list[Choice]:
    codes = erp.get("tax_codes") or {}
    return [one for one in _taxes(erp) if not codes[one.value]["rate"]]


def _booked(erp: Facts) -> list[Choice]:
    cards = [
        Choice(f"card:{number}", f"card:{number} – {name}") for number, name in (erp.get("credit_cards") or {}).items()
    ]
    accounts = erp.get("accounts") or {}
    kinds = ("cash", "transfer")
    return cards + [
        Choice(f"{kind}:{one}", f"{kind}:{one} – {name}") for one, name in accounts.items() for kind in kinds
    ]


def percent(rate: Decimal) -> str:
    """A rate as people write it."""
    return f"{format((rate * 100).normalize(), 'f')} %"


_SETTINGS: Mapping[str, Callable[[Facts, Facts], Sequence[Choice]]] = {
    "price_list": lambda shop, erp: _price_lists(erp),
    "default_item_group": lambda shop, erp: _named(erp.get("item_groups")),
    "customer_series": lambda shop, erp: _named(erp.get("series")),
    "customer_group": lambda shop, erp: _named(erp.get("customer_groups")),
    "payment_terms": lambda shop, erp: _named(erp.get("payment_terms")),
    "default_warehouse": lambda shop, erp: _codes(erp),
    "exempt_tax_code": lambda shop, erp: _exempt(erp),
}
