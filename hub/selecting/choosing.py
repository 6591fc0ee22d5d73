"""Choosing records of a source, and marking them for synchronisation.

A source may hold a hundred thousand records: they are looked through in small parts, in the order of their keys, and
nothing more than one part is held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from hub.chunks import chunks
from hub.errors import ConfigurationError, PlatformUnavailable, RecordError
from hub.platforms.endpoint import Brief, Criteria
from hub.store.database import Database
from hub.store.links import Links
from hub.store.selection import Selection
from hub.sync.pair import AT_A_TIME, Pair
from hub.sync.schema import canonical
from objects.money import readable

Show = Literal["", "marked", "unmarked", "new"]
#: Objects that can be chosen from, and the direction in which they are unless somebody says otherwise.
DIRECTIONS = {"product": "erp_to_shop", "customer": "shop_to_erp"}
#: Records of the source that are looked through for one page: somebody waits for it.
MOST_LOOKED = 500
#: What stands before the cause where marking would come to nothing.
IMPOSSIBLE = "not possible: "


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records somebody means."""

    criteria: Criteria = field(default_factory=Criteria)
    #: Certain records, by their keys; then nothing else is looked at.
    keys: tuple[str, ...] = ()
    #: Of those only the marked ones, the unmarked ones, or those that are not linked yet.
    show: Show = ""

    @property
    def open(self) -> bool:
        """Whether nothing narrows it: neither criteria nor keys."""
        return not self.keys and self.criteria == Criteria()


@dataclass(frozen=True, slots=True)
class Row:
    """One record to choose from."""

    brief: Brief
    marked: bool
    #: The target's id of the record it is linked to; empty = not linked yet.
    target_id: str = ""
    #: What it costs in the shop; None = it has no price, or the list does not say.
    price: Decimal | None = None
    #: Why it would be left alone or refused all the same, and what to do; empty = nothing that the list shows.
    cause: str = ""
    fix: str = ""

    @property
    def cost(self) -> str:
        """The price as people write it; empty where there is none."""
        return "" if self.price is None else readable(self.price)

    @property
    def units(self) -> str:
        """The units in stock as people write them; empty where nobody counts them."""
        return "" if self.brief.stock is None else f"{self.brief.stock.normalize():f}"

    @property
    def becomes(self) -> str:
        """What marking would do with it."""
        if self.marked:
            return "marked already"
        if self.cause:
            return f"{IMPOSSIBLE}{self.cause}"
        return "updated from now on" if self.target_id else "new on the other side"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What marking records would do."""

    #: How many of each kind, as `Row.becomes` names them.
    counts: dict[str, int]
    #: The first of them.
    rows: list[Row]
    #: False: only the first ones were looked through.
    whole: bool

    @property
    def looked(self) -> int:
        """How many were looked through."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the chosen records."""

    rows: list[Row]
    #: The key behind which it goes on; empty = there is no more.
    further: str = ""
    #: So many records were looked through without filling the page, which is why it ends here; 0 = it does not.
    looked: int = 0


