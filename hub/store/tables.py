"""Every table of the store in one metadata: what a migration compares with."""

from __future__ import annotations

from hub.store import (
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

#: Importing a module registers its table; naming them here keeps the import from looking unused.
MODULES = (
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
METADATA = StoreBase.metadata
