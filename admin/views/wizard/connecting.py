"""Step 1: the two connections, and whether they work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from admin import forms
from admin.auth import person, requires
from admin.views.base import exposed
from admin.views.wizard.base import Wizard
from hub import trying
from hub.configuration import draft
from hub.configuration.draft import Document
from hub.configuration.file import SIDES, secret_names
from hub.drafting import Overtaken, Work, change, side_print
from hub.errors import ConfigurationError, HubError
from hub.platforms.registry import platform
from hub.reusing import Offer, offers, use, users
from objects.fields import Side

AGAIN = "The address is another one than before: enter it again, so that it is sent nowhere by mistake."


class Connecting(Wizard):
    """Connectivity."""

    @exposed("/<name>/connectivity")
    def connectivity(self, name: str) -> str:
        """Both sides: what is set, and what came of the last test."""
        return self._connectivity(self.there(name))

    def _connectivity(self, there: Work, wrong: tuple[Side, dict[str, str]] | None = None, **more: Any) -> str:
        sides, using = [], users(self.hub)
        for side in SIDES:
            part = there.document[side]
            made = forms.inputs(_schema(there, side), part["settings"])
            if wrong is not None and wrong[0] == side:
                made = forms.with_faults(made, wrong[1], request.form)
            # A form that is shown again after a fault is still about what it was made of.
            again = wrong is not None and wrong[0] == side and "overtaken" not in more
            shown = request.form.get("shown", "") if again else side_print(there, side)
            told = there.steps.get(f"test {side}")
            stale = told is not None and told["of"] != side_print(there, side)
            kind = platform(str(part["platform"]))
            sides.append(
                {
                    "title": kind.title or kind.name,
                    "side": side,
                    "part": part,
                    "inputs": made,
                    "told": told,
                    "stale": stale,
                    "shown": shown,
                    "offers": self._offers(there, side),
                    "as_it_is": there.uses_as_it_is(side),
                    **_also(there, using.get(str(part["name"]), ())),
                }
            )
        return self.step(there, "connectivity", sides=sides, wrong=wrong, **more)

    @exposed("/<name>/connectivity/<side>", "POST")
    @requires("administer")
    def connect(self, name: str, side: str) -> Any:
        """Keep a side's settings, and test them if that was pressed."""
        there, one = self.there(name), _side(side)
        if there.uses_as_it_is(one):
            raise ConfigurationError(
                f"The connection {there.document[one]['name']} is used as it is.",
                detail=name,
                fix="Change it in an integration that uses it already, or choose a new one here.",
            )
        schema, before = _schema(there, one), there.document[one]["settings"]
        settings = forms.taken(schema, request.form, before)
        typed, wrong = _secrets(schema, request.form, settings, before, one)
        env = {**there.secrets, **typed}
        wrong = {**forms.faults(schema, settings, env), **wrong}
        if wrong:
            return self._connectivity(there, (one, wrong)), 400

        def edit(document: Document) -> None:
            document[one]["settings"] = settings

        try:
            seen = request.form.get("shown")
            found = change(self.acting, name, "connectivity", edit, typed, shown=seen, of=_print_of(one))
        except Overtaken as error:
            return self._connectivity(self.there(name), (one, {}), overtaken=error), 409
        if request.form.get("then") != "test":
            return self.onward(name, "connectivity", f"The connection to the {_called(one)} is kept.")
        return self._tested(found, one)

    def _offers(self, there: Work, side: Side) -> list[Offer]:
        return offers(self.hub, there, side, person().may_see, unused=person().administers_all)

    @exposed("/<name>/connectivity/<side>/use", "POST")
    @requires("administer")
    def use(self, name: str, side: str) -> Any:
        """Use a connection that is there already, or a new one."""
        there, one = self.there(name), _side(side)
        wanted = request.form.get("connection", "")
        offer = next((each for each in self._offers(there, one) if each.name == wanted), None)
        if wanted and offer is None:
            raise ConfigurationError(
                f"There is no connection {wanted} that you may choose here.",
                detail=name,
                fix="Choose one that the page lists.",
            )
        try:
            use(self.acting, there, one, offer, shown=request.form.get("shown"))
        except Overtaken as error:
            return self._connectivity(self.there(name), overtaken=error), 409
        said = f"The {_called(one)} is reached over {wanted}: test it." if offer else "Enter how it is reached."
        flash(said, "good")
        return redirect(url_for(".connectivity", name=name))

    @exposed("/<name>/connectivity/<side>/test", "POST")
    @requires("administer")
    def test(self, name: str, side: str) -> Any:
        """Test a connection as it is."""
        return self._tested(self.there(name), _side(side))

    def _tested(self, there: Work, side: Side) -> Any:
        found = trying.test(self.acting, there, side)
        bad = sum(not one.ok and one.blocking for one in found)
        if bad:
            flash(f"The connection to the {_called(side)} does not work yet: see what to do.", "bad")
        else:
            flash(f"The connection to the {_called(side)} works.", "good")
            self._take_over(there, side)
        return redirect(url_for(".connectivity", name=there.name))

    def _take_over(self, there: Work, side: Side) -> None:
        """Of a new integration: what the shop says of its money and zone is what people would enter."""
        if side != "shop" or there.integration is not None:
            return
        try:
            with trying.opened(self.hub, there, side) as connection:
                facts = connection.facts()
        except HubError:
            return
        says = {"currency": "currency", "zone": "zone", "prices_include_tax": "taxes_included"}
        known = there.document["settings"]
        fresh = {key: facts[fact] for key, fact in says.items() if key not in known and facts.get(fact) is not None}
        if not fresh:
            return
        change(self.acting, there.name, "connectivity", lambda document: document["settings"].update(fresh))
        flash("Currency, time zone and kind of prices were taken from the shop; see Settings.", "note")

    @exposed("/<name>/connectivity/<side>/set-up", "POST")
    @requires("administer")
    def set_up(self, name: str, side: str) -> Any:
        """Create on the platform the fields that the hub needs there."""
        there, one = self.there(name), _side(side)
        created = trying.set_up(self.acting, there, one)
        if created:
            flash(
                f"Created: {', '.join(created)}. Now let somebody restart the Service Layer, then test again.", "good"
            )
        else:
            flash("Nothing to create: all fields are there.", "note")
        return redirect(url_for(".connectivity", name=name))


