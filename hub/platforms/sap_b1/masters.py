"""The company's own settings and lists, read when first needed and kept for a while: they change seldom."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hub.clock import Clock
from hub.errors import RecordError
from hub.platforms.endpoint import Native
from hub.platforms.sap_b1.client import ServiceLayer
from hub.platforms.sap_b1.item_custom import ItemField
from hub.platforms.sap_b1.query import equal
from hub.platforms.sap_b1.user_fields import FIELDS
from hub.platforms.sap_b1.wire import decimal, text, yes

T = TypeVar("T")

#: How old a list may be before it is read again.
KEPT = timedelta(minutes=10)
#: How old it may be where a name is looked for that it does not have: people create it, then try again.
KEPT_WITHOUT = timedelta(seconds=30)
#: The object type of partners.
PARTNERS = "2"
_MG_PER_KG = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Admin:
    """How the company computes and in what."""

    currency: str
    #: Decimals of amounts and of unit prices.
    total_decimals: int
    price_decimals: int
    #: True: every document belongs to a branch, which is that of its warehouse.
    branches: bool
    #: Code of the warehouse that is taken where none is named.
    default_warehouse: str = ""


@dataclass(frozen=True, slots=True)
class PriceList:
    """One price list."""

    name: str
    #: True: its prices include tax.
    gross: bool
    #: Empty where the list does not fix one.
    currency: str
    active: bool


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One warehouse."""

    name: str
    active: bool
    branch: int | None


@dataclass(frozen=True, slots=True)
class TaxCode:
    """One output tax code. `rate` is 0.19 for 19 %."""

    name: str
    rate: Decimal
    active: bool


