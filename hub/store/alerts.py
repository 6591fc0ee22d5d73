"""Alerts: what a person should know without looking, raised once and cleared once, and told once on each channel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import (
    JSON,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.channels import Channel
from hub.store.database import Database, StoreBase, UtcDateTime

#: The daily summary: news that goes out once and is never over.
DIGEST = "digest"
#: A channel that fails is tried again after so long, then after twice as long each time, up to a limit.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
#: A claim of a process that died while it was sending ends after so long; then another sends.
CLAIM = timedelta(minutes=2)
#: The news that something is over is no news any more after so long.
STALE = timedelta(days=1)


class AlertRow(StoreBase):
    """One alert, from when it was raised to when its reason was gone."""

    __tablename__ = "alert"
    __table_args__ = (
        # Once until cleared.
        Index(
            "alert_raised",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("cleared_at is null"),
            postgresql_where=text("cleared_at is null"),
        ),
        Index("alert_unsent", "sent_at"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: failures | error_rate | platform_down | credentials | parked | held | api_version | secret | silence | ...
    kind: Mapped[str] = mapped_column(String(30))
    #: What it is about ("acme order shop_to_erp", "acme-shop").
    subject: Mapped[str] = mapped_column(String(255))
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integration.id"))
    text: Mapped[str] = mapped_column(Text)
    fix: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the reason was last seen, and how often.
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int] = mapped_column(Integer, default=1)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the alert, and the news that it is over, went out.
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clear_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


ALERTS = cast(Table, AlertRow.__table__)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is wrong now: the reason of an alert, which is known by its kind and subject."""

    kind: str
    subject: str
    text: str
    fix: str = ""
    integration_id: int | None = None
    #: Names of the integrations that it concerns; empty = all.
    integrations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far one alert has come on one channel."""

    #: When the alert, and the news that it is over, went out.
    told: datetime | None = None
    over: datetime | None = None
    #: Until when a process that is sending has it for itself.
    claimed: datetime | None = None
    #: How often sending has failed in a row, when it is tried again, and why it failed.
    tries: int = 0
    next_try: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as stored."""

    id: int
    kind: str
    subject: str
    integration_id: int | None
    text: str
    fix: str
    details: Mapping[str, Any]
    raised_at: datetime
    last_at: datetime
    count: int
    cleared_at: datetime | None
    sent_at: datetime | None
    clear_sent_at: datetime | None

    @property
    def integrations(self) -> tuple[str, ...]:
        """Names of the integrations that it concerns; empty = all."""
        return tuple(self.details.get("integrations", ()))

    @property
    def deliveries(self) -> dict[str, Delivery]:
        """How far it has come, by the name of the channel."""
        return {name: _delivery(stored) for name, stored in self.details.get("channels", {}).items()}

    def delivery(self, channel: str) -> Delivery:
        """How far it has come on one channel."""
        return self.deliveries.get(channel, Delivery())


def due(alert: Alert, channel: Channel, now: datetime) -> Literal["raised", "over", ""]:
    """What has to be said of an alert on a channel now; empty = nothing."""
    known = alert.delivery(channel.name)
    waits = max(known.claimed or now, known.next_try or now) > now
    if waits or not channel.wants(alert.kind, alert.integrations):
        return ""
    if alert.cleared_at is None:
        return "" if known.told else "raised"
    return "over" if known.told and not known.over and alert.kind != DIGEST else ""


