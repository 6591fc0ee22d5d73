"""Business partners: codes, addresses, contact persons."""

from __future__ import annotations

from typing import Any

from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.errors import ServiceError, already_there, refused
from hub.sandbox.sap_b1.presenting import rows_of
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.writing import accepted, merged

TYPE = "BusinessPartner"
#: Order address property (without ShipTo/BillTo) -> property of the partner's address.
ADDRESS_PARTS = {
    "Street": "Street",
    "StreetNo": "StreetNo",
    "Block": "Block",
    "Building": "BuildingFloorRoom",
    "City": "City",
    "ZipCode": "ZipCode",
    "County": "County",
    "State": "State",
    "Country": "Country",
    "Address2": "AddressName2",
    "Address3": "AddressName3",
}


def create_partner(company: Company, body: Any) -> Record:
    """Store a partner under the client's CardCode, or under the next number of its series."""
    sent = accepted(company.catalogue, TYPE, body)
    record = dict(sent)
    code = record.get("CardCode") or _numbered(company, record)
    if code in company["BusinessPartners"]:
        raise ServiceError(
            400,
            company.settings.taken_card_code,
            f"1320000140 - Business partner code '{code}' already assigned to a business partner; "
            "enter a unique business partner code",
        )
    record["CardCode"] = code
    return _store(company, record, created=True)


def _numbered(company: Company, record: Record) -> str:
    series = company.series.get(record.get("Series") or 0)
    if series is None or series.get("IsManual") == "tYES" or series["Document"] != "2":
        raise refused("Code undefined  [OCRD.CardCode]")
    number = series["NextNumber"]
    series["NextNumber"] = number + 1
    return f"{series.get('Prefix') or ''}{number:0{series.get('DigitNumber') or 1}}"


def change_partner(company: Company, old: Record, body: Any, *, replace_rows: bool) -> Record:
    """PATCH a partner; the code itself cannot change."""
    sent = accepted(company.catalogue, TYPE, body)
    sent.pop("CardCode", None)
    return _store(company, merged(company.catalogue, TYPE, old, sent, replace=replace_rows), created=False)


def _store(company: Company, record: Record, *, created: bool) -> Record:
    _check_references(company, record)
    record["BPAddresses"] = _addresses(company, record)
    record["ContactEmployees"] = _contacts(company, record)
    _set_defaults(record)
    company.touch(record, created=created)
    company["BusinessPartners"].put(record)
    return record


def _check_references(company: Company, record: Record) -> None:
    for name, entity_set, column in (
        ("GroupCode", "BusinessPartnerGroups", "OCRD.GroupCode"),
        ("PriceListNum", "PriceLists", "OCRD.ListNum"),
        ("PayTermsGrpCode", "PaymentTermsTypes", "OCRD.GroupNum"),
        ("VatGroup", "VatGroups", "OCRD.ECVatGroup"),
    ):
        if record.get(name) is not None:
            company.look_up(entity_set, record[name], column)
    currency = record.get("Currency")
    if currency not in {None, "##"}:
        company.look_up("Currencies", currency, "OCRD.Currency")


def _addresses(company: Company, record: Record) -> list[Record]:
    rows = rows_of(record.get("BPAddresses"))
    names: set[tuple[Any, Any]] = set()
    numbers = [row["RowNum"] for row in rows if row.get("RowNum") is not None]
    following = max(numbers, default=-1)
    for row in rows:
        row["BPCode"] = record["CardCode"]
        if row.get("RowNum") is None:
            following += 1
            row["RowNum"] = following
        if not row.get("AddressName"):
            raise refused("Address ID is missing  [CRD1.Address]")
        name = (row["AddressName"], row.get("AddressType", "bo_ShipTo"))
        if name in names:
            raise already_there()
        names.add(name)
        _check_place(company, row)
    return rows


def _check_place(company: Company, row: Record) -> None:
    country, state = row.get("Country"), row.get("State")
    if country:
        company.look_up("Countries", country, "CRD1.Country")
    if state and (state, country) not in company["States"]:
        raise ServiceError(
            400, 1250000128, f"State '{state}' is not defined for country '{country or ''}'  [CRD1.State]"
        )


def _contacts(company: Company, record: Record) -> list[Record]:
    rows = rows_of(record.get("ContactEmployees"))
    names = [row.get("Name") for row in rows]
    if not all(names):
        raise refused("Contact ID is missing  [OCPR.Name]")
    if len(set(names)) < len(names):
        raise already_there()
    for row in rows:
        row["CardCode"] = record["CardCode"]
        if row.get("InternalCode") is None:
            row["InternalCode"] = company.new_contact_code()
    return rows


def _set_defaults(record: Record) -> None:
    """The first address of a type and the first contact become the default ones, where none is named."""
    for name, kind in (("ShipToDefault", "bo_ShipTo"), ("BilltoDefault", "bo_BillTo")):
        of_kind = [row["AddressName"] for row in record["BPAddresses"] if row.get("AddressType", "bo_ShipTo") == kind]
        if record.get(name) not in of_kind:
            record[name] = of_kind[0] if of_kind else None
    if record["ContactEmployees"] and not record.get("ContactPerson"):
        record["ContactPerson"] = record["ContactEmployees"][0]["Name"]


def default_addresses(partner: Record) -> Record | None:
    """What a document of the partner takes over as its addresses."""
    found: Record = {}
    for side, name, kind in (("ShipTo", "ShipToDefault", "bo_ShipTo"), ("BillTo", "BilltoDefault", "bo_BillTo")):
        for row in partner.get("BPAddresses", ()):
            if row["AddressName"] == partner.get(name) and row.get("AddressType", "bo_ShipTo") == kind:
                found |= {side + part: row[own] for part, own in ADDRESS_PARTS.items() if row.get(own)}
    return found or None
