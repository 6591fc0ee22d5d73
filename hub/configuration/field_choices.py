"""The part of the file that says which fields of an object are synchronised, and who owns each.

What is stored per object is what the file names: a field's name -> its owner, false (left out) or true (with its usual
owner), and below `custom` the fields of the integration's own (`objects.fields`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.configuration.faults import Path, Places
from hub.configuration.schema import CustomFieldSchema, load, suggestion
from objects.fields import CUSTOM, OWNERS, FieldRule
from objects.registry import OBJECTS

#: Object -> what of its fields the file, or the store, names.
Choices = dict[str, dict[str, Any]]
_CUSTOM_SCHEMA = CustomFieldSchema()
#: What no two fields of the integration's own may share, and what it is called.
_UNIQUE = {"name": "the name", "shop": "the metafield", "erp": "the field"}


def field_choices(value: Any, places: Places) -> Choices:
    """What the file names; everything that is wrong in it is noted in its place."""
    found: Choices = {}
    for name, chosen in value.items() if isinstance(value, dict) else ():
        path: Path = ("fields", name)
        if name not in OBJECTS:
            places.fault(path, "There is no such object.", suggestion(name, OBJECTS))
        elif not OBJECTS[name].fields:
            places.fault(path, f"Fields of {name} cannot be chosen: all of them follow the source.", "Remove this key.")
        elif isinstance(chosen, dict):
            found[name] = _of_object(OBJECTS[name].fields, chosen, places, path)
    return found


def merged(stored: Mapping[str, Any], named: Choices) -> Choices:
    """What the store has, with what a file names added to it or put in its place."""
    result = {name: dict(chosen) for name, chosen in stored.items()}
    for name, chosen in named.items():
        before = result.get(name, {})
        own = {row["name"]: row for row in [*before.get("custom", ()), *chosen.get("custom", ())]}
        result[name] = {**before, **chosen, **({"custom": list(own.values())} if own else {})}
    return result


def flat(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of one object as names and values that can be shown and compared."""
    plain = {name: value for name, value in chosen.items() if name != "custom"}
    own = {
        f"{CUSTOM}{row['name']}": f"{row['shop']} = {row['erp']}, {row['type']}, owner {row['owner']}"
        for row in chosen.get("custom", ())
    }
    return {**plain, **own}


def faults_of_twins(named: Choices, whole: Choices, places: Places) -> None:
    """Note each own field of the file that shares a metafield or user field with a stored one it does not name."""
    for object_name, chosen in named.items():
        mine = {row["name"] for row in chosen.get("custom", ())}
        others = [row for row in whole[object_name].get("custom", ()) if row["name"] not in mine]
        for index, row in enumerate(chosen.get("custom", ())):
            for other in others:
                for key in ("shop", "erp"):
                    if row[key].casefold() == other[key].casefold():
                        text = f"The store has {_UNIQUE[key]} {row[key]} as {other['name']} already."
                        path = ("fields", object_name, "custom", index, key)
                        places.fault(
                            path, text, "Name that one in the file, too, or apply with --prune.", at_value=True
                        )


def faults_of_one_way(named: Choices, directions: Mapping[str, frozenset[str]], places: Places) -> None:
    """Note each owner that would keep a field from ever moving, as its object goes one way only.

    `directions` are those of all routes of the integration, by object. An owner that says what would be true without
    it is no fault: a field of the shop stays the shop's, and is written once, at the creation.
    """
    for object_name, chosen in named.items():
        ways = directions.get(object_name, frozenset())
        if len(ways) != 1:
            continue
        source, target = ("shop", "erp") if "shop_to_erp" in ways else ("erp", "shop")
        usual = {rule.name: rule.owner for rule in OBJECTS[object_name].fields if rule.ticked}
        for path, owner in _owners(object_name, chosen):
            if owner in (source, True, False) or usual.get(str(path[-1])) == owner:
                continue
            why = f"is owned by {target}" if owner == target else "has no owner"
            text = f"It {why}, but {object_name} goes from {source} to {target} only: it would never move."
            fix = f"Write {source} or false, or add the route from {target} to {source}."
            places.fault(path, text, fix.replace(" or false", "") if "custom" in path else fix, at_value=True)


def _owners(object_name: str, chosen: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name, value in chosen.items():
        if name != "custom":
            yield ("fields", object_name, name), value
    for index, row in enumerate(chosen.get("custom", ())):
        yield ("fields", object_name, "custom", index, "owner"), row["owner"]


def _of_object(rules: Sequence[FieldRule], chosen: Mapping[str, Any], places: Places, at: Path) -> dict[str, Any]:
    by_name = {rule.name: rule for rule in rules}
    found: dict[str, Any] = {}
    for name, value in chosen.items():
        if name == "custom":
            rows = _own_fields(value, by_name, places, (*at, name))
            found |= {"custom": rows} if rows else {}
        elif name not in by_name:
            places.fault((*at, name), "There is no such field.", suggestion(name, [*by_name, "custom"]))
        elif _is_choice(by_name[name], value, places, (*at, name)):
            found[name] = value
    return found


def _is_choice(rule: FieldRule, value: Any, places: Places, path: Path) -> bool:
    """Whether a value may stand behind this field; where it may not, why is noted."""
    if value is False and rule.locked:
        text, fix = "It is always synchronised.", f"Write {rule.owner}, or remove this line."
    elif value not in (True, False, *OWNERS):
        words = f"{', '.join(OWNERS)} or {'true' if rule.locked else 'false'}"
        text, fix = "Not an owner.", f"Write {rule.owner}." if rule.fixed else f"Write {words}."
    elif rule.fixed and value not in (True, False, rule.owner):
        text, fix = f"It always belongs to {rule.owner}.", f"Write {rule.owner}, or remove this line."
    else:
        return True
    places.fault(path, text, fix, at_value=True)
    return False


def _own_fields(rows: Any, rules: Mapping[str, FieldRule], places: Places, at: Path) -> list[dict[str, Any]]:
    if not isinstance(rows, list):
        places.fault(
            at, "Not a valid list.", "Write a list: each entry in a line of its own, after a dash.", at_value=True
        )
        return []
    found: list[dict[str, Any]] = []
    first: dict[tuple[str, str], Path] = {}
    for index, row in enumerate(rows):
        path = (*at, index)
        if not isinstance(row, dict):
            places.fault(path, "Not a valid mapping.", "Write name, shop and erp.", at_value=True)
            continue
        loaded = load(_CUSTOM_SCHEMA, row, places, path)
        if loaded is None:
            continue
        found.append(loaded)
        if loaded["name"] in rules:
            text = f"{loaded['name']} is a field of the hub's."
            places.fault((*path, "name"), text, "Give this one another name.", at_value=True)
        for key, what in _UNIQUE.items():
            before = first.setdefault((key, loaded[key].casefold()), path)
            if before != path:
                line = places.positions[before][0]
                places.fault(
                    (*path, key),
                    f"{what.capitalize()} {loaded[key]} stands in line {line} already.",
                    "Keep one of the two.",
                    at_value=True,
                )
    return found
