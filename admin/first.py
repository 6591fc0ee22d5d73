"""The first administrator, made where nobody may sign in yet."""

from __future__ import annotations

import click

from admin import passwords
from hub.bootstrap import Hub

NAME = "admin"


def first_administrator(hub: Hub) -> str | None:
    """Make the first administrator where there are no users; answers the one-time password, None where there are."""
    if hub.users.all():
        return None
    password = passwords.one_time()
    if not hub.users.add_first(NAME, passwords.hashed(password), hub.clock()):
        return None
    hub.audit.note("users add", NAME, after={"role": "administrator", "first": True})
    return password


def tell(password: str, address: str) -> None:
    """Say the one-time password once, on stderr and not in the log."""
    where = f" at {address}" if address else ""
    click.echo(f"First start of the console. Sign in{where} as {NAME} with this one-time password:", err=True)
    click.echo(f"    {password}", err=True)
    click.echo("It is shown only now and has to be changed. Another one: hub users password admin", err=True)
