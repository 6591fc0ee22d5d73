"""Indexes by which lists of many failures, runs and jobs are quick."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema from the revision before to this one."""
    op.drop_index("failure_group", "failure")
    op.create_index("failure_group", "failure", ["route_id", "state", "cause", "detail", "last_at", "key"])
    op.create_index("failure_newest", "failure", ["last_at", "route_id", "key", "state"])
    op.create_index("failure_key", "failure", ["key"])
    op.create_index("failure_label", "failure", ["label"])
