"""Items to choose from, and the field of theirs that shows the choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from hub.enumerating import first_of
from hub.errors import ConfigurationError, HubError, OutcomeUnknown, RecordError, TargetVanished
from hub.platforms.endpoint import Brief, Criteria, Native
from hub.platforms.sap_b1 import user_fields as udf
from hub.platforms.sap_b1.client import LARGEST_PAGE
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.query import FILTER_LENGTH, between, contains, either, equal, every, one_of
from hub.platforms.sap_b1.wire import decimal, text, yes

#: What `codes` lists.
LISTING = "items"
#: What an item is called.
NAMES = ("ItemCode", "ItemName", "ItemsGroupCode")
#: Units in all warehouses of the company together.
STOCK = "QuantityOnStock"
#: Item groups that are named where none was found.
MOST_NAMED = 20


def rows(company: Company, criteria: Criteria, after: str, limit: int, select: Sequence[str] = NAMES) -> list[Native]:
    """Up to `limit` items behind the code `after`, in the order of their codes: one request for up to 200."""
    condition = condition_of(criteria, _groups(company, criteria))
    if limit < 1:
        return []
    # Very many keys make several filters, each for codes of its own.
    conditions = [every(condition, one) for one in one_of("ItemCode", criteria.keys)] if criteria.keys else [condition]
    walk, place = company.layer.walk, after or None
    pages = (walk("Items", "ItemCode", select, condition=one, size=limit, after=place) for one in conditions)
    return list(islice(chain.from_iterable(chain.from_iterable(pages)), limit))


def count(company: Company, criteria: Criteria) -> int:
    """How many items meet the criteria."""
    return company.layer.count("Items", condition_of(criteria, _groups(company, criteria)))


def _groups(company: Company, criteria: Criteria) -> Mapping[int, str]:
    """Names of the groups by number; one that was typed and is not among them may be new."""
    return company.masters.item_groups(wanted={end for end in criteria.groups if end and not end.isdecimal()})


def brief(company: Company, row: Mapping[str, Any], native: Native | None = None) -> Brief:
    """An item as it is listed; `native`: the same as a record, where all of it was read."""
    code = row["ItemCode"]
    group = company.masters.item_groups().get(row.get("ItemsGroupCode") or 0, "")
    counted = yes(row.get("InventoryItem")) and STOCK in row
    return Brief(code, code, text(row.get("ItemName")), group, decimal(row[STOCK]) if counted else None, native)


def codes(company: Company) -> Iterator[list[str]]:
    """The codes of all items, and nothing else of them; up to 200 in a request."""
    for rows in company.layer.walk("Items", "ItemCode", ("ItemCode",), size=LARGEST_PAGE):
        yield [row["ItemCode"] for row in rows]


def condition_of(criteria: Criteria, groups: Mapping[int, str]) -> str:
    """The filter for what a person looks for; ConfigurationError where no group is within the range. Pure.

    `groups` are names by number. A range of two numbers is one of the groups' numbers, any other one of their names in
    alphabetical order. Text is searched as it was typed, in small and in capital letters: the ERP tells them apart.
    """
    first, last = criteria.codes
    conditions = [between("ItemCode", first or None, last or None)]
    if any(criteria.groups):
        numbers = _numbers(criteria.groups, groups)
        if not numbers:
            raise _no_group(criteria.groups, groups)
        conditions.append(_in_groups(numbers, sorted(groups)))
    if criteria.text:
        spellings = dict.fromkeys(_spellings(criteria.text))
        conditions.append(either(contains(name, one) for one in spellings for name in ("ItemCode", "ItemName")))
    return every(*conditions)


def mirror(company: Company, codes: Sequence[str], *, marked: bool) -> dict[str, HubError]:
    """Write Y or N into U_HubSync of those items that say otherwise; answers those that could not be written."""
    if ("OITM", udf.SYNC.removeprefix("U_")) not in company.masters.user_fields():
        raise ConfigurationError(
            "The selection cannot be mirrored: items of the ERP have no field U_HubSync.",
            detail="OITM.U_HubSync",
            fix="Run `hub setup-erp NAME`, then restart the Service Layer; or switch the mirroring off.",
        )
    wanted = "Y" if marked else "N"
    there = _marks(company, codes)
    refused: dict[str, HubError] = {}
    for code in dict.fromkeys(codes):
        if code not in there:
            refused[code] = TargetVanished(f"The ERP has no item {code}.", detail=f"ItemCode={code}")
        elif there[code] != wanted:
            try:
                company.layer.patch("Items", code, {udf.SYNC: wanted}, "")
            except (RecordError, OutcomeUnknown) as error:
                refused[code] = error
    return refused


def _marks(company: Company, codes: Sequence[str]) -> dict[str, str]:
    options = {"$select": f"ItemCode,{udf.SYNC}", "$orderby": "ItemCode"}
    rows = (
        row
        for condition in one_of("ItemCode", codes)
        for row in company.layer.rows("Items", {**options, "$filter": condition})
    )
    return {row["ItemCode"]: text(row.get(udf.SYNC)) for row in rows}


def _numbers(ends: tuple[str, str], groups: Mapping[int, str]) -> list[int]:
    """The numbers of the groups within a range, both ends included."""
    first, last = (end.strip() for end in ends)
    if all(end.isdecimal() for end in (first, last) if end):
        low, high = int(first or 0), int(last) if last else max(groups, default=0)
        return [number for number in sorted(groups) if low <= number <= high]
    low_name, high_name = first.casefold(), last.casefold()
    return [
        number
        for number, name in sorted(groups.items())
        if low_name <= name.casefold() and (not high_name or name.casefold() <= high_name)
    ]


def _no_group(ends: tuple[str, str], groups: Mapping[int, str]) -> ConfigurationError:
    """What to say where a range holds no group: it is hardly what somebody has meant."""
    first, last = ends
    both = f" {first}" if first == last else f" between {first} and {last}"
    which = both if first and last else f" from {first} on" if first else f" up to {last}"
    named = [f"{name} ({number})" for number, name in sorted(groups.items(), key=lambda one: one[1].casefold())]
    return ConfigurationError(
        f"There is no item group{which}; there are: {first_of(named, MOST_NAMED) or 'none'}.",
        detail="groups",
        fix="Write one of these, by its name or its number.",
    )


def _in_groups(numbers: Iterable[int], known: Sequence[int]) -> str:
    """One of the groups; those that follow one another in the company's list are named as a range."""
    places = {number: place for place, number in enumerate(known)}
    runs: list[list[int]] = []
    for number in numbers:
        if runs and places[number] == places[runs[-1][-1]] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    terms = [
        equal("ItemsGroupCode", run[0]) if len(run) == 1 else f"({between('ItemsGroupCode', run[0], run[-1])})"
        for run in runs
    ]
    condition = either(terms)
    if len(condition) > FILTER_LENGTH // 2:
        raise ConfigurationError(
            f"The range names {len(terms)} stretches of item groups, more than one request can hold.",
            detail="groups",
            fix="Choose a smaller range of groups, or one by their numbers.",
        )
    return condition


def _spellings(typed: str) -> tuple[str, ...]:
    return typed, typed.lower(), typed.upper(), typed.capitalize()
