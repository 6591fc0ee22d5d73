"""What becomes of an order by its financial status: told by the gate that decides it, so that both never differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from objects.base import Record, Settings
from objects.order import decide

#: Financial statuses of an order in the shop.
STATUSES = (
    "PENDING",
    "AUTHORIZED",
    "PARTIALLY_PAID",
    "PAID",
    "PARTIALLY_REFUNDED",
    "REFUNDED",
    "VOIDED",
    "EXPIRED",
)
Outcome = Literal["import", "wait", "skip"]
#: The settings that have a say in it.
_SETTINGS = ("order_statuses", "cod_gateways")


@dataclass(frozen=True, slots=True)
class Rule:
    """One status, or one case of it."""

    status: str
    outcome: Outcome
    #: Which of its orders are meant; empty = all.
    case: str = ""
    #: The reason that the message log gives, where the order is not imported.
    reason: str = ""


def rules(settings: Settings) -> list[Rule]:
    """What becomes of each status under an integration's settings; those that the shop does not have come last."""
    named = settings.get("order_statuses") or ()
    unknown = [Rule(status, "skip", "the shop has no such status") for status in named if status not in STATUSES]
    return [*(rule for status in STATUSES for rule in _of(status, settings)), *unknown]


def _of(status: str, settings: Settings) -> Iterator[Rule]:
    told = [_rule(status, case, facts, settings) for case, facts in _cases(status, settings).items()]
    # Where all cases end alike there is nothing to tell apart.
    alike = len({(rule.outcome, rule.reason) for rule in told}) == 1
    yield from [replace(told[0], case="")] if alike else told


def _cases(status: str, settings: Settings) -> Mapping[str, Record]:
    """What else decides about an order of a status: case -> facts."""
    if status == "PENDING":
        gateways = settings.get("cod_gateways") or ()
        named = f"cash on delivery ({', '.join(gateways)})"
        at_the_door = {named: {"payments": [{"gateway": gateways[0]}]}} if gateways else {}
        return {**at_the_door, "with payment terms": {"payment_terms": True}, "all others": {}}
    if status == "REFUNDED":
        return {"something was shipped": {"shipped": True}, "nothing was shipped": {}}
    return {"": {}}


def _rule(status: str, case: str, facts: Record, settings: Settings) -> Rule:
    skip = decide(
        {**_ORDER, "financial_status": status, **facts}, {name: settings.get(name) or () for name in _SETTINGS}
    )
    if skip is None:
        return Rule(status, "import", case)
    return Rule(status, "wait" if skip.reason == "WAITING_FOR_PAYMENT" else "skip", case, skip.reason)


#: An order about which nothing else is worth a word.
_ORDER: dict[str, Any] = {
    "test": False,
    "cancelled_at": None,
    "placed_at": datetime(2026, 1, 1, tzinfo=UTC),
    "source": "",
    "tags": [],
    "lines": [{"quantity": 1, "location": ""}],
    "payments": [],
    "payment_terms": False,
    "on_hold": False,
    "high_risk": False,
    "shipped": False,
}
