"""Proposals: pairs of existing records that could be the same, until a person accepts them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import StoreBase, UtcDateTime


class ProposalRow(StoreBase):
    """One possible pair."""

    __tablename__ = "proposal"
    __table_args__ = (
        UniqueConstraint("route_id", "source_key", "target_id"),
        Index("proposal_state", "route_id", "state", "id"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    source_key: Mapped[str] = mapped_column(String(255))
    source_label: Mapped[str] = mapped_column(String(255))
    target_id: Mapped[str] = mapped_column(String(255))
    target_label: Mapped[str] = mapped_column(String(255))
    #: 0 to 100.
    score: Mapped[int] = mapped_column(Integer)
    #: What they share: "sku", "barcode", "e-mail", "phone", with a plus between.
    reason: Mapped[str] = mapped_column(String(50))
    #: unique | ambiguous | duplicate | accepted
    state: Mapped[str] = mapped_column(String(15))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


PROPOSALS = cast(Table, ProposalRow.__table__)
