"""The three-way comparison: each side now, what both last agreed on, and who owns the field. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from objects.fields import Owner, Side

#: Hashes a value, so that a base gives nothing away.
Hash = Callable[[str], str]
#: A base: field -> keyed hash of its value.
Base = Mapping[str, str]
NOTHING: Base = {}
Winner = Literal["source", "target", "value"]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a difference: what the target holds and what it is to hold."""

    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Versions:
    """The two versions of a field that both sides keep."""

    source: Any
    target: Any


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person has decided about a field: the version of one side, or a value of their own.

    It counts only as long as both sides hold the versions that it was decided upon, told by their keyed hashes.
    """

    winner: Winner
    source_hash: str
    target_hash: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Meanings:
    """What values stand for under the maps of their fields: two that stand for one thing are the same."""

    #: Field -> value, in small letters -> what it stands for.
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Fields that have moved once their values stand for something else: those of the shop. What the ERP's values are
    #: called is told by the map, so they move with it by themselves.
    moving: Set[str] = frozenset()

    def of(self, name: str, value: Any) -> Any:
        """What a value stands for; the value itself where no map knows it."""
        known = self.values.get(name)
        return known.get(value.strip().casefold(), value) if known and isinstance(value, str) else value

    def hashed(self, name: str, value: Any, keyed: Hash) -> str:
        """The hash by which is told whether a field has moved."""
        return hashed(self.of(name, value) if name in self.moving else value, keyed)


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms one record is compared."""

    #: The side that is the source.
    side: Side
    #: Owner of each field that is compared. None = every field follows the source.
    owners: Mapping[str, Owner] | None = None
    #: Fields that are compared and never written: a change of theirs can only be listed.
    kept: Set[str] = frozenset()
    #: True: an edit on the side that does not own the field is undone; False: it is left alone and listed.
    revert: bool = False
    #: Decisions of persons, by field.
    choices: Mapping[str, Chosen] = field(default_factory=dict)
    meanings: Meanings = field(default_factory=Meanings)


@dataclass(slots=True)
class Comparison:
    """What the comparison says, field by field; a field that nobody has moved is in none of the parts."""

    #: The target is to take these.
    write: dict[str, Change] = field(default_factory=dict)
    #: Both sides hold the same, or are left to differ for good: the base is set anew.
    agreed: set[str] = field(default_factory=set)
    #: The owner's side has moved, and it is the target: the other direction brings it.
    pending: set[str] = field(default_factory=set)
    #: Only the side that does not own the field has moved.
    drifts: dict[str, Versions] = field(default_factory=dict)
    #: Drifts on the source that the other direction is to undo.
    reverts: set[str] = field(default_factory=set)
    #: Both sides have moved, and nobody owns the field.
    conflicts: dict[str, Versions] = field(default_factory=dict)


