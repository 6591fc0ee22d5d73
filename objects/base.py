"""The form that every object fills in, and the values whose meaning only the other side knows.

A *record* is a plain dict that its marshmallow schema has loaded: the hub's canonical form, the same for all
platforms. Two kinds of values in it cannot be carried over as they are: a `Ref` names another record by its id on the
source, a `Mapped` names a value of one of the integration's maps. The engine resolves both for a whole page at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from objects.fields import FieldRule

Record = dict[str, Any]
Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ref:
    """Another record, by its id on the source side.

    `code` is its human key, a second way to find it; `stand_in` names settings that say what is taken in its place.
    `absent` says what a missing one means for the record that
    refers to it: it fails ("fail"), or it is skipped as NOT_LINKED ("skip").
    """

    kind: str
    source_id: str
    code: str = ""
    absent: Literal["fail", "skip"] = "fail"
    stand_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """A value that the integration's map `map` translates. `wider` are less specific keys to try in turn."""

    map: str
    value: str
    wider: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a record is deliberately left alone. A skip is an outcome, not an error."""

    reason: str
    detail: str = ""
    fix: str = ""
    #: True: it counts for this run only, the next one decides anew.
    passing: bool = False


class RecordSchema(Schema):
    """Base of all canonical schemas: what the source knows beyond the form is left out."""

    class Meta:
        """marshmallow's settings."""

        unknown = EXCLUDE


class RefField(fields.Field[Ref]):
    """Holds a `Ref` as it is; a platform's `to_canonical` builds it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Ref:
        if not isinstance(value, Ref):
            raise ValidationError("Not a reference to another record.")
        return value


class MappedField(fields.Field[Mapped]):
    """Holds a `Mapped` as it is; a platform's `to_canonical` builds it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Mapped:
        if not isinstance(value, Mapped):
            raise ValidationError("Not a mapped value.")
        return value


def decimal(**kwargs: Any) -> fields.Decimal:
    """A money or quantity field: Decimal, finite, written as a string."""
    return fields.Decimal(as_string=True, allow_nan=False, **kwargs)


def personal(field: fields.Field[Any]) -> fields.Field[Any]:
    """Mark a field as personal data: masked for roles without the right, erasable."""
    field.metadata = {**field.metadata, "personal": True}
    return field


def personal_fields(schema: type[Schema] | Schema) -> frozenset[str]:
    """Names of the personal fields of a schema, nested ones included."""
    names: set[str] = set()
    instance = schema() if isinstance(schema, type) else schema
    for name, field in instance.fields.items():
        if field.metadata.get("personal"):
            names.add(name)
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            nested = inner.schema
            names |= personal_fields(nested)
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class Amendment:
    """What becomes of a record that is on the other side already and has changed since."""

    #: The document is cancelled on the target.
    cancel: bool = False
    #: Or the change is left alone, for this reason.
    skip: Skip | None = None
    #: Or the two totals differ without any change: "shop / ERP / difference".
    mismatch: str = ""


#: A place in the shop where units lie: (variant id, location id).
Place = tuple[str, str]


class ObjectType(ABC):
    """One object: its canonical form, and the decisions about it that need neither platform nor database."""

    name: ClassVar[str]
    schema: ClassVar[Schema]
    #: The form of the target's record, where it is not the same one.
    target_schema: ClassVar[Schema | None] = None
    #: The kind of its links.
    kind: ClassVar[str]
    #: Objects of a lower rank that are due at the same time come first: orders need customers and products.
    rank: ClassVar[int] = 0
    #: True: a first full load (Initialize) comes before any other run; orders have a cut-over instead.
    initialized: ClassVar[bool] = True
    #: The fields that `values` names, with their usual owners. Empty: all of them follow the source.
    fields: ClassVar[tuple[FieldRule, ...]] = ()
    #: The maps whose entries shape what is written.
    maps: ClassVar[tuple[str, ...]] = ()
    #: True: compared with what the target holds now, not with "the source did not change".
    compares_target: ClassVar[bool] = False
    #: What tells its records apart, in people's words.
    known_by: ClassVar[str] = "reference"
    #: True: its code must stay unique without letter case.
    folds_case: ClassVar[bool] = False
    #: True: posted once and never rewritten; later changes are amendments.
    document: ClassVar[bool] = False
    #: True: what people call it is personal data.
    label_is_personal: ClassVar[bool] = False

    @property
    def kept(self) -> frozenset[str]:
        """Fields that are compared and never written by an update."""
        return frozenset(rule.name for rule in self.fields if rule.kept)

    @property
    def personal(self) -> frozenset[str]:
        """Names of the personal fields in the canonical form."""
        return personal_fields(self.schema)

    def decide(self, record: Record, settings: Settings, *, linked: bool, backfill: bool) -> Skip | None:
        """Tell whether a record is left alone, and why; None = go on."""
        return None

    @abstractmethod
    def values(self, record: Record) -> dict[str, Any]:
        """The fields that are compared and kept in step once the record is linked, by name, the same on both sides."""

    def replaced(self, record: Record, values: Mapping[str, Any]) -> Record:
        """A copy of a record in which these fields (as `values` names them) hold something else."""
        return {**record, **values}

    def entered(self, name: str, value: Any) -> Any:
        """A value that a person has entered for a field, as it may be kept; ValidationError where it may not."""
        return value

    def code(self, record: Record) -> str:
        """The code that must stay unique without letter case, where the object has one."""
        return ""

    def probe(self, key: str, record: Record) -> dict[str, str]:
        """What a record without a link could be recognised by on the target."""
        return {"reference": key}

    def same(self, key: str, record: Record, candidate: Record, settings: Settings) -> bool:
        """Whether a record of the target is this one."""
        return bool(candidate.get("reference") == key)

    def weigh(self, old: Record, new: Record, settings: Settings) -> frozenset[str]:
        """What is alarming about a change from the old values to the new ones: names of `hub.sync.guard` limits."""
        return frozenset()

    def refuses(self, target: Record) -> Skip | None:
        """Why the target's record must not be changed, whatever the source says; None = it may be."""
        return None

    def amend(self, record: Record, target: Record, settings: Settings) -> Amendment | None:
        """What becomes of a document that is imported and has changed; None = compare `values`."""
        return None

    def prepare(self, record: Record, target: Record, book: Mapping[Place, int], settings: Settings) -> Skip | None:
        """Fill in what depends on the target's record and on the book of committed units."""
        return None

    def open_units(self, record: Record, target: Record | None = None) -> dict[Place, int] | None:
        """Units that the record still holds in the shop and the target knows of; None = it holds none by its kind.

        `target` is what the record became; None = it was just written as it is.
        """
        return None

    def persons(self, key: str, record: Record) -> Sequence[str]:
        """Identifiers of the person the record is about: what erasing finds its messages by."""
        return ()
