"""A shop order as the body of a Sales Order. Pure: all that it needs of the company is handed in.

Two ways to post tax. Determination: the ERP computes it by the lines' codes; a shop whose prices include tax is posted
gross, so that its totals stay exact. Freight: everything is posted net under a code of 0 %, and the shop's tax as
freight, the items' on their lines and that of shipping at the head.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from hub.errors import InvalidRecord, MissingMapping, UnknownSku
from hub.platforms.endpoint import Native
from hub.platforms.sap_b1 import user_fields as udf
from hub.platforms.sap_b1.address import States, document_extension
from hub.platforms.sap_b1.pricing import priced_rows
from hub.platforms.sap_b1.texts import LIMITS, Texts
from hub.platforms.sap_b1.wire import day
from objects.customer import display_name

Record = Mapping[str, Any]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderRules:
    """How orders of one integration are posted to one company."""

    name: str
    #: Numbers of the freights, by kind: shipping, tax, rounding, tip, duty, cash_rounding.
    freights: Mapping[str, int | None]
    price_decimals: int
    total_decimals: int
    guest_customer: str = ""
    default_warehouse: str = ""
    #: True: tax is posted as freight.
    tax_as_freight: bool = False
    exempt_tax_code: str = ""
    stand_in_item: str = ""
    gift_card_item: str = ""
    payment_terms: int | None = None
    #: Most that may be posted as rounding.
    tolerance: Decimal = Decimal("0.05")
    #: True: DocDate is the day of posting, and only TaxDate that of the order.
    posts_today: bool = False
    overflow: str = "report"
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    #: (table, name) of our fields that the ERP has.
    fields: frozenset[tuple[str, str]] = frozenset((field.table, field.name) for field in udf.FIELDS)
    #: Branch by warehouse; None where the company has no branches.
    branches: Mapping[str, int | None] | None = None

    def has(self, table: str, name: str) -> bool:
        """Whether the ERP has a field of ours, named as a property."""
        return (table, name.removeprefix("U_")) in self.fields

    def freight(self, kind: str) -> int:
        """The number of a freight; raises MissingMapping where the settings name none."""
        number = self.freights.get(kind)
        if number is None:
            raise _missing(f"freight={kind}", f"freight_{kind}")
        return number

    def exempt(self) -> str:
        """The code of 0 %; raises MissingMapping where the settings name none."""
        if not self.exempt_tax_code:
            raise _missing("exempt_tax_code", "exempt_tax_code")
        return self.exempt_tax_code


@dataclass(frozen=True, slots=True)
class Expected:
    """What a line of the shop should come to in the ERP, tax included (in Freight mode without it)."""

    line: str
    label: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Draft:
    """A document to be posted, what its lines should come to, and what was cut or left out."""

    document: Native
    expected: tuple[Expected, ...]
    warnings: tuple[str, ...]


def build(record: Record, key: str, rules: OrderRules, *, placed: date, today: date, states: States) -> Draft:
    """The Sales Order for an order. `placed` and `today` are local dates of the ERP's zone."""
    texts = Texts(rules.overflow, rules.limits)
    lines = [row for line in record["lines"] if line["quantity"] for row in _rows(line, record, rules)]
    document: Native = {
        "CardCode": record["customer"] or rules.guest_customer,
        **_dates(rules, placed, today),
        "NumAtCard": texts.whole("NumAtCard", record["number"]),
        "DocCurrency": record["currency"],
        **_head(record, key, rules, texts),
        "DocumentLines": lines,
    }
    if not document["CardCode"]:
        raise _missing("guest_customer", "guest_customer")
    if _is_gross(record, rules):
        document["PriceMode"] = "pmdGross"
    freights = list(_freights(record, rules))
    if freights:
        document["DocumentAdditionalExpenses"] = freights
    extension = document_extension(record["billing"], record["shipping"], texts, states)
    if extension:
        document["AddressExtension"] = extension
    branch = _branch(lines, rules)
    if branch is not None:
        document["BPL_IDAssignedToInvoice"] = branch
    return Draft(document, tuple(_expected(record, rules)), tuple(texts.warnings))


def with_rounding(document: Native, difference: Decimal, rules: OrderRules) -> Native:
    """The document with what the ERP's total lacks, as a freight without tax."""
    if not difference:
        return document
    row = {"ExpenseCode": rules.freight("rounding"), "LineTotal": difference, "VatGroup": rules.exempt()}
    return {**document, "DocumentAdditionalExpenses": [*document.get("DocumentAdditionalExpenses", ()), row]}


def tax_of(part: Mapping[str, Any]) -> Decimal:
    """All tax on a line or charge."""
    return sum((tax["amount"] for tax in part["tax"]), ZERO)


def _dates(rules: OrderRules, placed: date, today: date) -> Native:
    posted = day(today if rules.posts_today else placed)
    return {"DocDate": posted, "DocDueDate": posted, "TaxDate": day(placed)}