class Chooser:
    """Looks through the source of a route, beside what the hub knows of its records."""

    def __init__(self, pair: Pair, database: Database, *, facts: bool = True) -> None:
        #: Without `facts` only what records are called is read of them.
        self._pair, self._facts = pair, facts
        route = pair.route
        self.selection = Selection(database, route.integration_id)
        self._links = Links(database, route.integration_id, pair.source_side)

    def rows(self, choice: Choice, after: str = "") -> Iterator[Row]:
        """The chosen records in the order of their keys, behind the key `after`."""
        for part in self.parts(choice, after):
            yield from part

    def parts(self, choice: Choice, after: str = "") -> Iterator[list[Row]]:
        """The same in parts. Raises ConfigurationError for keys that the source does not have."""
        for briefs, _ in self._briefs(choice, after):
            yield self._shown(briefs, choice)

    def page(self, choice: Choice, after: str, limit: int) -> Found:
        """Up to `limit` of the chosen records, from no more than MOST_LOOKED of the source."""
        rows: list[Row] = []
        looked = 0
        for briefs, last in self._briefs(choice, after):
            rows += self._shown(briefs, choice)
            looked += AT_A_TIME
            if len(rows) > limit:
                return Found(rows[:limit], rows[limit - 1].brief.key)
            if looked >= MOST_LOOKED:
                return Found(rows, last, looked)
        return Found(rows)

    def _shown(self, briefs: list[Brief], choice: Choice) -> list[Row]:
        keys = [brief.key for brief in briefs]
        marked = self.selection.marked(self._pair.route.object, keys)
        linked = self._links.targets(self._pair.object_type.kind, keys)
        rows = (self._row(brief, brief.key in marked, linked.get(brief.key, "")) for brief in briefs)
        return [row for row in rows if _shown(row, choice.show)]

    def _row(self, brief: Brief, marked: bool, target_id: str) -> Row:
        """A record with what it costs, and what stands in its way: as a run would judge it by the record alone."""
        if brief.native is None:
            return Row(brief, marked, target_id)
        kind, settings = self._pair.object_type, self._pair.settings
        try:
            record = canonical(kind.schema, self._pair.source, brief.native)
        except RecordError as error:
            return Row(brief, marked, target_id, cause=error.cause, fix=error.fix)
        price = kind.values(record).get("price")
        skip = kind.decide(record, settings, linked=bool(target_id), backfill=False)
        cause, fix = (skip.reason, skip.fix) if skip else ("", "")
        return Row(brief, marked, target_id, price, cause, fix)

    def count(self, choice: Choice) -> int | None:
        """How many records the source has that meet the criteria, whatever is marked; None = it cannot say."""
        if choice.keys:
            return len(choice.keys)
        if choice.open and choice.show == "marked":
            return self.selection.count(self._pair.route.object)
        return self._pair.source.count(choice.criteria)

    def _briefs(self, choice: Choice, after: str) -> Iterator[tuple[list[Brief], str]]:
        """Parts of what is looked through, each with the key of its last record."""
        if choice.keys:
            return self._of_keys(sorted(key for key in set(choice.keys) if key > after))
        if choice.show == "marked":
            return self._kept(choice.criteria, after)
        return self._browsed(choice.criteria, after)

    def _browsed(self, criteria: Criteria, after: str) -> Iterator[tuple[list[Brief], str]]:
        while briefs := self._searched(criteria, after):
            after = briefs[-1].key
            yield briefs, after

    def _searched(self, criteria: Criteria, after: str) -> list[Brief]:
        try:
            return self._pair.source.browse(criteria, after, AT_A_TIME, facts=self._facts)
        except NotImplementedError as error:
            raise ConfigurationError(
                f"Records of {self._pair.route.name} cannot be searched for.",
                detail=self._pair.route.name,
                fix="Name the records by their keys: --keys.",
            ) from error

    def _kept(self, criteria: Criteria, after: str) -> Iterator[tuple[list[Brief], str]]:
        """What is marked, as the hub knows it: without criteria also what the source does not have any more."""
        while rows := self.selection.page(self._pair.route.object, after, AT_A_TIME):
            after = rows[-1].key
            known = {row.key: Brief(row.key, row.key, row.label if row.label != row.key else "") for row in rows}
            if criteria == Criteria():
                yield list((known | self._facts_of(known)).values()), after
                continue
            found = {brief.key: brief for brief in self._searched(replace(criteria, keys=tuple(known)), "")}
            yield [found[key] for key in known if key in found], after

    def _facts_of(self, known: Mapping[str, Brief]) -> dict[str, Brief]:
        """The same records as the source has them; what the hub knows has to do where it does not answer."""
        try:
            return self._pair.source.briefs(list(known)) if self._facts else {}
        except PlatformUnavailable:
            return {}

    def _of_keys(self, keys: list[str]) -> Iterator[tuple[list[Brief], str]]:
        object_name = self._pair.route.object
        for part in chunks(keys, AT_A_TIME):
            found = self._pair.source.briefs(part)
            missing = sorted(set(part) - found.keys() - self.selection.marked(object_name, part))
            if missing:
                raise ConfigurationError(
                    f"The source has no record {', '.join(missing)}.",
                    detail=missing[0],
                    fix="Correct the keys: an item's code, or the shop's id of a customer.",
                )
            yield [found.get(key) or Brief(key, key) for key in part], part[-1]


def _shown(row: Row, show: Show) -> bool:
    if show == "new":
        return not row.target_id
    return show == "" or row.marked is (show == "marked")


def preview(rows: Iterable[Row], limit: int, *, whole: bool = True) -> Forecast:
    """What marking these would do, with the first `limit` of them; not `whole`: there are more than these."""
    counts: Counter[str] = Counter()
    first: list[Row] = []
    for row in rows:
        counts[row.becomes] += 1
        if len(first) < limit:
            first.append(row)
    return Forecast(dict(counts), first, whole)


def span(option: str, text: str) -> tuple[str, str]:
    """Both ends of a range from what was typed: `A..B`, or `A-B` where no end has a dash; an end may be left open."""
    text = text.strip()
    first, dots, last = text.partition("..")
    if not dots:
        first, dash, last = text.partition("-")
        if not dash:
            last = first
        elif "-" in last:
            raise ConfigurationError(
                f"{option} {text} can be read in several ways.",
                detail=option,
                fix=f"Write two dots between the ends: {option} A-1..A-9.",
            )
    first, last = first.strip(), last.strip()
    if not first and not last:
        raise ConfigurationError(
            f"{option} {text} is no range.", detail=option, fix=f"Write it like {option} A..B, A.. or ..B."
        )
    return first, last
