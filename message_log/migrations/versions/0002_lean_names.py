"""The indexes of source ids and labels leave out what the key's index holds already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "log_0002"
down_revision = "log_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two indexes anew."""
    for name in ("source_id", "label"):
        op.drop_index(f"ix_message_{name}", "message")
        rows = sa.column(name) != sa.column("key")
        op.create_index(f"ix_message_{name}", "message", [name], sqlite_where=rows, postgresql_where=rows)
