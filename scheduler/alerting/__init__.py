"""Alerts: every few seconds what is wrong is compared with what has been told, and people are told the difference."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.bootstrap import Hub
from hub.store.alerts import Alerts
from scheduler.alerting import digest
from scheduler.alerting.conditions import wrong
from scheduler.alerting.picture import picture
from scheduler.alerting.sending import Courier
from scheduler.duties import Duty

#: How often everything is looked at.
EVERY = timedelta(seconds=20)


def look(hub: Hub, now: datetime) -> None:
    """Raise what is wrong, clear what is not any more, and put in the summaries that are due."""
    Alerts(hub.database).settle(wrong(picture(hub, now)), now)
    digest.announce(hub, now)


def duties(hub: Hub) -> list[Duty]:
    """What the clock does about alerts: it looks, and has a thread tell people."""
    courier = Courier(hub)

    def act(now: datetime) -> None:
        look(hub, now)
        courier.nudge()

    return [Duty("alerts", EVERY, act)]
