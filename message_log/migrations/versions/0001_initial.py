"""The ledger: messages, attempts, exchanges, payloads, persons and the text index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "log_0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
WORDS = "key, source_id, target_id, label, cause, detail"


def upgrade() -> None:
    """Create everything."""
    _message()
    _attempt()
    _exchange()
    _payload()
    _person()
    _text()


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("route", sa.BigInteger(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text()),
        sa.Column("target_id", sa.Text()),
        sa.Column("label", sa.Text()),
        sa.Column("label_sealed", sa.LargeBinary()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text()),
        sa.Column("cause", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.Column("fix", sa.Text()),
        sa.Column("duration_ms", sa.Integer()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text()),
        sa.Column("follows", sa.BigInteger()),
        sa.Column("digest", sa.Text()),
        sa.Column("mapping_version", sa.Text()),
        sa.Column("fence", sa.BigInteger()),
        sa.Column("source", sa.BigInteger()),
        sa.Column("canonical", sa.BigInteger()),
        sa.Column("diff", sa.BigInteger()),
        sa.Column("children", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.CheckConstraint("(verdict IS NULL) = (closed_at IS NULL)", name="ck_message_closed"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_opened_at", "message", ["opened_at"])
    op.create_index("ix_message_key", "message", ["key"])
    for columns, needed in (
        (["route", "verdict", "id"], "verdict"),
        (["run", "verdict", "id"], "verdict"),
        (["cause", "route", "id"], "cause"),
        (["source_id"], "source_id"),
        (["target_id"], "target_id"),
        (["label"], "label"),
        (["follows"], "follows"),
    ):
        _partial("ix_message_" + "_".join(columns), columns, sa.column(needed).is_not(None))
    _partial("ix_message_open", ["route", "id"], sa.column("verdict").is_(None))


def _partial(name: str, columns: list[str], rows: sa.ColumnElement[bool]) -> None:
    op.create_index(name, "message", columns, sqlite_where=rows, postgresql_where=rows)


def _attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempt_message", "attempt", ["message"])


def _exchange() -> None:
    op.create_table(
        "exchange",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("writes", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("idempotency_key", sa.Text()),
        sa.Column("request", sa.BigInteger()),
        sa.Column("request_size", sa.BigInteger()),
        sa.Column("request_hash", sa.LargeBinary()),
        sa.Column("response", sa.BigInteger()),
        sa.Column("response_size", sa.BigInteger()),
        sa.Column("response_hash", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_exchange"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "message_exchange",
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("exchange", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("message", "exchange", "row_index", "attempt", name="pk_message_exchange"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_exchange_exchange", "message_exchange", ["exchange"])


def _payload() -> None:
    op.create_table(
        "payload",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("hash", sa.LargeBinary()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("erased_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_payload"),
        sqlite_autoincrement=True,
    )


def _person() -> None:
    op.create_table(
        "message_person",
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message", "hash", name="pk_message_person"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_person_hash", "message_person", ["hash"])


def _text() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE message_text USING"
            f" fts5({WORDS}, content='message', content_rowid='id', columnsize=0)"
        )
        return
    op.execute(
        "CREATE TABLE message_text"
        " (message BIGINT NOT NULL CONSTRAINT pk_message_text PRIMARY KEY, words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_message_text_words ON message_text USING gin (words)")
