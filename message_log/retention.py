"""Retention: what is old enough goes, in transactions so small that no run ever waits for one of them.

Every part begins where the oldest row lies and may be ended between two transactions; the next call goes on from there,
as what is gone is not met again. Bodies are shared between messages, and nothing in a body's row says by whom: those
that nobody refers to any more are found by looking through all references, with a bit of memory for each body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Table, exists, func, or_, select

from message_log import search
from message_log.entries import Verdict
from message_log.models import ATTEMPT, EXCHANGE, MESSAGE, MESSAGE_EXCHANGE, MESSAGE_PERSON, PAYLOAD

#: Messages of one transaction; with what belongs to them these are a few hundred rows.
BATCH = 100
#: Exchanges, or bodies, of one transaction: they have nothing below them.
BARE = 300
#: Ids that are looked at in one read.
WINDOW = 5_000
#: A row may be committed after others with higher ids; so far back nobody is believed to be still at it.
LATE = 10_000

_BODIES: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (MESSAGE, ("source", "canonical", "diff")),
    (EXCHANGE, ("request", "response")),
)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long messages of an integration are kept, by how they ended."""

    done: timedelta
    failed: timedelta

    def of(self, verdict: Verdict) -> timedelta:
        """How long one verdict is kept; an unknown outcome is a failure."""
        return self.failed if verdict is Verdict.FAILED else self.done


@dataclass(slots=True)
class Swept:
    """What went, or would go. `whole` is False where the sweep was ended before it was through."""

    messages: Counter[str] = field(default_factory=Counter)
    exchanges: int = 0
    bodies: int = 0
    whole: bool = True