class Masters:
    """Reads and keeps the lists. Safe to use from several threads."""

    def __init__(self, layer: ServiceLayer, clock: Clock) -> None:
        self._layer = layer
        self._clock = clock
        # Re-entrant: one list may look at another. Held while reading, so that two threads do not read the same list.
        self._lock = threading.RLock()
        self._kept: dict[str, tuple[datetime, Any]] = {}

    def forget(self) -> None:
        """Read everything afresh from now on."""
        with self._lock:
            self._kept.clear()

    def admin(self) -> Admin:
        """Currency and decimals of the company."""
        return self._keep("admin", self._read_admin)

    def price_lists(self) -> dict[int, PriceList]:
        """Price lists by number."""
        return self._keep("price lists", self._read_price_lists)

    def warehouses(self) -> dict[str, Warehouse]:
        """Warehouses by code."""
        return self._keep("warehouses", self._read_warehouses)

    def tax_codes(self) -> dict[str, TaxCode]:
        """Output tax codes with their rate today."""
        return self._keep("tax codes", self._read_tax_codes)

    def freights(self) -> dict[int, str]:
        """Names of freights by their number."""
        return self._keep("freights", lambda: self._names("AdditionalExpenses", "ExpensCode", "Name"))

    def credit_cards(self) -> dict[int, str]:
        """Names of credit cards by their number."""
        return self._keep("credit cards", lambda: self._names("CreditCards", "CreditCardCode", "CreditCardName"))

    def item_group(self, number: int) -> str:
        """The name of an item group; a number that is not known yet is a new group, so the list is read again."""
        name = self.item_groups().get(number)
        return self._afresh("item groups", self.item_groups).get(number, "") if name is None else name

    def item_groups(self, *, wanted: Collection[str] = ()) -> dict[int, str]:
        """Names of item groups by their number. A `wanted` name that is missing may be new: the list is read again."""
        return self._keep_named("item groups", ("ItemGroups", "Number", "GroupName"), wanted)

    def manufacturers(self, *, wanted: Collection[str] = ()) -> dict[int, str]:
        """Names of manufacturers by their number; `wanted` as above."""
        return self._keep_named("manufacturers", ("Manufacturers", "Code", "ManufacturerName"), wanted)

    def manufacturer(self, number: int) -> str:
        """The name of a manufacturer; a number that is not known yet is a new one, so the list is read again."""
        name = self.manufacturers().get(number)
        return self._afresh("manufacturers", self.manufacturers).get(number, "") if name is None else name

    def item_fields(self) -> dict[str, ItemField]:
        """How the ERP keeps the user-defined fields of items, by property (`U_Material`)."""
        return self._keep("item fields", self._read_item_fields)

    def partner_series(self) -> dict[int, str]:
        """Names of the series that number partners, by their number; those for codes of one's own left out."""
        return self._keep("partner series", self._read_partner_series)

    def customer_groups(self) -> dict[int, str]:
        """Names of the groups of customers, by their number."""
        return self._keep("customer groups", self._read_customer_groups)

    def payment_terms(self) -> dict[int, str]:
        """Names of payment terms, by their number."""
        return self._keep(
            "payment terms", lambda: self._names("PaymentTermsTypes", "GroupNumber", "PaymentTermsGroupName")
        )

    def branches(self) -> dict[int, str]:
        """Names of the branches that are in use, by their number; empty where the company has none."""
        return self._keep("branches", self._read_branches)

    def weight_units(self) -> dict[int, Decimal]:
        """Kilograms in one unit of weight, by the unit's number."""
        return self._keep("weight units", self._read_weight_units)

    def states(self, country: str) -> frozenset[str]:
        """Codes of the states that the ERP knows of a country."""
        return self._keep(f"states of {country}", lambda: self._read_states(country))

    def is_open(self, today: date) -> bool:
        """Whether sales documents can be posted today; a day without any posting period is closed."""
        day = today.isoformat()
        for year in self._layer.function("CompanyService_GetPeriods")["value"]:
            body = {"PeriodCategoryParams": {"AbsoluteEntry": year["AbsoluteEntry"]}}
            for period in self._layer.function("CompanyService_GetFinancePeriods", body)["value"]:
                if text(period["PostingDateFrom"])[:10] <= day <= text(period["PostingDateTo"])[:10]:
                    return bool(period["PeriodStatus"] == "ltUnlocked")
        return False

    def without_rate(self, today: date) -> list[str]:
        """Foreign currencies of active price lists that have no exchange rate today."""
        local = self.admin().currency
        used = {one.currency for one in self.price_lists().values() if one.active and one.currency} - {local}
        return sorted(currency for currency in used if not self._has_rate(currency, today))

    def user_fields(self) -> frozenset[tuple[str, str]]:
        """(table, name) of the user-defined fields in the database, visible or not."""
        return self._keep("user fields", self._read_user_fields)

    def _keep_named(self, name: str, where: tuple[str, str, str], wanted: Collection[str]) -> dict[int, str]:
        names = self._keep(name, lambda: self._names(*where))
        if not wanted or set(wanted) <= set(names.values()):
            return names
        with self._lock:
            if self._clock() - self._kept[name][0] < KEPT_WITHOUT:
                return names
            return self._afresh(name, lambda: self._keep_named(name, where, ()))

    def _afresh(self, name: str, read: Callable[[], T]) -> T:
        with self._lock:
            self._kept.pop(name, None)
            return read()

    def _keep(self, name: str, read: Callable[[], T]) -> T:
        now = self._clock()
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or now - kept[0] >= KEPT:
                kept = (now, read())
                self._kept[name] = kept
        value: T = kept[1]
        return value

    def _read_admin(self) -> Admin:
        info = self._layer.function("CompanyService_GetAdminInfo")
        return Admin(
            currency=text(info.get("LocalCurrency")),
            total_decimals=int(info.get("TotalsAccuracy", 2)),
            price_decimals=int(info.get("PriceAccuracy", 2)),
            branches=yes(info.get("EnableBranches")),
            default_warehouse=text(info.get("DefaultWarehouse")),
        )

    def _read_price_lists(self) -> dict[int, PriceList]:
        names = ("PriceListNo", "PriceListName", "IsGrossPrice", "DefaultPrimeCurrency", "Active")
        return {
            row["PriceListNo"]: PriceList(
                text(row.get("PriceListName")),
                yes(row.get("IsGrossPrice")),
                text(row.get("DefaultPrimeCurrency")),
                yes(row.get("Active")),
            )
            for row in self._rows("PriceLists", *names)
        }

    def _read_warehouses(self) -> dict[str, Warehouse]:
        names = ("WarehouseCode", "WarehouseName", "Inactive", "BusinessPlaceID")
        return {
            row["WarehouseCode"]: Warehouse(
                text(row.get("WarehouseName")), not yes(row.get("Inactive")), row.get("BusinessPlaceID")
            )
            for row in self._rows("Warehouses", *names)
        }

    def _read_tax_codes(self) -> dict[str, TaxCode]:
        today = self._clock().date().isoformat()
        rows = self._rows("VatGroups", "Code", "Name", "Category", "Inactive", "VatGroups_Lines")
        return {
            row["Code"]: TaxCode(text(row.get("Name")), _rate(row, today), not yes(row.get("Inactive")))
            for row in rows
            if row.get("Category") == "bovcOutputTax"
        }

    def _read_partner_series(self) -> dict[int, str]:
        body = {"DocumentTypeParams": {"Document": PARTNERS}}
        rows = self._layer.function("SeriesService_GetDocumentSeries", body)["value"]
        numbering = [row for row in rows if not yes(row.get("IsManual")) and not yes(row.get("Locked"))]
        return {row["SeriesProperty"]: text(row.get("Name")) for row in numbering}

    def _read_customer_groups(self) -> dict[int, str]:
        rows = self._rows("BusinessPartnerGroups", "Code", "Name", "Type")
        return {row["Code"]: text(row.get("Name")) for row in rows if row.get("Type") == "bbpgt_CustomerGroup"}

    def _has_rate(self, currency: str, today: date) -> bool:
        try:
            self._layer.function("SBOBobService_GetCurrencyRate", {"Currency": currency, "Date": today.isoformat()})
        except RecordError:
            return False
        return True

    def _read_branches(self) -> dict[int, str]:
        if not self.admin().branches:
            return {}
        rows = self._rows("BusinessPlaces", "BPLID", "BPLName", "Disabled")
        return {row["BPLID"]: text(row.get("BPLName")) for row in rows if not yes(row.get("Disabled"))}

    def _read_weight_units(self) -> dict[int, Decimal]:
        rows = self._rows("WeightMeasures", "UnitCode", "UnitWeightinmg")
        return {row["UnitCode"]: decimal(row.get("UnitWeightinmg")) / _MG_PER_KG for row in rows}

    def _read_states(self, country: str) -> frozenset[str]:
        options = {"$select": "Code,Country", "$filter": equal("Country", country), "$orderby": "Code"}
        return frozenset(row["Code"] for row in self._layer.rows("States", options))

    def _read_user_fields(self) -> frozenset[tuple[str, str]]:
        ours = " or ".join(equal("TableName", table) for table in sorted({field.table for field in FIELDS}))
        options = {"$select": "TableName,Name", "$filter": ours, "$orderby": "Name"}
        return frozenset((row["TableName"], row["Name"]) for row in self._layer.rows("UserFieldsMD", options))

    def _read_item_fields(self) -> dict[str, ItemField]:
        options = {
            "$select": "TableName,Name,Type,Size",
            "$filter": equal("TableName", "OITM"),
            "$orderby": "Name",
        }
        rows = self._layer.rows("UserFieldsMD", options)
        return {f"U_{row['Name']}": ItemField(text(row.get("Type")), int(row.get("Size") or 0)) for row in rows}

    def _names(self, entity_set: str, key: str, name: str) -> dict[int, str]:
        return {row[key]: text(row.get(name)) for row in self._rows(entity_set, key, name)}

    def _rows(self, entity_set: str, key: str, *others: str) -> list[Native]:
        return self._layer.rows(entity_set, {"$select": ",".join((key, *others)), "$orderby": key})


def _rate(row: Mapping[str, Any], today: str) -> Decimal:
    """The rate of the last line that has begun; SAP keeps one line per change of the rate, in percent."""
    lines = row.get("VatGroups_Lines") or []
    begun = [line for line in lines if text(line.get("Effectivefrom"))[:10] <= today]
    current = max(begun, key=lambda line: text(line.get("Effectivefrom")), default=None)
    return decimal(current.get("Rate")) / 100 if current else Decimal(0)
