"""Set items, and customers, for synchronisation: choosing records of the source, marking them, and Sync Now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from flask import abort, request, url_for

from admin.auth import person, require_personal, requires
from admin.criteria import Asked, asked, may_search
from admin.dry_run import DryRun, begin_dry_run, dry_run, forget_dry_run
from admin.plan_steps import fields_of
from admin.pressing import look
from admin.views.base import View, back, exposed
from hub.bootstrap import Hub
from hub.errors import ConfigurationError, HubError
from hub.planning import subject
from hub.platforms.endpoint import Brief
from hub.readiness import refuse_unready
from hub.selecting import errand
from hub.selecting.choosing import MOST_LOOKED, Choice, Chooser, Found, Row, preview
from hub.selecting.marking import Marker, noted
from hub.starting import start
from hub.store.job import Request, Wanted
from hub.store.links import Links
from hub.store.routes import Route
from hub.store.selection import Selection
from hub.sync.assemble import source_of
from hub.sync.pair import Pair, opened_pair
from message_log.redact import MASK
from objects.registry import OBJECTS

PAGE = 50
#: Of those that are looked through before all that match are marked, so many are listed.
LISTED = 20


class SelectionView(View):
    """The records of one object: criteria, a list with check boxes, and what is done with those that are ticked."""

    def __init__(self, hub: Hub, name: str, object_name: Literal["product", "customer"], **more: Any) -> None:
        super().__init__(hub, name, **more)
        self.object_name = object_name

    # -- looking ------------------------------------------------------------------------------------------------

    @exposed("/")
    def index(self) -> str:
        """The criteria, and a page of the records that meet them."""
        found = self._asked(request.args)
        after = request.args.get("after", "")
        page = Found([])
        trouble: HubError | None = None
        looked = "search" in request.args and found.route is not None
        if looked:
            try:
                with self._pair(found) as pair:
                    self._note_showing(found, pair)
                    page = Chooser(pair, self.hub.database).page(found.choice, after, PAGE)
            except HubError as error:
                trouble = error
        more = {"looked": looked, "trouble": trouble, "further": page.further, "after": after, "short": page.looked}
        return self._page("selection", found, rows=page.rows, **more, marked_now=self._marked_now(found))

    @exposed("/count")
    def count(self) -> Any:
        """How many records meet the criteria, as a number; what is marked is not told apart by the source."""
        found = self._asked(request.args)
        if found.route is None:
            abort(404)
        with self._pair(found) as pair:
            number = Chooser(pair, self.hub.database).count(found.choice)
        if number is None:
            return "it cannot be said how many", 200, _TEXT
        return f"{'' if _exact(found.choice) else 'up to '}{number:,}", 200, _TEXT

    # -- marking ------------------------------------------------------------------------------------------------

    @exposed("/update", "POST")
    @requires("act")
    def update(self) -> Any:
        """What marking, or unmarking, would do; nothing is written yet. Or Sync Now, or a preview, of the ticked."""
        found, act = self._asked(request.form), request.form.get("act", "")
        route, everything = self._route(found), "all" in request.form
        here = self._here(found)
        if not everything and not found.picks:
            return back(here, "Nothing was ticked, so nothing was done.", "note")
        if act in ("sync", "preview"):
            if everything:
                what = "Sync Now and Preview are for the ticked records."
                raise ConfigurationError(what, fix="Press Sync Now on the route's page for everything that changed.")
            return self._sync(found, route) if act == "sync" else self._preview(found, route)
        if act not in ("mark", "unmark"):
            abort(400, "There is no such act.")
        dry: DryRun | None = None
        with self._pair(found) as pair:
            self._note_showing(found, pair)
            chooser = Chooser(pair, self.hub.database)
            choice = self._meant(found, act, everything=everything)
            page = chooser.page(choice, "", MOST_LOOKED)
            forecast = preview(page.rows, LISTED if everything else len(found.picks), whole=not page.further)
            total = chooser.count(choice) if everything and not forecast.whole else None
        if act == "mark" and not everything:
            dry = begin_dry_run(self.hub, route, found.picks, person().name)
        more: dict[str, Any] = {"act": act, "everything": everything, "forecast": forecast, "total": total, "dry": dry}
        more["looked"] = page.looked or forecast.looked
        more |= {"fields_of": fields_of, "became": {}}
        return self._page("selection_update", found, rows=forecast.rows, **more)

    @exposed("/dry-run/<int:job>")
    def dry(self, job: int) -> str:
        """What the dry run of the ticked records has found: a part of the page before marking."""
        personal = "personal" in request.args
        if personal:
            require_personal()
        shown = dry_run(self.hub, job, personal=personal)
        if shown is None or shown.job.route_id not in self.scope().routes or shown.job.actor != person().name:
            abort(404)
        if personal and shown.steps and self.object_name == "customer":
            self.note("show personal data", f"dry run {job}")
        return self.page("_selection_dry", dry=shown, fields_of=fields_of, became={})

    @exposed("/apply", "POST")
    @requires("act")
    def apply(self) -> Any:
        """Mark, or unmark: the ticked records at once, all that match as a job."""
        found, act = self._asked(request.form), request.form.get("act", "")
        route, everything = self._route(found), "all" in request.form
        if act not in ("mark", "unmark") or (not everything and not found.picks):
            abort(400, "There is no such act.")
        forget_dry_run(self.hub, request.form.get("dry", ""), person().name)
        return self._all_of_them(found, route, act) if everything else self._ticked(found, route, act)  # type: ignore[arg-type]

    def _all_of_them(self, found: Asked, route: Route, act: errand.Act) -> Any:
        choice = self._meant(found, act, everything=True)
        noted_as = found.noted(self.hub.vault.keyed_hash(found.typed.get("text", "")))
        with self._pair(found) as pair:
            total = Chooser(pair, self.hub.database).count(choice)
        known = total if _exact(choice) else None
        asked_for = errand.request(route.id, act, choice, person().name, self.hub.vault, noted_as, known)
        self.note(f"select {act} all", subject(self.hub, route), after=noted_as)
        job = self.hub.jobs.put(asked_for, self.now())
        return back(url_for("jobs.one", identity=job), f"Job {job} goes through all of them; you may leave this page.")

    def _ticked(self, found: Asked, route: Route, act: errand.Act) -> Any:
        hub = self.hub.acting_for(person().name)
        choice = Choice(keys=found.picks)
        # The items' own field may be written, and a write is not given up because a page waits.
        with self._pair(found, hurried=False) as pair:
            marker = Marker(pair, hub.database, hub.jobs, actor=person().name, clock=hub.clock)
            criteria = found.noted(hub.vault.keyed_hash(found.typed.get("text", "")))
            with noted(hub.audit, act, subject(hub, route), criteria, marker.done):
                for _ in marker.mark(choice) if act == "mark" else marker.unmark(choice):
                    pass
        done = marker.done
        jobs = sorted(done.jobs)
        text = f"{done.changed} {_records(done.changed)} {act}ed."
        text += f" Job {', '.join(map(str, jobs))} carries exactly what is newly marked." if jobs else ""
        text += f" {len(done.refused)} could not be written to their own field in the source." if done.refused else ""
        these = url_for(f"{self.endpoint}.these", route=route.id, pick=list(found.picks), act=act)
        return back(these, text, "bad" if done.refused else "good")

    # -- these --------------------------------------------------------------------------------------------------

    @exposed("/these")
    def these(self) -> str:
        """Certain records as the hub knows them, with Sync Now for exactly these."""
        found = self._asked(request.args)
        return self._page("selection_these", found, **self._known(found))

    @exposed("/these/live")
    def live(self) -> str:
        """The part of it that changes."""
        found = self._asked(request.args)
        return self._page("_selection_these", found, **self._known(found))

    def _known(self, found: Asked) -> dict[str, Any]:
        route, keys = self._route(found), list(found.picks)
        selection = Selection(self.hub.database, route.integration_id)
        labels = selection.labels(route.object, keys)
        links = Links(self.hub.database, route.integration_id, source_of(route))
        linked = links.targets(OBJECTS[route.object].kind, keys)
        failures = self.hub.failures.of(route.id, keys)
        jobs = self.hub.jobs.unfinished([route.id])
        rows = [Row(Brief(key, labels.get(key, key)), key in labels, linked.get(key, "")) for key in keys]
        return {"rows": rows, "failures": failures, "jobs": jobs, "act": request.args.get("act", "")}

    # -- doing --------------------------------------------------------------------------------------------------

    @exposed("/sync", "POST")
    @requires("act")
    def sync(self) -> Any:
        """Sync Now for exactly these records."""
        found = self._asked(request.form)
        return self._sync(found, self._route(found))

    def _sync(self, found: Asked, route: Route) -> Any:
        if not found.picks:
            return back(self._here(found), "Nothing was ticked, so nothing was done.", "note")
        refuse_unready(self.hub, found.scope.integration(route.id), route)
        job = start(self.hub.acting_for(person().name), self._exactly(found, route))
        return back(url_for("jobs.one", identity=job), f"Job {job} carries exactly {_counted(len(found.picks))}.")

    def _preview(self, found: Asked, route: Route) -> Any:
        refuse_unready(self.hub, found.scope.integration(route.id), route, first_load=True)
        return look(self.hub, self._exactly(found, route))

    @staticmethod
    def _exactly(found: Asked, route: Route) -> Request:
        return Request(route.id, "keys", "sync now", person().name, keys=[Wanted(key) for key in found.picks])

    # -- parts --------------------------------------------------------------------------------------------------

    def _asked(self, given: Any) -> Asked:
        return asked(self.scope(), self.object_name, given)

    @staticmethod
    def _route(found: Asked) -> Route:
        if found.route is None:
            abort(404)
        return found.route

    @staticmethod
    def _meant(found: Asked, act: str, *, everything: bool) -> Choice:
        """The ticked records, or all that match; of those that match, only what is marked can be unmarked."""
        if not everything:
            return Choice(keys=found.picks)
        return Choice(found.choice.criteria, show="marked") if act == "unmark" else found.choice

    @contextmanager
    def _pair(self, found: Asked, *, hurried: bool = True) -> Iterator[Pair]:
        with opened_pair(self.hub, self._route(found), hurried=hurried) as pair:
            yield pair

    def _note_showing(self, found: Asked, pair: Pair) -> None:
        if found.personal and pair.personal:
            self.note("show personal data", f"select {subject(self.hub, pair.route)}")

    def _marked_now(self, found: Asked) -> int:
        if found.route is None:
            return 0
        return Selection(self.hub.database, found.route.integration_id).count(self.object_name)

    def _here(self, found: Asked) -> str:
        return url_for(f"{self.endpoint}.index", search=1, **found.address)

    def _page(self, template: str, found: Asked, **values: Any) -> str:
        masked = self.object_name == "customer" and not found.personal
        more: dict[str, Any] = {"found": found, "masked": masked, "mask": MASK, "object_name": self.object_name}
        sees = person().user.sees_personal and self.object_name == "customer"
        more |= {"own": self.endpoint, "offers_names": sees, "offers_words": may_search(self.object_name)}
        return self.page(template, scope=found.scope, **more, **values)


_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def _exact(choice: Choice) -> bool:
    """Whether a source can count what is meant: what is marked or linked it does not know."""
    return choice.show == "" or (choice.open and choice.show == "marked")


def _records(count: int) -> str:
    return "record is" if count == 1 else "records are"


def _counted(count: int) -> str:
    return "this record" if count == 1 else f"these {count} records"
