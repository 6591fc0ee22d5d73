"""The audit trail: who changed or pressed what."""

from __future__ import annotations

from admin.auth import person
from admin.views.base import View, exposed, number
from hub.changes import moves


class AuditView(View):
    """For administrators of everything: acts name integrations."""

    needs = "administer"

    def is_accessible(self) -> bool:
        """Acts are about all integrations."""
        return super().is_accessible() and person().administers_all

    @exposed("/")
    def index(self) -> str:
        """The newest acts first."""
        acts = self.hub.audit.page(before=number("before"), limit=100)
        rows = [(act, "; ".join(moves(act.before, act.after, act.subject.partition(": ")[2], ""))) for act in acts]
        older = acts[-1].id if len(acts) == 100 else None
        return self.page("audit", rows=rows, zone=self.scope().any_zone, older=older)
