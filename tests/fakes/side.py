"""One system kept in dictionaries: its records, its clock of changes, its calls and the troubles it can be given."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from datetime import timedelta
from itertools import islice
from typing import Any, Self

import orjson

from hub.errors import HubError, OutcomeUnknown, PlatformUnavailable
from hub.platforms.endpoint import Brief, Criteria, Endpoint, Mark, Native, Outcome, Page, Probe, Ranges, Source, Step
from hub.platforms.exchanges import Exchange, collected
from hub.platforms.platform import Wiring
from hub.platforms.trouble import troubles_of
from hub.sync.digest import plain

PAGE = 100


@dataclass
class System:
    """What a shop or an ERP knows. Every change of a record gives it the next stamp; stamps are the system's clock."""

    tables: dict[str, dict[str, Native]] = field(default_factory=dict)
    #: Calls by name; names of writes begin with their verb ("create order").
    calls: Counter[str] = field(default_factory=Counter)
    #: Called just before a write asks whether it may be sent: whoever is slow loses time here.
    pause: Callable[[], None] | None = None
    #: Called when records have been looked for, before the answer is heard: others may come in between.
    looked: Callable[[], object] | None = None
    #: Answers every call with this trouble.
    down: HubError | None = None
    #: Of each connection that was opened, whether it was hurried.
    opened: list[bool] = field(default_factory=list)
    #: Refuses to write the record with this key (as the source calls it), until it is taken out again.
    refuses: dict[str, HubError] = field(default_factory=dict)
    #: So many creates of a record are carried out and not answered.
    loses_answer: Counter[str] = field(default_factory=Counter)
    _stamp: int = 0
    _numbers: Counter[str] = field(default_factory=Counter)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def copy(self) -> Self:
        """Another system in the same state."""
        state = {part.name: deepcopy(getattr(self, part.name)) for part in fields(self) if part.name != "_lock"}
        return type(self)(**state)

    def table(self, name: str) -> dict[str, Native]:
        """All records of a kind, by their id."""
        return self.tables.setdefault(name, {})

    def put(self, table: str, identity: str, native: Native) -> Native:
        """Store a record as it is now, under the next stamp."""
        with self._lock:
            self._stamp += 1
            stored = {**deepcopy(native), "id": identity, "stamp": self._stamp}
            self.table(table)[identity] = stored
            return deepcopy(stored)

    def edit(self, table: str, identity: str, **changes: Any) -> Native:
        """Change fields as somebody at the system's own screen would."""
        with self._lock:
            return self.put(table, identity, {**self.table(table)[identity], **changes})

    def newest(self, table: str) -> int:
        """The latest stamp in a table."""
        return max((int(row["stamp"]) for row in list(self.table(table).values())), default=0)

    def next_id(self, table: str) -> int:
        """A number that no record of the table has had yet."""
        with self._lock:
            self._numbers[table] += 1
            return self._numbers[table]

    def writes(self) -> int:
        """How many calls wanted to change something."""
        return sum(count for name, count in self.calls.items() if name.startswith(("create", "update", "cancel")))


