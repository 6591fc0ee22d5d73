"""The address of a record in the shop's admin. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.platforms.record_pages import sandbox_page
from hub.platforms.shopify.settings import HOST

_ID = re.compile(r"gid://shopify/([A-Za-z]+)/([0-9]+)")
#: Kind of record in a global id -> where it stands in the admin.
_PLACES = {"Product": "products", "Order": "orders", "Customer": "customers", "DraftOrder": "draft_orders"}


def record_page(settings: Mapping[str, Any], kind: str, identity: str, parent: str = "") -> str | None:
    """Where people open it. A variant stands below its product (`parent`), a level is looked at on its variant."""
    own = identity.partition("@")[0]
    found = _ID.fullmatch(own)
    if found is None:
        return None
    base_url = str(settings.get("base_url") or "")
    if base_url:
        # Behind any other address of one's own there is an API, and nobody knows what else.
        return sandbox_page(base_url, "product" if kind in ("variant", "level") else kind, own)
    shop = str(settings.get("shop", "")).lower()
    if not HOST.fullmatch(shop):
        return None
    admin = f"https://{shop}/admin"
    what, number = found.groups()
    if what in _PLACES:
        return f"{admin}/{_PLACES[what]}/{number}"
    product = _ID.fullmatch(parent)
    if what == "ProductVariant" and product is not None and product[1] == "Product":
        return f"{admin}/products/{product[2]}/variants/{number}"
    return None
