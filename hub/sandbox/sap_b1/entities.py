"""What can be done with each entity set, and by which rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.documents import cancel, change_document, close, create_draft, create_order, reopen
from hub.sandbox.sap_b1.errors import not_supported
from hub.sandbox.sap_b1.items import change_item, create_item
from hub.sandbox.sap_b1.partners import change_partner, create_partner
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.sql_queries import create_query, store_query
from hub.sandbox.sap_b1.user_fields import create_user_field
from hub.sandbox.sap_b1.writing import accepted, merged


class Change(Protocol):
    """Carries out a PATCH; answers the new record, or raises ServiceError."""

    def __call__(self, company: Company, old: Record, body: Any, *, replace_rows: bool) -> Record:
        """`replace_rows`: rows that are not sent go."""
        ...


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an entity set allows. None = refused with -5006."""

    create: Callable[[Company, Any], Record] | None = None
    change: Change | None = None
    delete: Callable[[Company, Record], None] | None = None
    #: Name in the address -> what it does.
    actions: tuple[tuple[str, Callable[[Company, Record], Record]], ...] = ()

    def action(self, name: str) -> Callable[[Company, Record], Record] | None:
        """The action of that name."""
        return dict(self.actions).get(name)


def _change_order(company: Company, old: Record, body: Any, *, replace_rows: bool) -> Record:
    return change_document(company, "Orders", old, body, replace_rows=replace_rows)


def _change_draft(company: Company, old: Record, body: Any, *, replace_rows: bool) -> Record:
    return change_document(company, "Drafts", old, body, replace_rows=replace_rows)


def _create_draft(company: Company, body: Any) -> Record:
    return create_draft(company, accepted(company.catalogue, "Document", body))


def _delete_draft(company: Company, old: Record) -> None:
    company["Drafts"].remove(old["DocEntry"])


def _delete_partner(company: Company, old: Record) -> None:
    if company["Orders"].keys_where("CardCode", old["CardCode"]):
        raise not_supported()
    company["BusinessPartners"].remove(old["CardCode"])


def _delete_item(company: Company, old: Record) -> None:
    if old.get("QuantityOnStock") or old.get("QuantityOrderedByCustomers"):
        raise not_supported()
    company["Items"].remove(old["ItemCode"])


def _change_query(company: Company, old: Record, body: Any, *, replace_rows: bool) -> Record:
    sent = accepted(company.catalogue, "SQLQuery", body)
    sent.pop("SqlCode", None)
    return store_query(company, merged(company.catalogue, "SQLQuery", old, sent, replace=replace_rows))


def _delete_query(company: Company, old: Record) -> None:
    company["SQLQueries"].remove(old["SqlCode"])


def _delete_user_field(company: Company, old: Record) -> None:
    company["UserFieldsMD"].remove((old["TableName"], old["FieldID"]))


BEHAVIOURS: dict[str, Behaviour] = {
    "Items": Behaviour(create_item, change_item, _delete_item),
    "BusinessPartners": Behaviour(create_partner, change_partner, _delete_partner),
    "Orders": Behaviour(create_order, _change_order, None, (("Cancel", cancel), ("Close", close), ("Reopen", reopen))),
    "Drafts": Behaviour(_create_draft, _change_draft, _delete_draft),
    "UserFieldsMD": Behaviour(create_user_field, None, _delete_user_field),
    "SQLQueries": Behaviour(create_query, _change_query, _delete_query),
}
#: The other sets can be read only.
READ_ONLY = Behaviour()
