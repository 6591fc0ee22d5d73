"""Entries of a map have a rank: of several that fit, the one of the lowest rank counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema from the revision before to this one."""
    op.add_column("map_entry", sa.Column("rank", sa.Integer(), nullable=False, server_default="0"))
