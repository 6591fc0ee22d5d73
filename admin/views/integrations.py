"""Integrations: how each is set up, a new one, and one that comes as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, request, url_for
from marshmallow import ValidationError

from admin.auth import person, requires
from admin.said import said
from admin.standing import Step, steps
from admin.views.base import exposed
from admin.views.wizard.choosing import Choosing
from admin.views.wizard.connecting import Connecting
from admin.views.wizard.deploying import Deploying
from admin.views.wizard.filling import Filling
from hub import drafting
from hub.configuration import draft, exporting
from hub.configuration.faults import FaultyFile
from hub.configuration.file import SIDES
from hub.configuration.schema import NAME
from hub.drafting import Work
from hub.errors import ConfigurationError
from hub.platforms.registry import PLATFORMS, platform
from hub.store.drafts import Draft, Drafts
from hub.store.integrations import Integration
from hub.store.routes import Route
from objects.registry import OBJECTS

#: Integrations of one page.
PAGE = 50
#: The largest file that is taken, in letters.
LARGEST = 500_000


class IntegrationsView(Connecting, Choosing, Filling, Deploying):
    """The list, and the wizard of each."""

    @exposed("/")
    def index(self) -> str:
        """Integrations and drafts that are open to the person, by name."""
        after, scope = request.args.get("after", ""), self.scope()
        deployed = {one.name: one for one in scope.integrations.values()}
        rows = {name: row for name, row in self._drafts().items() if person().may_see(name)}
        pending = [name for name, row in rows.items() if row.document is not None]
        names = [name for name in sorted({*deployed, *pending}) if name > after]
        by_integration: dict[int, list[Route]] = {}
        for route in scope.routes.values():
            by_integration.setdefault(route.integration_id, []).append(route)
        listed = []
        for name in names[:PAGE]:
            integration = deployed.get(name)
            routes = by_integration.get(integration.id, []) if integration else []
            listed.append(_line(name, integration, rows.get(name), routes, self._done(name, integration)))
        more = names[PAGE - 1] if len(names) > PAGE else ""
        return self.page(
            "integrations", listed=listed, more=more, after=after, zone=scope.any_zone, may=self._may_begin()
        )

    def _done(self, name: str, integration: Integration | None) -> int:
        """How many steps of a new draft are done."""
        there = drafting.work(self.hub, name) if integration is None else None
        return sum(step.done for step in steps(there, [])) if there else 0

    def _drafts(self) -> dict[str, Draft]:
        return Drafts(self.hub.database, self.hub.vault).all()

    def _state(self, there: Work) -> list[Step]:
        return steps(there, self.routes_of(there))

    def _may_begin(self) -> bool:
        """A new one is open to those for whom all are."""
        return person().administers_all

    @exposed("/new")
    @requires("administer")
    def new(self) -> str:
        """Ask for a name and the two platforms."""
        return self._new()

    def _new(self, **more: Any) -> str:
        known = [platform(one) for one in PLATFORMS]
        kinds = {side: [(one.name, one.title or one.name) for one in known if one.side == side] for side in SIDES}
        return self.page("integration_new", kinds=kinds, may=self._may_begin(), **more)

    @exposed("/new", "POST")
    @requires("administer")
    def begin(self) -> Any:
        """Begin a draft."""
        self._refuse_begin()
        name = request.form.get("name", "").strip()
        kinds = {side: request.form.get(side, "") for side in SIDES}
        try:
            NAME(name)
        except ValidationError as error:
            return self._new(wrong=str(error.messages[0]), tried=name), 400
        if any(kinds[side] not in PLATFORMS or platform(kinds[side]).side != side for side in SIDES):
            return self._new(wrong="Choose a platform for each side.", tried=name), 400
        if drafting.work(self.hub, name) is not None:
            return self._new(wrong=f"There is an integration or a draft named {name} already.", tried=name), 400
        drafting.begin(self.acting, name, kinds["shop"], kinds["erp"])
        return redirect(url_for(".connectivity", name=name))

    def _refuse_begin(self) -> None:
        if not self._may_begin():
            raise ConfigurationError(
                "A new integration is begun by an administrator of all integrations.",
                detail="integration",
                fix="Ask one of them.",
            )

    @exposed("/<name>/")
    def one(self, name: str) -> Any:
        """To where it goes on: the first step that is not done."""
        there = self.there(name)
        left = next((one.key for one in self._state(there) if one.tone in ("warn", "bad")), "summary")
        return redirect(url_for(f".{left}", name=name))

    # -- as a file ----------------------------------------------------------------------------------------------------

    @exposed("/import")
    @requires("administer")
    def import_form(self) -> str:
        """Ask for a file."""
        return self.page("integration_import", text="", faulty=None, wrong="")

    @exposed("/import", "POST")
    @requires("administer")
    def import_file(self) -> Any:
        """Make a draft of a file, or name each of its faults with its line."""
        text = ""
        try:
            text, source = _uploaded()
            name = drafting.take_file(self.acting, text, source, self._may_change, replacing="replace" in request.form)
        except FaultyFile as error:
            return self.page("integration_import", text=text, faulty=error, wrong=""), 400
        except ConfigurationError as error:
            return self.page(
                "integration_import",
                text=text or request.form.get("text", ""),
                faulty=None,
                wrong=f"{error} {said(error.fix)}",
            ), 400
        flash(f"The file is a draft of {name} now; nothing is deployed yet.", "good")
        return redirect(url_for(".one", name=name))

    def _may_change(self, name: str) -> bool:
        known = {one.name for one in self.hub.integrations.all()}
        return person().may_see(name) and (name in known or self._may_begin())

    @exposed("/<name>/file")
    def file(self, name: str) -> Response:
        """The configuration as a file, without secrets."""
        text = exporting.written(draft.for_people(self.there(name).document))
        answer = Response(text, mimetype="application/yaml")
        answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.yaml")
        return answer


@dataclass(frozen=True, slots=True)
class Line:
    """One integration in the list."""

    name: str
    is_deployed: bool
    row: Draft | None
    #: Steps of a new draft that are done, and all of them.
    done: int
    routes: int
    #: Routes whose first load is still to be done.
    unloaded: int

    @property
    def has_draft(self) -> bool:
        """Whether something of it is not deployed."""
        return self.row is not None and self.row.document is not None


def _line(
    name: str,
    integration: Integration | None,
    row: Draft | None,
    routes: list[Route],
    done: int,
) -> Line:
    on = [route for route in routes if route.enabled]
    unloaded = [one for one in on if OBJECTS[one.object].initialized and not one.initialization.startswith("done")]
    return Line(name, integration is not None, row, done, len(on), len(unloaded))


def _uploaded() -> tuple[str, str]:
    """The text of an uploaded or pasted file, and what to call it."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        try:
            text, source = sent.stream.read(LARGEST * 4 + 1).decode("utf-8-sig"), sent.filename[:100]
        except UnicodeDecodeError as error:
            raise ConfigurationError(
                f"{sent.filename} is no UTF-8 text.",
                detail=sent.filename,
                fix="Save it as UTF-8, then upload it again.",
            ) from error
    else:
        text, source = request.form.get("text", "").replace("\r\n", "\n"), "The file"
    if not text.strip():
        raise ConfigurationError(
            "There is no file and no text.", detail="file", fix="Choose a file, or paste its text."
        )
    if len(text) > LARGEST:
        raise ConfigurationError("The file is too large.", detail="file", fix=f"Bring at most {LARGEST:,} letters.")
    return text, source
