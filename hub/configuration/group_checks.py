"""Pre-checks of item groups and customer groups. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hub.configuration.subject import Subject, bad, good, in_map, makes_items, note, setting, unknown
from hub.platforms.platform import Finding

#: Map -> what the ERP lists for it, and what people call that.
_LISTS = {"item_group": ("item_groups", "item group"), "customer_group": ("customer_groups", "customer group")}
#: Product types that are named in one line.
_NAMED = 5


def groups(subject: Subject) -> Iterator[Finding]:
    """The groups of the maps are in the ERP."""
    for map_name, (fact, noun) in _LISTS.items():
        entries, known = subject.map(map_name), subject.erp.get(fact)
        if entries and known is None:
            yield unknown(f"The ERP's {noun}s")
            continue
        wrong = [entry for entry in entries if int(entry.erp_value) not in (known or {})]
        for entry in wrong:
            what = f"The {noun} map has {entry.shop_value} as {entry.erp_value}, which is no {noun} of the ERP."
            yield bad(what, in_map(map_name, "Correct the entry of the map."))
        if entries and not wrong:
            yield good(f"The groups of the {noun} map are in the ERP.")


def product_types(subject: Subject) -> Iterator[Finding]:
    """Product types in use have an item group, where products of the shop become items."""
    if not makes_items(subject.routes):
        return
    if subject.shop.get("product_types") is None or subject.erp.get("item_groups") is None:
        yield unknown("Whether the shop's product types have item groups")
        return
    missing = [one for one in subject.unmapped if one.map == "item_group"]
    if not missing:
        return
    names = ", ".join(one.value for one in missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
    what = f"Without an item group of the ERP, by map or by name: product type {names}."
    fix = in_map("item_group", f"Run: {missing[0].command(subject.name)}")
    if subject.settings["default_item_group"] is not None:
        yield note(f"{what} New items of it get the default group.", fix)
    elif subject.map("item_group"):
        advice = "Add entries to the map, or set a default group."
        yield bad(f"{what} Its products fail.", setting("default_item_group", advice))
    else:
        yield note(f"{what} The ERP chooses the group of new items.", fix)
