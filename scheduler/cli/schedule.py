"""`hub schedule`: when a route runs by itself, and when it runs next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from hub.agenda import Agenda, agendas, ahead, plan
from hub.bootstrap import Hub
from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.output import show, to_json
from hub.cli.sync import direction_option, object_argument
from hub.errors import ConfigurationError
from hub.schedule import NEVER, Schedule, daily, every, weekly
from hub.store.integrations import Integration
from hub.store.leases import CLOCK, Leases
from hub.store.routes import Route
from hub.store.runs import Run
from hub.triggers import Planned, upcoming

#: Runs that are shown when a schedule is set.
NEXT = 5
_NO_CLOCK = "No clock is running, so nothing runs by itself yet: start `hub serve`."


class SetByDefault(click.Group):
    """A group whose `set` may be left out: what is no command of it is the name of an integration."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a name that is no command for an argument of `set`."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["set", *args])


@click.group(cls=SetByDefault)
def schedule() -> None:
    """When a route runs by itself.

    `hub schedule NAME OBJECT daily 02:30` is short for `hub schedule set NAME OBJECT daily 02:30`.
    """


@schedule.command("set")
@name_argument
@object_argument
@click.argument("kind", type=click.Choice(["daily", "weekly", "every", "never"]))
@click.argument("words", nargs=-1, metavar="[WHEN]...")
@click.option("--from", "start", default="", help="Every: not before this time of the day, such as 08:00.")
@click.option("--to", "end", default="", help="Every: not after this time of the day, such as 20:00.")
@direction_option
@as_json
@explained
def set_schedule(name: str, object_name: str, direction: str | None, as_json: bool, **typed: Any) -> None:
    """Have a route run by itself, by the clocks of the integration's zone; answers with its next five runs.

    For example: daily 02:30; weekly monday,friday 02:30; every 15m; every 2h --from 08:00 --to 20:00; never.
    """
    wanted = schedule_of(**typed)
    with opened() as hub:
        integration = hub.integrations.named(name)
        route = _route(hub, integration, object_name, direction)
        before = agendas(hub, integration, [route])[0]
        plan(hub, before, wanted)
        agenda = agendas(hub, integration, [route])[0]
        ticking = _ticking(hub)
    if as_json:
        click.echo(to_json(_told(agenda, before, ticking=ticking)))
    else:
        _say(agenda, before, ticking=ticking)


@schedule.command("list")
@click.argument("name", required=False)
@as_json
@explained
def list_schedules(name: str | None, as_json: bool) -> None:
    """Show when routes run: the next and the last time, by the clocks of each integration's zone."""
    with opened() as hub:
        chosen = [hub.integrations.named(name)] if name else hub.integrations.all()
        found = [one for entry in chosen for one in agendas(hub, entry, hub.routes.of(entry.id))]
        last = hub.runs.latest(one.route.id for one in found)
        ticking = _ticking(hub)
    row = _row if as_json else _line
    columns = ["integration", "route", "schedule", "zone", "next", "last", "state", "remark"]
    show([row(one, last.get(one.route.id)) for one in found], columns, as_json=as_json, empty="No routes.")
    if not as_json and not ticking and any(one.schedule != NEVER for one in found):
        click.echo(_NO_CLOCK)


def schedule_of(kind: str, words: Sequence[str], start: str = "", end: str = "") -> Schedule:
    """The schedule that somebody has typed; ConfigurationError says what is wrong with it."""
    if (start or end) and kind != "every":
        raise ConfigurationError(f"{kind} has no hours.", detail="--from", fix="Leave --from and --to out.")
    if kind == "every":
        if not words:
            raise ConfigurationError("Every how many minutes or hours?", detail="every", fix="Write every 15m.")
        return every(" ".join(words), start, end)
    if kind == "weekly":
        days = [day for word in words[:-1] for day in word.split(",") if day]
        if not days:
            text = "A weekly schedule has days and a time."
            raise ConfigurationError(text, detail="weekly", fix="Write weekly monday,friday 02:30.")
        return weekly(days, words[-1])
    if kind == "daily":
        if len(words) != 1:
            raise ConfigurationError("A daily schedule has one time.", detail="daily", fix="Write daily 02:30.")
        return daily(words[0])
    if words:
        raise ConfigurationError("never has no time.", detail="never", fix=f"Leave {' '.join(words)} out.")
    return NEVER


