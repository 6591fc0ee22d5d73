"""Decisions about customers leave no version of a personal field in the audit trail; nor are acts found by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_AT_ONCE = 500
_ACTIONS = ("conflicts take", "drift undo")
_LONGEST = 255
_MASK = "***"
#: The personal fields of customers, when this was written: of all records that have any, only these can be in conflict.
_PERSONAL = {"first_name", "last_name", "company", "email", "phone", "note", "address1", "address2", "city", "zip"}
_ACTS = sa.table(
    "audit",
    sa.column("id", sa.Integer),
    sa.column("action", sa.String),
    sa.column("subject", sa.String),
    sa.column("before", sa.JSON),
    sa.column("after", sa.JSON),
)
_ABOUT = sa.table("audit_about", sa.column("name", sa.String), sa.column("act", sa.Integer))


def upgrade() -> None:
    """Bring what is kept from the revision before to this one."""
    connection, last = op.get_bind(), 0
    theirs = _ACTS.c.action.in_(_ACTIONS) & _ACTS.c.subject.contains(" customer ")
    query = sa.select(_ACTS).where(theirs).order_by(_ACTS.c.id).limit(_AT_ONCE)
    while rows := connection.execute(query.where(_ACTS.c.id > last)).all():
        last = rows[-1].id
        for row in rows:
            before, after = _masked(row.before), _masked(row.after)
            if (before, after) != (row.before, row.after):
                connection.execute(_ACTS.update().where(_ACTS.c.id == row.id).values(before=before, after=after))
                gone = set(_texts(row.after)) - {*_texts(after), *_ends(row.subject)}
                for name in sorted(name for name in gone if 0 < len(name) <= _LONGEST):
                    connection.execute(_ABOUT.delete().where(_ABOUT.c.act == row.id, _ABOUT.c.name == name))


def _masked(noted: Any) -> Any:
    """Field -> side -> version; of what a person has chosen a word takes the place of the versions."""
    if not isinstance(noted, dict):
        return noted
    return {
        field: {side: _hidden(value, field) for side, value in versions.items()}
        if isinstance(versions, dict)
        else versions
        for field, versions in noted.items()
    }


def _hidden(value: Any, name: str) -> Any:
    """A value under this name, what is nested in it included."""
    if isinstance(value, dict):
        return {key: _hidden(entry, key) for key, entry in value.items()}
    if isinstance(value, list):
        return [_hidden(entry, name) for entry in value]
    return _MASK if name in _PERSONAL and value not in (None, "") else value


def _ends(subject: str) -> set[str]:
    words = subject.split(" ")
    return {" ".join(words[place:]) for place in range(len(words))}


def _texts(noted: Any) -> Iterator[str]:
    if isinstance(noted, str):
        yield noted
    elif isinstance(noted, dict | list):
        for value in noted.values() if isinstance(noted, dict) else noted:
            yield from _texts(value)
