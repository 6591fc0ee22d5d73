"""Maps: what a value of the shop is called in the ERP; values without an entry come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from admin.auth import person, requires
from admin.map_words import WORDS, Words
from admin.said import said
from admin.views.base import Scope, View, back, day, exposed
from hub.answers import Answers
from hub.bootstrap import Hub
from hub.configuration.unmapped import Unmapped
from hub.errors import ConfigurationError, HubError, MissingMapping
from hub.mapping import Offer, change_entry, checked, offers, remove_entry, set_entry, statuses_of, unmapped_of
from hub.store.failure_list import FailureList, Which
from hub.store.failures import OPEN_STATES
from hub.store.integrations import Integration
from hub.store.maps import ALWAYS, MAPS, Entry
from hub.sync import resync
from objects.fields import Side

#: Longest value of either side.
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form."""

    shop: str = ""
    erp: str = ""
    valid_from: str = ""
    default: bool = False
    rank: str = ""
    #: The entry that is changed, as the form showed it: value, day and what it was. Nothing = one is added.
    was: tuple[str, str, str] | None = None
    #: The value for which records fail, where that is what brought the person here.
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Without:
    """A value without an entry."""

    value: Unmapped
    failures: int = 0


class MapsView(View):
    """The maps of each integration."""

    def __init__(self, hub: Hub, name: str, **more: Any) -> None:
        super().__init__(hub, name, **more)
        self._unmapped = Answers[list[Unmapped]](hub.clock)
        self._offers = Answers[dict[Side, Offer]](hub.clock)

    @exposed("/")
    def index(self) -> Any:
        """The maps of all integrations; of a single one at once the first."""
        scope = self.scope()
        first = next(iter(MAPS))
        if len(scope.integrations) == 1:
            (only,) = scope.integrations.values()
            return redirect(url_for("maps.one", integration=only.name, map_name=first))
        known = {one.name: self.hub.maps.entries(one.id) for one in scope.integrations.values()}
        counts = {name: {key: sum(one.map == key for one in rows) for key in MAPS} for name, rows in known.items()}
        return self.page("maps", counts=counts, words=WORDS)

    @exposed("/<integration>/<map_name>")
    def one(self, integration: str, map_name: str) -> str:
        """One map; `value` or `erp` begin a new entry, `change` (with `day`) one that there is."""
        scope, found = self._map(integration, map_name)
        given = request.args
        typed = Typed(given.get("value", ""), given.get("erp", ""), failed=given.get("value", ""))
        if "change" in given:
            entry = self._entry(found, map_name, given["change"], given.get("day", ""))
            was = (entry.shop_value, _day(entry), entry.erp_value)
            typed = Typed(entry.shop_value, entry.erp_value, _day(entry), entry.is_default, str(entry.rank or ""), was)
        return self._shown(scope, found, map_name, typed)

    def _shown(self, scope: Scope, integration: Integration, map_name: str, typed: Typed, **more: Any) -> str:
        facts = self._facts(scope, integration, map_name)
        if "ask" in request.args:
            # Without a script the page itself asks both sides.
            facts |= self._asked(integration, map_name) | self._found(scope, integration, map_name)
        saved = request.args.get("saved", "")
        facts |= {"saved": saved, **self._cured(scope, map_name, saved)} if saved else {"saved": ""}
        failing = {one.value.value for one in facts["without"] if one.failures}
        return self.page("map", typed=typed, failing=failing, **facts, **more)

    @exposed("/<integration>/<map_name>/entries")
    def entries(self, integration: str, map_name: str) -> str:
        """The part of the page with the entries, under the names that both sides have for them."""
        scope, found = self._map(integration, map_name)
        facts = self._facts(scope, found, map_name) | self._asked(found, map_name)
        return self.page("_map_entries", **facts)

    @exposed("/<integration>/<map_name>/unmapped")
    def unmapped(self, integration: str, map_name: str) -> str:
        """The part of the page with the values that both sides have in use and the map does not know."""
        scope, found = self._map(integration, map_name)
        facts = self._facts(scope, found, map_name) | self._found(scope, found, map_name)
        return self.page("_unmapped", **facts)

    @exposed("/<integration>/<map_name>/cured")
    def cured(self, integration: str, map_name: str) -> str:
        """The part of the page that tells what has become of the failures for want of a value."""
        scope, found = self._map(integration, map_name)
        saved = request.args.get("saved", "")
        facts = self._facts(scope, found, map_name) | self._cured(scope, map_name, saved)
        return self.page("_cured", saved=saved, **facts)

    @exposed("/<integration>/statuses")
    def statuses(self, integration: str) -> str:
        """What becomes of an order by its financial status; the settings decide it, and no map."""
        _, found = self.integration(integration)
        counted = _counted(self.hub.maps.entries(found.id))
        return self.page("statuses", name=found.name, maps=counted, rules=statuses_of(found))

    # -- parts ------------------------------------------------------------------------------------------------------

    def _map(self, name: str, map_name: str) -> tuple[Scope, Integration]:
        if map_name not in MAPS:
            abort(404)
        return self.integration(name)

    def _facts(self, scope: Scope, integration: Integration, map_name: str) -> dict[str, Any]:
        entries = self.hub.maps.entries(integration.id)
        return {
            "name": integration.name,
            "map_name": map_name,
            "maps": _counted(entries),
            "words": WORDS[map_name],
            "entries": [(one, _day(one)) for one in entries if one.map == map_name],
            "without": self._failing(scope, integration, map_name),
            "offers": None,
            "names": {"shop": {}, "erp": {}},
            "found": None,
            "said": "",
            "zone": scope.any_zone,
        }

    def _failing(self, scope: Scope, integration: Integration, map_name: str) -> list[Without]:
        """Values without an entry for which records fail, told by the store alone."""
        entries = self.hub.maps.entries(integration.id)
        known = {one.shop_value.casefold() for one in entries if one.map == map_name}
        which = Which(tuple(scope.routes), OPEN_STATES, MissingMapping.cause)
        counts: dict[str, int] = {}
        for group in FailureList(self.hub.database).groups(which):
            kind, _, value = group.detail.partition("=")
            if kind == map_name and value and value.casefold() not in known:
                counts[value] = counts.get(value, 0) + group.count
        return [Without(Unmapped(map_name, "shop", value), count) for value, count in counts.items()]

    def _asked(self, integration: Integration, map_name: str) -> dict[str, Any]:
        try:
            asked = self._offers.of((integration.id, map_name), lambda: offers(self.hub, integration, map_name))
        except HubError as error:
            asked = {"shop": Offer(said=str(error)), "erp": Offer(said=str(error))}
        names = {side: {one.value: one.label for one in offer.choices} for side, offer in asked.items()}
        return {"offers": asked, "names": names}

    def _found(self, scope: Scope, integration: Integration, map_name: str) -> dict[str, Any]:
        failing = {one.value.value.casefold(): one for one in self._failing(scope, integration, map_name)}
        try:
            found = [one for one in self._unknown(integration) if one.map == map_name]
        except HubError as error:
            return {"found": [], "said": str(error)}
        for one in found:
            known = failing.get(one.value.casefold())
            if known is not None:
                failing[one.value.casefold()] = replace(known, value=one)
        rest = [Without(one) for one in found if one.value.casefold() not in failing]
        return {"found": found, "without": [*failing.values(), *rest]}

    def _unknown(self, integration: Integration) -> list[Unmapped]:
        """What no map knows, with the maps as they are now."""
        name = (integration.id, *self.hub.maps.entries(integration.id))
        return self._unmapped.of(name, lambda: unmapped_of(self.hub, integration, hurried=True))

    def _cured(self, scope: Scope, map_name: str, value: str) -> dict[str, Any]:
        failures, routes, detail = FailureList(self.hub.database), tuple(scope.routes), f"{map_name}={value}"
        left, cured = (
            failures.count(Which(routes, states, MissingMapping.cause, detail))
            for states in (OPEN_STATES, ("resolved",))
        )
        # Only what is under way changes by itself.
        jobs = self.hub.jobs.unfinished(scope.routes) if left else []
        under_way = any(job.reason == resync.REASON for job in jobs)
        return {"cause": MissingMapping.cause, "detail": detail, "left": left, "cured": cured, "under_way": under_way}

    def _entry(self, integration: Integration, map_name: str, shop: str, day: str) -> Entry:
        known = self.hub.maps.entries(integration.id, map_name)
        found = next((one for one in known if (one.shop_value, _day(one)) == (shop, day)), None)
        if found is None:
            abort(404)
        return found

    # -- changes ----------------------------------------------------------------------------------------------------

    @exposed("/<integration>/<map_name>/save", "POST")
    @requires("act")
    def save(self, integration: str, map_name: str) -> Any:
        """Add an entry, or put it in the place of another one."""
        scope, found = self._map(integration, map_name)
        typed = _typed(request.form)
        try:
            self._save(found, map_name, typed)
        except ConfigurationError as error:
            fix = "" if error.fix == ConfigurationError.fix else said(error.fix)
            return self._shown(scope, found, map_name, typed, wrong=str(error), fix=fix), 400
        saved = typed.failed or typed.shop
        here = url_for("maps.one", integration=integration, map_name=map_name, saved=saved)
        return back(here, f"{WORDS[map_name].title}: {typed.shop} is {typed.erp} now.")

    def _save(self, integration: Integration, map_name: str, typed: Typed) -> None:
        hub = self.hub.acting_for(person().name)
        since = _date(typed.valid_from)
        rank = _number(typed.rank)
        entry = checked(map_name, typed.shop, typed.erp, valid_from=since, is_default=typed.default, rank=rank)
        if typed.was is None:
            set_entry(hub, integration, entry)
        else:
            shop, day, erp = typed.was
            before = replace(self._entry(integration, map_name, shop, day), erp_value=erp)
            change_entry(hub, integration, before, entry)

    @exposed("/<integration>/<map_name>/remove", "POST")
    @requires("act")
    def remove(self, integration: str, map_name: str) -> Response:
        """Remove an entry; it stands in the form afterwards, so that a slip is mended by one press."""
        _, found = self._map(integration, map_name)
        entry = self._entry(found, map_name, request.form.get("shop", ""), request.form.get("day", ""))
        remove_entry(self.hub.acting_for(person().name), found, entry)
        here = url_for(
            "maps.one", integration=integration, map_name=map_name, value=entry.shop_value, erp=entry.erp_value
        )
        return back(here, f"Removed: {entry.shop_value} = {entry.erp_value}. To undo it, press Add.", "note")


def _counted(entries: Sequence[Entry]) -> dict[str, tuple[Words, int]]:
    """Each map with what it is called, and how many of these entries it has."""
    return {key: (WORDS[key], sum(one.map == key for one in entries)) for key in MAPS}


def _typed(form: Mapping[str, str]) -> Typed:
    values = {key: form.get(key, "").strip()[:LONGEST] for key in ("shop", "erp", "valid_from", "rank", "failed")}
    was = (form["was"], form.get("was_day", ""), form.get("was_erp", "")) if "was" in form else None
    return Typed(**values, default="default" in form, was=was)


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        return day(text)
    except ValueError as error:
        raise ConfigurationError(f"{text} is no day.", detail="valid_from", fix="Write it as 2026-11-21.") from error


def _number(text: str) -> int:
    if not text:
        return 0
    if not text.isdecimal():
        raise ConfigurationError(f"{text} is no rank.", detail="rank", fix="Write a whole number, such as 1.")
    return int(text)


def _day(entry: Entry) -> str:
    return "" if entry.valid_from == ALWAYS else entry.valid_from.isoformat()
