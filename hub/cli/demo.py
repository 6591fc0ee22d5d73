"""`hub demo`: the main job between two sandboxes, on made-up or real data."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from hub.bootstrap import build
from hub.cli.app import explained
from hub.cli.output import to_json
from hub.config import from_environment
from hub.demo.company import MADE_UP, ONLINE_RETAIL, configure
from hub.demo.life import Life
from hub.demo.processes import both
from hub.demo.staying import stay
from hub.demo.story import Story, skus
from hub.errors import ConfigurationError


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with the columns of the Online Retail set, instead of a made-up world.",
)
@click.option("--size", type=click.IntRange(10), default=60, show_default=True, help="The size of the made-up world.")
@click.option("--once", is_flag=True, help="End after the first sync, instead of serving the console and going on.")
@click.option("--open", "open_browser", is_flag=True, help="Open the console in your browser.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one line of JSON at the end.")
@explained
def demo(data: Path | None, size: int, once: bool, open_browser: bool, as_json: bool) -> None:
    """Start a shop and an ERP on this machine, synchronise all four objects, and serve the console over them."""
    # A demo starts anew each time; what it made stays in HUB_HOME until the next one.
    # Told to end, the demo ends its sandboxes, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(2))
    # A shell that starts it in the background has Ctrl+C ignored; it ends the demo all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    home = Path(os.environ.get("HUB_HOME") or "var/demo").absolute()
    _clear(home)

    def say(text: str) -> None:
        click.echo(text, err=as_json)

    with ExitStack() as stack:
        say("1. A shop (Shopify) and an ERP (SAP Business One), each a process of its own")
        options = ["--data", str(data)] if data else ["--size", str(size)]
        shop, erp = stack.enter_context(both(options))
        say(f"  shop at {shop.url}, ERP at {erp.url}")
        hub = build(from_environment({"HUB_HOME": str(home)}), actor="demo")
        stack.callback(hub.close)
        integration = configure(hub, shop, erp, ONLINE_RETAIL if data else MADE_UP)
        before = skus(shop)
        story = Story(hub, shop, erp, integration, say)
        say("2. First sync")
        story.first_sync()
        result = _tell_the_rest(story, before, made_up=data is None)
        if "loaded" in shop.hello:
            result["loaded"] = shop.hello["loaded"]
        if as_json:
            click.echo(to_json(result))
        else:
            say("")
            say("All is well." if result["ok"] else "Not as expected: see above.")
        if not once:
            stay(hub, home, Life(shop, erp), click.echo, open_browser=open_browser)
    sys.exit(0 if result["ok"] else 2)


def _tell_the_rest(story: Story, before: dict[str, int], *, made_up: bool) -> dict[str, Any]:
    say = story.say
    say("3. What failed, and what to do about it")
    story.explain(3 if made_up else 10)
    cured: bool | None = None
    if made_up:
        say("4. One of them mended")
        cured = story.mend()
    say(f"{5 if made_up else 4}. Everything once more: what is in step is left alone")
    writes = story.again()
    say(f"  {writes} writes")
    say(f"{6 if made_up else 5}. Both sides compared, as the two systems themselves tell it")
    proofs = story.compare(before)
    for name, proof in proofs.items():
        say(f"  {name}: {proof.compared} compared, {proof.equal} equal, {proof.explained} left out with a reason")
        for example in proof.shown()["examples"]:
            say(f"    not accounted for: {example}")
    adds_up = all(
        row["read"] == sum(row[name] for name in ("created", "updated", "unchanged", "skipped", "failed"))
        for row in story.first
    )
    holds = all(proof.holds for proof in proofs.values())
    return {
        "ok": story.finished and adds_up and holds and writes == 0 and cured is not False and (cured or not made_up),
        "routes": story.first,
        "second_run_writes": writes,
        "cured": cured,
        "compared": {name: proof.shown() for name, proof in proofs.items()},
    }


def _clear(home: Path) -> None:
    """Make room for a new demo; ConfigurationError where the folder holds something else."""
    marker = home / "demo"
    if home.exists() and any(home.iterdir()) and not marker.exists():
        raise ConfigurationError(
            f"{home} holds a hub that is no demo, or other files; a demo would delete them.",
            detail="HUB_HOME",
            fix="Unset HUB_HOME (the demo then uses var/demo), or set it to a folder of its own.",
        )
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    marker.write_text("A demo was here; the next one starts anew.\n", encoding="utf-8")
