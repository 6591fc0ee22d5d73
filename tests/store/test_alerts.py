from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

import pytest

from hub.errors import ConfigurationError
from hub.store.alerts import CLAIM, DIGEST, LONGEST_WAIT, Alerts, Wrong, due
from hub.store.channels import CHANNELS, Channel, Channels
from hub.store.database import Database
from hub.store.vault import Vault
from tests.store.conftest import Clock

DOWN = Wrong("platform_down", "acme-shop", "acme-shop does not answer.", "Wait.", integrations=("acme",))
SILENT = Wrong("silence", "acme order shop_to_erp", "No run.", integrations=("acme",))
OPS = Channel(1, "ops", "json://127.0.0.1", (), ())


@pytest.fixture
def alerts(database: Database) -> Alerts:
    return Alerts(database)


@pytest.fixture
def channels(database: Database, vault: Vault) -> Channels:
    return Channels(database, vault)


def kinds(alerts: Alerts, *, cleared: bool = False) -> list[str]:
    return [alert.kind for alert in alerts.newest(cleared=cleared)]


def said(alerts: Alerts, channel: Channel, now: datetime, error: str = "") -> list[str]:
    """What a channel is told now, as "kind raised" or "kind over"."""
    words = {alert.id: due(alert, channel, now) for alert in alerts.unsent()}
    claimed = alerts.claim(channel, [identity for identity, word in words.items() if word], now)
    alerts.note(channel, [alert.id for alert in claimed], now, error)
    return [f"{alert.kind} {words[alert.id]}" for alert in claimed]


def test_what_is_wrong_is_raised_once_and_refreshed_while_it_lasts(alerts: Alerts, clock: Clock) -> None:
    assert [len(ids) for ids in alerts.settle([DOWN, SILENT], clock())] == [2, 0]
    first = clock()
    later = clock.advance(minutes=5)
    again = Wrong("platform_down", "acme-shop", "It still does not answer.")
    assert alerts.settle([again, SILENT], later) == ([], [])
    down = next(alert for alert in alerts.newest() if alert.kind == "platform_down")
    assert (down.raised_at, down.last_at, down.count, down.text) == (first, later, 2, "It still does not answer.")


def test_what_is_gone_is_cleared_and_its_return_is_a_new_alert(alerts: Alerts, clock: Clock) -> None:
    ((first,), _) = alerts.settle([DOWN], clock())
    assert alerts.settle([], clock.advance(minutes=1)) == ([], [first])
    assert kinds(alerts) == []
    ((second,), _) = alerts.settle([DOWN], clock.advance(minutes=1))
    assert second != first
    assert kinds(alerts, cleared=True) == ["platform_down", "platform_down"]
    assert alerts.last_cleared(["platform_down"]) == {"acme-shop": clock() - timedelta(minutes=1)}


def test_an_alert_is_told_once_and_its_end_is_told_once(alerts: Alerts, clock: Clock) -> None:
    alerts.settle([DOWN], clock())
    assert said(alerts, OPS, clock()) == ["platform_down raised"]
    alerts.settle([DOWN], clock.advance(minutes=1))
    assert said(alerts, OPS, clock()) == []
    alerts.settle([], clock.advance(minutes=1))
    assert said(alerts, OPS, clock()) == ["platform_down over"]
    assert said(alerts, OPS, clock.advance(hours=2)) == []
    alerts.conclude([OPS], clock())
    assert alerts.unsent() == []


def test_nobody_hears_that_something_is_over_of_which_he_has_not_heard(alerts: Alerts, clock: Clock) -> None:
    other = Channel(2, "other", "", (), ())
    alerts.settle([DOWN], clock())
    assert said(alerts, OPS, clock()) == ["platform_down raised"]
    alerts.settle([], clock.advance(minutes=1))
    assert said(alerts, other, clock()) == []
    assert said(alerts, OPS, clock()) == ["platform_down over"]


def test_a_channel_that_fails_is_tried_again_with_growing_distance(alerts: Alerts, clock: Clock) -> None:
    alerts.settle([DOWN], clock())
    waits = []
    for _ in range(9):
        assert said(alerts, OPS, clock(), "error 500") == ["platform_down raised"]
        (alert,) = alerts.unsent()
        assert said(alerts, OPS, clock()) == []
        waits.append((alert.delivery("ops").next_try or clock()) - clock())
        clock.advance(seconds=waits[-1].total_seconds())
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits[-1] == LONGEST_WAIT
    assert (alert.delivery("ops").tries, alert.delivery("ops").error, alert.sent_at) == (9, "error 500", None)
    assert said(alerts, OPS, clock()) == ["platform_down raised"]


