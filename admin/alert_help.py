"""What to do about an alert, and on which page of the console. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin.cures import Trouble, cure
from admin.said import said
from hub.store.alerts import Alert

#: What the subject of an alert ends with where it is about one plan or job.
_NUMBER = re.compile(r", (?:plan|job) (\d+)$")
#: As an alert about many details of one cause calls them.
OTHERS = "other details"
#: Longer ones are cut, so they find nothing.
_LONGEST_DETAIL = 120
_SAID = {
    "credentials": "Mend its credentials or scopes, then test the connection again.",
    "error_rate": "See what they have in common.",
    "held": "Look at what it would do, then release or drop it.",
    "silence": "Has it a schedule, and does a worker run?",
    "takeovers": "Look at the workers' logs and memory; then synchronise the route again.",
}


@dataclass(frozen=True, slots=True)
class Help:
    """A sentence, and the page that mends it: its endpoint, what its address says, and its name."""

    alert: Alert
    words: str
    endpoint: str = ""
    where: Mapping[str, Any] | None = None
    label: str = ""


def help_for(alert: Alert, routes: Mapping[str, int]) -> Help:
    """What to do. `routes`: ids of the routes that are open to the person, by how alerts call them."""
    words = _SAID.get(alert.kind) or _advice(alert)
    endpoint, where, label = _page(alert, routes)
    return Help(alert, words, endpoint, where, label)


def _advice(alert: Alert) -> str:
    """What the alert says, which goes by mail, too, in the console's words; of failures as their own page says it."""
    text = said(alert.fix)
    if alert.kind not in ("failures", "parked"):
        return text
    name = alert.integrations[0] if alert.integrations else ""
    cause, _, detail = alert.subject.removeprefix(f"{name} ").partition(" ")
    recorded = alert.fix.partition(" See: hub ")[0]
    found = cure(Trouble(cause, "" if detail == OTHERS else detail, name, direction="", fix=recorded))
    return found.words if found else text


def _page(alert: Alert, routes: Mapping[str, int]) -> tuple[str, dict[str, Any], str]:
    name = alert.integrations[0] if alert.integrations else ""
    about = alert.subject.removeprefix(f"{name} ") if name else alert.subject
    number = int(found[1]) if (found := _NUMBER.search(alert.subject)) else 0
    page: tuple[str, dict[str, Any], str] = ("", {}, "")
    match alert.kind:
        case "failures":
            cause, _, detail = about.partition(" ")
            whole = detail and detail != OTHERS and len(detail) < _LONGEST_DETAIL
            narrowed = {"detail": detail} if whole else {}
            page = "failures.listed", {"integration": name, "cause": cause, **narrowed}, "To these failures"
        case "parked":
            narrowed = {"integration": name, "cause": about, "state": "parked"}
            page = "failures.listed", narrowed, "To what is parked"
        case "error_rate" | "silence" if alert.subject in routes:
            page = "routes.one", {"identity": routes[alert.subject]}, "To the route"
        case "held" if number:
            page = "held.one", {"identity": number}, f"To plan {number}"
        case "takeovers" if number:
            page = "jobs.one", {"identity": number}, f"To job {number}"
        case "credentials" | "platform_down" | "api_version" | "secret" if name:
            page = "integrations.connectivity", {"name": name}, "To the connection"
        case "workers":
            page = "jobs.index", {}, "To the jobs"
    return page