# -- parts ----------------------------------------------------------------------------------------------------------


def _route(hub: Hub, integration: Integration, object_name: str, direction: str | None) -> Route:
    """The enabled route of an object, or the only one, as a schedule may be set before a route is switched on."""
    routes = [
        route
        for route in hub.routes.of(integration.id)
        if route.object == object_name and direction in (None, route.direction)
    ]
    return routes[0] if len(routes) == 1 else hub.routes.find(integration.id, object_name, direction)


def _ticking(hub: Hub) -> bool:
    return Leases(hub.database).holder(CLOCK, hub.clock()) is not None


def _say(agenda: Agenda, before: Agenda, *, ticking: bool) -> None:
    """Tell people about a schedule that was set."""
    wanted, zone = agenda.schedule, agenda.zone
    click.echo(f"{agenda.integration.name} {agenda.route.name}: {wanted} ({zone.key})")
    if before.stored and before.schedule != wanted:
        click.echo(f"It was: {before.schedule}")
    if wanted == NEVER:
        click.echo("It runs only when somebody starts it.")
        return
    click.echo("Next runs:" if agenda.armed else "Next runs, once it is armed:")
    runs = upcoming(wanted, zone, agenda.begin, NEXT)
    for run in runs:
        click.echo(f"  {_shown(run, zone)}")
    for run in ahead(agenda, runs):
        click.echo(f"Also: {_shown(run, zone)}")
    if not agenda.armed:
        click.echo(f"Not armed yet: {agenda.obstacle}")
    if agenda.route.paused_at is not None:
        click.echo(f"The route is paused by {agenda.route.paused_by}: it goes on planning, and its jobs wait.")
    if not ticking:
        click.echo(_NO_CLOCK)


def _told(agenda: Agenda, before: Agenda, *, ticking: bool) -> dict[str, Any]:
    """Tell programs about a schedule that was set."""
    runs = upcoming(agenda.schedule, agenda.zone, agenda.begin, NEXT)
    listed = {"next": runs, "days_that_differ": ahead(agenda, runs)}
    return {
        **_head(agenda),
        "before": before.schedule.written() if before.stored else None,
        **{
            name: [{"at": run.at.astimezone(agenda.zone), "note": run.note} for run in planned]
            for name, planned in listed.items()
        },
        "clock_is_running": ticking,
    }


def _shown(run: Planned, zone: ZoneInfo) -> str:
    local = run.at.astimezone(zone)
    offset = f"{local:%z}"
    return f"{local:%a %Y-%m-%d %H:%M} (UTC{offset[:3]}:{offset[3:]})  {run.note}".rstrip()


def _head(one: Agenda) -> dict[str, Any]:
    return {
        "integration": one.integration.name,
        "object": one.route.object,
        "direction": one.route.direction,
        "route": one.route.name,
        "schedule": one.schedule.written(),
        "zone": one.zone.key,
        "armed": one.armed,
        "waits_for": one.obstacle,
        "paused": one.route.paused_at is not None,
        "next_run_at": _in(one.zone, one.next_run),
    }


def _row(one: Agenda, run: Run | None) -> dict[str, Any]:
    """A route's row for programs."""
    last = None
    if run is not None:
        times = {"started_at": _in(one.zone, run.started_at), "ended_at": _in(one.zone, run.ended_at)}
        last = {"id": run.id, "state": run.state, **times}
    return {**_head(one), "last_run": last}


def _line(one: Agenda, run: Run | None) -> dict[str, Any]:
    """The same for people."""
    remarks = [one.obstacle] if one.schedule != NEVER else []
    if one.route.paused_at is not None:
        remarks.append(f"paused by {one.route.paused_by}: its jobs wait")
    return {
        **_head(one),
        "schedule": str(one.schedule),
        "next": _second(one.zone, one.next_run),
        "last": _second(one.zone, run.started_at if run else None),
        "state": run.state if run else "",
        "remark": "; ".join(remark for remark in remarks if remark),
    }


def _in(zone: ZoneInfo, moment: datetime | None) -> datetime | None:
    return moment.astimezone(zone) if moment is not None else None


def _second(zone: ZoneInfo, moment: datetime | None) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment is not None else ""
