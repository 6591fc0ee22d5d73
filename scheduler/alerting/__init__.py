"""Alerts: every few seconds what is wrong is compared with what has been told, and people are told the difference."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.bootstrap import Hub
from hub.store.alerts import Alerts
from scheduler.alerting import digest
from scheduler.alerting.conditions import wrong
from scheduler.alerting.picture import picture
from scheduler.alerting.sending import Background, deliver
from scheduler.duties import Duty

#: How often everything is looked at.
EVERY = timedelta(seconds=20)


def look(hub: Hub, now: datetime) -> None:
    """Raise what is wrong, clear what is not any more, and put in the summaries that are due."""
    seen = picture(hub, now)
    Alerts(hub.database).settle(wrong(seen), now)
    digest.announce(hub, seen)


def duties(hub: Hub) -> list[Duty]:
    """What the clock does about alerts: it has one thread look, and another tell people.

    To look takes a second where there are thousands of routes, and to tell as long as the slowest channel.
    """
    telling = Background("alerts-telling", lambda: deliver(hub, hub.clock()))

    def round_() -> None:
        look(hub, hub.clock())
        telling.nudge()

    looking = Background("alerts-looking", round_)
    return [Duty("alerts", EVERY, lambda now: looking.nudge())]
