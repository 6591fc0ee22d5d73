"""What is wrong, and where people are told: hub alerts."""

from __future__ import annotations

import os
import sys
from typing import Any

import click
from marshmallow import ValidationError

from hub.bootstrap import Hub
from hub.cli.app import FAILED, as_json, explained, opened
from hub.cli.options import limit_option
from hub.cli.output import show, to_json
from hub.configuration import variables
from hub.configuration.schema import NAME
from hub.errors import ConfigurationError
from hub.store.alerts import Alert, Alerts
from hub.store.channels import Channel, Channels
from scheduler.alerting.conditions import KINDS
from scheduler.alerting.sending import checked, post, shown

_WHERE = "docs/alerts.md shows addresses for mail, Slack and Teams."


@click.group()
def alerts() -> None:
    """What is wrong now, and the channels by which people are told."""


@alerts.command("list")
@click.option("--all", "everything", is_flag=True, help="What was wrong and is over, too.")
@limit_option
@as_json
@explained
def list_alerts(everything: bool, limit: int, as_json: bool) -> None:
    """Show what is wrong now, the newest first."""
    with opened() as hub:
        rows = [_row(alert) for alert in Alerts(hub.database).newest(limit, cleared=everything)]
    columns = ["raised_at", "kind", "subject", "text", "fix", *(["cleared_at"] if everything else []), "sent_at"]
    show(rows, columns, as_json=as_json, empty="No alert." if everything else "Nothing is wrong.")


@alerts.command("channels")
@as_json
@explained
def list_channels(as_json: bool) -> None:
    """Show where alerts go, and which channels cannot be told anything at the moment."""
    with opened() as hub:
        rows = _channels(hub)
    columns = ["name", "address", "kinds", "integrations", "trouble", "next_try"]
    show(rows, columns, as_json=as_json, empty="No channel: nobody is told. Add one with: hub alerts add NAME URL")


@alerts.command()
@click.argument("name")
@click.argument("url")
@click.option("--kinds", default="", help=f"Only these, separated by commas: {', '.join(KINDS)}.")
@click.option("--integrations", default="", help="Only alerts of these integrations, separated by commas.")
@as_json
@explained
def add(name: str, url: str, kinds: str, integrations: str, as_json: bool) -> None:
    """Tell people by another channel, or change the one of this NAME. Alerts that are raised already are told, too.

    URL is an address as apprise writes it: mailtos://USER:PASSWORD@HOST?to=ops@acme.example. To keep it out of the
    shell's history write - and give it on stdin, or '${VARIABLE}' (in single quotes) for a variable of the environment.
    """
    _valid_name(name)
    address = checked(_address(url))
    with opened() as hub:
        known = {integration.name for integration in hub.integrations.all()}
        wanted = _known(kinds, KINDS, "--kinds"), _known(integrations, known, "--integrations")
        before = next((one for one in _stored(hub).all() if one.name == name), None)
        _stored(hub).save(name, address, *wanted)
        after = _stored(hub).named(name)
        hub.audit.note("alerts add", f"channel {name}", _told(before) if before else None, _told(after))
    if as_json:
        click.echo(to_json({"name": name, **_told(after)}))
    else:
        click.echo(f"Alerts go to {name} ({shown(address)}). Try it: hub alerts test {name}")


@alerts.command()
@click.argument("name")
@as_json
@explained
def remove(name: str, as_json: bool) -> None:
    """Tell nobody by a channel any more."""
    with opened() as hub:
        before = _stored(hub).named(name)
        _stored(hub).remove(name)
        hub.audit.note("alerts remove", f"channel {name}", _told(before), None)
    click.echo(to_json({"removed": name}) if as_json else f"Alerts go to {name} no more.")


@alerts.command()
@click.argument("name")
@as_json
@explained
def test(name: str, as_json: bool) -> None:
    """Send a message to a channel now. Exit status 1 when it could not be sent."""
    with opened() as hub:
        channel = _stored(hub).named(name)
        words = f"{hub.audit.actor} tries the channel {name}. Nothing is wrong."
        error = post(channel, "Integration hub: a test", words)
        hub.audit.note("alerts test", f"channel {name}", after={"sent": not error})
    if as_json:
        click.echo(to_json({"name": name, "sent": not error, "error": error}))
    elif error:
        click.echo(f"The channel {name} could not be told anything: {error}", err=True)
        click.echo(f"What to do: mend its address with hub alerts add {name} URL. {_WHERE}", err=True)
    else:
        click.echo(f"Sent. Look whether it has come to {name}.")
    if error:
        raise SystemExit(FAILED)


def _stored(hub: Hub) -> Channels:
    return Channels(hub.database, hub.vault)


def _row(alert: Alert) -> dict[str, Any]:
    names = ("id", "kind", "subject", "text", "fix", "raised_at", "last_at", "cleared_at", "sent_at", "clear_sent_at")
    return {name: getattr(alert, name) for name in names} | {"integrations": list(alert.integrations)}


def _channels(hub: Hub) -> list[dict[str, Any]]:
    """Every channel without its address, and the worst of what could not be told by it."""
    unsent = Alerts(hub.database).unsent()
    rows = []
    for channel in _stored(hub).all():
        failing = max((alert.delivery(channel.name) for alert in unsent), key=lambda one: one.tries, default=None)
        trouble: dict[str, Any] = {"trouble": "", "next_try": None}
        if failing and failing.tries:
            trouble = {"trouble": f"{failing.error} (tries: {failing.tries})", "next_try": failing.next_try}
        rows.append({"name": channel.name, **_told(channel), **trouble})
    return rows


def _told(channel: Channel) -> dict[str, Any]:
    """What may be known of a channel."""
    chosen = {"kinds": list(channel.kinds), "integrations": list(channel.integrations)}
    return {"address": shown(channel.url), **chosen}


def _valid_name(name: str) -> None:
    try:
        NAME(name)
    except ValidationError as error:
        fix = "Write letters, digits, blanks and . _ -"
        raise ConfigurationError(f"{name!r} is no name for a channel.", detail="NAME", fix=fix) from error


def _address(given: str) -> str:
    """The address that was typed, came on stdin, or stands in the environment."""
    if given == "-":
        return sys.stdin.readline().strip()
    if not variables.mentions(given):
        return given
    for name in variables.missing(given, os.environ):
        raise ConfigurationError(f"The variable {name} is not set.", detail=name, fix="Set it, and add again.")
    return variables.filled(given, os.environ)


def _known(typed: str, known: Any, option: str) -> list[str]:
    words = [word.strip() for word in typed.split(",") if word.strip()]
    unknown = [word for word in words if word not in known]
    if unknown:
        raise ConfigurationError(
            f"{option} {unknown[0]}: unknown.", detail=option, fix=f"Known: {', '.join(known) or 'none'}."
        )
    return words
