"""How the domain says no: in the form of Shopify's user errors, or of an error above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class UserError:
    """One entry of `userErrors`. Types without a code leave it out when they are asked."""

    field: tuple[str, ...] | None
    message: str
    code: str | None = None


class Refused(Exception):
    """The shop does not do it; nothing was changed."""

    def __init__(self, *errors: UserError) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors: Sequence[UserError] = errors


def refuse(field: Sequence[str] | None, message: str, code: str | None = None) -> Refused:
    """A refusal with one error, to be raised."""
    return Refused(UserError(tuple(field) if field is not None else None, message, code))


class FieldFault(Exception):
    """A field fails with a top-level error, and is null in the data."""

    def __init__(self, message: str, code: str, **extensions: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extensions: dict[str, Any] = {"code": code, **extensions}
