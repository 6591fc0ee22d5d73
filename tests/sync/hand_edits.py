"""What hands did to one field on two sides, and what may become of it: kept apart from anything the hub notes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from objects.fields import Owner, Side

OTHER: dict[Side, Side] = {"shop": "erp", "erp": "shop"}


def said(name: str, value: Any) -> str:
    """What a native value says: prices by number, texts without blanks around; nothing, and a price of 0, is ""."""
    if name == "price":
        return format(Decimal(value).normalize(), "f") if value and Decimal(value) else ""
    return str(value or "").replace("\r\n", "\n").strip()


@dataclass
class Field:
    """One field of one record."""

    owner: Owner
    revert: bool
    #: A field that is never emptied: where its owner says nothing, the other side keeps what it has.
    never_emptied: bool
    #: What each side says now.
    now: dict[Side, str]
    #: What both have said at the same time since a run is known to have seen them agree. Mostly it is one value; where
    #: hands alone made both sides say the same for a moment, nobody can tell whether a run has seen it.
    common: set[str]

    def edit(self, side: Side, value: str) -> None:
        """A hand has changed it."""
        self.now[side] = value
        if self.in_step:
            self.common.add(value)

    def carry(self, side: Side, value: str) -> None:
        """The hub has written it to a side: it must be the other side's, and what was there must not be lost by it."""
        source = OTHER[side]
        assert value == self.now[source], "it was written, and it is not what the other side says"
        assert source in self.outcomes(), "it was written over an edit that had to be kept"
        self.now[side] = value
        self.agree()

    def agree(self) -> None:
        """Runs have seen that both sides say the same."""
        self.common = {self.now["shop"]}

    @property
    def in_step(self) -> bool:
        """Whether both sides say the same."""
        return self.now["shop"] == self.now["erp"]

    def outcomes(self) -> set[str]:
        """What may become of it, mostly one thing.

        "shop", "erp": the other side takes what this one says. "drift", "conflict": it is left to differ, and listed.
        "silent": its owner says nothing that could be carried, and nobody else has edited it.
        """
        if self.in_step:
            return {"in step"}
        if self.owner != "none" and self.never_emptied and not self.now[self.owner]:
            return {"drift" if self.now[OTHER[self.owner]] != before else "silent" for before in self.common}
        return {self._outcome(before) for before in self.common}

    def _outcome(self, before: str) -> str:
        moved = [side for side in OTHER if self.now[side] != before]
        if self.owner == "none":
            return "conflict" if len(moved) == 2 else moved[0]
        return self.owner if self.owner in moved or self.revert else "drift"
