"""Value maps: what a value of the shop is called in the ERP, per integration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, Table, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase

#: The maps there are, and what an entry means.
MAPS = {
    "location": "location of the shop = warehouse of the ERP (one to one)",
    "payment": "gateway of the shop = card:N, cash:ACCOUNT or transfer:ACCOUNT in the ERP",
    "tax": "[COUNTRY ]RATE[ included] of the shop (0.19; DE 0.19 included) = tax code of the ERP",
    "item_group": "product type of the shop = number of an item group of the ERP",
    "customer_group": "customer tag of the shop = number of a customer group of the ERP",
}
#: Maps to groups: several values may stand for one group, and of several that fit the one of the lowest rank counts.
GROUPS = frozenset({"item_group", "customer_group"})


class MapEntryRow(StoreBase):
    """One entry of one map."""

    __tablename__ = "map_entry"
    __table_args__ = (UniqueConstraint("integration_id", "map", "shop_value", "valid_from"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    map: Mapped[str] = mapped_column(String(30))
    shop_value: Mapped[str] = mapped_column(String(255))
    erp_value: Mapped[str] = mapped_column(String(255))
    #: The entry counts from this day on; the first day of all time where nothing was said.
    valid_from: Mapped[date] = mapped_column(Date)
    is_default: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Of several entries that fit, the one of the lowest rank counts.
    rank: Mapped[int] = mapped_column(Integer, default=0)


ENTRIES = cast(Table, MapEntryRow.__table__)
ALWAYS = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry."""

    map: str
    shop_value: str
    erp_value: str
    valid_from: date = ALWAYS
    is_default: bool = False
    rank: int = 0


def refuse_faults(entries: Sequence[Entry]) -> None:
    """Raise ConfigurationError where the location map is not one to one, or names two defaults.

    The same where a map of groups names a value twice, in whatever letter case.
    """
    _refuse_twins(entries)
    pairs = [entry for entry in entries if entry.map == "location"]
    for side in ("shop_value", "erp_value"):
        values = [getattr(entry, side) for entry in pairs]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ConfigurationError(
                f"The location map names {twice[0]} twice.",
                detail=twice[0],
                fix="Pair each warehouse with one location, and each location with one warehouse.",
            )
    defaults = [entry.erp_value for entry in pairs if entry.is_default]
    if len(defaults) > 1:
        raise ConfigurationError(f"The location map has two defaults: {' and '.join(defaults)}.", detail="location")


def _refuse_twins(entries: Iterable[Entry]) -> None:
    known: dict[tuple[str, str], str] = {}
    for entry in entries:
        if entry.map in GROUPS:
            other = known.setdefault((entry.map, entry.shop_value.casefold()), entry.shop_value)
            if other != entry.shop_value:
                raise ConfigurationError(
                    f"The map {entry.map} has {entry.shop_value} already, written {other}.",
                    detail=entry.shop_value,
                    fix="Letter case makes no difference here: change that entry, or remove it first.",
                )


