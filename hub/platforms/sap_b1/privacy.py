"""Names of native fields that the message log masks or never keeps."""

from __future__ import annotations

_PARTNER = """
CardName CardForeignName EmailAddress Phone1 Phone2 Cellular Fax ContactPerson FreeText Notes FederalTaxID
Address MailAddress MailCity MailZipCode ZipCode City
"""
_CONTACT = "FirstName MiddleName LastName E_Mail MobilePhone"
_ADDRESS = "AddressName AddressName2 AddressName3 Street StreetNo Block BuildingFloorRoom City ZipCode County"
_DOCUMENT = "CardName Comments Address Address2 U_HubEmail"
_EXTENSION = "Street StreetNo Block Building City ZipCode County Address2 Address3"

#: Personal data: masked, erasable.
PERSONAL = frozenset(
    {
        *" ".join((_PARTNER, _CONTACT, _ADDRESS, _DOCUMENT)).split(),
        *(f"{side}{part}" for side in ("ShipTo", "BillTo") for part in _EXTENSION.split()),
    }
)

#: Secrets: fields, cookies and headers that are never logged.
SECRET = frozenset({"Password", "SessionId", "B1SESSION", "ROUTEID", "Cookie", "Set-Cookie", "Authorization"})
