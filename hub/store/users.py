"""Who may look and act: people with a password and a role, and the tokens by which programs act for them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import StoreBase, UtcDateTime


class UserRow(StoreBase):
    """One person."""

    __tablename__ = "user_account"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    #: argon2.
    password: Mapped[str] = mapped_column(String(255))
    #: viewer | operator | administrator
    role: Mapped[str] = mapped_column(String(15))
    #: True: personal data in the message log may be shown, which is audited each time.
    sees_personal: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Names of the integrations that are open to the person; empty = all.
    integrations: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Since when the account is closed; None = it is open.
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: True: the password was made by somebody else and has to be changed first.
    must_change: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Wrong passwords in a row, and until when no other one is looked at.
    failed: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Grows with each change of password, role or access: sessions of before are over.
    epoch: Mapped[int] = mapped_column(Integer, default=0)


class TokenRow(StoreBase):
    """One token of the REST API; only its hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = (Index("api_token_user", "user_id"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: read | act | administer
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


USERS = cast(Table, UserRow.__table__)
TOKENS = cast(Table, TokenRow.__table__)
