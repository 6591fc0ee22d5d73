"""Alerts: what a person should know without looking, raised once and cleared once; and the channels they go by."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import StoreBase, UtcDateTime


class AlertRow(StoreBase):
    """One alert, from when it was raised to when its reason was gone."""

    __tablename__ = "alert"
    __table_args__ = (
        # Once until cleared.
        Index(
            "alert_raised",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("cleared_at is null"),
            postgresql_where=text("cleared_at is null"),
        ),
        Index("alert_unsent", "sent_at"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: failures | error_rate | platform_down | credentials | parked | held | api_version | secret | silence | ...
    kind: Mapped[str] = mapped_column(String(30))
    #: What it is about ("acme order shop_to_erp", "acme-shop").
    subject: Mapped[str] = mapped_column(String(255))
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integration.id"))
    text: Mapped[str] = mapped_column(Text)
    fix: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the reason was last seen, and how often.
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int] = mapped_column(Integer, default=1)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the alert, and the news that it is over, went out.
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clear_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ChannelRow(StoreBase):
    """Where alerts go; the address holds secrets and is sealed."""

    __tablename__ = "channel"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    url: Mapped[bytes] = mapped_column(LargeBinary)
    #: Kinds of alerts that go there; empty = all.
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Names of integrations whose alerts go there; empty = all.
    integrations: Mapped[list[str]] = mapped_column(JSON, default=list)


ALERTS = cast(Table, AlertRow.__table__)
CHANNELS = cast(Table, ChannelRow.__table__)
