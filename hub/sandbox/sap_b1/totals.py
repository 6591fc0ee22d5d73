"""The arithmetic of a document: prices, tax, freight and totals, in Decimal from end to end.

A line is priced net (UnitPrice) or gross (PriceAfterVAT); in gross mode the tax is taken out of the gross amount, so
that the gross amount stays exact. Tax is rounded per line, or per tax code over the whole document (a company setting).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.values import tidy

ZERO = Decimal("0.0")
ONE = Decimal(1)
HUNDRED = Decimal(100)

#: What a client may price a line by; all of it is computed anew from the one that counts.
PRICES = ("UnitPrice", "Price", "PriceAfterVAT", "GrossPrice", "LineTotal", "GrossTotal")
GROSS_PRICES = ("PriceAfterVAT", "GrossPrice", "GrossTotal")
#: Marks a stored line as priced gross, so that a later change of the quantity keeps the gross price.
GROSS = "_gross"


@dataclass(frozen=True, slots=True)
class Rules:
    """How this company computes."""

    totals_decimals: int = 2
    price_decimals: int = 6
    #: True: tax is rounded per tax code over the document; False: per line.
    group_vat: bool = False

    def amount(self, value: Decimal) -> Decimal:
        """An amount of money as the document carries it."""
        return _rounded(value, self.totals_decimals)

    def price(self, value: Decimal) -> Decimal:
        """A unit price as the document carries it."""
        return _rounded(value, self.price_decimals)


@dataclass(slots=True)
class Part:
    """What one line or freight adds to the document, after the document's discount."""

    record: Record
    code: str
    #: 0.19 for 19 %.
    rate: Decimal
    gross: bool
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The document's sums, in its currency."""

    discount: Decimal
    tax: Decimal
    total: Decimal


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def compute(lines: Iterable[Record], expenses: Iterable[Record], discount_percent: Decimal, rules: Rules) -> Totals:
    """Fill in the amounts of lines and freights and add them up.

    Every line must carry Quantity, VatGroup, TaxPercentagePerRow and one of the prices; every freight VatGroup,
    TaxPercent and LineTotal or LineGross.
    """
    factor = ONE - discount_percent / HUNDRED
    parts: list[Part] = []
    before = ZERO
    for line in lines:
        part = _priced(line, factor, rules)
        before += line["LineTotal"]
        parts.append(part)
        parts += [_freight(row, "TaxPercent", rules) for row in line.get("DocumentLineAdditionalExpenses", ())]
    goods = sum((part.net for part in parts if "Quantity" in part.record), ZERO)
    parts += [_freight(row, "TaxPercent", rules) for row in expenses]
    if rules.group_vat:
        _level(parts, rules)
    for part in parts:
        _write_back(part, discounted=factor != ONE)
    tax = sum((part.tax for part in parts), ZERO)
    total = sum((part.net for part in parts), ZERO) + tax
    return Totals(rules.amount(before - goods), rules.amount(tax), rules.amount(total))


def _priced(line: Record, factor: Decimal, rules: Rules) -> Part:
    quantity: Decimal = line["Quantity"]
    rate = line["TaxPercentagePerRow"] / HUNDRED
    kept = ONE - line.get("DiscountPercent", ZERO) / HUNDRED
    if line.get(GROSS):
        total = _gross_total(line, quantity, rules)
        tax = rules.amount(total * rate / (ONE + rate))
        net = total - tax
        line["Price"] = rules.price(line["PriceAfterVAT"] / (ONE + rate))
        line["UnitPrice"] = rules.price(line["Price"] / kept) if kept else line["Price"]
        due = rules.amount(total * factor)
        due_tax = rules.amount(due * rate / (ONE + rate))
        part = Part(line, line["VatGroup"], rate, True, due - due_tax, due_tax)
    else:
        net = _net_total(line, quantity, kept, rules)
        line["PriceAfterVAT"] = rules.price(line["Price"] * (ONE + rate))
        due = rules.amount(net * factor)
        part = Part(line, line["VatGroup"], rate, False, due, rules.amount(due * rate))
    line["GrossPrice"] = line["PriceAfterVAT"]
    line["LineTotal"] = net
    return part


def _gross_total(line: Record, quantity: Decimal, rules: Rules) -> Decimal:
    price = line.get("PriceAfterVAT")
    if price is None:
        price = line.get("GrossPrice")
    if price is None:
        total: Decimal = rules.amount(line["GrossTotal"])
        line["PriceAfterVAT"] = rules.price(total / quantity)
        return total
    line["PriceAfterVAT"] = rules.price(price)
    return rules.amount(line["PriceAfterVAT"] * quantity)


def _net_total(line: Record, quantity: Decimal, kept: Decimal, rules: Rules) -> Decimal:
    if line.get("UnitPrice") is not None:
        line["UnitPrice"] = rules.price(line["UnitPrice"])
        line["Price"] = rules.price(line["UnitPrice"] * kept)
        return rules.amount(line["Price"] * quantity)
    if line.get("Price") is not None:
        line["Price"] = rules.price(line["Price"])
        total = rules.amount(line["Price"] * quantity)
    else:
        total = rules.amount(line["LineTotal"])
        line["Price"] = rules.price(total / quantity)
    line["UnitPrice"] = rules.price(line["Price"] / kept) if kept else line["Price"]
    return total


def _freight(row: Record, rate_name: str, rules: Rules) -> Part:
    rate = row[rate_name] / HUNDRED
    gross = bool(row.get(GROSS))
    if gross:
        total = rules.amount(row["LineGross"])
        tax = rules.amount(total * rate / (ONE + rate))
        return Part(row, row["VatGroup"], rate, True, total - tax, tax)
    net = rules.amount(row.get("LineTotal") or ZERO)
    return Part(row, row["VatGroup"], rate, False, net, rules.amount(net * rate))


def _level(parts: list[Part], rules: Rules) -> None:
    """Round the tax once per code: the last part of each code takes the difference."""
    groups: defaultdict[tuple[str, bool], list[Part]] = defaultdict(list)
    for part in parts:
        groups[part.code, part.gross].append(part)
    for (_, gross), group in groups.items():
        rate = group[0].rate
        net = sum((part.net for part in group), ZERO)
        tax = sum((part.tax for part in group), ZERO)
        due = rules.amount((net + tax) * rate / (ONE + rate) if gross else net * rate)
        group[-1].tax += due - tax
        if gross:
            group[-1].net -= due - tax


def _write_back(part: Part, *, discounted: bool) -> None:
    record = part.record
    if "Quantity" in record:
        record["TaxTotal"] = part.tax
        if part.gross and not discounted:
            record["LineTotal"] = part.net
        record["GrossTotal"] = record["LineTotal"] + part.tax
        for name in (*PRICES, "TaxTotal"):
            record[name] = tidy(record[name])
    else:
        record["LineTotal"] = tidy(part.net)
        record["TaxSum"] = tidy(part.tax)
        if "LineNum" in record:
            record["LineGross"] = tidy(part.net + part.tax)
