"""A look at coverage as a job: the whole source of a route is read, and how each record stands is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hub.linking.coverage import Coverage, Summary
from hub.store.coverage import CoverageBook, Found
from hub.store.database import Database
from hub.sync.context import Context
from hub.sync.pair import pair_of


def carry_out(database: Database, context: Context, report: Callable[[], None]) -> None:
    """Look through what the job of a run is about; `report` is called after each part, and may end it.

    What the last look has found stays until this one has come to its end. Broken off, it is begun anew.
    """
    book, route, job = CoverageBook(database), context.route.id, context.job.id
    if book.of_job(route, job) is None:
        return
    report_before = book.of_route(route).report
    kept = {job, report_before.job_id if report_before else job}
    book.forget(one for one in book.all_of([route]) if one.job_id not in kept)
    book.empty(job)
    pair, summary = pair_of(context), Summary()
    # Nothing personal is kept: whoever wants to know what a customer is called looks into the platform.
    for part in Coverage(pair, database, context.cipher, pair.label).records(context.clock()):
        found = []
        for record in part:
            standing = record.standing
            place = summary.read
            found.append(Found(place, standing.name, standing.reason, standing.detail, record.key, record.label))
            summary.add(record)
        context.tally.count("unchanged", times=len(part))
        report()
        # Whoever has lost the job to another worker keeps nothing more.
        context.lease.ensure(timedelta(0))
        book.add(job, found, summary.reasons, summary.read)
    book.end(job, context.clock())
    book.forget(one for one in book.all_of([route]) if one.job_id != job)
