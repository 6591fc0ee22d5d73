"""User fields: made as records of UserFieldsMD, seen after the next restart."""

from __future__ import annotations

from typing import Any

from hub.sandbox.sap_b1.catalogue import TABLES
from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.errors import already_there, refused
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.writing import accepted

TYPE = "UserFieldMD"


def create_user_field(company: Company, body: Any) -> Record:
    """Make a field on a table, and on all tables that share its type (a field of one document is on all documents)."""
    sent = accepted(company.catalogue, TYPE, body)
    table, name = sent.get("TableName"), sent.get("Name")
    if not name or not name.isidentifier():
        raise refused("Invalid field name  [CUFD.AliasID]")
    if table not in TABLES:
        raise refused(f"Table '{table}' takes no user fields  [CUFD.TableID]")
    if sent.get("Mandatory") == "tYES" and not sent.get("DefaultValue"):
        raise refused("A default value must be defined for a mandatory field")
    fields = company["UserFieldsMD"]
    if name in {one["Name"] for one in fields if one["TableName"] == table}:
        raise already_there()
    for shared in [one for one, type_name in TABLES.items() if type_name == TABLES[table]]:
        number = sum(1 for one in fields if one["TableName"] == shared)
        size = sent.get("Size") or 10
        fields.put(
            {**sent, "TableName": shared, "FieldID": number, "Size": size, "EditSize": sent.get("EditSize") or size}
        )
    made: Record = next(one for one in fields if one["TableName"] == table and one["Name"] == name)
    return made
