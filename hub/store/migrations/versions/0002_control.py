"""Control: fields and owners, selection, proposals, plans, divergences, and what stops a write."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def _add(table: str, column: sa.Column[object]) -> None:
    op.add_column(table, column)


def upgrade() -> None:
    """Bring the schema from the revision before to this one."""
    _add("connection", sa.Column("blackout", sa.JSON(), nullable=False, server_default="[]"))
    _add("connection", sa.Column("stopped_at", _AT, nullable=True))
    _add("connection", sa.Column("stopped_by", sa.String(length=100), nullable=False, server_default=""))
    _add("integration", sa.Column("fields", sa.JSON(), nullable=False, server_default="{}"))
    # What was carried before goes on being carried.
    _add("route", sa.Column("policy", sa.String(length=10), nullable=False, server_default="all"))
    _add("route", sa.Column("freeze", sa.JSON(), nullable=False, server_default="[]"))
    _add("run", sa.Column("warnings", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=15), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decided_at", _AT, nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("plan_route", "plan", ["route_id", "state"])
    op.create_table(
        "plan_step",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=50), nullable=False),
        sa.Column("detail", sa.String(length=255), nullable=False),
        sa.Column("target_id", sa.String(length=255), nullable=False),
        sa.Column("source_digest", sa.String(length=32), nullable=False),
        sa.Column("target_digest", sa.String(length=32), nullable=False),
        sa.Column("diff", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "place"),
    )
    op.create_index("plan_step_key", "plan_step", ["plan_id", "key"])
    _add("job", sa.Column("mode", sa.String(length=10), nullable=False, server_default="write"))
    # Written out: rebuilding the table, Alembic's way on SQLite, would break what refers to it.
    op.execute("ALTER TABLE job ADD COLUMN plan_id INTEGER REFERENCES plan (id)")
    op.create_table(
        "selected",
        sa.Column("integration_id", sa.Integer(), nullable=False),
        sa.Column("object", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["integration_id"], ["integration.id"]),
        sa.PrimaryKeyConstraint("integration_id", "object", "key"),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("source_key", sa.String(length=255), nullable=False),
        sa.Column("source_label", sa.String(length=255), nullable=False),
        sa.Column("target_id", sa.String(length=255), nullable=False),
        sa.Column("target_label", sa.String(length=255), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=50), nullable=False),
        sa.Column("state", sa.String(length=15), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("route_id", "source_key", "target_id"),
    )
    op.create_index("proposal_state", "proposal", ["route_id", "state", "id"])
    op.create_table(
        "divergence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("integration_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("shop_value", sa.LargeBinary(), nullable=False),
        sa.Column("erp_value", sa.LargeBinary(), nullable=False),
        sa.Column("shop_hash", sa.String(length=32), nullable=False),
        sa.Column("erp_hash", sa.String(length=32), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["integration_id"], ["integration.id"]),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link_id", "field"),
    )
    op.create_index("divergence_kind", "divergence", ["integration_id", "kind", "id"])
