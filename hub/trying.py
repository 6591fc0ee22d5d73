"""Trying a configuration that is not deployed yet: its connections, what they offer to choose from, its pre-checks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.checking import at_a_standstill
from hub.configuration import variables
from hub.configuration.examining import examine, existing, unmapped_values
from hub.configuration.faults import Fault, FaultyFile
from hub.configuration.file import SIDES, IntegrationFile
from hub.configuration.reference import Facts, Reference, reference
from hub.configuration.standstill import refuse_stopped
from hub.configuration.wanted import usual_policy
from hub.drafting import Work, differences, side_print
from hub.errors import ConfigurationError, HubError, PlatformRefused, PlatformUnavailable
from hub.platforms.limits import OneConnection
from hub.platforms.platform import Connection, Finding, Wiring
from hub.platforms.registry import platform
from hub.store.connections import StoredConnection
from hub.store.drafts import Drafts
from hub.store.maps import for_endpoints
from hub.store.routes import Route
from objects.fields import Side

log = logging.getLogger(__name__)

#: Seconds that a page waits for what both sides offer to choose from.
PATIENCE = 8.0
#: How long an answer is good, and how long a side that did not answer is left alone.
GOOD_FOR, SILENT_FOR = timedelta(minutes=10), timedelta(seconds=30)
_KEPT = 50


# -- one connection ---------------------------------------------------------------------------------------------------


@contextmanager
def opened(hub: Hub, there: Work, side: Side) -> Iterator[Connection]:
    """A side's connection as it is in the draft, for somebody who waits: one try of each call."""
    part = there.document[side]
    kind = platform(str(part["platform"]))
    given = _given(there, side)
    try:
        settings = kind.settings_schema().load(given)
    except ValidationError as error:
        words = "; ".join(f"{name}: {' '.join(map(str, said))}" for name, said in error.messages_dict.items())
        raise ConfigurationError(
            f"The connection is not complete. {words}", detail=side, fix="Fill in what is missing, then test again."
        ) from error
    known = stored(hub, there, side)
    # Whoever logs in to the same account shares what all workers share: a second log-in may lock the first one out.
    limits = hub.limits.of(known.id) if known is not None and _is_same(given, known) else OneConnection()
    wiring = Wiring(clock=hub.clock, sleep=hub.sleep, hurried=True, limits=limits)
    connection = kind.connect(str(part["name"]), settings, wiring)
    try:
        yield connection
    finally:
        connection.close()


def _given(there: Work, side: Side) -> dict[str, Any]:
    """A side's settings with its secrets."""
    return {
        name: variables.filled(value, there.secrets) if isinstance(value, str) else value
        for name, value in there.document[side]["settings"].items()
    }


def stored(hub: Hub, there: Work, side: Side) -> StoredConnection | None:
    """What the hub holds of the connection that this side names."""
    return next((one for one in hub.connections.all() if one.name == there.document[side]["name"]), None)


def _is_same(given: Mapping[str, Any], known: StoredConnection) -> bool:
    """Whether settings are those of the connection that is deployed."""
    texts = ({name: str(value) for name, value in one.items()} for one in (given, known.settings))
    mine, theirs = texts
    return mine == theirs


def test(hub: Hub, there: Work, side: Side) -> list[Finding]:
    """Test a connection; what came of it is kept with its time."""
    try:
        with opened(hub, there, side) as connection:
            found = connection.check()
    except HubError as error:
        found = [Finding(False, str(error), error.fix)]
    known = stored(hub, there, side)
    refused = sum(one.blocking and not one.ok for one in found)
    same = known is not None and _is_same(_given(there, side), known)
    if not refused and known is not None and same and not hub.health.of(known.id).well:
        hub.health.mended(known.id, hub.clock())
        found.append(Finding(True, "The jobs that waited for it go on."))
    _keep(hub, there, f"test {side}", found, side_print(there, side))
    hub.audit.note("connection test", f"{there.name}: {side}"[:255], after={"ok": not refused})
    return found


def set_up(hub: Hub, there: Work, side: Side) -> list[str]:
    """Create on a platform the fields that the hub needs there; tells which."""
    known = stored(hub, there, side)
    if known is not None:
        refuse_stopped(known, ZoneInfo(integration_settings.readable(there.document["settings"])["zone"]))
    with opened(hub, there, side) as connection:
        created = connection.set_up()
    hub.audit.note("setup-erp", there.name, after={"created": created})
    return created


def _keep(hub: Hub, there: Work, step: str, found: list[Finding], of: str) -> None:
    told = {"findings": [asdict(_for_console(one)) for one in found], "of": of}
    drafts = Drafts(hub.database, hub.vault)
    drafts.note_step(there.name, step, told, now=hub.clock(), actor=hub.audit.actor)


#: What the console says instead of a command.
_WORDS = {
    PlatformRefused.fix: "Mend credentials or scopes, then test again.",
    PlatformUnavailable.fix: "See whether the address is right and the system is up, then test again.",
    ConfigurationError.fix: "Mend what the message names, then test again.",
}


def _for_console(one: Finding) -> Finding:
    return replace(one, advice=_WORDS[one.fix]) if not one.advice and one.fix in _WORDS else one


# -- the pre-checks ---------------------------------------------------------------------------------------------------


