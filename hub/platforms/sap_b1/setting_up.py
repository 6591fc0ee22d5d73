"""Our user-defined fields: whether they are there, whether the Service Layer shows them, and how they are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.errors import HubError
from hub.platforms.platform import Finding
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.errors import AlreadyThere, UnknownName
from hub.platforms.sap_b1.user_fields import FIELDS, UserField

#: Where a field of a table can be asked for. Fields of document lines cannot be selected by themselves.
_SHOWN_ON = {
    "ORDR": ("Orders", "DocEntry"),
    "OCRD": ("BusinessPartners", "CardCode"),
    "OITM": ("Items", "ItemCode"),
}
_SET_UP = "Run `hub setup-erp NAME`, then restart the Service Layer."
#: The same in the console, which has a button for it.
_CREATE = "Press Create the fields at the connection, then restart the Service Layer."


def create_fields(company: Company) -> list[str]:
    """Create the fields that are missing; tells which (`ORDR.U_HubRef`). May be run again at any time."""
    company.masters.forget()
    created = []
    for field in missing(company):
        try:
            company.layer.create("UserFieldsMD", field.body(), repeatable=True)
        except AlreadyThere:
            continue  # A field of one kind of document is on all of them, or somebody was faster.
        created.append(f"{field.table}.{field.property}")
    company.masters.forget()
    return created


def missing(company: Company) -> list[UserField]:
    """The fields that the company's database does not have."""
    there = company.masters.user_fields()
    return [field for field in FIELDS if (field.table, field.name) not in there]


def check(company: Company) -> list[Finding]:
    """What is to be done about our fields."""
    try:
        absent = missing(company)
    except HubError as error:
        return [Finding(False, f"The user-defined fields cannot be read: {error}", error.fix)]
    if any(field.needed for field in absent):
        what = f"The ERP lacks the hub's fields {_named(absent)}."
        return [Finding(False, what, _SET_UP, where="connectivity", advice=_CREATE)]
    findings = []
    if absent:
        what = f"The ERP lacks the hub's fields {_named(absent)}: items are written without them."
        findings.append(Finding(False, what, _SET_UP, blocking=False, where="connectivity", advice=_CREATE))
    hidden = list(_hidden(company, absent))
    if hidden:
        what = f"The Service Layer does not show {', '.join(hidden)} yet."
        return [*findings, Finding(False, what, "Restart the Service Layer.")]
    return [*findings, Finding(True, "The hub's fields are in the ERP.")]


def _named(fields: Sequence[UserField]) -> str:
    return ", ".join(f"{field.table}.{field.property}" for field in fields)


def _hidden(company: Company, absent: Sequence[UserField]) -> Iterator[str]:
    for table, (entity_set, key) in _SHOWN_ON.items():
        names = [field.property for field in FIELDS if field.table == table and field not in absent]
        options = {"$select": ",".join((key, *names)), "$top": "1"}
        try:
            company.layer.rows(entity_set, options)
        except UnknownName:
            yield from (f"{table}.{name}" for name in names)
