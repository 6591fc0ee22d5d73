"""Who may look and act: people with a password and a role, and the tokens by which programs act for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Table, func, select
from sqlalchemy import Connection as Transaction
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase, UtcDateTime

RoleName = Literal["viewer", "operator", "administrator"]
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}\Z")
#: After so many wrong passwords in a row no other one is looked at for a while, which doubles with each further one.
WRONG_ALLOWED, FIRST_LOCK, LONGEST_LOCK = 5, timedelta(minutes=1), timedelta(minutes=15)


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


@dataclass(frozen=True, slots=True)
class User:
    """One person as stored."""

    id: int
    name: str
    #: argon2.
    password: str
    role: RoleName
    sees_personal: bool
    #: Names of the integrations that are open to the person; empty = all.
    integrations: list[str]
    created_at: datetime
    disabled_at: datetime | None
    last_seen_at: datetime | None
    must_change: bool
    failed: int
    locked_until: datetime | None
    epoch: int

    def locked(self, now: datetime) -> bool:
        """Whether no password of the person is looked at for now."""
        return self.locked_until is not None and self.locked_until > now

    def access(self) -> dict[str, Any]:
        """What the person may do, for the audit trail."""
        return {"role": self.role, "sees_personal": self.sees_personal, "integrations": self.integrations}


class Users:
    """The table of people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        name: str,
        password: str,
        role: RoleName,
        now: datetime,
        *,
        sees_personal: bool = False,
        integrations: Iterable[str] = (),
        must_change: bool = True,
    ) -> int:
        """Make an account, `password` being its hash; ConfigurationError where the name is taken or no name."""
        values = self._new(name, password, role, now)
        values |= {"sees_personal": sees_personal, "integrations": sorted(integrations), "must_change": must_change}
        try:
            with self._database.write() as connection:
                inserted = connection.execute(USERS.insert().values(values)).inserted_primary_key
        except IntegrityError as error:
            raise ConfigurationError(
                f"There is a user named {values['name']} already.", detail="name", fix="Choose another name."
            ) from error
        return int(inserted[0]) if inserted else 0

    def add_first(self, name: str, password: str, now: datetime) -> bool:
        """Make the first administrator; False = there are people already."""
        with self._database.write() as connection:
            if connection.scalar(select(func.count()).select_from(USERS)):
                return False
            values = {**self._new(name, password, "administrator", now), "sees_personal": True, "must_change": True}
            # Of two processes that start at once only one has made it.
            statement = self._database.insert(USERS).values(values).on_conflict_do_nothing(index_elements=["name"])
            return bool(connection.execute(statement).rowcount)

    @staticmethod
    def _new(name: str, password: str, role: RoleName, now: datetime) -> dict[str, Any]:
        written = name.strip().lower()
        if not _NAME.match(written):
            raise ConfigurationError(
                f"{name or 'Nothing'} is no name for a user.",
                detail="name",
                fix="Use letters, digits and . _ @ + -, such as ann or ann@example.com.",
            )
        given = {"name": written, "password": password, "role": role, "created_at": now, "integrations": []}
        return {**given, "sees_personal": False, "must_change": True, "failed": 0, "epoch": 0}

    def get(self, identity: int) -> User | None:
        """One person by the id; None = there is none."""
        return self._one(USERS.c.id == identity)

    def find(self, name: str) -> User | None:
        """One person by the name, whatever the case; None = there is none."""
        return self._one(USERS.c.name == name.strip().lower())

    def named(self, name: str) -> User:
        """One person by the name; ConfigurationError where there is none."""
        found = self.find(name)
        if found is None:
            raise ConfigurationError(f"There is no user named {name}.", detail="name", fix="See: hub users list")
        return found

    def _one(self, where: Any) -> User | None:
        with self._database.read() as connection:
            row = connection.execute(select(USERS).where(where)).one_or_none()
        return User(*row) if row else None

    def all(self) -> list[User]:
        """Everybody, by name."""
        with self._database.read() as connection:
            return [User(*row) for row in connection.execute(select(USERS).order_by(USERS.c.name))]

    # -- changing: each change ends the sessions of before --------------------------------------------------------

    def set_password(self, identity: int, password: str, *, must_change: bool) -> None:
        """Give another password, by its hash; the account is open for a try again."""
        values = {"password": password, "must_change": must_change, "failed": 0, "locked_until": None}
        with self._database.write() as connection:
            self._change(connection, identity, values)

    def set_access(self, identity: int, role: RoleName, *, sees_personal: bool, integrations: Iterable[str]) -> None:
        """Change what a person may do; ConfigurationError where nobody would be left to administer."""
        values = {"role": role, "sees_personal": sees_personal, "integrations": sorted(integrations)}
        with self._database.write() as connection:
            self._change(connection, identity, values)
            self._refuse_nobody(connection)

    def disable(self, identity: int, now: datetime | None) -> None:
        """Close an account (`now`), or open it again (None); ConfigurationError as for `set_access`."""
        with self._database.write() as connection:
            self._change(connection, identity, {"disabled_at": now, "failed": 0, "locked_until": None})
            self._refuse_nobody(connection)

    def end_sessions(self, identity: int) -> None:
        """Sign a person out everywhere."""
        with self._database.write() as connection:
            self._change(connection, identity, {})

    @staticmethod
    def _change(connection: Transaction, identity: int, values: dict[str, Any]) -> None:
        connection.execute(USERS.update().where(USERS.c.id == identity).values(**values, epoch=USERS.c.epoch + 1))

    @staticmethod
    def _refuse_nobody(connection: Transaction) -> None:
        # An administrator for some integrations only could not open the rest to anybody.
        query = select(USERS.c.integrations).where(USERS.c.role == "administrator", USERS.c.disabled_at.is_(None))
        if not any(not names for names in connection.scalars(query)):
            raise ConfigurationError(
                "Nobody would be left who may administer everything.",
                detail="role",
                fix="Make another person an administrator of all integrations first.",
            )

    # -- signing in -----------------------------------------------------------------------------------------------

    def note_wrong(self, identity: int, now: datetime) -> datetime | None:
        """Note a wrong password; answers until when no other one is looked at, if that is so."""
        with self._database.write() as connection:
            mine = USERS.c.id == identity
            failed = int(connection.scalar(select(USERS.c.failed).where(mine).with_for_update()) or 0) + 1
            over = failed - WRONG_ALLOWED
            until = now + min(FIRST_LOCK * 2 ** min(over, 10), LONGEST_LOCK) if over >= 0 else None
            connection.execute(USERS.update().where(mine).values(failed=failed, locked_until=until))
        return until

    def note_right(self, identity: int, now: datetime) -> None:
        """Note that a person has signed in."""
        values = {"failed": 0, "locked_until": None, "last_seen_at": now}
        with self._database.write() as connection:
            connection.execute(USERS.update().where(USERS.c.id == identity).values(values))
