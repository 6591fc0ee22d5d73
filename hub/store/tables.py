"""Every table of the store in one metadata: what a migration compares with."""

from __future__ import annotations

from hub.store import (  # noqa: F401 - importing a module registers its table
    alerts,
    audit,
    channels,
    chores,
    commitments,
    connections,
    divergences,
    drafts,
    failures,
    integrations,
    job,
    leases,
    limits,
    link,
    maps,
    pairings,
    plans,
    proposals,
    routes,
    runs,
    schedules,
    selection,
    skips,
    users,
    vault,
    workers,
)
from hub.store.database import StoreBase

METADATA = StoreBase.metadata
