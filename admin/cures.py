"""Where a failure is cured: one table from its cause to a page of the console, or to the system outside. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from admin.said import said
from hub.errors import HubError
from hub.store.maps import MAPS

#: Direction -> what people call the source and the target.
_SIDES: Mapping[str, tuple[str, str]] = {"shop_to_erp": ("shop", "ERP"), "erp_to_shop": ("ERP", "shop")}


#: What a detail calls a code that is taken by another record.
_KEYS = ("CardCode", "ItemCode", "handle")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is known of a failure, or of a group of them."""

    cause: str
    detail: str = ""
    integration: str = ""
    #: Id of its route, with what it carries and which way.
    route: int = 0
    object: str = ""
    #: Empty where failures of several routes are meant.
    direction: str = "shop_to_erp"
    #: The sentence that was recorded with it.
    fix: str = ""

    @property
    def source(self) -> str:
        """What people call the side that the record comes from."""
        return _SIDES.get(self.direction, ("system that it comes from", ""))[0]

    @property
    def target(self) -> str:
        """The same of the other side."""
        return _SIDES.get(self.direction, ("", "system that it goes to"))[1]


@dataclass(frozen=True, slots=True)
class Cure:
    """What to do, and the page on which it is done; without an endpoint it is done outside, or not at all."""

    words: str
    #: What the link says.
    label: str = ""
    endpoint: str = ""
    values: Mapping[str, str | int | list[str]] = field(default_factory=dict)
    anchor: str = ""


def _map(one: Trouble) -> Cure:
    name, equals, value = one.detail.partition("=")
    if equals and name in MAPS:
        where = {"integration": one.integration, "map_name": name, "value": value}
        words = f"Say in the map what {value} is called in the ERP, then re-sync the group."
        return Cure(words, f"Add {value} to the map", "maps.one", where, "form")
    name = f"freight_{value}" if name == "freight" else name
    return Cure(f"Fill in the setting {name} of the integration, then re-sync the group.", *_settings(one))


def _settings(one: Trouble) -> tuple[str, str, Mapping[str, str | int]]:
    return "Open the settings", "integrations.settings", {"name": one.integration}


def _records(one: Trouble) -> tuple[str, str, Mapping[str, str | int]]:
    asked: dict[str, str | int] = {"route": one.route, "cause": one.cause, "detail": one.detail}
    return "Show the records", "failures.listed", asked


def _at_source(one: Trouble) -> Cure:
    field_name = f" ({one.detail})" if one.detail else ""
    return Cure(f"Correct the field{field_name} of the record in the {one.source}, then re-sync.", *_records(one))


def _unknown_sku(one: Trouble) -> Cure:
    sku = one.detail.removeprefix("sku=")
    if sku in ("", "no SKU", "(none)"):
        what = "A line of the order has no SKU: give its product one in the shop"
    else:
        what = f"The ERP has no item {sku}: create it under this code, or correct the SKU in the shop"
    return Cure(f"{what}; then re-sync. Or choose a stand-in item in the settings.", *_settings(one))


def _dependency(one: Trouble) -> Cure:
    words = "Mend the record that it needs first; it then goes through by itself."
    return Cure(words, "Show failures of the integration", "failures.index", {"integration": one.integration})


def _ambiguous(one: Trouble) -> Cure:
    words, named = _clash(one)
    where: dict[str, str | int | list[str]] = {"integration": one.integration}
    where |= {"ident": named} if named else {}
    return Cure(f"{words}, then re-sync.", "Look into their links", "links.index", where)


def _clash(one: Trouble) -> tuple[str, list[str]]:
    """What is wrong and the records that the detail names: "C1 / C2", "linked to A9", "CardCode=C1", or none."""
    holder = one.detail.removeprefix("linked to ")
    if holder != one.detail:
        words = f"What fits in the {one.target} is linked to {holder} already: give one of the two a key of its own"
        return f"{words}, or unlink {holder} if that is the wrong one", [holder]
    name, _, code = one.detail.partition("=")
    if code and name in _KEYS:
        return f"The {one.target} has another record with the {name} {code}: correct one of the two", [code]
    named = [text for text in one.detail.split(" / ") if text] if " / " in one.detail else []
    subject = " and ".join(named) or "Several records"
    return f"{subject} could all be meant: make the key unique in the {one.target}", named


def _conflict(one: Trouble) -> Cure:
    where: dict[str, str | int] = {"integration": one.integration}
    words = "Choose for each record whose version counts: both are shown side by side."
    return Cure(words, "Decide the conflicts", "conflicts.index", where)


def _target_vanished(one: Trouble) -> Cure:
    where: dict[str, str | int] = {"integration": one.integration}
    where |= {"ident": one.detail} if one.detail and " " not in one.detail else {}
    words = f"Restore the record in the {one.target}; or unlink it and re-sync: it is matched or created anew."
    return Cure(words, "Find the link", "links.index", where)


