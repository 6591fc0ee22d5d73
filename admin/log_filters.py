"""The message log's filters as they stand in an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import abort, request

from admin.auth import person
from admin.views.base import Scope, chosen, moment, number
from hub.clock import OUT_OF_TIME
from hub.looking import spellings
from message_log.entries import Verdict
from message_log.streams import OPEN, Filters
from objects.registry import OBJECTS

VERDICTS = (*(verdict.value for verdict in Verdict), OPEN)
DIRECTIONS = ("shop_to_erp", "erp_to_shop")
_NAMES = (
    "integration", "object", "direction", "verdict", "cause", "run", "ident", "person", "since", "until", "text"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    filters: Filters
    #: As it stands in the address.
    words: dict[str, str]


def asked_of(scope: Scope) -> Asked:
    """The filters of the address, kept to what is open to the person; 400, 403 or 404 for what cannot be asked."""
    words = {name: request.args[name].strip() for name in _NAMES if request.args.get(name, "").strip()}
    if "person" in words and not person().user.sees_personal:
        abort(403, "Looking for a person takes the right to see personal data.")
    names = [one.name for one in scope.integrations.values()]
    if person().user.integrations:
        # Of one that is open to the person, and never of all.
        if not names or words.get("integration", names[0]) not in names:
            abort(404)
        words.setdefault("integration", names[0])
    zone = scope.named(words["integration"] if words.get("integration") in names else "").any_zone
    verdict = chosen("verdict", VERDICTS)
    filters = Filters(
        integration=words.get("integration"),
        object=chosen("object", OBJECTS) or None,
        direction=chosen("direction", DIRECTIONS) or None,
        verdict=None if not verdict else OPEN if verdict == OPEN else Verdict(verdict),
        cause=words.get("cause"),
        run=number("run"),
        ident=words.get("ident"),
        spelled=spellings(words.get("ident", "")),
        person=words.get("person"),
        since=_moment("since", zone),
        until=_moment("until", zone),
        text=words.get("text"),
    )
    return Asked(filters, words)


def _moment(name: str, zone: ZoneInfo) -> datetime | None:
    """A time of the address; without a zone it is meant by the clocks of the integration."""
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        return moment(text, zone)
    except ValueError:
        abort(400, f"{name} is a time such as 2026-11-21T14:30. {OUT_OF_TIME}")
