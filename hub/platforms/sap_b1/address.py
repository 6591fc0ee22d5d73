"""Addresses of the canonical form as rows of a partner, and as the addresses of a document. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hub.platforms.sap_b1.texts import Texts
from hub.platforms.sap_b1.wire import text

Address = Mapping[str, Any]
Row = dict[str, Any]
#: Codes of the states that the ERP knows, by country.
States = Mapping[str, frozenset[str]]

SHIP_TO = "bo_ShipTo"
BILL_TO = "bo_BillTo"
#: What makes two rows the same place, whatever they are called.
_PLACE = ("Street", "Block", "ZipCode", "City", "Country")
_DIGITS = re.compile(r"\d+")


def number_of(identifier: str) -> str:
    """The shop's number in an id (`gid://shopify/Customer/77` -> `77`); the id itself where it has none."""
    numbers = _DIGITS.findall(identifier.partition("?")[0])
    return numbers[-1] if numbers else identifier


def countries(addresses: Iterable[Address | None]) -> frozenset[str]:
    """Countries whose states must be known before the addresses are translated."""
    return frozenset(
        address["country_code"]
        for address in addresses
        if address and address["province_code"] and address["country_code"]
    )


def rows(record: Mapping[str, Any], texts: Texts, states: States) -> list[Row]:
    """A customer's addresses as rows: each one to ship to, the default one (else the first) also to bill to.

    The name of a row bears the shop's number of the address, so that a change of it finds its row again.
    """
    built: list[Row] = []
    for address, name in _named(record["addresses"]):
        row = {"AddressName": name, "AddressType": SHIP_TO, **parts(address, texts, states)}
        built.append(row)
        if address is default_address(record):
            built.append({**row, "AddressType": BILL_TO})
    return built


def default_address(record: Mapping[str, Any]) -> Address | None:
    """The customer's default address, else the first one."""
    addresses: Sequence[Address] = record["addresses"]
    chosen = (address for address in addresses if address["id"] and address["id"] == record["default_address"])
    return next(chosen, addresses[0] if addresses else None)


def defaults(built: Sequence[Row]) -> Row:
    """Which rows are the default ones. The row to ship to stands right before its twin to bill to."""
    billed = next((at for at, row in enumerate(built) if row["AddressType"] == BILL_TO), None)
    if billed is None:
        return {}
    return {"ShipToDefault": built[billed - 1]["AddressName"], "BilltoDefault": built[billed]["AddressName"]}


def parts(address: Address, texts: Texts, states: States) -> Row:
    """The parts of an address under the ERP's names. All are given, so that what was emptied is emptied there too."""
    person = " ".join(part for part in (address["first_name"].strip(), address["last_name"].strip()) if part)
    return {
        "AddressName2": texts.address("AddressName2", person),
        "AddressName3": texts.address("AddressName3", address["company"]),
        "Street": texts.address("Street", address["address1"]),
        "Block": texts.address("Block", address["address2"]),
        "ZipCode": texts.address("ZipCode", address["zip"]),
        "City": texts.address("City", address["city"]),
        "State": _state(address, texts, states),
        "Country": address["country_code"],
    }


def document_extension(billing: Address | None, shipping: Address | None, texts: Texts, states: States) -> Row:
    """`AddressExtension` of a document: the order's own addresses, which need not be the partner's."""
    extension: Row = {}
    for prefix, address in (("ShipTo", shipping), ("BillTo", billing)):
        if address is None:
            continue
        named = parts(address, texts, states)
        named["Address2"] = named.pop("AddressName2")
        named["Address3"] = named.pop("AddressName3")
        extension |= {f"{prefix}{name}": value for name, value in filled(named).items()}
    return extension


def merged(built: Sequence[Row], there: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Rows for a PATCH, which merges by key: rows the partner has under our name, or at the same place, keep theirs.

    Without its row number a row that is there already would be added once more. Rows of others stay untouched.
    """
    taken: set[int] = set()
    result: list[Row] = []
    for row in built:
        twin = _twin(row, [other for other in there if other.get("RowNum") not in taken])
        if twin is None:
            result.append(filled(row))
            continue
        taken.add(twin["RowNum"])
        result.append({**row, "AddressName": twin["AddressName"], "RowNum": twin["RowNum"]})
    return result


def changed(wanted: Sequence[Row], there: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The merged rows that would change something: new ones, and those that differ from the row of their number."""
    by_number = {row.get("RowNum"): row for row in there}
    return [
        row
        for row in wanted
        if "RowNum" not in row or any(text(by_number[row["RowNum"]].get(name)) != text(row[name]) for name in row)
    ]


def filled(row: Row) -> Row:
    """A new row without its empty parts."""
    return {name: value for name, value in row.items() if value not in (None, "")}


def canonical(there: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """A partner's addresses to ship to, in the canonical form; `id` is the name of the row."""
    return [
        {
            "id": text(row.get("AddressName")),
            "last_name": text(row.get("AddressName2")),
            "company": text(row.get("AddressName3")),
            "address1": text(row.get("Street")),
            "address2": text(row.get("Block")),
            "city": text(row.get("City")),
            "province_code": text(row.get("State")),
            "zip": text(row.get("ZipCode")),
            "country_code": text(row.get("Country")),
        }
        for row in there
        if row.get("AddressType") == SHIP_TO
    ]


def _named(addresses: Sequence[Address]) -> Iterator[tuple[Address, str]]:
    names: set[str] = set()
    for position, address in enumerate(addresses, 1):
        name = f"Shop {number_of(address['id'])}" if address["id"] else f"Shop address {position}"
        while name in names:
            name = f"{name} ({position})"
        names.add(name)
        yield address, name


def _twin(row: Row, there: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    same_type = [other for other in there if other.get("AddressType") == row["AddressType"]]
    by_name = [other for other in same_type if other.get("AddressName") == row["AddressName"]]
    place = _place(row)
    by_place = [other for other in same_type if any(place) and _place(other) == place]
    return next(iter((*by_name, *by_place)), None)


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(text(row.get(name)).casefold() for name in _PLACE)


def _state(address: Address, texts: Texts, states: States) -> str | None:
    """The state, if its country has it in the ERP; a state it does not know is refused there with the whole record."""
    code: str = address["province_code"]
    if not code:
        return None
    if code in states.get(address["country_code"], frozenset()):
        return code
    texts.warnings.append(f"State {code} of {address['country_code'] or 'no country'} is unknown to the ERP: left out.")
    return None
