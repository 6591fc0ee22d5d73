"""The scene of a scenario: the real hub on a store of its own, between two running sandboxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.bootstrap import Hub
from hub.config import from_environment
from hub.configuration import applying
from hub.configuration.file import read
from hub.sandbox.clock import SandboxClock
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.server import running
from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.world.model import World
from hub.store.failures import Failure
from hub.store.job import Request, Scope
from hub.store.link_list import LinkEntry, LinkList
from hub.store.maps import Entry
from hub.store.routes import Route
from hub.store.runs import VERDICTS, Run
from hub.sync import resync
from hub.working import see_through
from message_log.detail import Detail, Details
from message_log.queries import Entry as LogEntry
from message_log.queries import Queries
from message_log.streams import Filters
from tests.acceptance import company
from tests.acceptance.sandboxes import Erp, Shop
from tests.databases import new_hub

#: In the order in which they depend on each other.
ROUTES = ("customer", "product", "order", "inventory")


@dataclass
class Stage:
    """One scene. Time stands still until `later` or somebody's sleep moves it, on both sides and in the hub at once."""

    hub: Hub
    shop: Shop
    erp: Erp
    clock: SandboxClock
    settings: dict[str, Any] = field(default_factory=dict)
    #: Total of the shop's order when it was imported, by its id.
    imported_at: dict[str, Decimal] = field(default_factory=dict)

    # -- setting up ---------------------------------------------------------------------------------------------

    def configure(self, **changes: Any) -> None:
        """Apply the integration's file, with these settings on top of those of earlier calls."""
        self.settings |= changes
        self.apply(company.file(**self.settings))

    def apply(self, text: str) -> None:
        """Apply an integration's file to the two sandboxes."""
        environment = {
            "SHOP": self.shop.url,
            "SHOP_TOKEN": "shpat_sandbox",
            "ERP": self.erp.url,
            "ERP_PASSWORD": "sandbox",
            **self.shop.locations(),
        }
        applying.apply(read(text, environment), self.hub)

    def map(self, name: str, shop: str, erp: str) -> None:
        """Add an entry to a map."""
        self.hub.maps.put(self.integration.id, [Entry(name, shop, erp)])

    def set_up_erp(self) -> None:
        """Create our fields in the ERP, and restart its Service Layer, so that it shows them."""
        connection = self.hub.connect(self.hub.connections.get(self.integration.erp_id))
        try:
            connection.set_up()
        finally:
            connection.close()
        self.erp.do("restart")

    @property
    def integration(self) -> Any:
        return self.hub.integrations.named(company.NAME)

    def route(self, name: str) -> Route:
        return self.hub.routes.find(self.integration.id, name)

    # -- doing --------------------------------------------------------------------------------------------------

    def later(self, seconds: float = 60) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    def run(self, name: str, scope: Scope = "changes") -> Run:
        """Synchronise one object now; its counts must add up."""
        return self._through(Request(self.route(name).id, scope, "sync now", "ann"))

    def resync(self, name: str, cause: str, detail: str = "") -> Run:
        """Re-sync a group of failures."""
        route = self.route(name)
        failures = self.hub.failures.select([route.id], cause=cause, detail=detail)
        (request,) = resync.requests(failures, [route], "ann")
        return self._through(request)

    def _through(self, request: Request) -> Run:
        run = see_through(self.hub, self.hub.jobs.put(request, self.hub.clock()))
        assert run.state == "done", run.error
        assert run.counts["read"] == sum(run.counts[name] for name in VERDICTS)
        assert sum(run.causes.values()) == run.counts["skipped"] + run.counts["failed"]
        self._note_imports()
        return run

    def _note_imports(self) -> None:
        totals = {order["id"]: order["current_total"] for order in self.shop.ask("state/orders")}
        for document in self.erp.documents():
            self.imported_at.setdefault(document["U_HubRef"], totals[document["U_HubRef"]])

    # -- looking ------------------------------------------------------------------------------------------------

    def failures(self, name: str) -> list[Failure]:
        """Open failures of an object."""
        return self.hub.failures.select([self.route(name).id])

    def messages(self, name: str, **filters: Any) -> list[LogEntry]:
        """Messages of an object, oldest first."""
        queries = Queries(self.hub.log_database.engine, self.hub.vault)
        return list(queries.export(Filters(object=name, **filters), personal=True))

    def detail(self, message: int) -> Detail:
        """A message with its payloads and attempts, unmasked."""
        detail = Details(self.hub.log_database.engine, self.hub.vault, {}).show(message, personal=True)
        assert detail is not None
        return detail

    def links(self, kind: str) -> list[LinkEntry]:
        """All links of a kind."""
        return LinkList(self.hub.database, self.integration.id).select(kind=kind, limit=100_000)

    def writes(self) -> Counter[str]:
        """Writes that reached shop and ERP so far."""
        return self.shop.writes() + self.erp.writes()


@contextmanager
def opened(home: Path, *, taxes_included: bool = True) -> Iterator[Stage]:
    """A scene with the scenarios' fixture: everything is loaded once and in step, and no order has come yet."""
    with between(home, company.world(taxes_included=taxes_included)) as stage:
        stage.erp.clerk_orders("MUG", 10)
        stage.shop.do("stock", sku="MUG", location="L1", available=90)
        stage.configure(prices_include_tax=taxes_included)
        stage.set_up_erp()
        for name in ("customer", "product", "inventory"):
            assert not stage.run(name, "initialize").counts["failed"]
        stage.later()
        yield stage


@contextmanager
def between(home: Path, world: World) -> Iterator[Stage]:
    """The hub between two sandboxes that hold a world; nothing is configured and nothing loaded."""
    clock = SandboxClock(lambda: company.START)
    with ExitStack() as stack:
        applications = ShopifyApplication(world, now=clock.now), SapB1Application(world, now=clock.now)
        shop, erp = (stack.enter_context(running(one, clock=clock)) for one in applications)
        hub = new_hub(from_environment({"HUB_HOME": str(home)}), clock=clock.now, actor="ann")
        stack.callback(hub.close)
        hub.sleep = clock.advance
        yield Stage(hub, Shop(shop.url), Erp(erp.url), clock)
