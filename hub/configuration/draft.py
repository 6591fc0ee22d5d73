"""A configuration that somebody is working on: the integration's file as plain values, of which secrets are no part.

A secret that is set is a variable in its place (`${SHOP_TOKEN}`), and nothing else in it is one. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from typing import Any

import yaml

from hub.configuration import variables
from hub.configuration.faults import Path, Places
from hub.configuration.file import SIDES, secret_names
from hub.platforms.registry import PLATFORMS, platform
from hub.store.maps import MAPS
from objects.fields import Side

#: The integration's file as plain values.
Document = dict[str, Any]
#: Marks a side that uses a connection which is there already, as it is: its settings are no part of the draft.
AS_IT_IS = "as_it_is"
_NOTHING = object()


def blank(name: str, shop: str, erp: str, taken: Collection[str] = ()) -> Document:
    """The beginning of a configuration between two platforms; `taken`: names of connections that there are."""
    given = zip(SIDES, (shop, erp), strict=True)
    sides: dict[str, Any] = {side: new_side(name, side, kind, taken) for side, kind in given}
    return {"name": name, **sides, "settings": {}, "fields": {}, "maps": {one: [] for one in MAPS}, "routes": []}


def new_side(name: str, side: Side, kind: str, taken: Collection[str]) -> dict[str, Any]:
    """A side with a connection of its own that nothing is known of yet."""
    usual, number = f"{name} {side}", 2
    free = usual
    while free in taken:
        free, number = f"{usual} {number}", number + 1
    return {"platform": kind, "name": free, "settings": {}}


def completed(document: Mapping[str, Any]) -> Document:
    """The document with every part that it may have, so that it can be added to."""
    whole = deepcopy(dict(document))
    for side in SIDES:
        whole[side] = {**whole[side], "settings": dict(whole[side].get("settings") or {})}
    whole["settings"], whole["fields"] = dict(whole.get("settings") or {}), dict(whole.get("fields") or {})
    whole["maps"] = {one: list((whole.get("maps") or {}).get(one) or ()) for one in MAPS}
    whole["routes"] = list(whole.get("routes") or ())
    return whole


def text(document: Mapping[str, Any]) -> str:
    """The document as a file."""
    return yaml.safe_dump(_unmarked(document), sort_keys=False, allow_unicode=True, width=120)


def _unmarked(document: Mapping[str, Any]) -> Document:
    plain: Document = {side: {key: value for key, value in document[side].items() if key != AS_IT_IS} for side in SIDES}
    return {**document, **plain}


# -- secrets ----------------------------------------------------------------------------------------------------------


def secrets_of(document: Mapping[str, Any], side: Side) -> frozenset[str]:
    """The settings of a side's platform that are secret."""
    kind = document[side].get("platform")
    return secret_names(platform(kind).settings_schema()) if kind in PLATFORMS else frozenset()


def variable(side: Side, setting: str) -> str:
    """The variable that stands for a secret in a draft."""
    return variables.placeholder(side, setting)[2:-1]


def with_own_variables(document: Mapping[str, Any]) -> Document:
    """The same with a draft's own variables in the place of whatever stood for its secrets."""
    whole = completed(document)
    for side in SIDES:
        settings = whole[side]["settings"]
        for name in secrets_of(whole, side) & settings.keys():
            settings[name] = f"${{{variable(side, name)}}}"
    return whole


def bound(secrets: Mapping[str, str], home: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, str]:
    """Those of the secrets that a document may use: each was entered for an address of `home` and goes nowhere else."""
    return {
        variable(side, one): secrets[variable(side, one)]
        for side in SIDES
        if same_place(home, document, side)
        for one in secrets_of(document, side)
        if variable(side, one) in secrets
    }


def with_known_alone(document: Mapping[str, Any], known: Mapping[str, str]) -> Document:
    """The same without secrets that nobody has entered for it yet: they are asked for, and not read as nothing."""
    whole = completed(document)
    for side in SIDES:
        for one in secrets_of(whole, side) & whole[side]["settings"].keys():
            if variable(side, one) not in known:
                del whole[side]["settings"][one]
    return whole


def for_people(document: Mapping[str, Any]) -> Document:
    """The same as it is exported: variables bear the name of their connection."""
    whole = completed(_unmarked(document))
    for side in SIDES:
        settings = whole[side]["settings"]
        for name in secrets_of(whole, side) & settings.keys():
            settings[name] = variables.placeholder(str(whole[side].get("name") or side), name)
    return {name: value for name, value in whole.items() if value or name not in ("fields", "routes")}