def check(hub: Hub, there: Work) -> list[Finding]:
    """The pre-checks of a draft; what came of them is kept with its time."""
    found = _checked(hub, there)
    if there.integration is not None:
        found += at_a_standstill(hub, there.integration)
    _keep(hub, there, "checks", found, there.fingerprint)
    hub.audit.note("draft check", there.name, after={"refused": sum(one.blocking and not one.ok for one in found)})
    return found


def _checked(hub: Hub, there: Work) -> list[Finding]:
    try:
        differences(hub, there)
        file = there.file()
    except FaultyFile as faulty:
        return [_of_fault(fault) for fault in faulty.faults]
    settings = integration_settings.load(file.settings)
    try:
        with opened(hub, there, "shop") as shop, opened(hub, there, "erp") as erp:
            return examine(there.name, settings, [*file.entries.values()], _routes(file), (shop, erp), hub.clock())
    except HubError as error:
        return [Finding(False, str(error), error.fix, where="connectivity")]


def _of_fault(fault: Fault) -> Finding:
    return Finding(False, f"{fault.path}: {fault.text}", fault.fix, where=fault.path)


def _routes(file: IntegrationFile) -> list[Route]:
    """The routes as they will be, without what they know."""
    return [
        Route(
            id=0,
            integration_id=0,
            object=part.object,
            direction=part.direction,
            enabled=part.enabled,
            initialization="none",
            marks={},
            compared={},
            mapping_version="",
            policy=part.policy or usual_policy(part.object, part.direction),
            freeze=part.freeze or [],
        )
        for part in file.routes.values()
    ]


def look_at_orders(hub: Hub, there: Work) -> int:
    """Look recent orders through for values that no map knows; they are kept, and proposed on the page of the maps."""
    file = there.file()
    settings = integration_settings.load(file.settings)
    with opened(hub, there, "shop") as shop, opened(hub, there, "erp") as erp:
        entries, routes = [*file.entries.values()], _routes(file)
        found = unmapped_values(there.name, settings, entries, routes, (shop, erp), hub.clock())
    seen = [[one.map, one.value] for one in found if one.side == "shop"]
    drafts = Drafts(hub.database, hub.vault)
    drafts.note_step(there.name, "seen", {"values": seen}, now=hub.clock(), actor=hub.audit.actor)
    hub.audit.note("draft look at orders", there.name, after={"values": len(seen)})
    return len(seen)


#: Settings that name a record of the ERP -> its object, and what people call it.
_NAMED = {
    "guest_customer": ("customer", "partner"),
    "stand_in_item": ("product", "item"),
    "gift_card_item": ("product", "item"),
}


def unknown_codes(hub: Hub, there: Work, settings: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with codes that differ from those before; nothing is, where the ERP cannot be asked."""
    before = there.document["settings"]
    fresh = [name for name in _NAMED if settings.get(name) and settings[name] != before.get(name)]
    wrong: dict[str, str] = {}
    if not fresh:
        return wrong
    codes = {name: variables.filled(str(settings[name]), {}) for name in fresh}
    complete = {**integration_settings.readable(dict(settings)), **codes, "name": there.name, **for_endpoints([])}
    try:
        with opened(hub, there, "erp") as erp:
            for name in fresh:
                kind, called = _NAMED[name]
                found = existing(erp, kind, complete, [name])
                if found is not None and complete[name] not in found:
                    wrong[name] = f"The ERP has no {called} {complete[name]}. Correct it, or create it there first."
    except HubError as error:
        log.info("%s: codes could not be looked up: %s", there.name, error)
    return wrong


# -- what there is to choose from -------------------------------------------------------------------------------------


class References:
    """What both sides of a configuration offer, asked for once in a while; a page waits a few seconds at most."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: dict[str, tuple[datetime, Reference]] = {}
        self._lock = Lock()

    def of(self, there: Work, *, fresh: bool = False) -> Reference:
        """What can be chosen; `fresh` asks anew."""
        key = side_print(there, "shop") + side_print(there, "erp")
        with self._lock:
            at, found = self._known.get(key, (None, Reference()))
        if at is not None and not fresh and self._hub.clock() - at < (SILENT_FOR if found.silent else GOOD_FOR):
            return found
        found = self._asked(there)
        with self._lock:
            while len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[key] = (self._hub.clock(), found)
        return found

    def _asked(self, there: Work) -> Reference:
        pool = ThreadPoolExecutor(len(SIDES), thread_name_prefix="reference")
        asked = {side: pool.submit(self._facts, there, side) for side in SIDES}
        facts: dict[Side, Facts] = {}
        silent: dict[str, str] = {}
        for side, answer in asked.items():
            try:
                facts[side] = answer.result(PATIENCE)
            except TooLate:
                silent[side] = f"It did not answer within {PATIENCE:.0f} seconds."
            except HubError as error:
                silent[side] = str(error)
        # Whoever is late ends by itself; nobody waits for it.
        pool.shutdown(wait=False, cancel_futures=True)
        return reference(facts.get("shop", {}), facts.get("erp", {}), silent)

    def _facts(self, there: Work, side: Side) -> Mapping[str, Any]:
        with opened(self._hub, there, side) as connection:
            return connection.facts()
