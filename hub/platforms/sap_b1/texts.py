"""Texts that may be too long for their field. Pure.

The metadata names no lengths. ItemCode, ItemName, CardCode, CardName and WarehouseCode are from SAP's table help, the
others are what companies report; a connection's setting `limits` corrects any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.errors import InvalidRecord

LIMITS: Mapping[str, int] = {
    "ItemCode": 50,
    "ItemName": 200,
    "BarCode": 254,
    "CardCode": 15,
    "CardName": 200,
    "EmailAddress": 100,
    "Phone1": 20,
    "AddressName": 50,
    "AddressName2": 50,
    "AddressName3": 50,
    "Street": 100,
    "Block": 100,
    "ZipCode": 20,
    "City": 100,
    "NumAtCard": 100,
    "Comments": 254,
}


@dataclass(slots=True)
class Texts:
    """Fits texts into their fields, and keeps a note of what was cut.

    `overflow`: "report" refuses a part of an address that is too long, "cut" shortens it.
    """

    overflow: str = "report"
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    warnings: list[str] = field(default_factory=list)

    def whole(self, name: str, value: str) -> str:
        """A text that means nothing when shortened (a name, a code): too long is an error."""
        value = value.strip()
        limit = self.limits.get(name)
        if limit is not None and len(value) > limit:
            raise InvalidRecord(f"{name} has {len(value)} characters; the ERP takes {limit}.", detail=name)
        return value

    def shortened(self, name: str, value: str, limit: int | None = None) -> str:
        """A text that may lose its end (a note, a list of codes)."""
        value = value.strip()
        limit = limit or self.limits.get(name)
        if limit is None or len(value) <= limit:
            return value
        self.warnings.append(f"{name} was cut to {limit} characters.")
        return value[:limit].rstrip()

    def address(self, name: str, value: str) -> str:
        """A part of an address, under the integration's rule."""
        return self.shortened(name, value) if self.overflow == "cut" else self.whole(name, value)
