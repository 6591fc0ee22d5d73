"""What can go wrong, grouped by what happens next.

An error class names the situation; its `cause` is the stable string that failures are grouped by, its `fix` the
sentence that tells a person what to do and where. `detail` says which one of the kind it is (`payment=klarna`), so
that failures of one cause and detail are cured by one act.
"""

from __future__ import annotations

from datetime import timedelta


class HubError(Exception):
    """Root of everything the hub raises on purpose."""

    cause = "ERROR"
    fix = "Read the detail; if it does not help, look at the exchange in the message log."

    #: Name of the connection whose platform is in trouble as a whole; empty where that is not known.
    connection = ""

    def __init__(self, message: str = "", *, detail: str = "", fix: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())
        self.detail = detail
        if fix:
            self.fix = fix


class ConfigurationError(HubError):
    """A setting is missing or wrong; nothing can run until a person mends it."""

    cause = "CONFIGURATION"
    fix = "Mend the setting named in the message, then run `hub check`."


class PlatformRefused(HubError):
    """The platform refuses us as a whole: credentials, licence or a missing scope."""

    cause = "PLATFORM_REFUSED"
    fix = "Mend the connection's credentials or scopes, then run `hub check`."


class PlatformUnavailable(HubError):
    """The platform does not answer, or answers that it cannot; nothing was done."""

    cause = "PLATFORM_UNAVAILABLE"
    fix = "Nothing to mend in the hub: the next run goes on where this one stopped."


class RateLimited(PlatformUnavailable):
    """The platform asks us to wait."""

    cause = "RATE_LIMITED"

    def __init__(self, message: str = "", *, wait: timedelta = timedelta(seconds=1), detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.wait = wait


class OutcomeUnknown(HubError):
    """A write was sent and no answer came: it may have been carried out, or may be yet."""

    cause = "OUTCOME_UNKNOWN"
    fix = "Nothing to do: the hub looks the record up once the request can no longer land, and goes on from there."


class LeaseLost(HubError):
    """Another worker has taken this job over; this one must not write any more."""

    cause = "LEASE_LOST"
    fix = "Nothing to do: the worker that took the job over goes on with it."


class WorkerStopping(LeaseLost):
    """This worker was told to end; nothing new is begun, and another worker goes on from here."""

    cause = "WORKER_STOPPING"
    fix = "Nothing to do: the next worker goes on with the job."


class RunHeld(HubError):
    """The run would have changed more than is plausible; nothing was written."""

    cause = "HELD"
    fix = "Look at it: `hub held show PLAN`. Then `hub held release PLAN` does it, `hub held drop PLAN` gives it up."


class RunCancelled(HubError):
    """A person asked for this run to stop."""

    cause = "CANCELLED"
    fix = "Start the run again when you want the rest."


class RecordError(HubError):
    """One record cannot be synchronised as it stands; the run goes on with the others."""

    cause = "RECORD"
    #: True: time alone may cure it, so it is taken up again by itself with growing distance.
    waiting = False


class InvalidRecord(RecordError):
    """A field's value is missing or not allowed."""

    cause = "INVALID_FIELD"
    fix = "Correct the field named in the detail in the source system, then re-sync."


class MissingDependency(RecordError):
    """A record this one refers to does not exist on the other side."""

    cause = "MISSING_DEPENDENCY"
    fix = "Synchronise the record named in the detail first, then re-sync."
    waiting = True


class UnknownSku(RecordError):
    """An order line's SKU is no item in the ERP."""

    cause = "UNKNOWN_SKU"
    fix = "Create the item in the ERP under this code, correct the SKU in the shop, or set a stand-in item."


class MissingMapping(RecordError):
    """A value has no entry in its map."""

    cause = "MISSING_MAPPING"
    fix = "Add the value to the map named in the detail (`hub maps set`), then re-sync the group."


class AmbiguousMatch(RecordError):
    """More than one record on the other side could be the same."""

    cause = "AMBIGUOUS_MATCH"
    fix = "Make the key unique in the system named in the detail, then re-sync."


class Changed(RecordError):
    """The target changed between reading and writing, or another run was writing it; read both again."""

    cause = "CHANGED_MEANWHILE"
    fix = "Nothing to do: both sides are read afresh at the next try."
    waiting = True


class Conflict(RecordError):
    """Both sides have changed a field that neither of them owns; both versions are kept."""

    cause = "CONFLICT"
    fix = "Decide: `hub conflicts list NAME`, then `hub conflicts take NAME ITEM shop|erp|merge`."


class WritesStopped(HubError):
    """Nothing may be written now: a person has stopped it, or its hours are closed."""

    cause = "WRITES_STOPPED"
    fix = "Nothing is lost: the next run after the stop goes on from here. To go on now: `hub resume`."


class RejectedByTarget(RecordError):
    """The target refused the record; its own words are in the detail."""

    cause = "REJECTED_BY_TARGET"
    fix = "Mend what the target complains of (its words are in the detail), then re-sync."


class RecordVanished(RecordError):
    """The record is gone from the source."""

    cause = "RECORD_VANISHED"
    fix = "If the record was deleted on purpose, acknowledge the failure; otherwise restore it and re-sync."


class TargetVanished(RecordError):
    """The linked record is gone from the target."""

    cause = "TARGET_VANISHED"
    fix = "Restore the record on the target, or remove the link (`hub links unlink`) and re-sync."


class TotalMismatch(RecordError):
    """The order's total in the shop and the document's total in the ERP differ by more than the tolerance."""

    cause = "TOTAL_MISMATCH"
    fix = "Compare the lines in the detail; usually a tax code, price mode or freight setting differs. Then re-sync."


class WaitingForApproval(RecordError):
    """The ERP keeps the document as a draft until a person approves it."""

    cause = "WAITING_FOR_APPROVAL"
    fix = "Approve (or reject) the draft in the ERP; the hub finds the document at its next try."
    waiting = True


class PostingPeriodClosed(RecordError):
    """The document's date falls into a posting period that is closed."""

    cause = "POSTING_PERIOD_CLOSED"
    fix = "Open the posting period in the ERP, or let the hub post with today's date (setting posting_date)."


class MissingExchangeRate(RecordError):
    """The ERP has no exchange rate for the document's currency and date."""

    cause = "MISSING_EXCHANGE_RATE"
    fix = "Enter the exchange rate in the ERP, then re-sync."


class LocationGone(RecordError):
    """A mapped location or warehouse does not exist (or is inactive) any more."""

    cause = "LOCATION_GONE"
    fix = "Reactivate the location, or change the location map; the other pairs go on."
