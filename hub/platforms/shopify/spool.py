"""Putting the lines of a bulk file together again.

A grouped file gives each record followed by its children, so one record is held at a time. In an ungrouped file a
child may stand anywhere, even before its parent: it is spooled to a temporary SQLite file and read back by parent.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from hub.errors import PlatformUnavailable
from hub.platforms.shopify.native import type_of

Node = dict[str, Any]
#: For each type, the connections its rows have, with the type that is found in each: `Order: {lineItems: LineItem}`.
Shape = Mapping[str, Mapping[str, str]]

_BATCH = 2000


def grouped(lines: Iterable[bytes], shape: Shape) -> Iterator[Node]:
    """Yield whole records of a grouped file, in its order."""
    family: dict[str, Node] = {}
    root: Node | None = None
    for line in lines:
        node: Node = orjson.loads(line)
        parent = node.pop("__parentId", None)
        _prepare(node, shape)
        if parent is None:
            if root is not None:
                yield root
            root, family = node, {node["id"]: node}
        elif parent in family:
            _attach(node, family[parent], shape)
            family[node["id"]] = node
        else:
            raise PlatformUnavailable(
                f"The bulk file is not grouped: {node['id']} does not follow its parent {parent}; "
                "set bulk_grouped to false."
            )
    if root is not None:
        yield root


def ungrouped(lines: Iterable[bytes], shape: Shape, folder: str | None = None) -> Iterator[Node]:
    """Yield whole records of a file in any order, by way of a temporary SQLite file in `folder`."""
    with tempfile.TemporaryDirectory(prefix="hub-bulk-", dir=folder) as name:
        database = sqlite3.connect(Path(name) / "spool.db", isolation_level=None)
        try:
            _spool(database, lines)
            roots = database.execute("SELECT id, line FROM rows WHERE parent = '' ORDER BY place")
            for identity, line in roots:
                yield _family(database, identity, orjson.loads(line), shape)
        finally:
            database.close()


def in_order(node: Node, shape: Shape) -> Node:
    """Put a record's children into the order of their ids, as an ungrouped file keeps none.

    A record then looks the same, and has the same digest, whatever way it was read.
    """
    for connection in shape.get(type_of(node["id"]), {}):
        node[connection].sort(key=lambda child: (len(child["id"]), child["id"]))
        for child in node[connection]:
            in_order(child, shape)
    return node


def _spool(database: sqlite3.Connection, lines: Iterable[bytes]) -> None:
    # The file is thrown away whole: no journal, no waiting for the disk, a small cache.
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;")
    database.execute("CREATE TABLE rows (place INTEGER PRIMARY KEY, parent TEXT, id TEXT, line BLOB)")
    batch: list[tuple[str, str, bytes]] = []
    database.execute("BEGIN")
    for line in lines:
        node = orjson.loads(line)
        batch.append((node.get("__parentId", ""), node["id"], line))
        if len(batch) == _BATCH:
            database.executemany("INSERT INTO rows (parent, id, line) VALUES (?, ?, ?)", batch)
            batch.clear()
    database.executemany("INSERT INTO rows (parent, id, line) VALUES (?, ?, ?)", batch)
    database.execute("CREATE INDEX by_parent ON rows (parent, place)")
    database.execute("COMMIT")


def _family(database: sqlite3.Connection, identity: str, node: Node, shape: Shape) -> Node:
    _prepare(node, shape)
    children = database.execute("SELECT id, line FROM rows WHERE parent = ? ORDER BY place", (identity,)).fetchall()
    for child_id, line in children:
        child: Node = orjson.loads(line)
        del child["__parentId"]
        _attach(_family(database, child_id, child, shape), node, shape)
    return node


def _prepare(node: Node, shape: Shape) -> None:
    for connection in shape.get(type_of(node["id"]), {}):
        node[connection] = []


def _attach(child: Node, parent: Node, shape: Shape) -> None:
    type_ = type_of(child["id"])
    for connection, wanted in shape.get(type_of(parent["id"]), {}).items():
        if wanted == type_:
            parent[connection].append(child)
            return
    raise PlatformUnavailable(f"The bulk file holds a {type_} below {parent['id']}, which nobody asked for.")
