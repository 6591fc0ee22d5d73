"""What an item's flags mean, for products and stock alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from hub.platforms.sap_b1.wire import NO, yes

Kind = Literal["plain", "batch", "serial", "kit"]

#: BoItemTreeTypes of bills of materials that are sold by their parts. A production tree is made first: it has stock.
KITS = frozenset({"iSalesTree", "iAssemblyTree", "iTemplateTree"})


def kind(native: Mapping[str, Any]) -> Kind:
    """How the item's stock is managed."""
    if native.get("TreeType") in KITS:
        return "kit"
    if yes(native.get("ManageSerialNumbers")):
        return "serial"
    return "batch" if yes(native.get("ManageBatchNumbers")) else "plain"


def active(native: Mapping[str, Any]) -> bool:
    """Whether the item may be sold: valid, not frozen, a sales item."""
    return native.get("Valid") != NO and not yes(native.get("Frozen")) and yes(native.get("SalesItem"))


def tracked(native: Mapping[str, Any]) -> bool:
    """Whether the ERP counts its stock."""
    return yes(native.get("InventoryItem"))
