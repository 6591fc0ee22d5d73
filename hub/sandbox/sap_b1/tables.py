"""Records by key, in the key's order, with look-up tables for equality that build themselves when first asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any

from hub.sandbox.sap_b1.schema import Record, Type

Key = Any


class Table:
    """One entity set. Records are replaced as a whole, never changed in place, except for figures no one looks up."""

    def __init__(self, name: str, record_type: Type) -> None:
        self.name = name
        self.type = record_type
        self._records: dict[Key, Record] = {}
        self._order: list[Key] = []
        self._indexes: dict[str, dict[Any, set[Key]]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: Key) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[Record]:
        return (self._records[key] for key in self._order)

    def records(self) -> list[Record]:
        """All records, in the key's order."""
        return list(self)

    def get(self, key: Key) -> Record | None:
        """The record with that key."""
        return self._records.get(key)

    def __getitem__(self, key: Key) -> Record:
        return self._records[key]

    def key_of(self, record: Record) -> Key:
        """A record's key: one value, or a tuple where the type's key has several parts."""
        if len(self.type.key) == 1:
            return record[self.type.key[0]]
        return tuple(record[name] for name in self.type.key)

    @property
    def last_key(self) -> Key | None:
        """The greatest key; None while there is none."""
        return self._order[-1] if self._order else None

    def put(self, record: Record) -> None:
        """Add the record, or put it in the place of the one with its key."""
        key = self.key_of(record)
        old = self._records.get(key)
        if old is None:
            if self._order and key < self._order[-1]:
                insort(self._order, key)
            else:
                self._order.append(key)
        self._records[key] = record
        for name, index in self._indexes.items():
            was = old.get(name) if old is not None else None
            if old is not None and was == record.get(name):
                continue
            if old is not None:
                index[was].discard(key)
            index.setdefault(record.get(name), set()).add(key)

    def remove(self, key: Key) -> None:
        """Take the record out; raises KeyError where there is none."""
        record = self._records.pop(key)
        del self._order[bisect_left(self._order, key)]
        for name, index in self._indexes.items():
            index[record.get(name)].discard(key)

    def keys_where(self, name: str, value: Any) -> set[Key]:
        """Keys of the records whose property has that value. The first question about it reads the whole table."""
        if name not in self._indexes:
            index: dict[Any, set[Key]] = {}
            for key, record in self._records.items():
                index.setdefault(record.get(name), set()).add(key)
            self._indexes[name] = index
        return self._indexes[name].get(value, set())

    def keys(self, start_at: Key = None, to: Key = None, *, backwards: bool = False) -> Iterator[Key]:
        """Keys in order, from `start_at` on and up to `to`, both included; None = no bound."""
        start = 0 if start_at is None else bisect_left(self._order, start_at)
        stop = len(self._order) if to is None else bisect_right(self._order, to)
        positions = range(stop - 1, start - 1, -1) if backwards else range(start, stop)
        return (self._order[position] for position in positions)
