"""Orders and drafts: what a document must satisfy, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hub.sandbox.sap_b1.books import commit_lines
from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.document_lines import complete_expenses, complete_lines, prepare_freight, prepare_prices
from hub.sandbox.sap_b1.errors import DraftStored, ServiceError, inactive, not_supported, refused
from hub.sandbox.sap_b1.packing import pack, unpack_all
from hub.sandbox.sap_b1.partners import default_addresses
from hub.sandbox.sap_b1.presenting import rows_of
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.totals import ZERO, Rules, Totals, compute
from hub.sandbox.sap_b1.values import tidy
from hub.sandbox.sap_b1.writing import accepted, merged

TYPE = "Document"
#: Changing one of these touches amounts or stock, which a closed document no longer allows.
SUBSTANCE = frozenset(
    {"DocumentLines", "DocumentAdditionalExpenses", "CardCode", "DiscountPercent", "DocCurrency", "DocRate"}
)


def preview_order(company: Company, body: Any) -> Record:
    """The order as it would be; nothing is stored."""
    sent = accepted(company.catalogue, TYPE, (body or {}).get("Document") if isinstance(body, dict) else None)
    return _completed(company, sent, entry=0)


def create_order(company: Company, body: Any) -> Record:
    """Store an order.

    Where an approval procedure applies a draft is stored instead and DraftStored is raised: the caller decides whether
    the client gets to see it.
    """
    sent = accepted(company.catalogue, TYPE, body)
    if company.settings.approval:
        draft = create_draft(company, sent, status="dasPending")
        raise DraftStored(draft["DocEntry"])
    record = _completed(company, sent, entry=company.next_number("Orders"))
    return _store_order(company, record)


def create_draft(company: Company, sent: Record, *, status: str = "dasWithout") -> Record:
    """Store a draft: complete, but without a hold on the stock."""
    record = _completed(company, sent, entry=company.next_number("Drafts"))
    record["AuthorizationStatus"] = status
    company.touch(record, created=True)
    company["Drafts"].put(record)
    return record


def approve_draft(company: Company, entry: int) -> Record:
    """What an approver and the author do: the draft becomes an order and is closed."""
    draft = dict(company.look_up("Drafts", entry, "ODRF.DocEntry"))
    if draft.get("DocumentStatus") == "bost_Close":
        raise not_supported()
    order = {**draft, "DocEntry": company.next_number("Orders"), "DataVersion": 0, "AuthorizationStatus": "dasWithout"}
    order["DocNum"] = order["DocEntry"]
    order["DocumentLines"] = _packed(unpack_all(draft["DocumentLines"]), order["DocEntry"])
    _store_order(company, order)
    draft |= {"DocumentStatus": "bost_Close", "AuthorizationStatus": "dasGenerated"}
    company.touch(draft)
    company["Drafts"].put(draft)
    return order


def _store_order(company: Company, record: Record) -> Record:
    company.touch(record, created=True)
    company["Orders"].put(record)
    commit_lines(company, record["DocumentLines"], +1)
    return record


def change_document(company: Company, entity_set: str, old: Record, body: Any, *, replace_rows: bool) -> Record:
    """PATCH an order or a draft: amounts are computed anew, the hold on the stock follows."""
    sent = accepted(company.catalogue, TYPE, body)
    if old.get("DocumentStatus") == "bost_Close" and sent.keys() & SUBSTANCE:
        raise not_supported()
    new = merged(company.catalogue, TYPE, old, _with_price_basis(old, sent), replace=replace_rows)
    if sent.keys() & SUBSTANCE:
        new = _completed(company, new, entry=old["DocEntry"])
    company.touch(new)
    company[entity_set].put(new)
    if entity_set == "Orders" and sent.keys() & SUBSTANCE:
        commit_lines(company, old["DocumentLines"], -1)
        commit_lines(company, new["DocumentLines"], +1)
    return new


def _with_price_basis(old: Record, sent: Record) -> Record:
    """Rows that bring a price of their own forget the one they had."""
    prepared = dict(sent)
    if "DocumentLines" in sent:
        known = {line["LineNum"] for line in rows_of(old.get("DocumentLines"))}
        prepared["DocumentLines"] = [prepare_prices(row, known) for row in sent["DocumentLines"]]
    if "DocumentAdditionalExpenses" in sent:
        prepared["DocumentAdditionalExpenses"] = [prepare_freight(row) for row in sent["DocumentAdditionalExpenses"]]
    return prepared


def cancel(company: Company, old: Record) -> Record:
    """Cancel an open order; raises ServiceError -5006 for any other."""
    date, _ = company.moment()
    ended = {"Cancelled": "tYES", "CancelStatus": "csYes", "CancelDate": date}
    return _ended(company, old, ended)


def close(company: Company, old: Record) -> Record:
    """Close an open order: what is not delivered is given up. Raises ServiceError -5006 for any other."""
    return _ended(company, old, {})


def _ended(company: Company, old: Record, marks: Record) -> Record:
    if old.get("DocumentStatus", "bost_Open") != "bost_Open":
        raise not_supported()
    commit_lines(company, old["DocumentLines"], -1)
    new = {**old, "DocumentStatus": "bost_Close", "InventoryStatus": "bost_Close", **marks}
    lines = unpack_all(old["DocumentLines"])
    for line in lines:
        line |= {"LineStatus": "bost_Close", "RemainingOpenQuantity": ZERO, "RemainingOpenInventoryQuantity": ZERO}
    return _stored_with(company, new, lines)


def reopen(company: Company, old: Record) -> Record:
    """Open a closed order again; a cancelled one stays cancelled."""
    if old.get("DocumentStatus") != "bost_Close" or old.get("Cancelled") == "tYES":
        raise not_supported()
    lines = unpack_all(old["DocumentLines"])
    for line in lines:
        line |= {
            "LineStatus": "bost_Open",
            "RemainingOpenQuantity": line["Quantity"],
            "RemainingOpenInventoryQuantity": line["InventoryQuantity"],
        }
    new = _stored_with(company, {**old, "DocumentStatus": "bost_Open", "InventoryStatus": "bost_Open"}, lines)
    commit_lines(company, new["DocumentLines"], +1)
    return new


def _stored_with(company: Company, record: Record, lines: list[Record]) -> Record:
    record["DocumentLines"] = _packed(lines, record["DocEntry"])
    company.touch(record)
    company["Orders"].put(record)
    return record


def _packed(lines: list[Record], entry: int) -> tuple[Any, ...]:
    return tuple(pack({**line, "DocEntry": entry}) for line in lines)


def _completed(company: Company, sent: Record, entry: int) -> Record:
    """The document with everything the company adds, its totals computed; raises ServiceError for a broken rule."""
    record = dict(sent)
    record["DocEntry"] = entry
    record.setdefault("DocNum", entry)
    partner = _partner(company, record)
    _set_dates(company, record)
    _set_branch(company, record)
    rate = _set_currency(company, record, partner)
    rules = _rules_of(company, record["DocCurrency"])
    lines = complete_lines(company, record, partner, rows_of(record.get("DocumentLines")))
    expenses = complete_expenses(company, rows_of(record.get("DocumentAdditionalExpenses")))
    totals = compute(lines, expenses, record.get("DiscountPercent") or ZERO, rules)
    _set_totals(record, totals, rate, company.settings.rules)
    if record["DocCurrency"] != company.settings.local_currency:
        record |= {"DocTotalFc": totals.total, "VatSumFc": totals.tax, "TotalDiscountFC": totals.discount}
        _convert_rows(lines, rate, company.settings.rules)
    if not record.get("AddressExtension"):
        record["AddressExtension"] = default_addresses(partner)
    record["DocumentLines"] = _packed(lines, entry)
    record["DocumentAdditionalExpenses"] = expenses
    return record


def _set_totals(record: Record, totals: Totals, rate: Decimal, rules: Rules) -> None:
    local = {
        "TotalDiscount": totals.discount,
        "VatSum": totals.tax,
        "VatSumSys": totals.tax,
        "DocTotal": totals.total,
        "DocTotalSys": totals.total,
    }
    record.update((name, tidy(rules.amount(value * rate))) for name, value in local.items())


def _partner(company: Company, record: Record) -> Record:
    code = record.get("CardCode")
    if not code:
        raise refused("Customer code is missing  [ORDR.CardCode]")
    partner = company.look_up("BusinessPartners", code, "ORDR.CardCode")
    if partner.get("CardType", "cCustomer") != "cCustomer":
        raise refused(f"'{code}' is not a customer  [ORDR.CardCode]")
    if partner.get("Frozen") == "tYES" or partner.get("Valid") == "tNO":
        raise inactive(f"Business partner '{code}' is inactive  [ORDR.CardCode]")
    if not record.get("CardName"):
        record["CardName"] = partner.get("CardName")
    return partner


def _set_dates(company: Company, record: Record) -> None:
    today, _ = company.moment()
    record["DocDate"] = record.get("DocDate") or today
    record["TaxDate"] = record.get("TaxDate") or record["DocDate"]
    if not record.get("DocDueDate"):
        raise refused("Enter a delivery date  [ORDR.DocDueDate]")
    if record["DocDate"] <= company.settings.locked_until:
        raise ServiceError(400, -4013, "Posting period locked; specify an alternative date  [ORDR.DocDate]")


def _set_branch(company: Company, record: Record) -> None:
    branch = record.get("BPL_IDAssignedToInvoice")
    if branch is not None:
        record["BPLName"] = company.look_up("BusinessPlaces", branch, "ORDR.BPLId")["BPLName"]
    elif company.settings.branches:
        raise refused("Specify an active branch  [ORDR.BPLId]")


def _set_currency(company: Company, record: Record, partner: Record) -> Decimal:
    """Settle currency and rate; answers the factor that makes local money of the document's."""
    local = company.settings.local_currency
    own = partner.get("Currency") or "##"
    currency = record.get("DocCurrency") or (local if own == "##" else own)
    company.look_up("Currencies", currency, "ORDR.DocCur")
    if own not in {"##", currency}:
        raise refused(f"Currency '{currency}' is not allowed for the business partner  [ORDR.DocCur]")
    record["DocCurrency"] = currency
    if currency == local:
        record["DocRate"] = Decimal(1)
        return Decimal(1)
    rate = record.get("DocRate") or company.settings.rates.get(currency)
    if not rate:
        raise ServiceError(400, -4006, f"Update the exchange rate , '{currency}'  [ORDR.DocRate]")
    record["DocRate"] = rate
    return Decimal(rate)


def _rules_of(company: Company, currency: str) -> Rules:
    decimals = company["Currencies"][currency].get("Decimals", "cdDefault")
    rules = company.settings.rules
    if decimals == "cdWithoutDecimals":
        return replace(rules, totals_decimals=0)
    return rules


def _convert_rows(lines: list[Record], rate: Decimal, rules: Rules) -> None:
    """Rows of a document in foreign currency carry local amounts beside their own."""
    for line in lines:
        line["RowTotalFC"], line["GrossTotalFC"] = line["LineTotal"], line["GrossTotal"]
        for name in ("LineTotal", "GrossTotal", "TaxTotal"):
            line[name] = tidy(rules.amount(line[name] * rate))
        line["Rate"] = rate
