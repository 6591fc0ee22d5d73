"""The command group `sandbox`: a stand-in for a platform as a process of its own.

What serves and what makes data is imported by the command that needs it: the `hub` command mounts this group, and
must not pay for a web server and two platforms whenever it is called.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial, reduce
from pathlib import Path
from typing import Any

import click

from hub.sandbox.faults import Rule, parse_faults

Command = Callable[..., None]


class FaultText(click.ParamType[list[Rule]]):
    """Rules of faults in their text form."""

    name = "faults"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[Rule]:
        """Parse the text, or say which part of it is no fault."""
        try:
            return parse_faults(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


#: What every sandbox is started with.
COMMON = (
    click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at."),
    click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port to listen at; 0 = a free one."),
    click.option(
        "--data",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Load this folder (the columns of the Online Retail set) instead of making a world up.",
    ),
    click.option("--size", type=click.IntRange(1), default=60, show_default=True, help="The size of a made-up world."),
    click.option("--items", type=click.IntRange(0), help="So many plain items and nothing else, to measure with."),
    click.option(
        "--items-in",
        type=click.Choice(["both", "erp", "shop"]),
        default="both",
        show_default=True,
        help="On which side the plain items are.",
    ),
    click.option("--seed", type=int, default=1, show_default=True, help="Where the made-up world and chance start."),
    click.option(
        "--until",
        type=click.DateTime(),
        help="Made-up orders are of the month before this local time, instead of always the same month.",
    ),
    click.option("--latency-ms", type=click.FloatRange(0), default=0, help="Wait so long before every answer."),
    click.option(
        "--faults",
        type=FaultText(),
        default="",
        help="KIND=SHARE[:LOW-HIGH][#TIMES][@NAME|NAME],... such as late=0.1:5-20,throttled=0.05@products.",
    ),
    click.option(
        "--state",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Keep the state in this file through a restart.",
    ),
)


def common(command: Command) -> Command:
    """Give a command the options that every sandbox has."""
    return reduce(lambda decorated, option: option(decorated), reversed(COMMON), command)


@click.group()
def sandbox() -> None:
    """Stand-ins for the platforms, to develop, demonstrate and test against."""


#: What a shop is started with beside that.
OF_SHOP = (
    click.option("--index-lag-ms", type=click.FloatRange(0), default=0, help="How far the search index lags behind."),
    click.option("--points-per-second", type=float, default=1000, show_default=True, help="How fast cost is restored."),
    click.option(
        "--bucket", type=float, default=20000, show_default=True, help="The most query cost that is available."
    ),
    click.option("--shuffle-bulk", is_flag=True, help="Write the lines of ungrouped bulk files in random order."),
)


def of_shop(command: Command) -> Command:
    """Give a command the options that a shop has."""
    return reduce(lambda decorated, option: option(decorated), reversed(OF_SHOP), command)


@sandbox.command("shopify")
@common
@of_shop
def shopify(index_lag_ms: float, points_per_second: float, bucket: float, shuffle_bulk: bool, **options: Any) -> None:
    """Serve a Shopify shop (Admin GraphQL)."""
    from hub.sandbox.start import Settings, start  # noqa: PLC0415 - see the module's first lines.

    build = _shop(index_lag_ms, points_per_second, bucket, shuffle_bulk)
    _run(lambda: start(Settings(**options), [build]))


@sandbox.command("sap-b1")
@common
def sap_b1(**options: Any) -> None:
    """Serve a SAP Business One company (Service Layer)."""
    from hub.sandbox.sap_b1.application import SapB1Application  # noqa: PLC0415 - see the module's first lines.
    from hub.sandbox.start import Settings, start  # noqa: PLC0415

    _run(lambda: start(Settings(**options), [SapB1Application]))


@sandbox.command("pair")
@common
@of_shop
def pair(index_lag_ms: float, points_per_second: float, bucket: float, shuffle_bulk: bool, **options: Any) -> None:
    """Serve shop and ERP in one process, so that a measurement can give them one core. `urls` says where each is."""
    from hub.sandbox.sap_b1.application import SapB1Application  # noqa: PLC0415 - see the module's first lines.
    from hub.sandbox.start import Settings, start  # noqa: PLC0415

    if options["state"]:
        raise click.UsageError("A pair keeps no state; start shop and ERP on their own for that.")
    build = _shop(index_lag_ms, points_per_second, bucket, shuffle_bulk)
    _run(lambda: start(Settings(**options), [build, SapB1Application]))


def _shop(index_lag_ms: float, points_per_second: float, bucket: float, shuffle_bulk: bool) -> Any:
    from hub.sandbox.shopify.application import ShopifyApplication  # noqa: PLC0415 - see the module's first lines.

    return partial(
        ShopifyApplication,
        index_lag=timedelta(milliseconds=index_lag_ms),
        restore_rate=points_per_second,
        bucket=bucket,
        shuffle_bulk=shuffle_bulk,
    )


@sandbox.command("data")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def data(folder: Path) -> None:
    """Print what becomes of every invoice of FOLDER, as one line of JSON."""
    from hub.sandbox.world.online_retail import load_online_retail  # noqa: PLC0415 - see the module's first lines.

    _run(lambda: click.echo(json.dumps(load_online_retail(folder)[1].to_json())))


def _run(work: Callable[[], None]) -> None:
    try:
        work()
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
