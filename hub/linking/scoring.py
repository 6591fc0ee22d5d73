"""How much speaks for two records being the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from objects.customer import digits

#: Objects whose existing records can be proposed as pairs.
OBJECTS = ("customer", "product")
#: Nothing could speak more for it.
CERTAIN = 100
CASE, BARCODE, PHONE = 80, 70, 60


@dataclass(frozen=True, slots=True)
class Marks:
    """By what a record could be recognised; empty where it has none."""

    code: str = ""
    barcode: str = ""
    email: str = ""
    phone: str = ""
    #: The other side's id that it bears, put there by the hub.
    reference: str = ""

    @property
    def any(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.code or self.barcode or self.email or self.phone)

    def probe(self, key: str) -> dict[str, str]:
        """The same as a target is asked for it: by our reference, too, and by the code in any case (`folded`)."""
        known = {"code": self.code, "folded": self.code.casefold(), "barcode": self.barcode}
        known |= {"email": self.email, "phone": self.phone}
        return {"reference": key, **{name: value for name, value in known.items() if value}}


def marks(record: Mapping[str, Any]) -> Marks:
    """The marks of a canonical record, also of one that its schema would refuse (a variant without a SKU)."""
    variant: Mapping[str, Any] = next(iter(record.get("variants") or ()), {})
    return Marks(
        code=_text(variant.get("code")),
        barcode=_text(variant.get("barcode")),
        email=_text(record.get("email")),
        phone=_text(record.get("phone")),
        reference=_text(record.get("cross_reference")),
    )


@dataclass(frozen=True, slots=True)
class Score:
    """What speaks for a pair: 1 to 100, and what the two share."""

    points: int
    shared: tuple[str, ...]

    @property
    def reason(self) -> str:
        """What they share, in one word or with a plus between."""
        return "+".join(self.shared)


def score(key: str, mine: Marks, theirs: Marks) -> Score | None:
    """What speaks for the target's record being the one of this key; None = nothing does, or something against it."""
    if theirs.reference == key:
        return Score(CERTAIN, ("reference",))
    if theirs.reference and theirs.reference != mine.reference:
        # The hub itself has told that it is another one.
        return None
    points: dict[str, int] = {}
    if mine.code and mine.code.casefold() == theirs.code.casefold():
        points["sku"] = CERTAIN if mine.code == theirs.code else CASE
    if mine.barcode and mine.barcode == theirs.barcode:
        points["barcode"] = BARCODE
    if mine.email and mine.email.casefold() == theirs.email.casefold():
        points["e-mail"] = CERTAIN
    # Two people of one household share a telephone, not an address: where both have one, only that counts.
    people = not (mine.email and theirs.email) or "e-mail" in points
    if people and digits(mine.phone) and digits(mine.phone) == digits(theirs.phone):
        points["phone"] = PHONE
    if not points:
        return None
    return Score(CERTAIN if len(points) > 1 else max(points.values()), tuple(points))


def _text(value: Any) -> str:
    return str(value or "").strip()
