"""The records that are not linked yet as rows of a spreadsheet, and what people call records of both sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.linking import proposing, sheet
from hub.store.database import Database
from hub.store.proposals import Proposal
from hub.sync.pair import Pair


def rows(pair: Pair, database: Database, *, personal: bool) -> Iterator[dict[str, str]]:
    """Every record of the source that is not linked, with what is proposed; `personal`: with customers' names."""
    kept = proposing.proposals_of(pair, database)
    called = pair.source.label if personal else pair.label
    for part in proposing.unlinked(pair, database, called):
        proposed = kept.of([record.key for record in part])
        idents = [row.target_id for found in proposed.values() for row in found] if personal else []
        called_there = _target_names(pair, idents)
        for record in part:
            yield sheet.sheet_row(record, proposed.get(record.key, ()), called_there)


def names(pair: Pair, proposals: Sequence[Proposal]) -> dict[str, str]:
    """What the records of both sides in these proposals are called, personal data included."""
    found = _source_names(pair, [row.source_key for row in proposals])
    return {**found, **_target_names(pair, [row.target_id for row in proposals])}


def _source_names(pair: Pair, keys: Sequence[str]) -> dict[str, str]:
    """What these records of the source are called, personal data included."""
    wanted = list(dict.fromkeys(keys))
    return {key: pair.source.label(native) for key, native in pair.source.read(wanted).items()} if wanted else {}


def _target_names(pair: Pair, idents: Sequence[str]) -> dict[str, str]:
    """What these records of the target are called, personal data included."""
    wanted = list(dict.fromkeys(idents))
    return {key: pair.target.label(native) for key, native in pair.target.read(wanted).items()} if wanted else {}