def test_a_channel_that_fails_keeps_no_other_from_being_told(alerts: Alerts, clock: Clock) -> None:
    other = Channel(2, "other", "", (), ())
    alerts.settle([DOWN], clock())
    assert said(alerts, OPS, clock(), "error 500") == ["platform_down raised"]
    assert said(alerts, other, clock()) == ["platform_down raised"]
    alerts.settle([DOWN], clock.advance(minutes=2))
    assert said(alerts, other, clock()) == []
    assert said(alerts, OPS, clock()) == ["platform_down raised"]


def test_what_one_process_is_sending_no_other_sends(alerts: Alerts, database: Database, clock: Clock) -> None:
    ((identity,), _) = alerts.settle([DOWN], clock())
    taken: list[int] = []
    threads = [
        Thread(target=lambda: taken.append(len(Alerts(database).claim(OPS, [identity], clock())))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [0, 0, 0, 1]


def test_what_a_process_that_died_was_sending_is_sent_by_the_next(alerts: Alerts, clock: Clock) -> None:
    ((identity,), _) = alerts.settle([DOWN], clock())
    assert alerts.claim(OPS, [identity], clock())
    clock.advance(seconds=CLAIM.total_seconds() - 1)
    assert said(alerts, OPS, clock()) == []
    clock.advance(seconds=1)
    assert said(alerts, OPS, clock()) == ["platform_down raised"]


def test_two_clocks_that_look_at_the_same_moment_raise_an_alert_once(
    alerts: Alerts, database: Database, clock: Clock
) -> None:
    raised: list[int] = []
    threads = [
        Thread(target=lambda: raised.extend(Alerts(database).settle([DOWN, SILENT], clock())[0])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(raised) == 2
    assert sorted(kinds(alerts, cleared=True)) == ["platform_down", "silence"]


def test_the_end_of_something_is_no_news_after_a_day(alerts: Alerts, clock: Clock) -> None:
    alerts.settle([DOWN], clock())
    said(alerts, OPS, clock())
    alerts.settle([], clock.advance(minutes=1))
    said(alerts, OPS, clock(), "error 500")
    alerts.conclude([OPS], clock.advance(hours=23))
    assert len(alerts.unsent()) == 1
    alerts.conclude([OPS], clock.advance(hours=2))
    assert alerts.unsent() == []


def test_a_channel_that_was_removed_keeps_nothing_waiting(alerts: Alerts, clock: Clock) -> None:
    alerts.settle([DOWN], clock())
    said(alerts, OPS, clock())
    alerts.settle([], clock.advance(minutes=1))
    alerts.conclude([], clock())
    assert alerts.unsent() == []


def test_a_summary_is_put_in_once_for_its_day_and_takes_the_place_of_the_one_before(
    alerts: Alerts, integration_id: int, clock: Clock
) -> None:
    def day(name: str) -> Wrong:
        return Wrong(DIGEST, f"acme {name}", "All is well.", integration_id=integration_id, integrations=("acme",))

    assert alerts.announce(day("2026-11-21"), clock())
    assert not alerts.announce(day("2026-11-21"), clock())
    assert said(alerts, OPS, clock()) == ["digest raised"]
    assert alerts.settle([], clock()) == ([], [])
    assert alerts.announce(day("2026-11-22"), clock.advance(days=1))
    assert said(alerts, OPS, clock()) == ["digest raised"]
    assert kinds(alerts) == []


@pytest.mark.parametrize(
    ("channel", "wanted"),
    [
        (Channel(1, "a", "", (), ()), True),
        (Channel(1, "a", "", ("platform_down",), ("acme",)), True),
        (Channel(1, "a", "", ("silence",), ()), False),
        (Channel(1, "a", "", (), ("bolt",)), False),
    ],
)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_channel_is_told_what_it_wants(alerts: Alerts, clock: Clock, channel: Channel, wanted: bool) -> None:
    alerts.settle([DOWN], clock())
    assert said(alerts, channel, clock()) == (["platform_down raised"] if wanted else [])


def test_what_concerns_everybody_goes_to_the_channel_of_one_integration() -> None:
    assert Channel(1, "a", "", (), ("acme",)).wants("workers", ())


def test_the_address_of_a_channel_is_sealed_and_never_shown(channels: Channels, database: Database) -> None:
    url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert channels.save("ops", url, ["silence"], ["acme"])
    assert not channels.save("ops", url, ["silence", "held"], ["acme"])
    (channel,) = channels.all()
    assert (channel.url, channel.kinds, channel.integrations) == (url, ("silence", "held"), ("acme",))
    assert "TIiajk" not in repr(channel)
    with database.read() as connection:
        (row,) = connection.execute(CHANNELS.select()).all()
    assert b"TIiajk" not in row.url


def test_a_channel_that_is_not_there_cannot_be_removed(channels: Channels) -> None:
    channels.save("ops", "json://127.0.0.1")
    with pytest.raises(ConfigurationError, match=r"no channel named chat\. Known: ops"):
        channels.remove("chat")
    channels.remove("ops")
    assert channels.all() == []
