"""Both sides compared, from what the sandboxes say of themselves: nothing lost, nothing doubled, totals equal. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Rows = Iterable[Mapping[str, Any]]


@dataclass(slots=True)
class Proof:
    """What a comparison found."""

    compared: int = 0
    #: On the other side exactly once, and equal where there is something to be equal.
    equal: int = 0
    #: Not on the other side, with a failure or a skip that says why.
    explained: int = 0
    #: Not on the other side, and nobody says why.
    unexplained: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    #: "name: shop / ERP".
    different: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything is accounted for."""
        return not (self.unexplained or self.doubled or self.different)

    def shown(self) -> dict[str, Any]:
        """Numbers, and the first few names of what is wrong."""
        return {
            "compared": self.compared,
            "equal": self.equal,
            "explained": self.explained,
            "unexplained": len(self.unexplained),
            "doubled": len(self.doubled),
            "different": len(self.different),
            "examples": [*self.unexplained, *self.doubled, *self.different][:5],
        }


def orders(shop: Rows, erp: Rows, explained: Collection[str]) -> Proof:
    """Each order of the shop against the orders of the ERP that bear its id.

    `shop` rows: id, name, current_total. `erp` rows: U_HubRef, DocTotal, Cancelled.
    """
    by_reference: dict[str, list[Mapping[str, Any]]] = {}
    for row in erp:
        by_reference.setdefault(str(row["U_HubRef"] or ""), []).append(row)
    proof = Proof()
    for order in shop:
        proof.compared += 1
        found = by_reference.get(order["id"], [])
        if not found:
            _missing(proof, order["id"], order["name"], explained)
        elif len(found) > 1:
            proof.doubled.append(order["name"])
        else:
            _compare(proof, order, found[0], explained)
    return proof


def _compare(proof: Proof, order: Mapping[str, Any], document: Mapping[str, Any], explained: Collection[str]) -> None:
    totals = Decimal(str(order["current_total"])), Decimal(str(document["DocTotal"]))
    if totals[0] == totals[1] or document["Cancelled"] == "tYES":
        proof.equal += 1
    elif order["id"] in explained:
        proof.explained += 1
    else:
        proof.different.append(f"{order['name']}: {totals[0]} / {totals[1]}")


def customers(shop: Rows, erp: Rows, explained: Collection[str]) -> Proof:
    """Each customer of the shop against the partners that bear its id."""
    references = Counter(str(row["U_HubRef"]) for row in erp if row["U_HubRef"])
    proof = Proof()
    for customer in shop:
        _count(proof, customer["id"], references[customer["id"]], explained)
    return proof


def products(erp: Rows, shop: Rows, before: Mapping[str, int], explained: Collection[str]) -> Proof:
    """Each item of the ERP against the variants with its code. `before` counts those from before the first run."""
    skus = Counter(str(row["sku"]) for row in shop if row["sku"])
    proof = Proof()
    for item in erp:
        code = item["ItemCode"]
        made_twice = skus[code] > max(before.get(code, 0), 1)
        _count(proof, code, 2 if made_twice else min(skus[code], 1), explained)
    return proof


def _count(proof: Proof, key: str, times: int, explained: Collection[str]) -> None:
    proof.compared += 1
    if times == 1:
        proof.equal += 1
    elif times > 1:
        proof.doubled.append(key)
    else:
        _missing(proof, key, key, explained)


def _missing(proof: Proof, key: str, name: str, explained: Collection[str]) -> None:
    if key in explained:
        proof.explained += 1
    else:
        proof.unexplained.append(name)
