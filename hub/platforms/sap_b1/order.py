"""Orders into Sales Orders: looked up by our reference, computed by the ERP before they are posted, posted once."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hub.errors import (
    AmbiguousMatch,
    HubError,
    PlatformUnavailable,
    RejectedByTarget,
    TargetVanished,
    TotalMismatch,
    WaitingForApproval,
)
from hub.platforms.endpoint import Endpoint, Lookup, Native, Outcome, Probe, Step, Verb
from hub.platforms.sap_b1 import address, shapes, totals, wire
from hub.platforms.sap_b1 import document as orders
from hub.platforms.sap_b1 import user_fields as udf
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.document import Draft, OrderRules
from hub.platforms.sap_b1.errors import DraftOrUnknownCode
from hub.platforms.sap_b1.query import equal, one_of
from hub.platforms.sap_b1.texts import LIMITS
from hub.platforms.sap_b1.totals import Limits
from hub.platforms.sap_b1.wire import decimal, text, yes

SET = "Orders"
DRAFTS = "Drafts"
FREIGHTS = ("shipping", "tax", "rounding", "tip", "duty", "cash_rounding")


class OrderEndpoint(Endpoint):
    """Sales Orders."""

    object = "order"
    kind = "order"
    verbs: ClassVar[frozenset[Verb]] = frozenset({"create", "cancel"})
    volatile: ClassVar[frozenset[str]] = frozenset({wire.ETAG})

    def __init__(self, company: Company, settings: Mapping[str, Any], limits: Mapping[str, int] = LIMITS) -> None:
        self._company = company
        self._settings = settings
        self._limits = limits
        self.create_guard = Lookup(timedelta(seconds=float(settings.get("settle_seconds", 30))))
        self.read_timeout = company.read_timeout
        self._lock = threading.Lock()
        #: What the last look said about a reference, until a create has used it up: orders found, and a waiting draft.
        self._looked: dict[str, tuple[list[Native], int | None]] = {}

    # -- reading ------------------------------------------------------------------------------------------------

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Sales Orders by DocEntry."""
        rows = self._rows(SET, "DocEntry", [int(key) for key in keys], self._select(shapes.ORDER))
        return {self.key(row): self._cut(row) for row in rows}

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Sales Orders that bear our reference, cancelled ones too; drafts of it are kept in mind for `create`.

        Where the ERP has no field for our reference, the order's number (`number`) has to do: it is not unique across
        shops.
        """
        name, wanted = self._reference(probes)
        found: defaultdict[str, list[Native]] = defaultdict(list)
        for row in self._rows(SET, name, list(wanted.values()), self._select(shapes.ORDER)):
            found[text(row.get(name))].append(self._cut(row))
        missing = [value for value in wanted.values() if value not in found]
        drafts = {text(row.get(name)): row["DocEntry"] for row in self._drafts(name, missing)}
        with self._lock:
            for key, value in wanted.items():
                self._looked[key] = (found.get(value, []), drafts.get(value))
        return {key: found[value] for key, value in wanted.items() if value in found}

    def key(self, native: Native) -> str:
        """The DocEntry."""
        return str(native["DocEntry"])

    def label(self, native: Native) -> str:
        """The number people know the document by."""
        return str(native.get("DocNum", native["DocEntry"]))

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """What became of a linked order: lines by the shop's id, total, and whether it was cancelled."""
        lines: dict[str, dict[str, Any]] = {}
        for row in native.get("DocumentLines") or ():
            identifier = text(row.get(udf.LINE)) or f"#{row.get('LineNum')}"
            line = lines.setdefault(identifier, {"id": identifier, "item": row.get("ItemCode"), "quantity": Decimal(0)})
            line["quantity"] += decimal(row.get("Quantity"))
        return {
            "lines": list(lines.values()),
            "total": totals.total_of(native),
            "cancelled": yes(native.get("Cancelled")),
        }

    # -- writing ------------------------------------------------------------------------------------------------

    def create(self, step: Step) -> Outcome:
        """Post a Sales Order, unless there is one; raises TotalMismatch before posting if its totals are not right."""
        there, draft_entry = self._look(step)
        if len(there) > 1:
            numbers = [self.label(native) for native in there]
            raise AmbiguousMatch(
                f"Several Sales Orders bear this order's reference: {', '.join(numbers)}.",
                detail=" / ".join(numbers),
                fix=f"Keep the reference in one of the Sales Orders {', '.join(numbers)} and clear it in the others "
                "(U_HubRef), then re-sync.",
            )
        if there:
            return Outcome(step.key, self.key(there[0]), there[0], adopted=True)
        if draft_entry is not None:
            raise _waiting(draft_entry)
        rules = self._rules()
        draft = self._build(step, rules)
        limits = Limits(rules.tolerance, rules.total_decimals)
        taxed = not rules.tax_as_freight
        preview = self._preview(draft)
        checked = totals.compare(step.record, preview, draft.expected, limits, taxed=taxed)
        body = orders.with_rounding(draft.document, checked.difference, rules)
        native = self._post(body, step)
        warnings = (*draft.warnings, *checked.warnings)
        if checked.difference:
            warnings += (f"Rounding of {checked.difference} was posted as a freight without tax.",)
        error = _last_look(step.record, native, draft, rules)
        return Outcome(step.key, self.key(native), native, body, error=error, warnings=warnings)

    def cancel(self, step: Step) -> Outcome:
        """Cancel a Sales Order; one that is cancelled already is fine."""
        entry = int(step.target_id)
        try:
            self._company.layer.act(SET, entry, "Cancel")
        except RejectedByTarget:
            native = self._fresh(entry)
            if not yes(native.get("Cancelled")):
                raise
            return Outcome(step.key, step.target_id, native)
        return Outcome(step.key, step.target_id, self._fresh(entry))

    # -- inside -------------------------------------------------------------------------------------------------

    def _look(self, step: Step) -> tuple[list[Native], int | None]:
        """What is there under our reference. Each look serves one create, so that none relies on an old one."""
        with self._lock:
            looked = self._looked.pop(step.key, None)
        if looked is None:
            self.find([Probe(step.key, {"number": step.record["number"]})])
            with self._lock:
                looked = self._looked.pop(step.key)
        return looked

    def _build(self, step: Step, rules: OrderRules) -> Draft:
        company, record = self._company, step.record
        countries = address.countries((record["billing"], record["shipping"]))
        return orders.build(
            record,
            step.key,
            rules,
            placed=company.local(record["placed_at"]).date(),
            today=company.local(company.clock()).date(),
            states={country: company.masters.states(country) for country in countries},
        )

    def _preview(self, draft: Draft) -> Native:
        """The document as the ERP would compute it. An ERP that breaks on this one document stops no other."""
        try:
            preview: Native = self._company.layer.function("OrdersService_Preview", {"Document": draft.document})
        except PlatformUnavailable as broken:
            # Raises the same again where the ERP is not there for anybody.
            self._rows(SET, "DocEntry", [0], ["DocEntry"])
            words = f"The ERP answers, but not for this document: {broken}"
            raise RejectedByTarget(words, detail="OrdersService_Preview") from broken
        return preview

    def _post(self, body: Native, step: Step) -> Native:
        try:
            return self._cut(self._company.layer.create(SET, body, repeatable=False).native)
        except DraftOrUnknownCode:
            # An approval procedure answers with an error although it has stored a draft.
            name, wanted = self._reference([Probe(step.key, {"number": step.record["number"]})])
            drafts = self._drafts(name, list(wanted.values()))
            if drafts:
                raise _waiting(drafts[0]["DocEntry"]) from None
            raise

    def _fresh(self, entry: int) -> Native:
        native = self._company.layer.record(SET, entry, self._select(shapes.ORDER))
        if native is None:
            raise TargetVanished(f"The ERP has no Sales Order {entry} any more.", detail=f"DocEntry={entry}")
        return self._cut(native)

    def _reference(self, probes: Sequence[Probe]) -> tuple[str, dict[str, str]]:
        """The property to look in, and what to look for there, by the probes' keys."""
        if self._referenced():
            return udf.REFERENCE, {probe.key: probe.key for probe in probes}
        numbers = {probe.key: probe.values.get("number", "") for probe in probes}
        return "NumAtCard", {key: number for key, number in numbers.items() if number}

    def _drafts(self, name: str, values: Sequence[str]) -> list[Native]:
        """Open drafts of Sales Orders; one that was approved has become a Sales Order and is closed."""
        rows = self._rows(DRAFTS, name, values, self._select(shapes.DRAFT))
        return [row for row in rows if row.get("DocumentStatus") != "bost_Close"]

    def _rows(self, entity_set: str, name: str, values: Sequence[Any], names: Sequence[str]) -> list[Native]:
        options = {"$select": ",".join(names), "$orderby": "DocEntry"}
        kind = f" and {equal('DocObjectCode', 'oOrders')}" if entity_set == DRAFTS else ""
        return [
            row
            for condition in one_of(name, values)
            for row in self._company.layer.rows(entity_set, {**options, "$filter": f"({condition}){kind}"})
        ]

    def _select(self, shape: shapes.Shape) -> tuple[str, ...]:
        return shapes.select(shape, shapes.ORDER_FIELDS if self._referenced() else ())

    def _cut(self, native: Native) -> Native:
        return shapes.cut(native, shapes.ORDER, shapes.ORDER_FIELDS)

    def _referenced(self) -> bool:
        return ("ORDR", "HubRef") in self._company.masters.user_fields()

    def _rules(self) -> OrderRules:
        """The integration's settings and the company's, put together."""
        settings, masters = self._settings, self._company.masters
        admin = masters.admin()
        warehouses = masters.warehouses() if admin.branches else {}
        return OrderRules(
            name=str(settings.get("name", "")),
            freights={kind: settings.get(f"freight_{kind}") for kind in FREIGHTS},
            price_decimals=admin.price_decimals,
            total_decimals=admin.total_decimals,
            guest_customer=str(settings.get("guest_customer", "")),
            default_warehouse=str(settings.get("default_warehouse", "")),
            tax_as_freight=settings.get("tax_mode", "determination") == "freight",
            exempt_tax_code=str(settings.get("exempt_tax_code", "")),
            stand_in_item=str(settings.get("stand_in_item", "")),
            gift_card_item=str(settings.get("gift_card_item", "")),
            payment_terms=settings.get("payment_terms"),
            tolerance=Decimal(settings.get("tolerance", "0.05")),
            posts_today=settings.get("posting_date", "fact") == "today",
            overflow=str(settings.get("address_overflow", "report")),
            limits=self._limits,
            fields=masters.user_fields(),
            branches={code: house.branch for code, house in warehouses.items()} if admin.branches else None,
        )


def _last_look(record: Mapping[str, Any], native: Native, draft: Draft, rules: OrderRules) -> HubError | None:
    """A posted document is kept and linked whatever it comes to; if it is not the shop's total, that is an error."""
    exact = Limits(Decimal(0), rules.total_decimals)
    try:
        totals.compare(record, native, draft.expected, exact, taxed=False)
    except TotalMismatch as mismatch:
        return mismatch
    return None


def _waiting(entry: int) -> WaitingForApproval:
    return WaitingForApproval(f"The ERP keeps the order as draft {entry} until it is approved.")
