"""The demo after its first sync: the hub runs by itself, people do things in both systems, and a person tries it."""

from __future__ import annotations

import subprocess
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.clock import sleep
from hub.demo.company import COMPANY, NAME, PASSWORD, TOKEN, USER
from hub.demo.life import Life
from hub.demo.processes import LOG, Console, Sandbox, add_person, empty_pair, serving
from hub.errors import ConfigurationError, HubError
from hub.store.runs import Run
from hub.working import sentence

Say = Callable[[str], None]
#: Something happens in shop or ERP every so often.
ERRANDS_EVERY = timedelta(seconds=20)
#: Who may sign in. It is no secret: everything here listens on this machine only, and is gone with the demo.
PEOPLE = ("admin", "administrator"), ("operator", "operator"), ("viewer", "viewer")
PASSPHRASE = "demo demo demo"


def stay(hub: Hub, home: Path, life: Life, say: Say, *, open_browser: bool = False) -> None:
    """Until the person has seen enough; ConfigurationError where the hub itself has ended."""
    with ExitStack() as stack:
        empty = stack.enter_context(empty_pair())
        for name, role in PEOPLE:
            add_person(home, name, role, PASSPHRASE)
        console = stack.enter_context(serving(home))
        for line in _introduction(console, life, empty, home):
            say(line)
        if open_browser:
            webbrowser.open(console.url)
        try:
            _Watch(hub, life, say, console, (life.shop, life.erp, empty[0])).on()
        except KeyboardInterrupt:
            say("")


def _introduction(console: Console, life: Life, empty: tuple[Sandbox, Sandbox], home: Path) -> list[str]:
    shop, erp = empty
    return [
        "",
        f"The console     {console.url}",
        f"                sign in as {PEOPLE[0][0]}, password: {PASSPHRASE}   (also: {PEOPLE[1][0]}, {PEOPLE[2][0]})",
        f"The shop        {life.shop.desk}   you are the shopkeeper, and the buyer",
        f"The ERP         {life.erp.desk}   you are the clerk",
        "",
        "Three things to try",
        "  1. Change the price of an item in the ERP. In the console press Sync Now at the route of products, or wait",
        "     two minutes: the new price is in the shop, and the message shows what was changed.",
        "  2. Place an order in the shop that is paid by paypal. It fails, and the console says what to do:",
        "     no account is mapped to paypal. Map it, re-sync, and the order is in the ERP.",
        "  3. Set up an integration of your own between these two, which are empty:",
        f"     shop       address {shop.url}, token {TOKEN}",
        f"                pages {shop.desk}",
        f"     ERP        address {erp.url}, company {COMPANY}, user {USER}, password {PASSWORD}",
        f"                pages {erp.desk}",
        "",
        f"At the command line: export HUB_HOME={home}, then hub failures groups {NAME}, hub messages list, hub --help.",
        f"The hub's own log: {home / LOG}.",
        "Everything listens on this machine only. Ctrl+C ends the demo; what happens meanwhile:",
        "",
    ]


class _Watch:
    """Tells what people do in both systems, what the hub makes of it, and which process has ended."""

    def __init__(self, hub: Hub, life: Life, say: Say, console: Console, sandboxes: tuple[Sandbox, ...]) -> None:
        self._hub = hub
        self._life = life
        self._say = say
        self._console = console
        self._sandboxes = list(sandboxes)
        self._routes = {route.id: route for route in hub.routes.all()}
        self._told = max((run.id for run in hub.runs.newest(self._routes, 1)), default=0)

    def on(self) -> None:
        """Go on and on."""
        zone = integration_settings.zone(integration_settings.load(self._hub.integrations.named(NAME).settings))
        errand_at = self._hub.clock()
        while self._console.process.poll() is None:
            now = self._hub.clock()
            self._look_after_sandboxes()
            if now >= errand_at:
                self._errand(now, zone)
                errand_at = now + ERRANDS_EVERY
            for run in reversed(self._hub.runs.newest(self._routes, 20)):
                self._tell(run, zone)
            sleep(1)
        raise ConfigurationError(
            f"The hub has ended (status {self._console.process.wait()}).",
            fix="The end of hub.log in HUB_HOME says why.",
        )

    def _look_after_sandboxes(self) -> None:
        for one in [one for one in self._sandboxes if one.process.poll() is not None]:
            self._sandboxes.remove(one)
            self._say(f"The sandbox {one.name} at {one.url} has ended (status {one.process.wait()}).")
            self._say("  The hub goes on and says that it cannot be reached. Ctrl+C, then make demo starts anew.")

    def _errand(self, now: datetime, zone: ZoneInfo) -> None:
        if not (_runs(self._life.shop.process) and _runs(self._life.erp.process)):
            return
        try:
            self._say(f"{now.astimezone(zone):%H:%M:%S}  {self._life.go_on()}")
        except HubError as error:
            self._say(f"{now.astimezone(zone):%H:%M:%S}  an errand that came to nothing: {error}")

    def _tell(self, run: Run, zone: ZoneInfo) -> None:
        if run.id <= self._told or run.ended_at is None:
            return
        self._told = run.id
        # An integration that was set up meanwhile is told of by the console.
        if run.state != "done" or run.counts["created"] + run.counts["updated"] + run.counts["failed"]:
            outcome = sentence(run.counts) if run.state == "done" else f"{run.state}: {run.error}"
            self._say(f"{run.ended_at.astimezone(zone):%H:%M:%S}    {self._routes[run.route_id].name}: {outcome}")


def _runs(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is None
