"""`hub users`: who may sign in to the console, and what each may do."""

from __future__ import annotations

import sys
from typing import Any

import click

from admin import passwords
from admin.access import ROLES, Role
from hub.bootstrap import Hub
from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.output import show, to_json
from hub.store.users import User

role_option = click.option("--role", type=click.Choice(ROLES), help="What the person may do.")
integration_option = click.option(
    "--integration", "integrations", multiple=True, help="Open to the person; may be given several times. None = all."
)
personal_option = click.option("--personal/--no-personal", default=None, help="Whether personal data may be shown.")


@click.group()
def users() -> None:
    """People who may sign in to the console: viewers look, operators press, administrators decide who may."""


@users.command("list")
@as_json
@explained
def list_users(as_json: bool) -> None:
    """Show everybody, with role and access."""
    with opened() as hub:
        rows = [_row(user, hub) for user in hub.users.all()]
    columns = ["name", "role", "integrations", "sees_personal", "state", "last_seen_at"]
    show(rows, columns, as_json=as_json, empty="No users yet: hub users add NAME --role administrator")


def _row(user: User, hub: Hub) -> dict[str, Any]:
    locked = "locked" if user.locked(hub.clock()) else "must change the password" if user.must_change else "open"
    state = "closed" if user.disabled_at else locked
    shown = {"name": user.name, **user.access(), "state": state}
    return {**shown, "created_at": user.created_at, "last_seen_at": user.last_seen_at}


@users.command()
@name_argument
@role_option
@integration_option
@personal_option
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; it is not to be changed.")
@as_json
@explained
def add(
    name: str,
    role: Role | None,
    integrations: tuple[str, ...],
    personal: bool | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Add a person; the one-time password is shown once and has to be changed at first use."""
    password = passwords.one_time()
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
        passwords.refuse_weak(password, name)
    with opened() as hub:
        _refuse_unknown(hub, integrations)
        access: dict[str, Any] = {"sees_personal": bool(personal), "integrations": integrations}
        access["must_change"] = not password_stdin
        identity = hub.users.add(name, passwords.hashed(password), role or "viewer", hub.clock(), **access)
        made = hub.users.get(identity)
        assert made is not None
        hub.audit.note("users add", made.name, after=made.access())
    if not password_stdin:
        _tell_password(made.name, password, as_json=as_json)


@users.command()
@name_argument
@role_option
@integration_option
@personal_option
@click.option("--all-integrations", is_flag=True, help="Open all integrations to the person.")
@explained
def role(
    name: str, role: Role | None, integrations: tuple[str, ...], personal: bool | None, all_integrations: bool
) -> None:
    """Change what a person may do; what is not given stays. Sessions of before end."""
    with opened() as hub:
        user = hub.users.named(name)
        _refuse_unknown(hub, integrations)
        names = () if all_integrations else integrations or user.integrations
        sees = user.sees_personal if personal is None else personal
        hub.users.set_access(user.id, role or user.role, sees_personal=sees, integrations=names)
        after = hub.users.named(name)
        hub.audit.note("users role", user.name, user.access(), after.access())
    where = ", ".join(after.integrations) or "all integrations"
    click.echo(f"{after.name}: {after.role}, {where}{', sees personal data' if after.sees_personal else ''}.")


@users.command()
@name_argument
@as_json
@explained
def password(name: str, as_json: bool) -> None:
    """Give a person a new one-time password; sessions of before end, and a locked account is open again."""
    made = passwords.one_time()
    with opened() as hub:
        user = hub.users.named(name)
        hub.users.set_password(user.id, passwords.hashed(made), must_change=True)
        hub.audit.note("users password", user.name)
    _tell_password(user.name, made, as_json=as_json)


@users.command()
@name_argument
@explained
def disable(name: str) -> None:
    """Close a person's account at once, with all sessions."""
    _close(name, closed=True)


@users.command()
@name_argument
@explained
def enable(name: str) -> None:
    """Open a closed account again."""
    _close(name, closed=False)


def _close(name: str, *, closed: bool) -> None:
    with opened() as hub:
        user = hub.users.named(name)
        hub.users.disable(user.id, hub.clock() if closed else None)
        hub.audit.note("users disable" if closed else "users enable", user.name)
    click.echo(f"{user.name}: {'closed' if closed else 'open'}.")


def _refuse_unknown(hub: Hub, integrations: tuple[str, ...]) -> None:
    for name in integrations:
        hub.integrations.named(name)


def _tell_password(name: str, made: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(to_json({"name": name, "one_time_password": made}))
        return
    click.echo(f"{name} signs in with this one-time password, which has to be changed at first use:")
    click.echo(f"    {made}")
