"""Fields of an integration's own on items (`U_Name`): their values with types, both ways. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.errors import InvalidRecord
from hub.platforms.endpoint import Native
from hub.platforms.sap_b1.texts import Texts
from hub.platforms.sap_b1.wire import NO, YES, text
from objects.fields import CustomField

_ALPHA = "db_Alpha"
_TRUTH = {
    **dict.fromkeys((YES.casefold(), "y", "yes", "true", "1"), True),
    **dict.fromkeys((NO.casefold(), "n", "no", "false", "0"), False),
}


@dataclass(frozen=True, slots=True)
class ItemField:
    """How the ERP keeps a user-defined field: its type (db_Alpha, db_Numeric, ...) and, of a short text, its length."""

    type: str = _ALPHA
    size: int = 0

    @property
    def is_text(self) -> bool:
        """Whether it holds characters."""
        return self.type in (_ALPHA, "db_Memo")


def values(native: Mapping[str, Any], custom: tuple[CustomField, ...]) -> dict[str, Any]:
    """The canonical values by the fields' names; None where nothing is entered."""
    return {field.name: value(field, native.get(field.erp)) for field in custom}


def value(field: CustomField, raw: Any) -> Any:
    """One value of the ERP with its type; raises InvalidRecord for what is not of it."""
    written = text(raw).strip()
    if not written:
        return None
    if field.type == "text":
        return written
    if field.type == "boolean":
        if written.casefold() not in _TRUTH:
            raise _wrong(field, written)
        return _TRUTH[written.casefold()]
    try:
        number = Decimal(written)
    except InvalidOperation:
        raise _wrong(field, written) from None
    if not number.is_finite() or (field.type == "integer" and number != number.to_integral_value()):
        raise _wrong(field, written)
    return int(number) if field.type == "integer" else number


def sent(
    record: Mapping[str, Any],
    chosen: tuple[CustomField, ...],
    known: Mapping[str, ItemField],
    limits: Mapping[str, int],
) -> Native:
    """What is written for the chosen fields; None empties a field. `known` are the ERP's fields by property."""
    sizes = {name: field.size for name, field in known.items() if field.type == _ALPHA and field.size}
    texts = Texts(limits={**sizes, **limits})
    return {
        field.erp: _sent(field, record["custom"].get(field.name), known.get(field.erp, ItemField()), texts)
        for field in chosen
    }


def _sent(field: CustomField, canonical: Any, there: ItemField, texts: Texts) -> Any:
    if canonical is None or canonical == "":
        return None
    if field.type == "boolean":
        return ("Y" if canonical else "N") if there.is_text else int(canonical)
    if not there.is_text:
        return canonical
    written = format(canonical, "f") if isinstance(canonical, Decimal) else str(canonical)
    return texts.whole(field.erp, written)


def _wrong(field: CustomField, written: str) -> InvalidRecord:
    return InvalidRecord(
        f"{field.erp} holds {written!r}, which is no {field.type}.",
        detail=field.erp,
        fix="Correct the field of the item in the ERP, or the type of the custom field in the integration's file.",
    )