def normal(value: Any) -> Any:
    """A value in the form in which two platforms' versions of it can be compared.

    Numbers by value (19.90 = 19.9), texts without surrounding blanks and with one kind of line end, nothing = "".
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return format(Decimal(value).normalize(), "f")
    if isinstance(value, Mapping):
        return {key: normal(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [normal(entry) for entry in value]
    return str(value)


def hashed(value: Any, keyed: Hash) -> str:
    """The keyed hash of one value."""
    return keyed(repr(normal(value)))


def fingerprint(values: Mapping[str, Any], keyed: Hash) -> dict[str, str]:
    """The base of a set of values: a keyed hash per field."""
    return {name: hashed(value, keyed) for name, value in values.items()}


def is_empty(value: Any) -> bool:
    """Whether a value says nothing."""
    return normal(value) in ("", [])


def compare(
    source: Mapping[str, Any],
    target: Mapping[str, Any],
    bases: tuple[Base, Base],
    terms: Terms,
    keyed: Hash,
) -> Comparison:
    """Compare the values of both sides with their bases (source's, target's), field by field.

    A field that the source does not name is none of its business, unless it did when both sides last agreed: then its
    silence is told from an edit. Without a base both sides count as moved, but what the source does not know is no
    reason to empty it on the target: it is left to differ.
    """
    found, meanings = Comparison(), terms.meanings
    for name in _names(source, bases[0], terms):
        both = Versions(source.get(name), target.get(name))
        if normal(meanings.of(name, both.source)) == normal(meanings.of(name, both.target)):
            found.agreed.add(name)
            continue
        hashes = (meanings.hashed(name, both.source, keyed), meanings.hashed(name, both.target, keyed))
        choice = terms.choices.get(name)
        if (
            choice is not None
            and name in source
            and _stands(choice, hashes, meanings.hashed(name, choice.value, keyed))
        ):
            _choose(found, name, both, choice)
        elif name not in bases[0] or name not in bases[1]:
            _first_time(found, name, both, terms)
        else:
            _judge(found, name, both, _moved(name, hashes, bases, (name in source, name in target), terms), terms)
            if name not in source:
                # What is not said cannot be written.
                found.write.pop(name, None)
    return found


def _names(source: Mapping[str, Any], base: Base, terms: Terms) -> list[str]:
    """The fields that are compared: what the source names, or has named, and what is synchronised."""
    if terms.owners is None:
        return list(source)
    return [name for name in terms.owners if name in source or name in base]


def _moved(
    name: str, hashes: tuple[str, str], bases: tuple[Base, Base], named: tuple[bool, bool], terms: Terms
) -> tuple[bool, bool]:
    """Which side has moved; the silence of a side that has a say in the field is no edit, as it cannot be carried."""
    owner = _owner(name, terms)
    heard = (named[0] or owner not in (terms.side, "none"), named[1] or owner == terms.side)
    return heard[0] and hashes[0] != bases[0][name], heard[1] and hashes[1] != bases[1][name]


def _stands(choice: Chosen, hashes: tuple[str, str], reached: str) -> bool:
    """Whether both sides still hold what was decided upon; a value of a person's own may have reached one of them."""
    decided = (choice.source_hash, choice.target_hash)
    if choice.winner != "value":
        return hashes == decided
    return all(now in (before, reached) for now, before in zip(hashes, decided, strict=True))


def _owner(name: str, terms: Terms) -> Owner:
    return terms.side if terms.owners is None else terms.owners[name]


def _choose(found: Comparison, name: str, both: Versions, choice: Chosen) -> None:
    if choice.winner == "source":
        found.write[name] = Change(both.target, both.source)
    elif choice.winner == "target":
        found.pending.add(name)
    else:
        if normal(choice.value) != normal(both.source):
            # The source itself takes the value in the other direction, while the choice still stands.
            found.pending.add(name)
        if normal(choice.value) != normal(both.target):
            found.write[name] = Change(both.target, choice.value)


def _first_time(found: Comparison, name: str, both: Versions, terms: Terms) -> None:
    """A field without a past: both sides count as moved."""
    owner = _owner(name, terms)
    if name in terms.kept:
        found.agreed.add(name)
    elif owner not in (terms.side, "none"):
        found.pending.add(name)
    elif is_empty(both.source):
        found.agreed.add(name)
    elif owner == terms.side or is_empty(both.target):
        found.write[name] = Change(both.target, both.source)
    else:
        found.conflicts[name] = both


def _judge(found: Comparison, name: str, both: Versions, moved: tuple[bool, bool], terms: Terms) -> None:
    """A field with a past: what is done depends on who moved and who owns it."""
    owner = _owner(name, terms)
    source_moved, target_moved = moved
    mine = owner == terms.side
    if name in terms.kept:
        if source_moved or target_moved:
            found.drifts[name] = both
    elif owner == "none" and source_moved and target_moved:
        found.conflicts[name] = both
    elif source_moved and (mine or owner == "none"):
        found.write[name] = Change(both.target, both.source)
    elif target_moved and not mine:
        found.pending.add(name)
    elif source_moved or target_moved:
        found.drifts[name] = both
        if terms.revert and mine:
            found.write[name] = Change(both.target, both.source)
        elif terms.revert:
            found.reverts.add(name)
