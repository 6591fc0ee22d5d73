"""An integration's own fields, as the shop keeps them: metafields of a product or of a variant. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from hub.errors import ConfigurationError, InvalidRecord
from hub.platforms.shopify.native import Node
from objects.fields import CustomField, FieldType

Owner = Literal["product", "variant"]
_PLACE = re.compile(r"(product|variant)\.([A-Za-z0-9_-]{3,255})\.([A-Za-z0-9_-]{2,64})\Z")
_TYPES: Mapping[FieldType, str] = {
    "text": "single_line_text_field",
    "integer": "number_integer",
    "decimal": "number_decimal",
    "boolean": "boolean",
}
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Metafield:
    """One field of the integration's own: where the shop keeps it, and under which alias documents select it."""

    field: CustomField
    owner: Owner
    namespace: str
    key: str
    alias: str

    @classmethod
    def of(cls, field: CustomField, place: int) -> Metafield:
        """The metafield of the field at a place in the integration's list."""
        found = _PLACE.match(field.shop)
        if found is None:
            raise ConfigurationError(
                f"{field.shop!r} is no metafield of the shop.",
                detail=field.name,
                fix=f"Write the shop's side of the field {field.name} as product.NAMESPACE.KEY or "
                "variant.NAMESPACE.KEY.",
            )
        owner: Owner = "product" if found[1] == "product" else "variant"
        readable = re.sub(r"\W", "_", field.name, flags=re.ASCII)
        return cls(field, owner, found[2], found[3], f"custom{place}_{readable}")

    def value(self, native: Node) -> Any:
        """What a variant, or its product, holds; None where it holds nothing.

        Raises InvalidRecord for a value that is none of the field's type.
        """
        holder = native["product"] if self.owner == "product" else native
        found = holder.get(self.alias)
        return None if found is None else self._parsed(str(found["value"]))

    def _parsed(self, text: str) -> Any:
        try:
            if self.field.type == "integer":
                return int(text)
            if self.field.type == "decimal":
                return _finite(text)
            return _TRUTH[text] if self.field.type == "boolean" else text
        except (ValueError, InvalidOperation, KeyError):
            raise InvalidRecord(
                f"The metafield {self.field.shop} holds {text[:80]!r}, which is no {self.field.type}.",
                detail=self.field.canonical,
                fix="Correct the value in the shop, or the field's type in the integration's file.",
            ) from None

    def input(self, value: Any) -> dict[str, str]:
        """The value as the API's inputs want it: always a text, with its type."""
        kind = _TYPES[self.field.type]
        if isinstance(value, bool):
            written = "true" if value else "false"
        else:
            written = format(value, "f") if isinstance(value, Decimal) else str(value)
        return {"namespace": self.namespace, "key": self.key, "type": kind, "value": written}

    def identifier(self, owner_id: str) -> dict[str, str]:
        """What names it when it is to be deleted."""
        return {"ownerId": owner_id, "namespace": self.namespace, "key": self.key}


def chosen(
    metafields: Iterable[Metafield], owner: Owner, custom: Mapping[str, Any], only: frozenset[str] | None
) -> list[tuple[Metafield, Any]]:
    """The metafields of an owner that are to be written, with their values; None is to be cleared."""
    return [
        (one, custom[one.field.name])
        for one in metafields
        if one.owner == owner and one.field.name in custom and (only is None or one.field.canonical in only)
    ]


def inputs(chosen_values: Iterable[tuple[Metafield, Any]]) -> list[dict[str, str]]:
    """The inputs of those that have a value; an empty text is none, as the shop keeps no empty ones."""
    return [one.input(value) for one, value in chosen_values if not is_empty(value)]


def is_empty(value: Any) -> bool:
    """Whether a value cannot be kept in a metafield, so that it is cleared instead."""
    return value is None or (isinstance(value, str) and not value.strip())


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise InvalidOperation
    return number