def note_variables(raw: Mapping[str, Any], places: Places) -> None:
    """Note each variable of a file that stands for no secret: the console does not know what it is to be."""
    for path, value in _texts(raw, ()):
        secret = len(path) == 3 and path[0] in SIDES and path[1] == "settings" and _is_secret(raw, path)
        if not secret and variables.mentions(value):
            fix = "Write the value itself; only secrets are entered apart from the file."
            places.fault(path, "A variable stands for a secret only.", fix, at_value=True)


def _is_secret(raw: Mapping[str, Any], path: Path) -> bool:
    side: Side = "shop" if path[0] == "shop" else "erp"
    return isinstance(raw[side], dict) and path[2] in secrets_of(raw, side)


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
    elif isinstance(value, str):
        yield path, value


# -- two people at once -----------------------------------------------------------------------------------------------


def rebased(base: Mapping[str, Any], mine: Mapping[str, Any], present: Mapping[str, Any]) -> Document:
    """A draft on top of what is deployed now: what it has changed of its base is the draft's, the rest is as it is."""
    return _listed(_merged(_keyed(base), _keyed(mine), _keyed(present)))


def overlaid(present: Mapping[str, Any], named: Mapping[str, Any]) -> Document:
    """What is deployed with what a file names on top of it, as `hub apply` would have it: nothing goes.

    A connection's settings alone are what the file says as a whole: half of one credential is none.
    """
    below, above = _keyed(present), _keyed(named)
    whole = _over(below, above)
    for side in SIDES:
        whole[side] = above[side]
    return _listed(whole)


def _over(below: dict[Any, Any], above: dict[Any, Any]) -> dict[Any, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def same_place(one: Mapping[str, Any], other: Mapping[str, Any], side: Side) -> bool:
    """Whether two configurations reach a side at the same address: a secret of the one may go to the other."""
    kind = one[side].get("platform")
    if kind != other[side].get("platform") or kind not in PLATFORMS:
        return False
    schema = platform(kind).settings_schema()
    addresses = [name for name, setting in schema.fields.items() if setting.metadata.get("address")]
    mine, theirs = one[side].get("settings") or {}, other[side].get("settings") or {}
    return all((mine.get(name) or "") == (theirs.get(name) or "") for name in addresses)


def _merged(base: Any, mine: dict[Any, Any], theirs: dict[Any, Any]) -> dict[Any, Any]:
    before = base if isinstance(base, dict) else {}
    result = {}
    for key in {**theirs, **mine}:
        old, own, other = (values.get(key, _NOTHING) for values in (before, mine, theirs))
        chosen = other if own == old else own
        if own != old and isinstance(own, dict) and isinstance(other, dict):
            chosen = _merged(old, own, other)
        if chosen is not _NOTHING:
            result[key] = chosen
    return result


def _keyed(document: Mapping[str, Any]) -> dict[Any, Any]:
    """Each row of a list under what tells it from the others."""
    whole = completed(document)
    whole["maps"] = {
        name: {(row.get("shop"), row.get("valid_from")): row for row in rows} for name, rows in whole["maps"].items()
    }
    whole["routes"] = {(row.get("object"), row.get("direction")): row for row in whole["routes"]}
    for chosen in whole["fields"].values():
        chosen["custom"] = {row.get("name"): row for row in chosen.get("custom", ())}
    return whole


def _listed(whole: dict[Any, Any]) -> Document:
    whole["maps"] = {name: list(rows.values()) for name, rows in whole["maps"].items()}
    whole["routes"] = list(whole["routes"].values())
    for name, chosen in whole["fields"].items():
        own = list(chosen.pop("custom", {}).values())
        whole["fields"][name] = {**chosen, "custom": own} if own else chosen
    return whole


# -- what has changed -------------------------------------------------------------------------------------------------


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that are others than before, by their path; None = not there."""
    old, new = dict(_leaves(_keyed(before), "")), dict(_leaves(_keyed(after), ""))
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {name: old.get(name) for name in names}, {name: new.get(name) for name in names}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        yield path, value
        return
    for key, inner in value.items():
        step = " ".join(str(part) for part in key if part) if isinstance(key, tuple) else str(key)
        yield from _leaves(inner, f"{path}.{step}" if path else step)
