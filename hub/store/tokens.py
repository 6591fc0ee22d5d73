"""Tokens: by which programs act for a person at the REST API.

A token is 256 bits by chance and is shown once; kept is its SHA-256. A slow hash as for passwords would protect nothing
more: those are guessed word by word, while nobody can try all of 2^256, and a fast one costs no request any time. It is
looked up by its hash, so that how long a look-up takes says nothing of the tokens that there are.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Select, select

from hub.errors import ConfigurationError
from hub.store.database import Database
from hub.store.users import TOKENS, USERS

Scope = Literal["read", "act", "administer"]
#: From the narrowest to the widest; each allows what those before it allow.
SCOPES: tuple[Scope, ...] = get_args(Scope)
#: How a token begins, so that people and those who search for leaked secrets know one when they see it.
PREFIX = "hub_"
#: The last use is noted no more often than this: reading would otherwise be writing.
NOTED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Token:
    """One token as it may be shown."""

    id: int
    #: Of the person for whom it acts.
    user: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who stands behind a token that was shown: what the person may, and what the token may of that."""

    token: Token
    role: str
    sees_personal: bool
    #: Names of the integrations that are open to the person; empty = all.
    integrations: list[str]

    @property
    def actor(self) -> str:
        """How the audit trail and jobs name it: the person, and by which of the tokens."""
        return f"{self.token.user} (token {self.token.name})"[:100]


def covers(scopes: Collection[str], needed: Scope) -> bool:
    """Whether a token with these scopes may do something of a scope. Pure."""
    return any(scope in scopes for scope in SCOPES[SCOPES.index(needed) :])


def digest(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


class Tokens:
    """The table of tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, user: str, name: str, scopes: Collection[str], now: datetime, expires_at: datetime | None
    ) -> tuple[Token, str]:
        """Make a token for a person; answers it with its secret, which nobody can ask for again.

        Raises ConfigurationError where there is no such person with an open account, or the name is taken.
        """
        secret = PREFIX + secrets.token_urlsafe(32)
        with self._database.write() as connection:
            person = connection.execute(select(USERS).where(USERS.c.name == user.strip().lower())).one_or_none()
            if person is None or person.disabled_at is not None:
                said = f"There is no user named {user}." if person is None else f"The account of {user} is closed."
                raise ConfigurationError(said, detail=user, fix="Name somebody with an open account.")
            same = select(TOKENS.c.id).where(TOKENS.c.user_id == person.id, TOKENS.c.name == name)
            if connection.scalar(same.limit(1)) is not None:
                raise ConfigurationError(
                    f"{user} has a token named {name} already.", detail=name, fix="Revoke it, or choose another name."
                )
            values: dict[str, Any] = {"user_id": person.id, "name": name, "hash": digest(secret)}
            values |= {"scopes": [scope for scope in SCOPES if scope in scopes]}
            values |= {"created_at": now, "expires_at": expires_at}
            inserted = connection.execute(TOKENS.insert().values(values)).inserted_primary_key
        identity = int(inserted[0]) if inserted else 0
        return Token(identity, person.name, name, values["scopes"], now, expires_at, None), secret

    def all(self, user: str | None = None) -> list[Token]:
        """Every token, or those of one person, in the order in which they were made."""
        query = _with_people().order_by(TOKENS.c.id)
        if user is not None:
            query = query.where(USERS.c.name == user.strip().lower())
        with self._database.read() as connection:
            return [_token(row) for row in connection.execute(query)]

    def revoke(self, identity: int) -> Token:
        """Make a token worthless from now on; ConfigurationError where there is none of this number."""
        with self._database.write() as connection:
            row = connection.execute(_with_people().where(TOKENS.c.id == identity)).one_or_none()
            if row is None:
                raise ConfigurationError(f"There is no token {identity}.", detail=str(identity), fix="See the list.")
            connection.execute(TOKENS.delete().where(TOKENS.c.id == identity))
        return _token(row)

    def bearer(self, secret: str, now: datetime) -> Bearer | None:
        """Who shows a token; None where it is unknown or has run out, or the person's account is closed."""
        query = _with_people().where(TOKENS.c.hash == digest(secret), USERS.c.disabled_at.is_(None))
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        if row.last_used_at is None or now - row.last_used_at >= NOTED_AFTER:
            with self._database.write() as connection:
                connection.execute(TOKENS.update().where(TOKENS.c.id == row.id).values(last_used_at=now))
        return Bearer(_token(row), row.role, row.sees_personal, list(row.integrations))


def _with_people() -> Select[Any]:
    people = (USERS.c.name.label("person"), USERS.c.role, USERS.c.sees_personal, USERS.c.integrations)
    return select(TOKENS, *people).join_from(TOKENS, USERS, USERS.c.id == TOKENS.c.user_id)


def _token(row: Any) -> Token:
    return Token(row.id, row.person, row.name, list(row.scopes), row.created_at, row.expires_at, row.last_used_at)
