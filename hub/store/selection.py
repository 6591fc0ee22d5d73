"""Selection: the records that are marked for synchronisation, per integration and object."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import StoreBase, UtcDateTime


class SelectedRow(StoreBase):
    """One marked record, by its key on the source."""

    __tablename__ = "selected"
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"), primary_key=True)
    object: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    label: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(100))


SELECTED = cast(Table, SelectedRow.__table__)