def _head(record: Record, key: str, rules: OrderRules, texts: Texts) -> Native:
    """Our own fields, the note, and for a guest who the buyer is. Empty ones are left out."""
    ours = {
        udf.REFERENCE: key,
        udf.TEMPLATE: texts.shortened(udf.TEMPLATE, rules.name, udf.size_of(udf.TEMPLATE)),
        udf.SOURCE: texts.shortened(udf.SOURCE, record["source"], udf.size_of(udf.SOURCE)),
        udf.DISCOUNT: texts.shortened(udf.DISCOUNT, ", ".join(record["discount_codes"]), udf.size_of(udf.DISCOUNT)),
    }
    head: Native = {"Comments": texts.shortened("Comments", record["note"]), "PaymentGroupCode": rules.payment_terms}
    if not record["customer"]:
        ours[udf.EMAIL] = texts.shortened(udf.EMAIL, record["email"], udf.size_of(udf.EMAIL))
        head["CardName"] = texts.shortened("CardName", _buyer(record))
    head |= {name: value for name, value in ours.items() if rules.has("ORDR", name)}
    return {name: value for name, value in head.items() if value not in (None, "")}


def _buyer(record: Record) -> str:
    for address in (record["billing"], record["shipping"]):
        name = display_name({**address, "email": ""}) if address else ""
        if name:
            return name
    return str(record["email"])


def _is_gross(record: Record, rules: OrderRules) -> bool:
    return bool(record["taxes_included"]) and not rules.tax_as_freight


def _net(part: Mapping[str, Any], record: Record) -> Decimal:
    total: Decimal = part["total"]
    return total - tax_of(part) if record["taxes_included"] else total


def _rows(line: Mapping[str, Any], record: Record, rules: OrderRules) -> Iterator[Native]:
    gross = _is_gross(record, rules)
    amount = line["total"] if gross else _net(line, record)
    common: Native = {
        "ItemCode": _item(line, rules),
        "VatGroup": rules.exempt() if rules.tax_as_freight else line["tax_code"],
    }
    warehouse = line["warehouse"] or rules.default_warehouse
    if warehouse:
        common["WarehouseCode"] = warehouse
    if rules.has("RDR1", udf.LINE):
        common[udf.LINE] = line["id"]
    rows = priced_rows(
        amount, line["quantity"], price_decimals=rules.price_decimals, total_decimals=rules.total_decimals
    )
    taxed = tax_of(line) if rules.tax_as_freight else ZERO
    for quantity, price in rows:
        row = {**common, "Quantity": quantity, "PriceAfterVAT" if gross else "UnitPrice": price}
        if taxed:
            freight = {"ExpenseCode": rules.freight("tax"), "LineTotal": taxed, "VatGroup": rules.exempt()}
            row["DocumentLineAdditionalExpenses"] = [freight]
            taxed = ZERO
        yield row


def _item(line: Mapping[str, Any], rules: OrderRules) -> str:
    code = (rules.gift_card_item if line["gift_card"] else "") or line["item"] or rules.stand_in_item
    if not code:
        name = line["sku"] or line["title"]
        raise UnknownSku(f"No item in the ERP for the line {name}.", detail=f"sku={line['sku'] or '(none)'}")
    return str(code)


def _freights(record: Record, rules: OrderRules) -> Iterator[Native]:
    """The charges, summed up per freight and tax code: a freight stands once at the head of a document."""
    amount_name = "LineGross" if _is_gross(record, rules) else "LineTotal"
    sums: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for charge in record["charges"]:
        if rules.tax_as_freight:
            tax = tax_of(charge)
            if tax:
                sums[rules.freight("tax"), rules.exempt()] += tax
            code, amount = rules.exempt(), _net(charge, record)
        else:
            code, amount = charge["tax_code"], charge["total"]
        if amount:
            sums[rules.freight(charge["kind"]), code] += amount
    for (number, code), amount in sums.items():
        yield {"ExpenseCode": number, amount_name: amount, "VatGroup": code}


def _branch(lines: list[Native], rules: OrderRules) -> int | None:
    if rules.branches is None:
        return None
    warehouses = sorted({line.get("WarehouseCode", "") for line in lines})
    branches = {rules.branches.get(warehouse) for warehouse in warehouses}
    if len(branches) > 1:
        names = ", ".join(warehouses)
        raise InvalidRecord(
            f"The order's lines come from warehouses of several branches ({names}); a document has one branch.",
            detail="branch",
            fix="Assign the order's lines to locations of one branch in the shop, or split the order; then re-sync.",
        )
    return next(iter(branches), None)


def _expected(record: Record, rules: OrderRules) -> Iterator[Expected]:
    for line in record["lines"]:
        if line["quantity"]:
            net = _net(line, record)
            amount = net if rules.tax_as_freight else net + tax_of(line)
            yield Expected(line["id"], f"{line['sku'] or line['title']} x {line['quantity']}", amount)


def _missing(detail: str, setting: str) -> MissingMapping:
    return MissingMapping(
        f"The order needs the setting {setting}, which is empty.",
        detail=detail,
        fix=f"Set {setting} in the integration's settings, then re-sync the group.",
    )