class FakeEndpoint(Endpoint):
    """Reads one table by stamp, and writes it; a subclass says what a record means."""

    table: str
    page_size = PAGE
    #: Whether a first load may read it in ranges.
    divisible = False
    read_timeout = timedelta(seconds=1)
    volatile = frozenset({"stamp"})

    def __init__(self, system: System, connection: str, wiring: Wiring, settings: Mapping[str, Any]) -> None:
        self.system, self._connection, self._wiring, self.settings = system, connection, wiring, settings

    # -- calls ------------------------------------------------------------------------------------------------------

    def called(self, operation: str, sent: object, answer: Callable[[], Any], *, writes: bool = False) -> Any:
        """One call: counted, refused while the system is down, and told to whoever collects exchanges."""
        if writes:
            if self.system.pause is not None:
                self.system.pause()
            self._wiring.may_write(self.read_timeout.total_seconds())
        self.system.calls[operation] += 1
        if self.system.down is not None:
            self._tell(operation, sent, None, writes=writes, error=str(self.system.down))
            with troubles_of(self._connection):
                raise self.system.down
        self._wiring.heard()
        # What comes over the wire is a copy: nobody changes a record by holding on to an answer.
        got = deepcopy(answer())
        self._tell(operation, sent, got, writes=writes)
        return got

    def _tell(self, operation: str, sent: object, got: object, *, writes: bool, error: str = "") -> None:
        exchange = Exchange(
            connection=self._connection,
            operation=operation,
            method="POST" if writes else "GET",
            path=f"/{self.table}",
            query="",
            started_at=self._wiring.clock(),
            duration_ms=1,
            status=None if error else 200,
            request=orjson.dumps(sent, plain),
            response=None if error else orjson.dumps(got, plain),
            error=error or None,
            writes=writes,
        )
        if not collected(exchange):
            self._wiring.sink(exchange)

    # -- reading ----------------------------------------------------------------------------------------------------

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """Records stamped after the mark, oldest first."""
        since = mark["stamp"] if mark else 0
        rows = self.called(f"list {self.table}", {"since": since}, lambda: self.since(since))
        for start in range(0, len(rows), self.page_size):
            page = rows[start : start + self.page_size]
            yield Page([(self.key(row), row) for row in page], {"stamp": page[-1]["stamp"]})

    def ranges(self, count: int, smallest: int) -> Ranges:
        """Ranges of ids, where the kind of record is offered in ranges."""
        if not self.divisible:
            return Ranges()
        stamp = self.called(f"newest {self.table}", {}, lambda: self.system.newest(self.table))
        ids = self.called(f"ids {self.table}", {}, lambda: sorted(self.system.table(self.table)))
        parts = min(count, len(ids) // smallest)
        ends = [ids[number * len(ids) // parts - 1] for number in range(1, parts)]
        limits = [{"after": after, "to": to} for after, to in zip([None, *ends], [*ends, None], strict=True)]
        marks = {source.name: {"stamp": stamp} for source in self.sources if source.kind == "time"}
        return Ranges(limits if ends else (), marks)

    def within(self, limits: Mapping[str, Any]) -> Iterator[Page]:
        """Records whose ids lie in a range, by their ids."""
        after, to = limits["after"], limits["to"]

        def answer() -> list[str]:
            ids = sorted(self.system.table(self.table))
            return [one for one in ids if (after is None or one > after) and (to is None or one <= to)]

        ids = self.called(f"range {self.table}", dict(limits), answer)
        for start in range(0, len(ids), self.page_size):
            yield Page(list(self.read(ids[start : start + self.page_size]).items()))

    def since(self, stamp: int) -> list[Native]:
        """Copies of what is stamped later."""
        rows = sorted(self.system.table(self.table).values(), key=lambda row: int(row["stamp"]))
        return [deepcopy(row) for row in rows if row["stamp"] > stamp]

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Records by id."""
        table = self.system.table(self.table)
        return dict(
            self.called(f"read {self.table}", list(keys), lambda: {key: table[key] for key in keys if key in table})
        )

    def identities(self) -> Iterator[list[str]]:
        """Ids of what is there, in pages."""
        found = self.called(f"list keys of {self.listing}", {}, lambda: sorted(self.system.table(self.listing)))
        for start in range(0, len(found), self.page_size):
            yield found[start : start + self.page_size]

    def key(self, native: Native) -> str:
        """The id."""
        return str(native["id"])

    def found(self, probes: Sequence[Probe], *names: str) -> dict[str, list[Native]]:
        """Rows of which one of these fields, letter case apart, is what a probe names."""
        index: dict[tuple[str, str], list[Native]] = {}
        for row in list(self.system.table(self.table).values()):
            for name in names:
                index.setdefault((name, str(row[name]).casefold()), []).append(row)

        def answer() -> dict[str, list[Native]]:
            rows = {
                probe.key: {
                    row["id"]: row
                    for name in names
                    if probe.values.get(name)
                    for row in index.get((name, probe.values[name].casefold()), ())
                }
                for probe in probes
            }
            return {key: list(those.values()) for key, those in rows.items() if those}

        found = dict(self.called(f"find {self.table}", [dict(probe.values) for probe in probes], answer))
        if self.system.looked is not None:
            self.system.looked()
        return found

    def browsed(self, criteria: Criteria, after: str, limit: int, brief: Callable[[Native], Brief]) -> list[Brief]:
        """What meets the criteria, in the order of the ids."""

        def answer() -> list[Brief]:
            rows = self.system.table(self.table)
            wanted = set(criteria.keys) or rows.keys()
            found = (brief(rows[identity]) for identity in sorted(rows) if identity > after and identity in wanted)
            return list(islice((one for one in found if _meets(one, criteria)), limit))

        return list(self.called(f"browse {self.table}", {"after": after, "limit": limit}, answer))

    def counted(self, criteria: Criteria, brief: Callable[[Native], Brief]) -> int:
        """How many meet the criteria."""
        rows = self.system.table(self.table).values()
        return int(self.called(f"count {self.table}", {}, lambda: sum(_meets(brief(row), criteria) for row in rows)))

    # -- writing ----------------------------------------------------------------------------------------------------

    def written(self, step: Step, sent: Native, do: Callable[[], Native]) -> Outcome:
        """Carry a write out under the troubles the system was given."""
        refusal = self.system.refuses.get(step.key)
        if refusal is not None:
            self.called(f"{step.verb} {self.table}", sent, lambda: {"refused": str(refusal)}, writes=True)
            raise refusal
        native = self.called(f"{step.verb} {self.table}", sent, do, writes=True)
        if self.system.loses_answer[step.key] > 0:
            self.system.loses_answer[step.key] -= 1
            raise OutcomeUnknown
        return Outcome(step.key, self.key(native), native, sent)


def _meets(brief: Brief, criteria: Criteria) -> bool:
    return (
        _within(brief.label, criteria.codes)
        and _within(brief.group, criteria.groups)
        and criteria.text.casefold() in f"{brief.label} {brief.name}".casefold()
    )


def _within(value: str, ends: tuple[str, str]) -> bool:
    first, last = ends
    return (not first or value >= first) and (not last or value <= last)


def unavailable() -> PlatformUnavailable:
    """The trouble of a system that is down."""
    return PlatformUnavailable("The system does not answer.")
