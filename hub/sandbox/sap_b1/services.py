"""Functions and actions beside the entity sets: company facts, currencies, number series, posting periods."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.sandbox.sap_b1.company import Company, yes
from hub.sandbox.sap_b1.errors import ServiceError, bad_request, not_found
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.values import read_date

VERSION = 1000340


def company_info(company: Company) -> Record:
    """CompanyInfo: among other things whether tax is rounded per tax code."""
    return {
        "CompanyName": company.settings.company_name,
        "Version": VERSION,
        "GroupLinesInVATCalculation": yes(company.settings.group_vat),
    }


def admin_info(company: Company) -> Record:
    """AdminInfo: currencies, decimals, branches."""
    settings = company.settings
    return {
        "CompanyName": settings.company_name,
        "Code": 1,
        "LocalCurrency": settings.local_currency,
        "SystemCurrency": settings.local_currency,
        "DefaultWarehouse": settings.default_warehouse,
        "EnableBranches": yes(settings.branches),
        "TotalsAccuracy": settings.totals_decimals,
        "PriceAccuracy": settings.price_decimals,
        "AccuracyofQuantities": 6,
        "RateAccuracy": 6,
        "PercentageAccuracy": 6,
        "MeasuringAccuracy": 6,
        "QueryAccuracy": 6,
    }


def currency_rate(company: Company, parameters: Record) -> Any:
    """The rate of a foreign currency; one that is not kept is the error a document would meet."""
    currency = str(parameters.get("Currency", "")).strip("'")
    if currency not in company["Currencies"]:
        raise not_found()
    rate = company.settings.rates.get(currency)
    if rate is None:
        raise ServiceError(400, -4006, f"Update the exchange rate , '{currency}'")
    return rate


def set_currency_rate(company: Company, parameters: Record) -> None:
    """Keep a rate. The stand-in knows one rate per currency, whatever the day."""
    currency = str(parameters.get("Currency", ""))
    if currency not in company["Currencies"] or read_date(str(parameters.get("RateDate", ""))) is None:
        raise not_found()
    try:
        company.settings.rates[currency] = Decimal(str(parameters.get("Rate")))
    except InvalidOperation as error:
        raise bad_request("Invalid rate") from error


def document_series(company: Company, parameters: Record) -> list[Record]:
    """The number series of an object type ("2" partners, "17" orders)."""
    wanted = str(_inner(parameters, "DocumentTypeParams").get("Document", ""))
    return [one for one in company.series.values() if one["Document"] == wanted]


def _inner(parameters: Record, name: str) -> Record:
    inner = parameters.get(name)
    return inner if isinstance(inner, dict) else {}


def finance_periods(company: Company) -> list[Record]:
    """The months of last year, this year and the next; those before the lock are locked."""
    this_year = int(company.moment()[0][:4])
    return [
        _period(number, date(year, month, 1), company.settings.locked_until)
        for number, (year, month) in enumerate(
            ((year, month) for year in range(this_year - 1, this_year + 2) for month in range(1, 13)), start=1
        )
    ]


def _period(number: int, first: date, locked_until: str) -> Record:
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    locked = last.isoformat() <= locked_until
    bounds = {
        f"{kind}Date{end}": day.isoformat()
        for kind in ("Posting", "Value", "Tax")
        for end, day in (("From", first), ("To", last))
    }
    code = f"{first:%Y-%m}"
    status = "ltLocked" if locked else "ltUnlocked"
    return {
        "AbsoluteEntry": number,
        "PeriodCode": code,
        "PeriodName": code,
        **bounds,
        "Locked": yes(locked),
        "PeriodStatus": status,
    }


#: Services that answer one record: name -> (type of the answer, what it says).
RECORDS: dict[str, tuple[str, Callable[[Company], Record]]] = {
    "CompanyService_GetCompanyInfo": ("CompanyInfo", company_info),
    "CompanyService_GetAdminInfo": ("AdminInfo", admin_info),
}
