"""What lists and searches look at: sorted rows and search entries of one kind, behind the truth by the index lag."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from hub.sandbox.shopify.search_fields import Fields, SortKeys
from hub.sandbox.shopify.search_match import SearchField, values_of

#: With more changes than this a list is sorted afresh instead of being mended.
MENDABLE = 400

Row = tuple[Any, int]


class Index:
    """The lists of one kind of record.

    Without lag entries are the records themselves. With lag they are copies of the searchable values, taken when a
    change becomes visible, so a record is found by its old values until then.
    """

    def __init__(
        self,
        table: Mapping[int, Any],
        fields: Fields,
        sorts: SortKeys,
        now: Callable[[], datetime],
        lag: timedelta = timedelta(0),
        looked_up: frozenset[str] = frozenset(),
    ) -> None:
        self._table = table
        self._live_fields = fields
        self._sorts: SortKeys = {"ID": lambda record: record.id, **sorts}
        self._now = now
        self.lag = lag
        #: Changes that are to be taken in: at once, and when their time has come.
        self._due: set[int] = set()
        self._waiting: deque[tuple[datetime, int]] = deque()
        self._rows: dict[str, list[Row]] = {}
        self._keys: dict[str, dict[int, Any]] = {}
        self._copies: dict[int, dict[str, Any]] | None = None
        #: Fields whose values lead to their records at once; for each, when first asked: value -> numbers, and back.
        self.looked_up = looked_up
        self._having: dict[str, dict[str, set[int]]] = {}
        self._had: dict[str, dict[int, tuple[str, ...]]] = {}
        if lag:
            self._copies = {number: self._copy(record) for number, record in table.items()}
            self.fields: Fields = {name: SearchField(one.kind, itemgetter(name)) for name, one in fields.items()}
            for name in self._sorts:
                self.rows(name)
        else:
            self.fields = fields

    def note(self, number: int) -> None:
        """A record came, changed or went."""
        if self.lag:
            self._waiting.append((self._now() + self.lag, number))
        else:
            self._due.add(number)

    def rows(self, sort: str) -> list[Row]:
        """(sort value, id) of all visible records, ascending; an unknown sort is by id."""
        self.settle()
        name = sort if sort in self._sorts else "ID"
        found = self._rows.get(name)
        if found is None:
            key = self._sorts[name]
            keys = self._keys[name] = {number: key(self._table[number]) for number in self._visible()}
            found = self._rows[name] = sorted((value, number) for number, value in keys.items())
        return found

    def having(self, field: str, value: str) -> set[int]:
        """Numbers of the visible records with a value (folded) in one of the `looked_up` fields."""
        self.settle()
        if field not in self._having:
            self._having[field], self._had[field] = {}, {}
            for number in self._visible():
                self._look_up(field, number)
        return self._having[field].get(value, set())

    def _look_up(self, field: str, number: int) -> None:
        """Let a record's value lead to it, and its former one no longer."""
        having, had = self._having[field], self._had[field]
        for value in had.pop(number, ()):
            having[value].discard(number)
        if number in (self._table if self._copies is None else self._copies):
            values = tuple(value.casefold() for value in values_of(self.fields[field].get(self.entry(number))))
            had[number] = values
            for value in values:
                having.setdefault(value, set()).add(number)

    def key(self, sort: str, number: int) -> Row:
        """The row of one visible record, without sorting all."""
        name = sort if sort in self._sorts else "ID"
        if self._copies is None:
            return self._sorts[name](self._table[number]), number
        self.rows(name)
        return self._keys[name][number], number

    def _visible(self) -> list[int]:
        known = self._table if self._copies is None else self._copies
        return [number for number in known if number in self._table]

    def value_like(self, sort: str, text: str) -> Any:
        """A cursor's sort value, as the rows have it; None where it cannot be read."""
        rows = self.rows(sort)
        example = rows[0][0] if rows else 0
        try:
            if isinstance(example, datetime):
                return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=example.tzinfo)
            return type(example)(text)
        except (ValueError, ArithmeticError):
            return None

    def known(self, number: int) -> bool:
        """Whether the record is still there: one that was deleted stays in the rows until the lag has passed."""
        return number in self._table

    def entry(self, number: int) -> Any:
        """What search tests look at."""
        return self._table[number] if self._copies is None else self._copies[number]

    def settle(self) -> None:
        """Take in the changes whose time has come."""
        if self._waiting:
            now = self._now()
            while self._waiting and self._waiting[0][0] <= now:
                self._due.add(self._waiting.popleft()[1])
        if not self._due:
            return
        due, self._due = self._due, set()
        if self._copies is not None:
            self._refresh_copies(due)
        for field in self._having:
            for number in due:
                self._look_up(field, number)
        if len(due) > MENDABLE:
            self._rows.clear()
            self._keys.clear()
            return
        for name, rows in self._rows.items():
            for number in due:
                self._mend(name, rows, number)

    def _refresh_copies(self, due: set[int]) -> None:
        copies = self._copies if self._copies is not None else {}
        for number in due:
            record = self._table.get(number)
            if record is None:
                copies.pop(number, None)
            else:
                copies[number] = self._copy(record)

    def _copy(self, record: Any) -> dict[str, Any]:
        return {name: one.get(record) for name, one in self._live_fields.items()}

    def _mend(self, name: str, rows: list[Row], number: int) -> None:
        keys, record = self._keys[name], self._table.get(number)
        if number in keys:
            old = (keys.pop(number), number)
            del rows[bisect_left(rows, old)]
        if record is not None:
            keys[number] = self._sorts[name](record)
            insort(rows, (keys[number], number))
