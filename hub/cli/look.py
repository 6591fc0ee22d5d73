"""Looking: runs and links."""

from __future__ import annotations

from typing import Any

import click

from hub.bootstrap import Hub
from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.options import OBJECT, confirmed, limit_option, yes_option
from hub.cli.output import as_dict, show, to_json
from hub.errors import ConfigurationError
from hub.relinking import relink as link_otherwise
from hub.relinking import unlink as take_apart
from hub.store.link_list import LinkList
from objects.fields import Side


@click.command()
@click.argument("name", required=False)
@click.option("--object", "object_name", type=OBJECT)
@limit_option
@as_json
@explained
def runs(name: str | None, object_name: str | None, limit: int, as_json: bool) -> None:
    """Show the newest runs with their counts, of one integration or of all."""
    with opened() as hub:
        names = [name] if name else [integration.name for integration in hub.integrations.all()]
        routes = {
            route.id: (integration, route)
            for integration in names
            for route in _routes(hub, integration)
            if object_name in (None, route.object)
        }
        found = hub.runs.newest(routes, limit)
        jobs = hub.jobs.several(run.job_id for run in found)
    rows = []
    for run in found:
        integration, route = routes[run.route_id]
        where = {"integration": integration, "object": route.object, "direction": route.direction}
        rows.append({**as_dict(run), **where, "route": route.name, "kind": jobs[run.job_id].kind})
    columns = ["id", "integration", "route", "kind", "state", "started_at", "counts", "causes"]
    show(rows, [*columns, "warnings", "error"], as_json=as_json, empty="No runs yet.")


def _routes(hub: Hub, name: str) -> list[Any]:
    return hub.routes.of(hub.integrations.named(name).id)


@click.group()
def links() -> None:
    """Which record of the shop is which record of the ERP."""


@links.command("list")
@name_argument
@click.option("--kind", default="", help="customer, product, variant, order or level.")
@click.option("--id", "ident", default="", help="The id on either side.")
@click.option("--after", type=int, default=0, help="Go on behind this link.")
@limit_option
@as_json
@explained
def list_links(name: str, kind: str, ident: str, after: int, limit: int, as_json: bool) -> None:
    """Show links in the order in which they were made."""
    with opened() as hub:
        integration = hub.integrations.named(name)
        found = LinkList(hub.database, integration.id).select(kind=kind, ident=ident, after=after, limit=limit)
    columns = ["id", "kind", "shop_id", "erp_id", "state", "parent_id", "unknown_since", "message"]
    show(found, columns, as_json=as_json, empty="No links.")
    if len(found) == limit and not as_json:
        click.echo(f"More: add --after {found[-1].id}")


@links.command()
@name_argument
@click.argument("link", type=int)
@yes_option
@as_json
@explained
def unlink(name: str, link: int, yes: bool, as_json: bool) -> None:
    """Forget that two records are the same. Nothing is deleted on either side; the next run matches anew."""
    with opened() as hub:
        integration = hub.integrations.named(name)
        confirmed(f"Remove link {link}? The record may be created a second time if it is not found again.", yes=yes)
        gone = take_apart(hub, integration, link)
    click.echo(to_json(gone) if as_json else f"{gone.kind}: {gone.shop_id} and {gone.erp_id} are no longer linked.")


@links.command()
@name_argument
@click.argument("link", type=int)
@click.option("--shop", "shop_id", default="", help="The shop's record that it is linked to from now on, by its id.")
@click.option("--erp", "erp_id", default="", help="The ERP's record that it is linked to from now on, by its code.")
@as_json
@explained
def relink(name: str, link: int, shop_id: str, erp_id: str, as_json: bool) -> None:
    """Link a record to another one of a side. Nothing is written to either side; the next run compares them."""
    if bool(shop_id) == bool(erp_id):
        raise ConfigurationError(
            "Which record instead?", detail="choice", fix="Give --shop ID or --erp ID: the side that changes."
        )
    side: Side = "shop" if shop_id else "erp"
    with opened() as hub:
        integration = hub.integrations.named(name)
        found = LinkList(hub.database, integration.id).get(link)
        done = link_otherwise(hub, integration, found, side, shop_id or erp_id)
    if as_json:
        told = {"kind": found.kind, "shop_id": done.shop_id, "erp_id": done.erp_id}
        click.echo(to_json({**told, "jobs": sorted(done.jobs)}))
        return
    said = " The next run compares them." if done.jobs else ""
    click.echo(f"{found.kind}: {done.shop_id} and {done.erp_id} are linked now.{said}")
