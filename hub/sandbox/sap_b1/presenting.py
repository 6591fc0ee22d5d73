"""Records as answers show them: defaults filled in, rows of collections included, dates in the version's form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from hub.sandbox.sap_b1.catalogue import TYPES, Catalogue
from hub.sandbox.sap_b1.packing import unpack_all
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.values import shown

#: Types whose records carry a version that If-Match can name.
VERSIONED = frozenset({"Item", "BusinessPartner", "Document", "AdditionalExpense"})

#: name, kind, default, type of the rows or of the embedded row, whether there is one row only.
_Plan = tuple[tuple[str, str, Any, str, bool], ...]


@lru_cache(maxsize=65_536)
def etag(version: int) -> str:
    """The weak tag of a record's version; two records of the same version have the same tag."""
    return f'W/"{hashlib.sha1(str(version).encode(), usedforsecurity=False).hexdigest()}"'


class Presenter:
    """Shows records of one catalogue; make a new one when the catalogue changes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._plans: dict[tuple[str, tuple[str, ...] | None], _Plan] = {}

    def entity(self, type_name: str, record: Record, version: int, select: tuple[str, ...] | None = None) -> Record:
        """The record with every property, or with those selected, and its tag where it has one."""
        answer = self.row(type_name, record, version, select)
        if type_name in VERSIONED:
            name = "@odata.etag" if version == 2 else "odata.etag"
            return {name: etag(record.get("DataVersion", 1)), **answer}
        return answer

    def row(self, type_name: str, record: Record, version: int, select: tuple[str, ...] | None = None) -> Record:
        """The same without a tag."""
        answer: Record = {}
        get = record.get
        for name, kind, default, row_type, single in self._plan(type_name, select):
            value = get(name, default)
            if row_type:
                answer[name] = self._rows(row_type, value, version, single=single)
            elif kind == "date":
                answer[name] = shown(kind, value, version)
            else:
                answer[name] = value
        return answer

    def _rows(self, row_type: str, value: Any, version: int, *, single: bool) -> Any:
        if single:
            return self.row(row_type, value or {}, version)
        return [self.row(row_type, row, version) for row in rows_of(value)]

    def _plan(self, type_name: str, select: tuple[str, ...] | None) -> _Plan:
        plan = self._plans.get((type_name, select))
        if plan is None:
            properties = self._catalogue.of(type_name)
            chosen = properties.values() if select is None else [properties[name] for name in select]
            plan = tuple(
                (
                    one.name,
                    one.kind,
                    one.default,
                    one.row_type or (one.kind if one.kind in TYPES else ""),
                    not one.row_type,
                )
                for one in chosen
            )
            if len(self._plans) > 500:
                self._plans.clear()
            self._plans[type_name, select] = plan
        return plan


def rows_of(value: Any) -> list[Record]:
    """The rows of a collection, whether kept packed or not."""
    rows: Iterable[Any] = value or ()
    return unpack_all(rows) if isinstance(value, tuple) else list(rows)
