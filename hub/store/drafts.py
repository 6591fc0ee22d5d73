"""Drafts: the configuration of an integration that somebody is still working on, with the state of each step.

A row outlives its draft: once the draft is deployed or dropped the document is gone, and when its steps were done and
when it was deployed last stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, Integer, LargeBinary, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.vault import Vault


class DraftRow(StoreBase):
    """What is being set up; secrets are sealed, and shown to nobody."""

    __tablename__ = "draft"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: The integration's name, whether there is such an integration already or not.
    name: Mapped[str] = mapped_column(String(100), unique=True)
    #: The file of the integration as plain values, secrets left out; null = there is no draft.
    document: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: The same as it was deployed when the draft was last changed: what others change meanwhile is kept.
    base: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: Secrets that were typed and are not deployed yet, by the variable that stands for them.
    secrets: Mapped[bytes] = mapped_column(LargeBinary)
    #: Step -> when and by whom it was done last, and what came of it.
    steps: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(100))
    deployed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deployed_by: Mapped[str] = mapped_column(String(100))


DRAFTS = cast(Table, DraftRow.__table__)


@dataclass(frozen=True, slots=True)
class Draft:
    """One row, its secrets opened."""

    id: int
    name: str
    document: dict[str, Any] | None
    base: dict[str, Any] | None
    secrets: Mapping[str, str] = field(repr=False)
    steps: Mapping[str, Any]
    changed_at: datetime
    changed_by: str
    deployed_at: datetime | None = None
    deployed_by: str = ""


class Drafts:
    """The table of drafts."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault

    def all(self) -> dict[str, Draft]:
        """Every row by its integration's name."""
        with self._database.read() as connection:
            rows = connection.execute(select(DRAFTS).order_by(DRAFTS.c.name)).all()
        return {row.name: self._draft(row) for row in rows}

    def named(self, name: str) -> Draft | None:
        """The row of an integration."""
        with self._database.read() as connection:
            row = connection.execute(select(DRAFTS).where(DRAFTS.c.name == name)).one_or_none()
        return None if row is None else self._draft(row)

    def hold(self, name: str, *, now: datetime, actor: str) -> None:
        """Inside `together`, keep the row of an integration: whoever else changes it waits. A missing one is made."""
        fresh: dict[str, Any] = {"name": name, "document": None, "base": None, "steps": {}}
        fresh |= {"secrets": self._vault.seal({}), "changed_at": now, "changed_by": actor, "deployed_by": ""}
        made = self._database.insert(DRAFTS).values(fresh).on_conflict_do_nothing(index_elements=["name"])
        with self._database.write() as connection:
            connection.execute(made)
            connection.execute(select(DRAFTS.c.id).where(DRAFTS.c.name == name).with_for_update())

    def save(
        self,
        name: str,
        document: Mapping[str, Any],
        base: Mapping[str, Any] | None,
        secrets: Mapping[str, str],
        *,
        now: datetime,
        actor: str,
    ) -> None:
        """Keep a draft in the place of the one before; its steps stay."""
        sealed = self._vault.seal(secrets)
        given = {"document": dict(document), "base": dict(base) if base is not None else None, "secrets": sealed}
        self._put(name, {**given, "changed_at": now, "changed_by": actor})

    def note_step(self, name: str, step: str, what: Mapping[str, Any], *, now: datetime, actor: str) -> None:
        """Note that a step was done, with what came of it."""
        told = {"at": now.isoformat(), "by": actor, **what}
        with self._database.together():
            self.hold(name, now=now, actor=actor)
            known = self.named(name)
            self._put(name, {"steps": {**(known.steps if known else {}), step: told}})

    def restamp(self, name: str, step: str, told: Mapping[str, Any]) -> None:
        """Keep what is known of a step in other words; when it was done stays."""
        with self._database.together():
            known = self.named(name)
            if known is not None:
                self._put(name, {"steps": {**known.steps, step: dict(told)}})

    def deployed(self, name: str, *, now: datetime, actor: str) -> None:
        """The draft is what the integration is now."""
        gone = {"document": None, "base": None, "secrets": self._vault.seal({})}
        self._put(name, {**gone, "deployed_at": now, "deployed_by": actor})

    def note_deployed(self, name: str, *, now: datetime, actor: str) -> None:
        """Somebody has deployed a file: a draft, if there is one, goes on."""
        with self._database.together():
            self.hold(name, now=now, actor=actor)
            self._put(name, {"deployed_at": now, "deployed_by": actor})

    def drop(self, name: str, *, keep_steps: bool) -> None:
        """Give a draft up; the times of its steps stay where there is an integration behind it."""
        if keep_steps:
            self._put(name, {"document": None, "base": None, "secrets": self._vault.seal({})})
            return
        with self._database.write() as connection:
            connection.execute(DRAFTS.delete().where(DRAFTS.c.name == name))

    def _put(self, name: str, values: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            if connection.execute(DRAFTS.update().where(DRAFTS.c.name == name).values(values)).rowcount:
                return
            fresh = {"name": name, "secrets": self._vault.seal({}), "steps": {}, "deployed_by": ""}
            connection.execute(DRAFTS.insert().values({**fresh, **values}))

    def _draft(self, row: Any) -> Draft:
        return Draft(
            row.id,
            row.name,
            row.document,
            row.base,
            self._vault.unseal(row.secrets),
            row.steps,
            row.changed_at,
            row.changed_by,
            row.deployed_at,
            row.deployed_by,
        )
