"""The app's own values on records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime
from typing import Any

from hub.sandbox.shopify.records import Metafield
from hub.sandbox.shopify.store import Store

#: The namespace of the app where none is given.
APP_NAMESPACE = "app--sandbox"
DEFAULT_TYPE = "single_line_text_field"


def set_metafields(
    store: Store,
    kept: MutableMapping[tuple[str, str], Metafield],
    given: Iterable[Mapping[str, Any]],
    owner_type: str,
    now: datetime,
) -> list[Metafield]:
    """Make or change the given ones; others stay."""
    made = []
    for one in given:
        key = (one.get("namespace") or APP_NAMESPACE, one["key"])
        known = kept.get(key)
        if known is None:
            kind = one.get("type") or DEFAULT_TYPE
            known = kept[key] = Metafield(store.number("Metafield"), *key, kind, "", owner_type, now, now)
        known.value = one["value"]
        known.updated_at = now
        made.append(known)
    return made