def _schema(there: Work, side: Side) -> Schema:
    return platform(str(there.document[side]["platform"])).settings_schema()


def _also(there: Work, using: Sequence[str]) -> dict[str, Any]:
    """Which other integrations use a connection, and whether there are some that are not open to the person."""
    others = [one for one in using if one != there.name]
    named = [one for one in others if person().may_see(one)]
    return {"others": named, "foreign": len(named) < len(others)}


def _print_of(side: Side) -> Callable[[Work], str]:
    return lambda there: side_print(there, side)


def _side(text: str) -> Side:
    if text not in SIDES:
        abort(404)
    return "shop" if text == "shop" else "erp"


def _called(side: Side) -> str:
    return "shop" if side == "shop" else "ERP"


def _secrets(
    schema: Schema, form: MultiDict[str, str], settings: dict[str, Any], before: dict[str, Any], side: Side
) -> tuple[dict[str, str], dict[str, str]]:
    """Secrets that were typed, by their variable; and those that have to be typed again, with the reason."""
    addresses = [name for name, field in schema.fields.items() if field.metadata.get("address")]
    elsewhere = bool(before) and any(settings.get(name) != before.get(name) for name in addresses)
    typed, wrong = {}, {}
    for name in secret_names(schema):
        text = form.get(name, "").strip()
        if text:
            typed[draft.variable(side, name)] = text
            settings[name] = f"${{{draft.variable(side, name)}}}"
        elif f"forget_{name}" in form:
            settings.pop(name, None)
        elif name in before and elsewhere:
            wrong[name] = AGAIN
    return typed, wrong
