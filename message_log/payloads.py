"""Bodies, once each: exact de-duplication inside a batch and, through a small memory, between batches."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Table, func, select

from message_log.bulk import Bulk
from message_log.models import PAYLOAD
from message_log.sealing import Vault

REMEMBERED = 8192

_INSERT = Bulk(PAYLOAD.insert(), ["id", "hash", "size", "body"])


def allocate(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Take `count` fresh ids of a table, ascending, so that rows can be written by executemany with known ids.

    On SQLite the transaction must hold the write lock already (BEGIN IMMEDIATE); the ids are taken by inserting them.
    """
    if count == 0:
        return ()
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,))
        last = found.scalar() or 0
        return range(last + 1, last + count + 1)
    sequence = func.nextval(f"{table.name}_id_seq")
    return connection.scalars(select(sequence).select_from(func.generate_series(1, count))).all()


class Memory:
    """Which content lies under which key: the bodies last used, safe to share between threads."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._keys: OrderedDict[bytes, int] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, content_hash: bytes) -> int | None:
        """Return the key under which a content was stored, if it is remembered."""
        # Nearly every body is new, and to see that takes no lock.
        if content_hash not in self._keys:
            return None
        with self._lock:
            key = self._keys.get(content_hash)
            if key is not None:
                self._keys.move_to_end(content_hash)
            return key

    def learn(self, keys: dict[bytes, int]) -> None:
        """Remember stored contents; call it after the commit, as a key that was rolled back leads nowhere."""
        with self._lock:
            # What was known already has come to the end when it was asked for.
            self._keys.update(keys)
            while len(self._keys) > self._size:
                self._keys.popitem(last=False)


class Sheaf:
    """The bodies of one batch: sealed outside the transaction, which is then as short as the rows alone make it."""

    def __init__(self, vault: Vault, memory: Memory) -> None:
        self._vault = vault
        self._memory = memory
        self._remembered: dict[bytes, tuple[int, bytes]] = {}
        self._sealed: dict[bytes, tuple[int, bytes]] = {}
        self._keys: dict[bytes, int] = {}

    def add(self, content: bytes) -> bytes:
        """Take a body in; the answer is its hash, by which `key` knows it once the sheaf is stored."""
        content_hash = self._vault.hash(content)
        if content_hash not in self._sealed and content_hash not in self._remembered:
            known = self._memory.get(content_hash)
            if known is None:
                self._sealed[content_hash] = (len(content), self._vault.seal(content))
            else:
                self._remembered[content_hash] = (known, content)
        return content_hash

    def store(self, connection: Connection) -> None:
        """Write what is new, inside the batch's transaction."""
        self._keys = {hash_: key for hash_, (key, _) in self._remembered.items()}
        for hash_ in self._forgotten(connection):
            content = self._remembered[hash_][1]
            self._sealed[hash_] = (len(content), self._vault.seal(content))
        if not self._sealed:
            return
        keys = allocate(connection, PAYLOAD, len(self._sealed))
        rows = [
            {"id": key, "hash": hash_, "size": size, "body": body}
            for key, (hash_, (size, body)) in zip(keys, self._sealed.items(), strict=True)
        ]
        _INSERT.write(connection, rows)
        self._keys.update(zip(self._sealed, keys, strict=True))

    def _forgotten(self, connection: Connection) -> Iterable[bytes]:
        """Find the remembered bodies that were erased or removed since, perhaps by another process."""
        if not self._remembered:
            return ()
        wanted = [key for key, _ in self._remembered.values()]
        query = select(PAYLOAD.c.id).where(PAYLOAD.c.id.in_(wanted), PAYLOAD.c.body.is_not(None))
        alive = set(connection.scalars(query.with_for_update(read=True)))
        return [hash_ for hash_, (key, _) in self._remembered.items() if key not in alive]

    def key(self, content_hash: bytes | None) -> int | None:
        """Return the key under which a body lies; None for none."""
        return None if content_hash is None else self._keys[content_hash]

    def committed(self) -> None:
        """Tell the memory, once the transaction is committed."""
        self._memory.learn(self._keys)
