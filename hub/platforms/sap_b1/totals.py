"""Whether a document comes to what the shop says: total and tax, to the cent. Pure.

Both sides round, so a cent may be left. Up to the tolerance, and at most one minor unit per line, it is posted as
rounding; more means that something is wrong (a tax code, the price mode), and nothing is posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.enumerating import first_of
from hub.errors import TotalMismatch
from hub.platforms.endpoint import Native
from hub.platforms.sap_b1 import user_fields as udf
from hub.platforms.sap_b1.document import Expected, tax_of
from hub.platforms.sap_b1.pricing import rounded, unit_of
from hub.platforms.sap_b1.wire import decimal, text

ZERO = Decimal(0)
#: How many differing lines an error names.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a document may be from the shop's figures."""

    tolerance: Decimal
    total_decimals: int

    def total(self, lines: int) -> Decimal:
        """What may be posted as rounding on so many lines."""
        return min(self.tolerance, unit_of(self.total_decimals) * lines)

    def tax(self, rows: int) -> Decimal:
        """What the tax of one rate may differ by: always one minor unit, and what so many roundings may add up to."""
        return max(unit_of(self.total_decimals), self.total(rows))

    def figures(self, shop: Decimal, erp: Decimal) -> str:
        """`shop / erp / difference`, as a person compares them."""
        return " / ".join(format(rounded(value, self.total_decimals), "f") for value in (shop, erp, shop - erp))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison that did not fail says."""

    #: Shop minus ERP: what is to be posted as rounding.
    difference: Decimal
    warnings: tuple[str, ...]


def total_of(document: Native) -> Decimal:
    """The document's total in its own currency; documents in the company's currency leave the foreign one at 0."""
    return decimal(document.get("DocTotalFc")) or decimal(document.get("DocTotal"))


def tax_sum(document: Native) -> Decimal:
    """The document's tax in its own currency."""
    return decimal(document.get("VatSumFc" if is_foreign(document) else "VatSum"))


def is_foreign(document: Native) -> bool:
    """Whether the document is in another currency than the company's."""
    return bool(decimal(document.get("DocTotalFc")))


def compare(
    record: Mapping[str, Any], document: Native, expected: Sequence[Expected], limits: Limits, *, taxed: bool = True
) -> Verdict:
    """Compare the ERP's document with the order; raises TotalMismatch with the figures `shop / erp / difference`.

    `taxed` False: the ERP computes no tax (it is posted as freight), so there is none to compare.
    """
    shop, erp = record["total"], total_of(document)
    difference = shop - erp
    if abs(difference) > limits.total(len(expected)):
        raise TotalMismatch(
            f"Shop / ERP / difference: {limits.figures(shop, erp)}, allowed {limits.total(len(expected))}. "
            f"{_lines(document, expected, limits)}",
            detail=limits.figures(shop, erp),
        )
    return Verdict(difference, tuple(_tax_warnings(record, document, limits)) if taxed else ())


def _tax_warnings(record: Mapping[str, Any], document: Native, limits: Limits) -> Iterable[str]:
    if is_foreign(document):
        # The rows of a document in foreign currency bear their tax in the company's.
        rows = len(document.get("DocumentLines") or ())
        pairs = [("in all", record["total_tax"], tax_sum(document), rows)]
    else:
        shop, erp = _shop_tax(record), _erp_tax(document)
        pairs = [
            (f"of {_percent(rate)} %", sum(shop[rate], ZERO), sum(erp[rate], ZERO), len(erp[rate]))
            for rate in sorted({*shop, *erp})
        ]
    for what, wanted, found, rows in pairs:
        if wanted == found:
            continue
        if abs(wanted - found) > limits.tax(rows):
            raise TotalMismatch(
                f"Tax {what}: shop {wanted}, ERP {found}. Check the tax map and the codes' rates.",
                detail=f"tax {limits.figures(wanted, found)}",
            )
        yield f"Tax {what} differs: shop / ERP / difference {limits.figures(wanted, found)}."


def _shop_tax(record: Mapping[str, Any]) -> defaultdict[Decimal, list[Decimal]]:
    """Amounts per combined rate: the ERP has one code where the shop lists state, county and city."""
    amounts: defaultdict[Decimal, list[Decimal]] = defaultdict(list)
    for part in (*(line for line in record["lines"] if line["quantity"]), *record["charges"]):
        if tax_of(part):
            amounts[sum((tax["rate"] for tax in part["tax"]), ZERO)].append(tax_of(part))
    return amounts


def _erp_tax(document: Native) -> defaultdict[Decimal, list[Decimal]]:
    amounts: defaultdict[Decimal, list[Decimal]] = defaultdict(list)
    for rows, rate, amount in (
        ("DocumentLines", "TaxPercentagePerRow", "TaxTotal"),
        ("DocumentAdditionalExpenses", "TaxPercent", "TaxSum"),
    ):
        for row in document.get(rows) or ():
            if decimal(row.get(amount)):
                amounts[decimal(row.get(rate)) / 100].append(decimal(row.get(amount)))
    return amounts


def _lines(document: Native, expected: Sequence[Expected], limits: Limits) -> str:
    """The lines whose amounts differ, as `label: shop / erp / difference`."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in document.get("DocumentLines") or ():
        found[text(row.get(udf.LINE))] += decimal(row.get("GrossTotal"))
    differing = [
        f"{line.label}: {limits.figures(line.amount, found[line.line])}"
        for line in expected
        if line.line in found and found[line.line] != line.amount
    ]
    if not differing:
        return "No line differs; compare freights and charges."
    return f"Lines (shop / ERP / difference): {first_of(differing, _SHOWN, '; ')}."


def _percent(rate: Decimal) -> str:
    return format((rate * 100).normalize(), "f")
