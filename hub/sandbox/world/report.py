"""What became of every invoice of a folder that was loaded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class LoadReport:
    """Counts of invoices: each one is an order, a refund or not loadable, never two of them and never none.

    `unmatched_lines` counts lines, of all invoices, that found no place in what was loaded.
    """

    orders: int = 0
    #: Cancellations of which at least one line matched, however many refunds they made.
    refunds: int = 0
    not_loadable: Counter[str] = field(default_factory=Counter)
    unmatched_lines: Counter[str] = field(default_factory=Counter)

    @property
    def invoices(self) -> int:
        """All invoices of the folder."""
        return self.orders + self.refunds + self.not_loadable.total()

    def to_json(self) -> dict[str, Any]:
        """The report as it is printed."""
        return {
            "invoices": self.invoices,
            "orders": self.orders,
            "refunds": self.refunds,
            "not_loadable": dict(sorted(self.not_loadable.items())),
            "unmatched_lines": dict(sorted(self.unmatched_lines.items())),
        }