class Retention:
    """Removes old messages, exchanges and bodies. On SQLite the engine must begin its transactions IMMEDIATE.

    `pause` is called between two transactions, so that others get their turn; `stop` says whether to end there.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        pause: Callable[[], None] = lambda: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._engine = engine
        self._reader = engine.execution_options(hub_reading=True)
        self._pause, self._stop = pause, stop

    # -- messages -----------------------------------------------------------------------------------------------

    def messages(
        self,
        keep: Mapping[str, Keep],
        now: datetime,
        spared: Collection[int] = frozenset(),
        *,
        only_count: bool = False,
    ) -> Swept:
        """Remove closed messages of these integrations that are older than they are kept, with all that is theirs.

        `spared` are ids of messages that somebody still points to. `only_count`: nothing is removed.
        """
        swept = Swept()
        for integration, route in self._routes():
            if integration not in keep:
                continue
            for verdict in Verdict:
                cutoff = now - keep[integration].of(verdict)
                for ids in self._old(route, verdict, cutoff, spared):
                    if not only_count:
                        swept.exchanges += self._remove(ids)
                    swept.messages[verdict.value] += len(ids)
                    if not self._goes_on(swept):
                        return swept
        return swept

    def _routes(self) -> Iterator[tuple[str, int]]:
        """Every route that has closed messages, with its integration; read from an index, one step a route."""
        closed = MESSAGE.c.verdict.is_not(None)
        last = None
        while True:
            query = select(MESSAGE.c.integration, MESSAGE.c.route).where(closed).order_by(MESSAGE.c.route).limit(1)
            with self._reader.connect() as connection:
                row = connection.execute(query if last is None else query.where(MESSAGE.c.route > last)).first()
            if row is None:
                return
            yield row.integration, row.route
            last = row.route

    def _old(self, route: int, verdict: Verdict, cutoff: datetime, spared: Collection[int]) -> Iterator[list[int]]:
        """Ids that may go, the oldest first, in batches. Ids grow with time, so the first young one ends the walk."""
        last = 0
        while True:
            query = (
                select(MESSAGE.c.id, MESSAGE.c.opened_at, MESSAGE.c.closed_at)
                .where(MESSAGE.c.route == route, MESSAGE.c.verdict == verdict.value, MESSAGE.c.id > last)
                .order_by(MESSAGE.c.id)
                .limit(BATCH)
            )
            with self._reader.connect() as connection:
                rows = connection.execute(query).all()
            old = [row for row in rows if row.opened_at < cutoff]
            ids = [row.id for row in old if row.id not in spared and row.closed_at < cutoff]
            if ids:
                yield ids
            if len(old) < BATCH:
                return
            last = rows[-1].id

    def _remove(self, ids: Sequence[int]) -> int:
        """Remove messages and what is theirs alone; answers how many exchanges went with them."""
        with self._engine.begin() as connection:
            # The text index needs the words of the messages, so it comes first.
            search.remove(connection, ids)
            mine = MESSAGE_EXCHANGE.c.message.in_(ids)
            served = set(connection.scalars(select(MESSAGE_EXCHANGE.c.exchange).where(mine)))
            connection.execute(MESSAGE_EXCHANGE.delete().where(mine))
            if served:
                # An exchange that served a batch stays until the last of its messages goes.
                others = select(MESSAGE_EXCHANGE.c.exchange).where(MESSAGE_EXCHANGE.c.exchange.in_(served))
                served -= set(connection.scalars(others))
                connection.execute(EXCHANGE.delete().where(EXCHANGE.c.id.in_(served)))
            connection.execute(ATTEMPT.delete().where(ATTEMPT.c.message.in_(ids)))
            connection.execute(MESSAGE_PERSON.delete().where(MESSAGE_PERSON.c.message.in_(ids)))
            connection.execute(MESSAGE.delete().where(MESSAGE.c.id.in_(ids)))
        return len(served)

    # -- exchanges of no message --------------------------------------------------------------------------------

    def exchanges(self, keep: Mapping[str, timedelta], now: datetime, *, only_count: bool = False) -> Swept:
        """Remove old exchanges over these connections that belong to no message: log-ins, reads, failed reads."""
        swept = Swept()
        if not keep:
            return swept
        loose = ~exists().where(MESSAGE_EXCHANGE.c.exchange == EXCHANGE.c.id)
        known = EXCHANGE.c.connection.in_(list(keep))
        query = select(EXCHANGE.c.id, EXCHANGE.c.connection, EXCHANGE.c.started_at).where(loose, known)
        for first, last in self._windows(EXCHANGE, self._first_since(now - min(keep.values()))):
            with self._reader.connect() as connection:
                rows = connection.execute(query.where(EXCHANGE.c.id >= first, EXCHANGE.c.id <= last)).all()
            ids = [row.id for row in rows if row.started_at < now - keep[row.connection]]
            for part in (ids[start : start + BARE] for start in range(0, len(ids), BARE)):
                if not only_count:
                    with self._engine.begin() as connection:
                        connection.execute(EXCHANGE.delete().where(EXCHANGE.c.id.in_(part)))
                swept.exchanges += len(part)
                if not self._goes_on(swept):
                    return swept
        return swept

    def _first_since(self, moment: datetime) -> int:
        """The id from which on exchanges are no older than a moment. Times have no index; ids grow with them."""
        low, high = 0, self._ends(EXCHANGE)[1] + 1
        while low < high:
            middle = (low + high) // 2
            query = select(EXCHANGE.c.started_at).where(EXCHANGE.c.id >= middle).order_by(EXCHANGE.c.id).limit(1)
            with self._reader.connect() as connection:
                started = connection.scalar(query)
            if started is None or started >= moment:
                high = middle
            else:
                low = middle + 1
        return low

    # -- bodies -------------------------------------------------------------------------------------------------

    def bodies(self) -> Swept:
        """Remove the bodies that no message and no exchange refers to any more."""
        swept = Swept()
        # In this order: what is stored from here on is none of ours, and what is referred to from here on is asked for
        # once more before a body goes.
        _, newest = self._ends(PAYLOAD)
        with self._reader.connect() as connection:
            opened = connection.scalars(select(MESSAGE.c.id).where(MESSAGE.c.verdict.is_(None))).all()
        used = bytearray(newest // 8 + 1)
        marked: dict[str, int] = {}
        for table, columns in _BODIES:
            marked[table.name] = self._mark(table, columns, used)
            if self._stop():
                swept.whole = False
                return swept
        for first, last in self._windows(PAYLOAD, newest + 1):
            query = select(PAYLOAD.c.id).where(PAYLOAD.c.id >= first, PAYLOAD.c.id <= last).order_by(PAYLOAD.c.id)
            with self._reader.connect() as connection:
                unused = [one for one in connection.scalars(query) if not used[one >> 3] & 1 << (one & 7)]
            for part in (unused[start : start + BARE] for start in range(0, len(unused), BARE)):
                swept.bodies += self._drop(part, marked, opened)
                if not self._goes_on(swept):
                    return swept
        return swept

    def _mark(self, table: Table, columns: Sequence[str], used: bytearray) -> int:
        """Note which bodies a table refers to; answers the id up to which it was looked through."""
        _, newest = self._ends(table)
        query = select(*(table.c[name] for name in columns))
        for first, last in self._windows(table, newest + 1):
            with self._reader.connect() as connection:
                for row in connection.execute(query.where(table.c.id >= first, table.c.id <= last)):
                    for key in row:
                        # What is stored meanwhile lies behind the end.
                        if key is not None and key >> 3 < len(used):
                            used[key >> 3] |= 1 << (key & 7)
            if self._stop():
                break
        return newest

    def _drop(self, ids: Sequence[int], marked: Mapping[str, int], opened: Sequence[int]) -> int:
        """Remove bodies, except those that somebody has begun to refer to since the references were looked through.

        Whoever refers to a body that is there already locks it until he has committed; such a one is passed over.
        """
        free = select(PAYLOAD.c.id).where(PAYLOAD.c.id.in_(ids)).with_for_update(skip_locked=True)
        with self._engine.begin() as connection:
            mine = set(connection.scalars(free))
            for table, columns in _BODIES:
                mine -= _referred(connection, table, columns, mine, marked[table.name] - LATE, opened)
            return int(connection.execute(PAYLOAD.delete().where(PAYLOAD.c.id.in_(mine))).rowcount)

    # -- walking ------------------------------------------------------------------------------------------------

    def _ends(self, table: Table) -> tuple[int, int]:
        """The lowest and the highest id of a table; (0, 0) where it is empty."""
        with self._reader.connect() as connection:
            lowest = connection.scalar(select(func.min(table.c.id)))
            highest = connection.scalar(select(func.max(table.c.id)))
        return lowest or 0, highest or 0

    def _windows(self, table: Table, end: int) -> Iterator[tuple[int, int]]:
        """First and last ids of the reads that together see all rows of a table before the id `end`."""
        start, _ = self._ends(table)
        for first in range(start, end, WINDOW):
            yield first, min(first + WINDOW, end) - 1

    def _goes_on(self, swept: Swept) -> bool:
        """Let others have their turn, and see whether to go on."""
        self._pause()
        swept.whole = not self._stop()
        return swept.whole


def _referred(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    bodies: Collection[int],
    since: int,
    opened: Sequence[int],
) -> set[int]:
    """Which bodies late rows of a table refer to: new ones, and messages that were open and are closed by now."""
    late = table.c.id > since
    if table is MESSAGE and opened:
        late = or_(late, table.c.id.in_(opened))
    found: set[int] = set()
    for name in columns:
        found.update(connection.scalars(select(table.c[name]).where(late, table.c[name].in_(bodies))))
    return found
