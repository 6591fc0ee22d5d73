"""Conflicts: both versions side by side, and whose counts; and drift: edits on the side that does not own the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import abort, request, url_for
from werkzeug.datastructures import MultiDict

from admin.auth import person, require_personal, requires
from admin.numbers import whole
from admin.plan_steps import shown
from admin.said import said
from admin.views.base import Scope, View, back, exposed, number
from hub.deciding import Case, Winner, Wish
from hub.hiding import masked
from hub.settling import cases, cases_of, owners_of, settle_each, undoing
from hub.store.divergences import Kind, integrations_with
from hub.store.integrations import Integration

#: Records of a page, each with all its fields.
PAGE = 50
#: Most records that are decided by one press.
MOST = 200
SIDES: Mapping[str, Winner] = {"shop": "shop", "erp": "erp"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as the page shows it."""

    case: Case
    #: Field -> versions of both sides, and what a person has decided, in words; what is hidden is masked.
    versions: Mapping[str, tuple[str, str, str]]
    owners: Mapping[str, str]


class ConflictsView(View):
    """Both lists, and deciding."""

    @exposed("/")
    def index(self) -> str:
        """Fields that both sides have changed and neither owns."""
        return self._listed("conflict")

    @exposed("/drift")
    def drift(self) -> str:
        """Fields that were edited on the side that does not own them."""
        return self._listed("drift")

    @exposed("/personal", "POST")
    def personal(self) -> str:
        """The same lists with personal data, for those who have the right; each showing is in the trail."""
        require_personal()
        return self._listed("drift" if request.form.get("kind") == "drift" else "conflict", personal=True)

    def _integration(self, name: str, busy: Sequence[str] = ()) -> tuple[Scope, Integration | None]:
        """The integration that is meant: where none is named the first one that is `busy`, or the first of all."""
        if name:
            return self.integration(name)
        scope = self.scope()
        first = next((one for one in scope.integrations.values() if not busy or one.name in busy), None)
        return (scope.named(first.name), first) if first else (scope, None)

    def _listed(self, kind: Kind, *, personal: bool = False, **more: Any) -> str:
        everything = self.scope()
        having = integrations_with(self.hub.database, kind)
        busy = [one.name for one in everything.integrations.values() if one.id in having]
        scope, integration = self._integration(request.values.get("integration", ""), busy)
        found: list[Case] = []
        following = None
        if integration is not None:
            if personal:
                self.note("show personal data", f"{integration.name} {kind}")
            routes, after = list(scope.routes), number("after") or 0
            found, following = cases(self.hub, integration, kind, routes, after=after, limit=PAGE)
        records = [_shown(integration, case, personal=personal) for case in found] if integration else []
        hides = any(case.object_type.personal & case.fields.keys() for case in found)
        facts: dict[str, Any] = {"kind": kind, "records": records, "following": following, "zone": scope.any_zone}
        facts |= {"name": integration.name if integration else "", "hides": hides and not personal}
        reverts = integration is not None and integration.settings.get("drift") == "revert"
        facts |= {"personal": personal, "reverts": reverts, "everything": everything}
        facts["others"] = [one for one in busy if one != facts["name"]]
        return self.page("conflicts", **{"wrong": {}, "typed": MultiDict(), **facts, **more})

    @exposed("/take", "POST")
    @requires("act")
    def take(self) -> Any:
        """Decide: for one record field by field, or one side's version for all that are ticked."""
        scope, integration = self.integration(request.form.get("integration", ""))
        kind: Kind = "drift" if request.form.get("kind") == "drift" else "conflict"
        wishes = self._wishes(kind, scope, integration)
        here = url_for("conflicts.drift" if kind == "drift" else "conflicts.index", integration=integration.name)
        if not wishes:
            return back(here, "Nothing was ticked, so nothing was decided.", "note")
        outcome = settle_each(self.hub.acting_for(person().name), integration, kind, wishes)
        if outcome.wrong:
            done = f"{len(outcome.settled)} decided. " if outcome.settled else ""
            wrong = {link: f"{error} {said(error.fix)}" for link, error in outcome.wrong.items()}
            return self._listed(kind, wrong=wrong, typed=request.form, done=done), 400
        count = len(outcome.settled)
        words = f"{count} records are decided" if count != 1 else "It is decided"
        if count == 1:
            return back(url_for("jobs.one", identity=outcome.jobs[0]), f"{words}; this job carries it out.")
        return back(here, f"{words}; their jobs carry it out now.")

    def _wishes(self, kind: Kind, scope: Scope, integration: Integration) -> list[tuple[Case, Wish]]:
        """Which records are meant by the button that was pressed, and what is wished for each."""
        form = request.form
        button: Literal["merge", "shop", "erp", "undo", "all"]
        for button in ("merge", "shop", "erp", "undo"):
            if button in form:
                found = self._cases(kind, integration, [form[button]])
                return [(case, _wish(button, case, form, integration)) for case in found]
        side = SIDES.get(form.get("all", ""))
        if side is None and form.get("all") != "undo":
            abort(400, "There is no such button.")
        found = self._cases(kind, integration, form.getlist("pick"))
        return [(case, _wish(side or "undo", case, form, integration)) for case in found]

    def _cases(self, kind: Kind, integration: Integration, named: Sequence[str]) -> list[Case]:
        links = [one for one in map(whole, dict.fromkeys(named)) if one is not None]
        if len(named) > MOST or len(links) < len(set(named)):
            abort(400, "Tick records of one page.")
        found = cases_of(self.hub, integration, kind, links)
        if named and not found:
            abort(404)
        return found


def _wish(button: str, case: Case, form: MultiDict[str, str], integration: Integration) -> Wish:
    if button in SIDES:
        return Wish(SIDES[button])
    if button == "undo":
        return undoing(integration, case)
    each: dict[str, Winner] = {}
    own: dict[str, str] = {}
    for name in case.fields:
        chosen = form.get(f"take-{case.link.id}-{name}", "")
        if chosen in SIDES:
            each[name] = SIDES[chosen]
        elif chosen == "own":
            own[name] = form.get(f"own-{case.link.id}-{name}", "")
    return Wish(each=each, own=own)


def _shown(integration: Integration, case: Case, *, personal: bool) -> Shown:
    hidden = frozenset[str]() if personal else case.object_type.personal
    versions = {
        name: (
            shown(masked(one.shop_value, name, hidden)),
            shown(masked(one.erp_value, name, hidden)),
            {"": "", "shop": "the shop's version", "erp": "the ERP's version"}.get(
                one.choice, shown(masked(one.value, name, hidden))
            ),
        )
        for name, one in case.fields.items()
    }
    return Shown(case, versions, owners_of(integration, case.object_type.name))
