"""A list of pairs is kept apart from what is wrong in it. Lists of before held both: they are uploaded again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_PAIRINGS = sa.table("pairing", sa.column("sealed", sa.LargeBinary))


def upgrade() -> None:
    """Bring the schema from the revision before to this one."""
    op.get_bind().execute(_PAIRINGS.delete().where(_PAIRINGS.c.sealed.is_not(None)))
    op.add_column("pairing", sa.Column("lines", sa.LargeBinary(), nullable=True))
    op.add_column("pairing", sa.Column("faults", sa.LargeBinary(), nullable=True))
    op.drop_column("pairing", "sealed")
