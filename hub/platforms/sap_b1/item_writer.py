"""Items written one by one, and what came of them read back together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hub.errors import (
    AmbiguousMatch,
    Changed,
    HubError,
    OutcomeUnknown,
    RecordError,
    RejectedByTarget,
    TargetVanished,
)
from hub.platforms.endpoint import TROUBLE, Native, Outcome, Step
from hub.platforms.exchanges import Exchange, collecting
from hub.platforms.sap_b1 import item_input, item_price, wire
from hub.platforms.sap_b1 import user_fields as udf
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.errors import AlreadyThere
from hub.platforms.sap_b1.item_input import Draft, ItemRules, wants
from hub.platforms.sap_b1.item_price import PriceRules
from hub.platforms.sap_b1.texts import LIMITS
from objects.fields import CustomField

SET = "Items"
#: Reads natives afresh by their codes, as the endpoint hands them out.
Read = Callable[[Sequence[str]], dict[str, Native]]


class ItemWriter:
    """Creates and changes items under one integration's rules."""

    def __init__(
        self,
        company: Company,
        settings: Mapping[str, Any],
        *,
        read: Read,
        prices: PriceRules,
        custom: tuple[CustomField, ...],
        converts: Callable[[], bool],
        limits: Mapping[str, int] = LIMITS,
    ) -> None:
        self._company = company
        self._read = read
        self._converts = converts
        self._basis = ItemRules(
            name=str(settings.get("name", "")),
            prices=prices,
            custom=custom,
            default_group=settings.get("default_item_group"),
            mapped_groups={name.casefold(): number for name, number in settings.get("item_groups", {}).items()},
            limits=limits,
        )

    def write(self, steps: Sequence[Step], carry: Callable[[Sequence[Step]], list[Outcome]]) -> list[Outcome]:
        """Have steps carried out; then read all that was written, so that each outcome has its native record."""
        # Asked first, as it may need a call: trouble is raised while nothing has been done.
        converts = self._converts()
        outcomes = carry(steps)
        if converts:
            self._price_new(steps, outcomes)
        self._read_back(outcomes)
        return outcomes

    def foretell(self, step: Step) -> dict[str, Any]:
        """What a new item is given, by the canonical names."""
        rules = self._rules(step)
        draft = item_input.new(step.record, step.key, step.only, rules)
        # As the list was last read: that a group is missing is no reason to read it again for every item.
        groups = self._company.masters.item_groups()
        return item_input.told(step.record, step.only, draft, rules, groups)

    def create(self, step: Step) -> Outcome:
        """Create an item. One that is there already is adopted if it is exactly what would have been made."""
        code = step.record["variants"][0]["code"]
        draft = item_input.new(step.record, step.key, step.only, self._rules(step))
        try:
            self._company.layer.create(SET, draft.body, repeatable=True, quiet=True)
        except RejectedByTarget as refused:
            native = self._ours(code, draft, refused)
            return Outcome(step.key, code, native, draft.body, adopted=True, warnings=draft.warnings)
        return Outcome(step.key, code, None, draft.body, warnings=draft.warnings)

    def update(self, step: Step) -> Outcome:
        """Change the chosen fields, if nobody changed the item meanwhile."""
        rules = self._rules(step)
        there = step.target if step.target and wire.etag(step.target) else self._fresh(step.target_id)
        draft = item_input.change(step.record, step.only, there, rules)
        if not draft.body:
            return Outcome(step.key, step.target_id, there, {}, warnings=draft.warnings, nothing_sent=True)
        try:
            self._company.layer.patch(SET, step.target_id, draft.body, wire.etag(there))
        except Changed:
            # A try whose answer was lost moves the version too: then nothing is left to change.
            there = self._fresh(step.target_id)
            if item_input.change(step.record, step.only, there, rules).body:
                raise
        return Outcome(step.key, step.target_id, None, draft.body, warnings=draft.warnings)

    # -- inside -------------------------------------------------------------------------------------------------

    def _rules(self, step: Step) -> ItemRules:
        """The rules, with those lists of the company that this step needs."""
        masters, record, only = self._company.masters, step.record, step.only
        needed: dict[str, Any] = {}
        if step.verb == "create":
            ours = masters.user_fields()
            names = (udf.REFERENCE, udf.TEMPLATE)
            needed["references"] = frozenset(name for name in names if ("OITM", name.removeprefix("U_")) in ours)
            needed["convert"] = self._converts()
        named = record["product_type"] if wants(only, "product_type") else ""
        if named and named.casefold() not in self._basis.mapped_groups:
            needed["groups"] = _by_name(masters.item_groups(wanted={named}))
        if wants(only, "vendor") and record["vendor"]:
            needed["manufacturers"] = _by_name(masters.manufacturers(wanted={record["vendor"]}))
        if wants(only, "weight") and record["variants"][0]["weight"]:
            needed["units"] = masters.weight_units()
        if any(wants(only, field.canonical) for field in self._basis.custom):
            needed["known"] = masters.item_fields()
        return replace(self._basis, **needed)

    def _ours(self, code: str, draft: Draft, refused: RejectedByTarget) -> Native:
        """The item under our code, if it is what we would have made; raises `refused` where the code is free."""
        native = self._read([code]).get(code)
        if native is None:
            if isinstance(refused, AlreadyThere):
                raise AmbiguousMatch(
                    f"The ERP takes {code} for a code that it has already in another spelling.",
                    detail=f"ItemCode={code}",
                    fix="Set erp_ignores_case in the integration's settings, or rename one of the two; then re-sync.",
                ) from refused
            raise refused
        body = {name: value for name, value in draft.body.items() if name in native}
        if item_input.differing(body, native):
            # Somebody made it just now: it is to be linked and compared like any other.
            raise Changed(f"The ERP has an item {code} since a moment ago.", detail=f"ItemCode={code}") from refused
        return native

    def _fresh(self, code: str) -> Native:
        native = self._read([code]).get(code)
        if native is None:
            raise TargetVanished(f"The ERP has no item {code} any more.", detail=f"ItemCode={code}")
        return native

    def _price_new(self, steps: Sequence[Step], outcomes: list[Outcome]) -> None:
        """Give new items their price, where it depends on the tax code that the ERP has given them."""
        for step, outcome in zip(steps, outcomes, strict=True):
            price = step.record["variants"][0]["price"] if step.verb == "create" else None
            if outcome.error is not None or not price or not wants(step.only, "price"):
                continue
            with collecting() as exchanges:
                try:
                    self._price(outcome, price)
                except (RecordError, OutcomeUnknown, *TROUBLE) as error:
                    outcome.error = error
            outcome.exchanges += [(exchange, 0) for exchange in exchanges]

    def _price(self, outcome: Outcome, price: Decimal) -> None:
        native = self._fresh(outcome.target_id)
        outcome.native = native
        if item_price.row_of(native).get("Price"):
            return
        body = item_input.price(price, native, self._basis)
        self._company.layer.patch(SET, outcome.target_id, body, wire.etag(native))
        outcome.sent = {**outcome.sent, **body}
        outcome.native = None

    def _read_back(self, outcomes: Sequence[Outcome]) -> None:
        """What counts is what reads back: fields that may not be written are silently left alone."""
        open_places = [place for place, one in enumerate(outcomes) if one.target_id and one.native is None]
        if not open_places:
            return
        natives: dict[str, Native] = {}
        trouble: HubError | None = None
        with collecting() as exchanges:
            try:
                natives = self._read([outcomes[place].target_id for place in open_places])
            except (RecordError, *TROUBLE) as error:
                trouble = error
        for row, place in enumerate(open_places):
            _read_into(outcomes[place], natives, trouble, exchanges, row)


def _read_into(
    outcome: Outcome, natives: Mapping[str, Native], trouble: HubError | None, exchanges: list[Exchange], row: int
) -> None:
    outcome.exchanges += [(exchange, row) for exchange in exchanges]
    outcome.native = natives.get(outcome.target_id)
    if outcome.native is None:
        code = outcome.target_id
        gone = trouble or TargetVanished(f"The ERP has no item {code} any more.", detail=f"ItemCode={code}")
        outcome.error = outcome.error or gone
        return
    body = {name: value for name, value in outcome.sent.items() if name in outcome.native}
    ignored = sorted(item_input.differing(body, outcome.native))
    outcome.warnings += tuple(f"{name} reads back differently from what was sent." for name in ignored)


def _by_name(names: Mapping[int, str]) -> dict[str, int]:
    return {name: number for number, name in names.items()}
