"""Steps 6 to 8: pre-checks, the summary with its difference, Deploy, and what is to be loaded then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for

from admin.auth import person, requires
from admin.standing import refused, to_load
from admin.views.base import exposed
from admin.views.wizard.base import Wizard
from hub import drafting, trying
from hub.configuration import draft, exporting
from hub.configuration.difference import Change
from hub.configuration.faults import FaultyFile
from hub.configuration.words import WORDS
from hub.drafting import STEPS, Work
from hub.errors import ConfigurationError
from hub.reusing import refuse_foreign
from hub.store.failure_list import FailureList, Which
from hub.store.routes import Route
from hub.store.selection import Selection
from objects.registry import OBJECTS


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is mended: a step, what it is called there, and the spot on its page."""

    step: str
    title: str
    anchor: str = ""


def place(where: str) -> Place | None:
    """The step at which a part of the configuration is entered; None = it is mended elsewhere."""
    head, _, rest = where.partition(".")
    head = re.sub(r"\[\d+\]", "", head)
    if head in ("shop", "erp"):
        return Place("connectivity", STEPS["connectivity"], head)
    if head == "settings":
        name = re.sub(r"\W.*", "", rest)
        step = "scenarios" if name == "order_cut_over" else "settings"
        word = WORDS.get(name)
        return Place(step, f"{STEPS[step]}: {word.label}" if word else STEPS[step], name)
    if head == "maps":
        name = re.sub(r"\W.*", "", rest)
        return Place("maps", f"{STEPS['maps']}: {name}", name)
    step = {"routes": "scenarios"}.get(head, head)
    return Place(step, STEPS[step]) if step in STEPS else None


class Deploying(Wizard):
    """Pre-checks, summary, first load."""

    @exposed("/<name>/checks")
    def checks(self, name: str) -> str:
        """What came of the last pre-checks."""
        there = self.there(name)
        told = there.steps.get("checks")
        findings = [(one, place(one.get("where", ""))) for one in told["findings"]] if told else []
        findings.sort(key=lambda pair: (pair[0]["ok"], not pair[0]["blocking"]))
        stale = told is not None and told["of"] != there.fingerprint
        return self.step(there, "checks", told=told, findings=findings, stale=stale)

    @exposed("/<name>/checks", "POST")
    @requires("administer")
    def check(self, name: str) -> Any:
        """Run the pre-checks on the configuration as it is here."""
        found = trying.check(self.acting, self.there(name))
        bad = sum(not one.ok and one.blocking for one in found)
        what = "1 thing has" if bad == 1 else f"{bad} things have"
        flash(f"{what} to be mended first." if bad else "Nothing stands in the way.", "bad" if bad else "good")
        return redirect(url_for(".checks", name=name))

    @exposed("/<name>/summary")
    def summary(self, name: str) -> str:
        """Every step with its time, the file, and what Deploy would change."""
        there = self.there(name)
        changes: list[Change] = []
        faulty: FaultyFile | None = None
        try:
            changes = drafting.differences(self.hub, there)
        except FaultyFile as error:
            faulty = error
        wrong = [(fault, place(fault.path)) for fault in faulty.faults] if faulty else []
        told = there.steps.get("checks")
        doubt = self._doubt(there, told)
        text = exporting.written(draft.for_people(there.document))
        return self.step(there, "summary", changes=changes, wrong=wrong, doubt=doubt, text=text)

    def _doubt(self, there: Work, told: Any) -> str:
        """Why somebody should think twice before Deploy; empty = all is well."""
        if told is None:
            return "The pre-checks were not run yet."
        if told["of"] != there.fingerprint:
            return "The configuration was changed after the pre-checks ran."
        count = refused(told)
        return f"The pre-checks refuse {count} {'thing' if count == 1 else 'things'}." if count else ""

    @exposed("/<name>/deploy", "POST")
    @requires("administer")
    def deploy(self, name: str) -> Any:
        """Make the draft what the integration is."""
        there = self.there(name)
        if there.integration is None and not person().administers_all:
            raise ConfigurationError(
                "A new integration is made by an administrator of all integrations.",
                detail=name,
                fix="Ask one of them to press Deploy; the draft stays as it is.",
            )
        refuse_foreign(self.hub, there, person().may_see)
        doubt = self._doubt(there, there.steps.get("checks"))
        if doubt and "anyway" not in request.form:
            flash(f"{doubt} Run them and mend what they refuse, or tick that you want to deploy anyway.", "bad")
            return redirect(url_for(".summary", name=name))
        try:
            changes = drafting.deploy(self.acting, name, request.form.get("fingerprint", ""))
        except FaultyFile:
            flash("Nothing was deployed: see below what is wrong.", "bad")
            return redirect(url_for(".summary", name=name))
        flash(f"Deployed: {len(changes)} {'change' if len(changes) == 1 else 'changes'}.", "good")
        return redirect(url_for(".start", name=name))

    @exposed("/<name>/drop", "POST")
    @requires("administer")
    def drop(self, name: str) -> Any:
        """Give the draft up, after it was asked once more."""
        there = self.there(name)
        if "confirmed" not in request.form:
            return self.page("wizard/drop", there=there)
        drafting.drop(self.acting, name)
        flash(f"The draft of {name} is gone; what is deployed is as it was.", "good")
        return redirect(url_for(".index"))

    @exposed("/<name>/start")
    def start(self, name: str) -> str:
        """The first load of each route, in the order in which they need each other."""
        there = self.there(name)
        routes = sorted(
            (one for one in self.routes_of(there) if one.enabled), key=lambda one: list(OBJECTS).index(one.object)
        )
        ids = [one.id for one in routes]
        given = {
            "ordered": routes,
            "runs": self.hub.runs.latest(ids),
            "failures": FailureList(self.hub.database).by_route(Which(tuple(ids))),
            "plans": self.hub.schedules.several(ids),
            "loads": {one.id for one in routes if OBJECTS[one.object].initialized},
            "left": to_load(routes),
            "marked": self._marked(routes),
            "products_first": any((one.object, one.initialization) == ("product", "none") for one in routes),
        }
        return self.step(there, "start", **given)

    def _marked(self, routes: Sequence[Route]) -> dict[int, int]:
        """How many records are marked for each route that carries only those."""
        database = self.hub.database
        some = [one for one in routes if one.policy == "marked"]
        return {one.id: Selection(database, one.integration_id).count(one.object) for one in some}
