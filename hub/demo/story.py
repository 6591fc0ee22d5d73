"""What the demo does, step by step, and what it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hub.bootstrap import Hub
from hub.demo import proof
from hub.demo.processes import Sandbox
from hub.demo.proof import Proof
from hub.store.failures import Group
from hub.store.integrations import Integration
from hub.store.job import Request, Scope
from hub.store.maps import Entry
from hub.store.routes import Route
from hub.store.runs import Run
from hub.sync import resync
from hub.working import see_through, sentence, totals

Say = Callable[[str], None]

#: The cause and detail that the made-up world is mended of, and the entry that mends it.
KLARNA = ("MISSING_MAPPING", "payment=klarna")
MENDED = Entry("payment", "klarna", "card:1")


@dataclass(slots=True)
class Story:
    """One telling of the demo."""

    hub: Hub
    shop: Sandbox
    erp: Sandbox
    integration: Integration
    say: Say
    first: list[dict[str, Any]] = field(default_factory=list)
    finished: bool = True

    def route(self, object_name: str) -> Route:
        """The route of an object."""
        return self.hub.routes.find(self.integration.id, object_name)

    def run(self, object_name: str, scope: Scope, reason: str) -> Run:
        """Put a job in and see it through."""
        request = Request(self.route(object_name).id, scope, reason, self.hub.audit.actor)
        run = see_through(self.hub, self.hub.jobs.put(request, self.hub.clock()))
        self.finished = self.finished and run.state == "done"
        if run.state != "done":
            self.say(f"  {object_name}: the run was {run.state}: {run.error}")
        return run

    # -- chapters -----------------------------------------------------------------------------------------------

    def first_sync(self) -> None:
        """All four objects, in the order in which they depend on each other."""
        for name, scope in (
            ("customer", "initialize"),
            ("product", "initialize"),
            ("order", "changes"),
            ("inventory", "initialize"),
        ):
            run = self.run(name, "initialize" if scope == "initialize" else "changes", "demo")
            self.first.append(totals(self.hub, run))
            arrow = "shop -> ERP" if self.route(name).direction == "shop_to_erp" else "ERP -> shop"
            self.say(f"  {name:<10} {arrow}   {sentence(run.counts)}")

    def groups(self) -> list[Group]:
        """Open failures of all routes, the largest group first."""
        return self.hub.failures.groups([route.id for route in self.hub.routes.of(self.integration.id)])

    def explain(self, at_most: int) -> None:
        """Failures in words."""
        for number, group in enumerate(self.groups()[:at_most], 1):
            route = self.hub.routes.get(group.route_id)
            shown = f"{group.cause} {group.detail}".strip()
            self.say(f"  {number}. {route.object}: {shown} ({group.count} record{'s' if group.count > 1 else ''})")
            self.say(f"     {group.fix}")
        for group in self.groups()[at_most:]:
            shown = f"{group.cause} {group.detail}".strip()
            self.say(f"  Also {self.hub.routes.get(group.route_id).object}: {shown}")

    def mend(self) -> bool | None:
        """Cure the Klarna group: add the missing entry, re-sync the group. None = there is nothing of the kind."""
        route = self.route("order")
        cause, detail = KLARNA
        failures = self.hub.failures.select([route.id], cause=cause, detail=detail)
        if not failures:
            return None
        self.say(f"  hub maps set {self.integration.name} payment klarna card:1")
        self.hub.maps.put(self.integration.id, [MENDED])
        self.say(f"  hub resync {self.integration.name} order --cause {cause} --detail {detail}")
        for request in resync.requests(failures, [route], self.hub.audit.actor):
            run = see_through(self.hub, self.hub.jobs.put(request, self.hub.clock()))
            self.say(f"  {sentence(run.counts)}")
        return not self.hub.failures.select([route.id], cause=cause, detail=detail)

    def again(self) -> int:
        """Every route once more, everything compared; answers the writes that the two systems counted."""
        before = self._writes()
        # The order route first: the mended orders have changed the ERP's committed stock, which inventory reads.
        for name in ("customer", "product", "order", "inventory"):
            self.run(name, "full", "demo, second run")
        return self._writes() - before

    def _writes(self) -> int:
        counts = Counter[str]()
        for sandbox in (self.shop, self.erp):
            counts.update(sandbox.ask("counts"))
        return sum(count for name, count in counts.items() if is_write(name))

    # -- proof --------------------------------------------------------------------------------------------------

    def compare(self, skus_before: dict[str, int]) -> dict[str, Proof]:
        """Both sides, as the sandboxes themselves tell them."""
        return {
            "order": proof.orders(
                self.shop.ask("state/orders?fields=id,name,current_total"),
                self.erp.ask("state/orders?fields=U_HubRef,DocTotal,Cancelled"),
                self._explained("order"),
            ),
            "customer": proof.customers(
                self.shop.ask("state/customers?fields=id"),
                self.erp.ask("state/business_partners?fields=U_HubRef"),
                self._explained("customer"),
            ),
            "product": proof.products(
                self.erp.ask("state/items?fields=ItemCode"),
                self.shop.ask("state/variants?fields=sku"),
                skus_before,
                self._explained("product"),
            ),
        }

    def _explained(self, object_name: str) -> set[str]:
        route = self.route(object_name).id
        failures = {failure.key for failure in self.hub.failures.select([route])}
        return failures | set(self.hub.skips.keys(route))


def skus(shop: Sandbox) -> dict[str, int]:
    """How many variants of the shop bear each SKU."""
    return Counter(row["sku"] for row in shop.ask("state/variants?fields=sku") if row["sku"])


def is_write(operation: str) -> bool:
    """Whether an operation, as a sandbox counts it, changes something."""
    if operation.startswith(("POST ", "PATCH ", "PUT ", "DELETE ")):
        return not operation.endswith(("Login", "Logout", "Preview", "GetCompanyInfo", "GetAdminInfo"))
    return operation.endswith(("Set", "Create", "Update", "Activate", "Add", "Remove", "Delete", "Quantities"))
