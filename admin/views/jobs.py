"""Jobs: what is being done and what waits, why it waits, and stopping it."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from sqlalchemy.exc import NoResultFound

from admin.auth import person, requires
from admin.cards import added_up
from admin.onward import onward
from admin.overview import under_way
from admin.progress import total_of
from admin.views.base import Scope, View, back, exposed
from hub.awaited import awaited
from hub.queueing import LEVELS, cancel, prioritize
from hub.store.job import PRIORITIES, Job
from hub.working import with_parts

#: Keys of a job that its page shows.
KEYS = 20


class JobsView(View):
    """The queue, and one job."""

    @exposed("/")
    def index(self) -> str:
        """The queue, the most urgent first."""
        return self.page("jobs", **self._queue())

    @exposed("/live")
    def live(self) -> str:
        """The part of the page that changes."""
        return self.page("_jobs", **self._queue())

    def _queue(self) -> dict[str, Any]:
        scope = self.scope()
        return {"scope": scope, "going_on": under_way(self.hub, scope, self.now()), "priorities": PRIORITIES}

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """One job, from the queue to what came of it."""
        return self.page("job", **self._facts(identity))

    @exposed("/<int:identity>/live")
    def of_one(self, identity: int) -> str:
        """The part of its page that changes."""
        return self.page("_job", **self._facts(identity))

    def _facts(self, identity: int) -> dict[str, Any]:
        scope, job = self._job(identity)
        stands = awaited(self.hub, job.id)
        run = stands.run
        keys = self.hub.jobs.first_keys(job.id, KEYS + 1)
        parts = self.hub.jobs.parts(job) if job.parts else []
        plan = self.hub.plans.of_run(run.id) if run and job.mode == "preview" else None
        plan = plan if plan and plan.kind == "preview" else None
        held = self.hub.plans.of_run(run.id) if run and run.state == "held" else None
        total = total_of(self.hub, job)
        whole = with_parts(self.hub, run) if run else None
        mine = scope.routes[job.route_id].integration_id
        after = onward(job, whole, [one for one in scope.routes.values() if one.integration_id == mine])
        found: dict[str, Any] = {"run": whole, "stands": stands, "after": after}
        found |= {"keys": keys[:KEYS], "more_keys": len(keys) > KEYS, "parts": parts, "priorities": PRIORITIES}
        more = {"unfinished": job.unfinished, "added_up": added_up, "plan": plan, "held": held, "total": total}
        return {"scope": scope, "job": job, "zone": scope.zone(job.route_id), **found, **more}

    def _job(self, identity: int) -> tuple[Scope, Job]:
        scope = self.scope()
        try:
            job = self.hub.jobs.get(identity)
        except NoResultFound:
            abort(404)
        if job.route_id not in scope.routes:
            abort(404)
        return scope, job

    @exposed("/<int:identity>/cancel", "POST")
    @requires("act")
    def cancel(self, identity: int) -> Any:
        """Stop it after the records under way; one that waits is struck off at once."""
        _, job = self._job(identity)
        here = url_for("jobs.one", identity=job.id)
        if not cancel(self.hub.acting_for(person().name), job):
            return back(here, f"Job {job.id} is {job.state}: there is nothing to cancel.", "note")
        return back(here, f"Job {job.id} stops after the records under way.")

    @exposed("/<int:identity>/priority", "POST")
    @requires("act")
    def prioritize(self, identity: int) -> Any:
        """Let one that waits come sooner or later than others."""
        _, job = self._job(identity)
        level = request.form.get("level", "")
        if level not in LEVELS:
            abort(400, f"A priority is {', '.join(LEVELS)}.")
        here = url_for("jobs.one", identity=job.id)
        done = prioritize(self.hub.acting_for(person().name), job, level)
        words = f"The priority of job {job.id} is {level}{' now' if done else ' already'}."
        return back(here, words, "good" if done else "note")
