"""What a platform puts on its desk: kinds of records, each with a list, a page per record, and forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from hub.sandbox.desk.forms import Form


@dataclass(frozen=True, slots=True)
class Row:
    """A record in a list; the first cell leads to it."""

    ident: str
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table on the page of a record."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Card:
    """The page of a record."""

    ident: str
    title: str
    facts: tuple[tuple[str, Any], ...] = ()
    tables: tuple[Rows, ...] = ()
    forms: tuple[Form, ...] = ()


class Kind(Protocol):
    """One kind of records."""

    @property
    def name(self) -> str:
        """As it stands in addresses."""
        ...

    @property
    def also(self) -> tuple[str, ...]:
        """Other names under which it is found there."""
        ...

    @property
    def title(self) -> str:
        """Such as "Products"."""
        ...

    @property
    def one(self) -> str:
        """Such as "product"."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Heads of the list."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...

    def rows(self) -> Iterator[Row]:
        """All of them, in the order in which a person wants them."""
        ...

    def card(self, ident: str) -> Card | None:
        """One by any of its ids."""
        ...

    def new(self) -> Form | None:
        """The form that makes one; None where nobody makes one by hand."""
        ...

    def made(self, answer: Any) -> str:
        """The id of what was made, in the control API's answer."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on it."""

    #: "Shop" or "ERP", and a sentence about what to do here.
    title: str
    about: str
    kinds: tuple[Kind, ...] = ()
    #: What is done to the system as a whole.
    forms: tuple[Form, ...] = ()

    def kind(self, name: str) -> Kind | None:
        """The kind with that name in addresses."""
        return next((one for one in self.kinds if name in (one.name, *one.also)), None)
