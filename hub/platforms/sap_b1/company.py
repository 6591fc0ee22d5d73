"""What every endpoint of one connection shares: the Service Layer, the company's lists, its zone and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.clock import Clock
from hub.platforms.sap_b1.client import ServiceLayer
from hub.platforms.sap_b1.masters import Masters


@dataclass(frozen=True, slots=True)
class Company:
    """One company, reached by one connection."""

    layer: ServiceLayer
    masters: Masters
    zone: ZoneInfo
    clock: Clock
    read_timeout: timedelta

    def local(self, moment: datetime) -> datetime:
        """An aware moment on the company's wall clock."""
        return moment.astimezone(self.zone)