def _source_vanished(one: Trouble) -> Cure:
    words = f"If it was deleted in the {one.source} on purpose, acknowledge it. Else restore it there and re-sync."
    return Cure(words, *_records(one))


def _locations(one: Trouble) -> Cure:
    where: dict[str, str | int] = {"integration": one.integration, "map_name": "location"}
    words = "Reactivate the location in the shop, or change the location map. The other pairs go on."
    return Cure(words, "Open the location map", "maps.one", where)


def _closed_period(one: Trouble) -> Cure:
    words = "Open the posting period in the ERP, then re-sync; or have documents posted with today's date (settings)."
    return Cure(words, *_settings(one))


def _in_erp(words: str) -> Callable[[Trouble], Cure]:
    return lambda one: Cure(words, *_records(one))


def _of_target(one: Trouble) -> Cure:
    return Cure(
        f"Mend what the {one.target} complains of: its words stand with each record. Then re-sync.", *_records(one)
    )


def _connection(words: str) -> Callable[[Trouble], Cure]:
    return lambda one: Cure(words, "See the connections", "stopping.index", {"integration": one.integration})


def _route(words: str) -> Callable[[Trouble], Cure]:
    def cure(one: Trouble) -> Cure:
        return Cure(words, "Open the route", "routes.one", {"identity": one.route}) if one.route else Cure(words)

    return cure


def _held(one: Trouble) -> Cure:
    words = "Look at what it would do, then release or drop it."
    return Cure(words, "Open the held runs", "held.index", {"integration": one.integration})


def _nothing(words: str) -> Callable[[Trouble], Cure]:
    return lambda one: Cure(words)


def _refused(one: Trouble) -> Cure:
    where: dict[str, str | int] = {"name": one.integration}
    words = "Mend the credentials or permissions of the connection and test it, then Sync Now."
    return Cure(words, "Open its connectivity", "integrations.connectivity", where)


def _configuration(one: Trouble) -> Cure:
    return Cure("Mend the setting that the message names, then Sync Now.", *_settings(one))


#: Cause -> where it is cured.
CURES: Mapping[str, Callable[[Trouble], Cure]] = {
    "INVALID_FIELD": _at_source,
    "MISSING_DEPENDENCY": _dependency,
    "UNKNOWN_SKU": _unknown_sku,
    "MISSING_MAPPING": _map,
    "AMBIGUOUS_MATCH": _ambiguous,
    "CONFLICT": _conflict,
    "CHANGED_MEANWHILE": _nothing("Nothing to do: both sides are read afresh at the next try."),
    "REJECTED_BY_TARGET": _of_target,
    "RECORD_VANISHED": _source_vanished,
    "TARGET_VANISHED": _target_vanished,
    "TOTAL_MISMATCH": _in_erp(
        "Compare the lines of shop and ERP: usually a tax code, the price mode or a freight differs. Then re-sync."
    ),
    "WAITING_FOR_APPROVAL": _in_erp("Approve, or reject, the draft in the ERP; the hub finds the document by itself."),
    "POSTING_PERIOD_CLOSED": _closed_period,
    "MISSING_EXCHANGE_RATE": _in_erp("Enter the exchange rate in the ERP, then re-sync."),
    "LOCATION_GONE": _locations,
    "OUTCOME_UNKNOWN": _nothing("Nothing to do: the hub looks the record up once the request can no longer land."),
    "CONFIGURATION": _configuration,
    "PLATFORM_REFUSED": _refused,
    "PLATFORM_UNAVAILABLE": _connection("Nothing to mend here: once the platform answers, it goes on by itself."),
    "RATE_LIMITED": _connection("Nothing to do. If it comes often, another program uses up what the platform grants."),
    "QUERY_TOO_COSTLY": _nothing("Nothing to do: pages are made smaller by themselves. If it stays, tell us."),
    "WORKER_STOPPING": _nothing("Nothing to do: the next worker goes on from there."),
    "LEASE_LOST": _nothing("Nothing to do: the worker that took the job over goes on with it."),
    "WRITES_STOPPED": _connection("Nothing is lost. Let the writes go on, or wait until the hours are over."),
    "HELD": _held,
    "CANCELLED": _route("Press Sync Now when you want the rest."),
}


def cure(one: Trouble) -> Cure | None:
    """What cures a failure and where; None = there is nothing to say.

    Words that were recorded with it count before those of its cause, where they are about this very failure.
    """
    own = "" if one.fix in _general() else said(one.fix)
    known = CURES.get(one.cause)
    if known is None:
        return Cure(said(one.fix)) if one.fix else None
    found = known(one)
    return replace(found, words=own) if own else found


@cache
def _general() -> frozenset[str]:
    """What is said of every failure of a cause."""
    kinds, found = [HubError], set[str]()
    while kinds:
        kind = kinds.pop()
        found.add(kind.fix)
        kinds += kind.__subclasses__()
    return frozenset(found)
