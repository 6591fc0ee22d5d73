"""Which properties the types have at this moment: the declared ones and the visible user fields.

A user field exists in the database from the moment it is created, but the Service Layer shows it, takes it and filters
by it only after its next restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.sandbox.sap_b1.schema import Property, Record, Type
from hub.sandbox.sap_b1.types_document import DOCUMENT_TYPES
from hub.sandbox.sap_b1.types_lookup import LOOKUP_TYPES
from hub.sandbox.sap_b1.types_master import MASTER_TYPES

TYPES: dict[str, Type] = {one.name: one for one in (*MASTER_TYPES, *LOOKUP_TYPES, *DOCUMENT_TYPES)}

#: Database tables -> the type that shows their user fields. A field made on one table of a type is on all of them.
TABLES: dict[str, str] = {
    "OITM": "Item",
    "OCRD": "BusinessPartner",
    "CRD1": "BPAddress",
    "OCPR": "ContactEmployee",
    "OWHS": "Warehouse",
    **dict.fromkeys(("ORDR", "OQUT", "ODLN", "ORDN", "OINV", "ORIN", "ODPI", "ODRF"), "Document"),
    **dict.fromkeys(("RDR1", "QUT1", "DLN1", "RDN1", "INV1", "RIN1", "DPI1", "DRF1"), "DocumentLine"),
}

_KINDS = {"db_Alpha": "S", "db_Memo": "S", "db_Numeric": "I", "db_Date": "date", "db_Float": "D"}


class Catalogue:
    """The properties of every type, with lengths as this company has them."""

    def __init__(self) -> None:
        self._properties: dict[str, dict[str, Property]] = {}
        self.refresh((), {})

    def refresh(self, user_fields: Iterable[Record], lengths: dict[str, int]) -> None:
        """Take up the user fields (records of UserFieldMD) and other lengths, keyed by `Type.Property`."""
        merged = {name: dict(one.properties) for name, one in TYPES.items()}
        for record in user_fields:
            one = _user_property(record)
            merged[TABLES[record["TableName"]]][one.name] = one
        for path, length in lengths.items():
            type_name, _, name = path.partition(".")
            old = merged[type_name][name]
            merged[type_name][name] = Property(old.name, old.kind, old.default, length, old.computed)
        self._properties = merged
        self._defaults = {
            name: {one.name: one.default for one in properties.values()} for name, properties in merged.items()
        }

    def of(self, type_name: str) -> dict[str, Property]:
        """The properties of a type, by name, in the order they are served."""
        return self._properties[type_name]

    def defaults(self, type_name: str) -> dict[str, Any]:
        """What a record of the type reads where nothing was set."""
        return self._defaults[type_name]


def _user_property(record: Record) -> Property:
    kind = _KINDS[record.get("Type") or "db_Alpha"]
    length = int(record.get("Size") or 10) if record.get("Type", "db_Alpha") == "db_Alpha" else None
    return Property("U_" + record["Name"], kind, record.get("DefaultValue") or None, length)
