"""`hub tokens`: by which programs act for a person at the REST API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from hub.cli.app import as_json, explained, opened
from hub.cli.output import show, to_json
from hub.store.tokens import SCOPES, Token, Tokens

COLUMNS = ["id", "user", "name", "scopes", "created_at", "expires_at", "last_used_at"]


@click.group()
def tokens() -> None:
    """Tokens of the REST API: each acts for one person, with the role and the integrations of that person."""


@tokens.command()
@click.argument("user")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    default="read",
    show_default=True,
    help="What it may do; each allows what those before it allow.",
)
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="It is worthless after so many days."
)
@as_json
@explained
def add(user: str, name: str, scope: str, days: int, as_json: bool) -> None:
    """Make a token called NAME for USER, and show it this once. Kept is only its hash."""
    if not 1 <= len(name) <= 50 or not name.isprintable():
        raise click.BadParameter("Between 1 and 50 characters that can be printed.", param_hint="NAME")
    with opened() as hub:
        now = hub.clock()
        made, secret = Tokens(hub.database).add(user, name, [scope], now, now + timedelta(days=days))
        hub.audit.note("tokens add", f"token {made.id} of {made.user}", after=_noted(made))
    if as_json:
        click.echo(to_json({**asdict(made), "token": secret}))
        return
    click.echo(secret)
    click.echo(f"This is shown once. It may {scope} as {made.user} until {made.expires_at:%Y-%m-%d}.", err=True)


@tokens.command("list")
@click.argument("user", required=False)
@as_json
@explained
def list_tokens(user: str | None, as_json: bool) -> None:
    """Show the tokens that there are, of USER or of everybody, and when each was last used (to the minute)."""
    with opened() as hub:
        found = Tokens(hub.database).all(user)
    show(found, COLUMNS, as_json=as_json, empty="No tokens.")


@tokens.command()
@click.argument("token", type=int)
@as_json
@explained
def revoke(token: int, as_json: bool) -> None:
    """Make a token worthless at once, by its number in the list."""
    with opened() as hub:
        gone = Tokens(hub.database).revoke(token)
        hub.audit.note("tokens revoke", f"token {gone.id} of {gone.user}", before=_noted(gone))
    click.echo(to_json({"revoked": gone.id}) if as_json else f"Token {gone.id} ({gone.name}) is worthless now.")


def _noted(token: Token) -> dict[str, Any]:
    expires = token.expires_at.isoformat() if token.expires_at else None
    return {"name": token.name, "scopes": token.scopes, "expires_at": expires}