class Alerts:
    """The table of alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settle(self, wrongs: Iterable[Wrong], now: datetime) -> tuple[list[int], list[int]]:
        """Bring what is raised to what is wrong now; answers the ids of the alerts raised and of those cleared.

        Whoever else does the same at the same moment raises nothing twice.
        """
        wanted = {(wrong.kind, wrong.subject[:255]): wrong for wrong in wrongs}
        with self._database.write() as connection:
            standing = ALERTS.c.cleared_at.is_(None) & (ALERTS.c.kind != DIGEST)
            query = select(ALERTS).where(standing).order_by(ALERTS.c.id).with_for_update()
            known = {(row.kind, row.subject): Alert(*row) for row in connection.execute(query)}
            for identity, alert in known.items():
                if identity in wanted:
                    _refresh(connection, alert, wanted[identity], now)
            gone = [alert for identity, alert in known.items() if identity not in wanted]
            for alert in gone:
                # Nobody was told of it, so nobody is told that it is over.
                told = any(delivery.told for delivery in alert.deliveries.values())
                values = {"cleared_at": now, "clear_sent_at": None if told else now}
                connection.execute(ALERTS.update().where(ALERTS.c.id == alert.id).values(values))
            fresh = [self._raise(connection, wrong, now) for at, wrong in wanted.items() if at not in known]
        return [identity for identity in fresh if identity is not None], [alert.id for alert in gone]

    def announce(self, news: Wrong, now: datetime) -> bool:
        """Put a summary in, once for its subject, in the place of the one before; answers whether it is new."""
        same = (ALERTS.c.kind == news.kind) & (ALERTS.c.subject == news.subject[:255])
        before = (
            (ALERTS.c.kind == news.kind)
            & (ALERTS.c.integration_id == news.integration_id)
            & (ALERTS.c.subject != news.subject[:255])
            & ALERTS.c.cleared_at.is_(None)
        )
        with self._database.write() as connection:
            if connection.scalar(select(ALERTS.c.id).where(same).limit(1)) is not None:
                return False
            connection.execute(ALERTS.update().where(before).values(cleared_at=now, clear_sent_at=now))
            return self._raise(connection, news, now) is not None

    def _raise(self, connection: Connection, wrong: Wrong, now: datetime) -> int | None:
        values = {
            "kind": wrong.kind,
            "subject": wrong.subject[:255],
            "integration_id": wrong.integration_id,
            "text": wrong.text,
            "fix": wrong.fix,
            "details": {"integrations": list(wrong.integrations), "channels": {}},
            "raised_at": now,
            "last_at": now,
            "count": 1,
        }
        statement = self._database.insert(ALERTS).values(values)
        once = statement.on_conflict_do_nothing(
            index_elements=["kind", "subject"], index_where=ALERTS.c.cleared_at.is_(None)
        )
        identity: int | None = connection.scalar(once.returning(ALERTS.c.id))
        return identity

    def known(self, kind: str, subject: str) -> bool:
        """Whether there is, or was, an alert of this kind and subject."""
        query = select(ALERTS.c.id).where(ALERTS.c.kind == kind, ALERTS.c.subject == subject[:255]).limit(1)
        with self._database.read() as connection:
            return connection.scalar(query) is not None

    def newest(self, limit: int | None = None, *, cleared: bool = False, before: int | None = None) -> list[Alert]:
        """The newest alerts first: what is wrong now, or with `cleared` what was, too. Summaries are left out.

        With `before` only those that are older than this one.
        """
        query = select(ALERTS).where(ALERTS.c.kind != DIGEST).order_by(ALERTS.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(ALERTS.c.id < before)
        if not cleared:
            query = query.where(ALERTS.c.cleared_at.is_(None))
        with self._database.read() as connection:
            return [Alert(*row) for row in connection.execute(query)]

    def last_cleared(self, kinds: Sequence[str]) -> dict[str, datetime]:
        """When a trouble of these kinds was last over, by its subject."""
        query = select(ALERTS.c.subject, ALERTS.c.cleared_at).where(
            ALERTS.c.kind.in_(list(kinds)), ALERTS.c.cleared_at.is_not(None)
        )
        with self._database.read() as connection:
            return {row.subject: row.cleared_at for row in connection.execute(query.order_by(ALERTS.c.cleared_at))}

    # -- sending ------------------------------------------------------------------------------------------------

    def unsent(self) -> list[Alert]:
        """Alerts of which there may be something to say, the oldest first: raised ones, and those just cleared."""
        over = and_(ALERTS.c.cleared_at.is_not(None), ALERTS.c.clear_sent_at.is_(None))
        query = select(ALERTS).where(or_(ALERTS.c.cleared_at.is_(None), over)).order_by(ALERTS.c.id)
        with self._database.read() as connection:
            return [Alert(*row) for row in connection.execute(query)]

    def claim(self, channel: Channel, ids: Iterable[int], now: datetime) -> list[Alert]:
        """Take what is to be said on a channel for ourselves; answers what nobody else has said or is saying.

        Claim, send, `note`: a process that dies in between leaves its claim to run out, and the next one says it,
        perhaps for a second time. So all is said at least once, and twice only after a crash at that very moment.
        """
        claimed = []
        with self._database.write() as connection:
            for alert in _locked(connection, ids):
                if due(alert, channel, now):
                    _keep(connection, alert, channel.name, lambda known: replace(known, claimed=now + CLAIM))
                    claimed.append(alert)
        return claimed

    def note(self, channel: Channel, ids: Iterable[int], now: datetime, error: str = "") -> None:
        """Note that what was claimed has gone out, or why it has not."""

        def sent(known: Delivery) -> Delivery:
            if error:
                wait = min(FIRST_WAIT * 2 ** min(known.tries, 10), LONGEST_WAIT)
                return replace(known, claimed=None, tries=known.tries + 1, next_try=now + wait, error=error)
            return Delivery(told=known.told or now, over=now if known.told else None)

        with self._database.write() as connection:
            for alert in _locked(connection, ids):
                _keep(connection, alert, channel.name, sent)
                if not error and alert.sent_at is None:
                    connection.execute(ALERTS.update().where(ALERTS.c.id == alert.id).values(sent_at=now))

    def conclude(self, channels: Sequence[Channel], now: datetime) -> None:
        """Put away what is over and of which there is nothing more to say."""
        names = {channel.name for channel in channels}
        for alert in self.unsent():
            if alert.cleared_at is None:
                continue
            waiting = [name for name, known in alert.deliveries.items() if known.told and not known.over]
            if names.isdisjoint(waiting) or now - alert.cleared_at > STALE:
                with self._database.write() as connection:
                    connection.execute(ALERTS.update().where(ALERTS.c.id == alert.id).values(clear_sent_at=now))


def _refresh(connection: Connection, alert: Alert, wrong: Wrong, now: datetime) -> None:
    details = {**alert.details, "integrations": list(wrong.integrations)}
    values = {"text": wrong.text, "fix": wrong.fix, "details": details, "last_at": now, "count": alert.count + 1}
    connection.execute(ALERTS.update().where(ALERTS.c.id == alert.id).values(values))


def _locked(connection: Connection, ids: Iterable[int]) -> list[Alert]:
    query = select(ALERTS).where(ALERTS.c.id.in_(list(ids))).order_by(ALERTS.c.id).with_for_update()
    return [Alert(*row) for row in connection.execute(query)]


def _keep(connection: Connection, alert: Alert, channel: str, change: Callable[[Delivery], Delivery]) -> None:
    """Keep another state of one channel with an alert whose row is locked."""
    changed = _stored(change(alert.delivery(channel)))
    channels = {**alert.details.get("channels", {}), channel: changed}
    values = {"details": {**alert.details, "channels": channels}}
    connection.execute(ALERTS.update().where(ALERTS.c.id == alert.id).values(values))


_TIMES = ("told", "over", "claimed", "next_try")


def _delivery(stored: Mapping[str, Any]) -> Delivery:
    times = {name: datetime.fromisoformat(stored[name]) for name in _TIMES if stored.get(name)}
    return Delivery(tries=stored.get("tries", 0), error=stored.get("error", ""), **times)


def _stored(delivery: Delivery) -> dict[str, Any]:
    times = {name: moment.isoformat() for name in _TIMES if (moment := getattr(delivery, name))}
    return {**times, "tries": delivery.tries, "error": delivery.error}
