"""One link: its row, and what is said of it to and by the table (`links`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import StoreBase, UtcDateTime
from objects.fields import Side

State = Literal["reserved", "linked", "gone"]


class LinkRow(StoreBase):
    """One link; `shop_*` and `erp_*` hold what is known of each side."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("integration_id", "kind", "shop_id"),
        UniqueConstraint("integration_id", "kind", "erp_id"),
        Index("link_parent", "parent_id"),
        Index("link_claim", "claimed_by"),
        Index("link_fold", "integration_id", "kind", "fold"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    kind: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    shop_id: Mapped[str | None] = mapped_column(String(255))
    erp_id: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(255), default="")
    #: The ERP's code without letter case: codes that differ only by case are told apart by it.
    fold: Mapped[str] = mapped_column(String(255), default="")
    claimed_by: Mapped[int | None] = mapped_column(Integer)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unknown_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The message of the last write, so that a crash between the write and its message can be told from one before it.
    message: Mapped[int | None] = mapped_column(Integer)
    mapping_version: Mapped[str] = mapped_column(String(32), default="")
    shop_digest: Mapped[str] = mapped_column(String(32), default="")
    erp_digest: Mapped[str] = mapped_column(String(32), default="")
    shop_base: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    erp_base: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


LINKS = cast(Table, LinkRow.__table__)


@dataclass(frozen=True, slots=True)
class Link:
    """One link, seen from the side that is the source."""

    id: int
    parent_id: int | None
    source_id: str | None
    target_id: str | None
    state: State
    unknown_since: datetime | None
    message: int | None
    #: Digest of the source's native record when it was last settled, and the mapping it was settled under.
    digest: str
    mapping_version: str
    source_base: Mapping[str, str]
    target_base: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kin:
    """A link of the record's tree, by its ids."""

    kind: str
    source_id: str | None
    target_id: str | None
    parent: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both sides agreed on, to be written to a link."""

    link_id: int
    target_id: str
    digest: str
    mapping_version: str
    source_base: Mapping[str, str] = field(default_factory=dict)
    target_base: Mapping[str, str] = field(default_factory=dict)
    #: Digest of the target's record as it was answered: read as a source it is no news. Empty = it is to be looked at.
    target_digest: str = ""
    message: int | None = None
    kin: tuple[Kin, ...] = ()


@dataclass(frozen=True, slots=True)
class Touch:
    """What is noted of a link whose record was compared and found equal; None = stays as it is."""

    link_id: int
    digest: str
    mapping_version: str
    source_base: Mapping[str, str] | None = None
    target_base: Mapping[str, str] | None = None
    target_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What came of agreements: the links that were ours to write, and those whose target is another record's."""

    ours: frozenset[int]
    #: Link id -> the source id that holds the target's record.
    taken: Mapping[int, str]


def other(side: Side) -> Side:
    """The opposite side."""
    return "erp" if side == "shop" else "shop"


def rows_of(integration_id: int, kind: str) -> ColumnElement[bool]:
    """The rows of one kind of record of an integration."""
    return (LINKS.c.integration_id == integration_id) & (LINKS.c.kind == kind)


def new_row(integration_id: int, kind: str, state: State, *, label: str = "", fold: str = "") -> dict[str, Any]:
    """The values of a new row, without its ids."""
    return {
        "integration_id": integration_id,
        "kind": kind,
        "state": state,
        "label": label,
        "fold": fold,
        "mapping_version": "",
        "shop_digest": "",
        "erp_digest": "",
        "shop_base": {},
        "erp_base": {},
    }
