"""By what each act of the audit trail is found: the names of what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_AT_ONCE = 500
_LONGEST = 255
_ACTS = sa.table("audit", sa.column("id", sa.Integer), sa.column("subject", sa.String), sa.column("after", sa.JSON))


def upgrade() -> None:
    """Bring the schema from the revision before to this one; the acts that there are get their names."""
    about = op.create_table(
        "audit_about",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("act", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["audit.id"]),
        sa.PrimaryKeyConstraint("name", "act"),
    )
    connection, last = op.get_bind(), 0
    while rows := connection.execute(
        sa.select(_ACTS).where(_ACTS.c.id > last).order_by(_ACTS.c.id).limit(_AT_ONCE)
    ).all():
        last = rows[-1].id
        named = [{"name": name, "act": row.id} for row in rows for name in _names(row.subject, row.after)]
        if named:
            connection.execute(about.insert(), named)


def _names(subject: str, after: Any) -> set[str]:
    """As `hub.store.audit.names_of` was when this was written."""
    words = subject.split(" ")
    ends = (" ".join(words[place:]) for place in range(len(words)))
    return {name for name in (*ends, *_texts(after)) if 0 < len(name) <= _LONGEST}


def _texts(noted: Any) -> Iterator[str]:
    if isinstance(noted, str):
        yield noted
    elif isinstance(noted, dict | list):
        for value in noted.values() if isinstance(noted, dict) else noted:
            yield from _texts(value)
