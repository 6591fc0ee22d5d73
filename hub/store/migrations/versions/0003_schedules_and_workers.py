"""Schedules, workers, what all of them share, alerts and housekeeping."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def _add(table: str, column: sa.Column[object]) -> None:
    op.add_column(table, column)


def upgrade() -> None:
    """Bring the schema from the revision before to this one."""
    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("integrations", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "chore",
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("next_at", _AT, nullable=True),
        sa.Column("last_at", _AT, nullable=True),
        sa.Column("last_seconds", sa.Float(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("chore_due", "chore", ["next_at"])
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("holder", sa.String(length=150), nullable=False),
        sa.Column("until", _AT, nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("engine", sa.String(length=10), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("started_at", _AT, nullable=False),
        sa.Column("seen_at", _AT, nullable=False),
        sa.Column("stopping", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "budget",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("maximum", sa.Float(), nullable=False),
        sa.Column("available", sa.Float(), nullable=False),
        sa.Column("restore_rate", sa.Float(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"]),
        sa.PrimaryKeyConstraint("connection_id"),
    )
    op.create_table(
        "session",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("opened_at", _AT, nullable=False),
        sa.Column("used_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"]),
        sa.PrimaryKeyConstraint("connection_id"),
    )
    op.create_table(
        "slot",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=150), nullable=False),
        sa.Column("until", _AT, nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"]),
        sa.PrimaryKeyConstraint("connection_id", "number"),
    )
    op.create_table(
        "slot_wish",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=150), nullable=False),
        sa.Column("until", _AT, nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"]),
        sa.PrimaryKeyConstraint("connection_id", "holder"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("integration_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("raised_at", _AT, nullable=False),
        sa.Column("last_at", _AT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("cleared_at", _AT, nullable=True),
        sa.Column("sent_at", _AT, nullable=True),
        sa.Column("clear_sent_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["integration_id"], ["integration.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "alert_raised",
        "alert",
        ["kind", "subject"],
        unique=True,
        sqlite_where=sa.text("cleared_at is null"),
        postgresql_where=sa.text("cleared_at is null"),
    )
    op.create_index("alert_unsent", "alert", ["sent_at"])
    op.create_table(
        "schedule",
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("window_from", sa.String(length=5), nullable=False),
        sa.Column("window_to", sa.String(length=5), nullable=False),
        sa.Column("zone", sa.String(length=50), nullable=False),
        sa.Column("next_run_at", _AT, nullable=True),
        sa.Column("last_planned_at", _AT, nullable=True),
        sa.Column("saved_at", _AT, nullable=False),
        sa.Column("saved_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"]),
        sa.PrimaryKeyConstraint("route_id"),
    )
    op.create_index("schedule_due", "schedule", ["next_run_at"])
    _add("connection", sa.Column("down_since", _AT, nullable=True))
    _add("connection", sa.Column("down_why", sa.Text(), nullable=False, server_default=""))
    _add("connection", sa.Column("next_probe", _AT, nullable=True))
    _add("connection", sa.Column("probes", sa.Integer(), nullable=False, server_default="0"))
    _add("connection", sa.Column("refused_at", _AT, nullable=True))
    _add("connection", sa.Column("refused_why", sa.Text(), nullable=False, server_default=""))
    _add("integration", sa.Column("served_at", _AT, nullable=True))
    _add("job", sa.Column("not_before", _AT, nullable=True))
    _add("job", sa.Column("tick", _AT, nullable=True))
    _add("job", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    _add("job", sa.Column("takeovers", sa.Integer(), nullable=False, server_default="0"))
    op.execute("ALTER TABLE job ADD COLUMN parent_id INTEGER REFERENCES job (id)")
    _add("route", sa.Column("paused_at", _AT, nullable=True))
    _add("route", sa.Column("paused_by", sa.String(length=100), nullable=False, server_default=""))
    _add("route", sa.Column("silence_minutes", sa.Integer(), nullable=True))
    op.create_index("run_job", "run", ["job_id"])
    op.create_index("job_absorbed", "job", ["absorbed_into"])
    op.create_index("job_parent", "job", ["parent_id"])
    # The parts of a split job run side by side.
    op.drop_index("job_running", "job")
    running = sa.text("state = 'running' and parent_id is null")
    op.create_index("job_running", "job", ["route_id"], unique=True, sqlite_where=running, postgresql_where=running)