class Maps:
    """The table of map entries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, integration_id: int, map_name: str | None = None) -> list[Entry]:
        """Entries of one map, or of all."""
        query = select(ENTRIES).where(ENTRIES.c.integration_id == integration_id)
        if map_name is not None:
            query = query.where(ENTRIES.c.map == map_name)
        with self._database.read() as connection:
            order = (ENTRIES.c.map, ENTRIES.c.rank, ENTRIES.c.shop_value, ENTRIES.c.valid_from)
            rows = connection.execute(query.order_by(*order)).all()
        return [Entry(row.map, row.shop_value, row.erp_value, row.valid_from, row.is_default, row.rank) for row in rows]

    def put(self, integration_id: int, entries: Iterable[Entry]) -> None:
        """Insert or replace entries; the maps as a whole must stay free of faults."""
        fresh = list(entries)
        for entry in fresh:
            if entry.map not in MAPS:
                raise ConfigurationError(f"There is no map {entry.map}; the maps are {', '.join(MAPS)}.")
        replaced = {(entry.map, entry.shop_value, entry.valid_from) for entry in fresh}
        kept = [
            entry
            for entry in self.entries(integration_id)
            if (entry.map, entry.shop_value, entry.valid_from) not in replaced
        ]
        refuse_faults([*kept, *fresh])
        with self._database.write() as connection:
            for entry in fresh:
                statement = self._database.insert(ENTRIES).values(
                    integration_id=integration_id,
                    map=entry.map,
                    shop_value=entry.shop_value,
                    erp_value=entry.erp_value,
                    valid_from=entry.valid_from,
                    is_default=entry.is_default,
                    rank=entry.rank,
                )
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["integration_id", "map", "shop_value", "valid_from"],
                        set_={"erp_value": entry.erp_value, "is_default": entry.is_default, "rank": entry.rank},
                    )
                )

    def remove(self, integration_id: int, map_name: str, shop_value: str) -> int:
        """Remove a value from a map; answers how many entries it had."""
        where = (
            (ENTRIES.c.integration_id == integration_id)
            & (ENTRIES.c.map == map_name)
            & (ENTRIES.c.shop_value == shop_value)
        )
        with self._database.write() as connection:
            return int(connection.execute(ENTRIES.delete().where(where)).rowcount)

    def drop(self, integration_id: int, entries: Iterable[Entry]) -> None:
        """Remove just these entries; others of the same value stay."""
        with self._database.write() as connection:
            for entry in entries:
                where = (
                    (ENTRIES.c.integration_id == integration_id)
                    & (ENTRIES.c.map == entry.map)
                    & (ENTRIES.c.shop_value == entry.shop_value)
                    & (ENTRIES.c.valid_from == entry.valid_from)
                )
                connection.execute(ENTRIES.delete().where(where))


class Translator:
    """The maps of one integration, read once for a run, in one direction."""

    def __init__(self, entries: Iterable[Entry], *, to_erp: bool) -> None:
        self._values: dict[tuple[str, str], list[tuple[date, str]]] = {}
        for entry in entries:
            source, target = (entry.shop_value, entry.erp_value) if to_erp else (entry.erp_value, entry.shop_value)
            self._values.setdefault((entry.map, source.casefold()), []).append((entry.valid_from, target))
        for candidates in self._values.values():
            candidates.sort()

    def translate(self, map_name: str, values: Iterable[str], on: date | None) -> str | None:
        """The first of `values` that the map knows, as valid on the day; None = none is known."""
        for value in values:
            candidates = self._values.get((map_name, value.casefold()), [])
            valid = [target for start, target in candidates if on is None or start <= on]
            if valid:
                return valid[-1]
        return None


def location_map(entries: Iterable[Entry]) -> Mapping[str, str]:
    """Warehouse -> location, the default pair first."""
    pairs = sorted((entry for entry in entries if entry.map == "location"), key=lambda entry: not entry.is_default)
    return {entry.erp_value: entry.shop_value for entry in pairs}


def group_map(entries: Iterable[Entry], map_name: str) -> Mapping[str, int]:
    """Value of the shop -> number of its group in the ERP, in the order in which the entries count."""
    ranked = sorted(
        (entry for entry in entries if entry.map == map_name), key=lambda entry: (entry.rank, entry.shop_value)
    )
    return {entry.shop_value: int(entry.erp_value) for entry in ranked}


def meanings(entries: Sequence[Entry], maps: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Field -> value of the shop, in small letters -> what it stands for; `maps`: field -> its map."""
    return {
        field: {
            entry.shop_value.casefold(): f"{map_name}={entry.erp_value}" for entry in entries if entry.map == map_name
        }
        for field, map_name in maps.items()
    }


def for_endpoints(entries: Sequence[Entry]) -> dict[str, Mapping[str, Any]]:
    """What endpoints are told of the maps, beside the settings."""
    return {
        "locations": location_map(entries),
        "item_groups": group_map(entries, "item_group"),
        "customer_groups": group_map(entries, "customer_group"),
    }
