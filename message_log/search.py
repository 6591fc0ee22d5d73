"""Text search over keys, ids, label, cause and error text: FTS5 on SQLite, tsvector with GIN on PostgreSQL.

A message enters the index when it is closed, as only then its ids and texts are complete. Both indexes see words the
same way: letters and digits are a word, everything else parts words, so that `gid://shop/Product/77` is found by 77.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    column,
    event,
    false,
    func,
    literal_column,
    select,
    table,
)

from message_log.bulk import Among
from message_log.models import MESSAGE, LogBase

COLUMNS = ("key", "source_id", "target_id", "label", "cause", "detail")
NAME = "message_text"
_LIST = ", ".join(COLUMNS)
_WORD = re.compile(r"[^\W_]+")
_THESE = Among(MESSAGE.c.id)

SQLITE_DDL = (
    # The words are read from the message itself (external content): the index holds no second copy of the texts.
    f"CREATE VIRTUAL TABLE {NAME} USING fts5({_LIST}, content='message', content_rowid='id', columnsize=0)",
)
POSTGRESQL_DDL = (
    f"CREATE TABLE {NAME} (message BIGINT NOT NULL CONSTRAINT pk_{NAME} PRIMARY KEY, words TSVECTOR NOT NULL)",
    f"CREATE INDEX ix_{NAME}_words ON {NAME} USING gin (words)",
)


@event.listens_for(LogBase.metadata, "after_create")
def _create(_metadata: MetaData, connection: Connection, **_options: object) -> None:
    for statement in SQLITE_DDL if connection.dialect.name == "sqlite" else POSTGRESQL_DDL:
        connection.exec_driver_sql(statement)


def is_search_table(name: str) -> bool:
    """Tell the text index and what FTS5 keeps behind it from the tables of the metadata (for schema comparison)."""
    return name == NAME or name.startswith(f"{NAME}_")


def add(connection: Connection, messages: Sequence[int]) -> None:
    """Put just closed messages into the index; each may be added once."""
    if not messages:
        return
    if connection.dialect.name == "sqlite":
        source = select(MESSAGE.c.id, *(MESSAGE.c[name] for name in COLUMNS))
        target = table(NAME, column("rowid"), *(column(name) for name in COLUMNS))
        names = ["rowid", *COLUMNS]
    else:
        joined = func.concat_ws(" ", *(MESSAGE.c[name] for name in COLUMNS))
        words = func.to_tsvector(
            literal_column("'simple'::regconfig"), func.regexp_replace(joined, "[^[:alnum:]]+", " ", "g")
        )
        source = select(MESSAGE.c.id, words)
        target = table(NAME, column("message"), column("words"))
        names = ["message", "words"]
    dialect = connection.dialect.name
    rows = source.where(_THESE.condition(dialect))
    connection.execute(target.insert().from_select(names, rows), _THESE.parameters(dialect, messages))


def remove(connection: Connection, messages: Sequence[int]) -> None:
    """Take closed messages out of the index, **before** their texts are changed: FTS5 needs the old words."""
    if not messages:
        return
    if connection.dialect.name == "sqlite":
        target = table(NAME, column(NAME), column("rowid"), *(column(name) for name in COLUMNS))
        rows = select(literal_column("'delete'"), MESSAGE.c.id, *(MESSAGE.c[name] for name in COLUMNS))
        rows = rows.where(MESSAGE.c.id.in_(messages))
        connection.execute(target.insert().from_select([NAME, "rowid", *COLUMNS], rows))
    else:
        target = table(NAME, column("message"))
        connection.execute(target.delete().where(target.c.message.in_(messages)))


def source_of(dialect: str) -> tuple[FromClause, ColumnElement[int]]:
    """Return the index as something to select from, and the column that holds the message's id."""
    name: str = "rowid" if dialect == "sqlite" else "message"
    source = table(NAME, column(name), column("words"))
    return source, source.c[name]


def matches(dialect: str, wanted: str) -> ColumnElement[bool]:
    """Return the condition that all words of `wanted` occur; a word with inner signs is a phrase, `abc*` a beginning.

    A text without a single letter or digit matches nothing.
    """
    phrases = [(found, word.endswith("*")) for word in wanted.split() if (found := _WORD.findall(word))]
    if not phrases:
        return false()
    if dialect == "sqlite":
        query = " AND ".join('"' + " ".join(found) + '"' + ("*" if begins else "") for found, begins in phrases)
        return literal_column(NAME).op("MATCH", is_comparison=True)(query)
    query = " & ".join("(" + " <-> ".join(found) + (":*" if begins else "") + ")" for found, begins in phrases)
    return column("words").op("@@", is_comparison=True)(func.to_tsquery(literal_column("'simple'::regconfig"), query))
