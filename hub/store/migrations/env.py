"""Alembic's entry: runs the revisions of one branch on the connection that `hub.store.migrate` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context


def plain_type(kind: str, value: Any, _autogenerate: Any) -> str | Literal[False]:
    """A revision names the database's own types, so that it stays as it is when the code moves on."""
    if kind == "type" and type(value).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


branch = context.config.attributes["branch"]
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=branch.metadata,
    version_table=branch.version_table,
    render_as_batch=True,
    render_item=plain_type,
)
context.run_migrations()
