"""The fields of our own on the ERP's records: our reference, and what the shop knows beyond SAP's fields."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UserField:
    """One user-defined field, as the Service Layer makes it. Its property is `U_` + name."""

    table: str
    name: str
    size: int
    description: str
    #: False: the hub runs without it, and does less.
    needed: bool = True

    @property
    def property(self) -> str:
        """Its name on the entity."""
        return f"U_{self.name}"

    def body(self) -> dict[str, object]:
        """What creates it."""
        return {
            "TableName": self.table,
            "Name": self.name,
            "Type": "db_Alpha",
            "Size": self.size,
            "Description": self.description,
        }


#: The key of the shop's record: what we find our own documents and partners by.
REFERENCE = "U_HubRef"
#: The integration's name.
TEMPLATE = "U_HubTemplate"
SOURCE = "U_HubSource"
DISCOUNT = "U_HubDiscount"
EMAIL = "U_HubEmail"
#: The key of the shop's order line.
LINE = "U_HubLine"
#: Y or N: whether an item is marked for synchronisation.
SYNC = "U_HubSync"

FIELDS: tuple[UserField, ...] = (
    UserField("OCRD", "HubRef", 100, "Hub: reference"),
    UserField("OCRD", "HubTemplate", 50, "Hub: integration"),
    UserField("ORDR", "HubRef", 100, "Hub: reference"),
    UserField("ORDR", "HubTemplate", 50, "Hub: integration"),
    UserField("ORDR", "HubSource", 50, "Hub: source name"),
    UserField("ORDR", "HubDiscount", 100, "Hub: discount code"),
    UserField("ORDR", "HubEmail", 100, "Hub: buyer's e-mail"),
    UserField("RDR1", "HubLine", 100, "Hub: order line"),
    UserField("OITM", "HubRef", 100, "Hub: reference", needed=False),
    UserField("OITM", "HubTemplate", 50, "Hub: integration", needed=False),
    UserField("OITM", "HubSync", 1, "Hub: synchronised (Y/N)", needed=False),
)


def size_of(property_name: str) -> int:
    """Characters that a field of ours holds."""
    return next(field.size for field in FIELDS if field.property == property_name)
