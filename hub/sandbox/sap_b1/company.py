"""The company database: its tables, its settings, its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hub.sandbox.sap_b1.catalogue import TYPES, Catalogue
from hub.sandbox.sap_b1.errors import no_reference
from hub.sandbox.sap_b1.presenting import Presenter
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.tables import Key, Table
from hub.sandbox.sap_b1.totals import Rules

#: Entity set -> type, in the spelling of the metadata.
ENTITY_SETS: dict[str, str] = {
    "Items": "Item",
    "ItemGroups": "ItemGroups",
    "Warehouses": "Warehouse",
    "PriceLists": "PriceList",
    "BusinessPartners": "BusinessPartner",
    "BusinessPartnerGroups": "BusinessPartnerGroup",
    "Orders": "Document",
    "Drafts": "Document",
    "VatGroups": "VatGroup",
    "Currencies": "Currency",
    "Countries": "Country",
    "States": "State",
    "PaymentTermsTypes": "PaymentTermsType",
    "CreditCards": "CreditCard",
    "AdditionalExpenses": "AdditionalExpense",
    "ShippingTypes": "ShippingType",
    "SalesPersons": "SalesPerson",
    "Manufacturers": "Manufacturer",
    "WeightMeasures": "WeightMeasure",
    "BusinessPlaces": "BusinessPlace",
    "UserFieldsMD": "UserFieldMD",
    "SQLQueries": "SQLQuery",
}


@dataclass(slots=True)
class Settings:
    """What an administrator of the company or of its Service Layer may change; /control/settings takes these names."""

    company_name: str = "Sandbox"
    local_currency: str = "EUR"
    totals_decimals: int = 2
    price_decimals: int = 6
    #: True: tax is rounded per tax code over the whole document; False: per line.
    group_vat: bool = False
    #: Posting dates up to this day are locked; empty = none.
    locked_until: str = ""
    #: True: an approval procedure applies to orders.
    approval: bool = False
    branches: bool = False
    default_warehouse: str = "01"
    #: Output tax code of an item that is made without one; empty = it has none. (Assumed: companies set a default.)
    default_tax_code: str = ""
    #: Foreign currency -> its worth in local currency; a missing one is a missing exchange rate.
    rates: dict[str, Decimal] = field(default_factory=dict)
    #: Records per page where the client does not say.
    page_size: int = 20
    #: "default": the form of the version asked for (v1 rooted, v2 relative), "rooted", "relative", "absolute".
    next_link: str = "default"
    #: False: next links carry nothing but `$skip`, as some releases do.
    next_link_options: bool = True
    #: The code of the refusal where a CardCode is taken: its own number, or -10 with the number in the text.
    taken_card_code: int = 1320000140
    #: True: an ItemCode is taken by one that differs by letter case only, as in a database that ignores case.
    codes_ignore_case: bool = False
    #: Text lengths that differ from the declared ones: `Type.Property` -> length.
    lengths: dict[str, int] = field(default_factory=dict)

    @property
    def rules(self) -> Rules:
        """How documents are computed."""
        return Rules(self.totals_decimals, self.price_decimals, self.group_vat)


class Company:
    """All state of one company."""

    def __init__(self, now: Callable[[], datetime], zone: str) -> None:
        self.now = now
        self.zone = zone
        self._zone = ZoneInfo(zone)
        self.settings = Settings()
        self.catalogue = Catalogue()
        self.presenter = Presenter(self.catalogue)
        self.tables = {name: Table(name, TYPES[type_name]) for name, type_name in ENTITY_SETS.items()}
        #: Number series of partners and orders: records of the type Series.
        self.series: dict[int, Record] = {}
        self._last_contact = 0
        self._visible_fields: list[Record] = []

    def __getitem__(self, entity_set: str) -> Table:
        return self.tables[entity_set]

    def restart(self) -> None:
        """Start the Service Layer anew: user fields made since the last start become visible."""
        self._visible_fields = list(self["UserFieldsMD"])
        self.refresh_catalogue()

    def refresh_catalogue(self) -> None:
        """Take up changed lengths."""
        self.catalogue.refresh(self._visible_fields, self.settings.lengths)
        self.presenter = Presenter(self.catalogue)

    def state(self) -> dict[str, Any]:
        """All that must outlive the process."""
        return {
            "settings": self.settings,
            "records": {name: table.records() for name, table in self.tables.items()},
            "series": self.series,
            "last_contact": self._last_contact,
            "visible_fields": self._visible_fields,
        }

    def take(self, state: dict[str, Any]) -> None:
        """Become what `state` says."""
        self.settings = state["settings"]
        self.tables = {name: Table(name, TYPES[type_name]) for name, type_name in ENTITY_SETS.items()}
        for name, records in state["records"].items():
            for record in records:
                self.tables[name].put(record)
        self.series = state["series"]
        self._last_contact = state["last_contact"]
        self._visible_fields = state["visible_fields"]
        self.refresh_catalogue()

    def moment(self) -> tuple[str, str]:
        """Date and time now, in the company's zone, to the second."""
        local = self.now().astimezone(self._zone)
        return local.strftime("%Y-%m-%d"), local.strftime("%H:%M:%S")

    def new_contact_code(self) -> int:
        """The next InternalCode of a contact person."""
        self._last_contact += 1
        return self._last_contact

    def next_number(self, entity_set: str) -> int:
        """The next key of a set that is numbered from 1."""
        return (self[entity_set].last_key or 0) + 1

    def look_up(self, entity_set: str, key: Key, where: str) -> Record:
        """A record that a body refers to; raises ServiceError where there is none. `where` names the database field."""
        record = self[entity_set].get(key)
        if record is None:
            raise no_reference(where)
        return record

    def tax_rate(self, code: str, where: str) -> Decimal:
        """The rate of a tax code in percent (19 for 19 %)."""
        lines = self.look_up("VatGroups", code, where)["VatGroups_Lines"]
        rate: Decimal = lines[-1]["Rate"]
        return rate

    def touch(self, record: Record, *, created: bool = False) -> None:
        """Stamp a record as changed now, and count its version."""
        date, time = self.moment()
        if created:
            record["CreationDate" if "DocEntry" in record else "CreateDate"] = date
            record["DocTime" if "DocEntry" in record else "CreateTime"] = time
        record["UpdateDate"], record["UpdateTime"] = date, time
        record["DataVersion"] = record.get("DataVersion", 0) + 1


def yes(flag: bool) -> str:
    """The member of BoYesNoEnum."""
    return "tYES" if flag else "tNO"
