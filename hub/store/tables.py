"""Every table of the store in one metadata: what a migration compares with."""

from __future__ import annotations

from hub.store import (  # noqa: F401 - importing a module registers its table
    audit,
    commitments,
    connections,
    divergences,
    failures,
    integrations,
    jobs,
    link,
    maps,
    plans,
    proposals,
    routes,
    runs,
    selection,
    skips,
    vault,
)
from hub.store.database import StoreBase

METADATA = StoreBase.metadata
