"""Steps 4 and 5: settings in groups, and the maps."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for

from admin import forms
from admin.auth import person, requires
from admin.map_words import WORDS as MAP_WORDS
from admin.standing import enabled
from admin.views.base import exposed
from admin.views.wizard.base import Wizard
from hub import trying
from hub.configuration import map_rows
from hub.configuration.draft import Document
from hub.configuration.faults import FaultyFile
from hub.configuration.map_rows import Row
from hub.configuration.words import GROUPS
from hub.drafting import Overtaken, Work
from hub.settings import SCHEMA
from hub.store.maps import MAPS

#: Rows of a map that are empty yet.
EMPTY_ROWS = 2
#: The cut-over is asked with the scenarios.
NAMES = [word.name for group in GROUPS for word in group.words if word.name != "order_cut_over"]
_WORDS = {word.name: (word.label, word.help) for group in GROUPS for word in group.words}


class Filling(Wizard):
    """Settings and maps."""

    @exposed("/<name>/settings")
    def settings(self, name: str) -> str:
        """Settings in groups, with what both sides offer to choose from."""
        return self._settings(self.there(name))

    @property
    def _fresh(self) -> bool:
        """Whether both sides are to be asked anew: whoever only looks takes what they have said."""
        return "fresh" in request.args and person().may("act")

    def _settings(self, there: Work, wrong: dict[str, str] | None = None, **more: Any) -> str:
        reference = self.references.of(there, fresh=self._fresh)
        values = there.document["settings"]
        made = forms.inputs(SCHEMA, values, words=_WORDS, offered=reference.settings, names=NAMES)
        if wrong is not None:
            made = forms.with_faults(made, wrong, request.form)
        by_name = {one.name: one for one in made}
        groups = [(group, [by_name[word.name] for word in group.words if word.name in by_name]) for group in GROUPS]
        return self.step(there, "settings", groups=groups, wrong=wrong or {}, reference=reference, **more)

    @exposed("/<name>/settings", "POST")
    @requires("administer")
    def keep_settings(self, name: str) -> Any:
        """Keep what was set."""
        there = self.there(name)
        after = forms.taken(SCHEMA, request.form, there.document["settings"], NAMES)
        wrong = forms.faults(SCHEMA, after) or trying.unknown_codes(self.hub, there, after)
        if wrong:
            return self._settings(there, wrong), 400

        def edit(document: Document) -> None:
            document["settings"] = after

        def again(there: Work, error: Overtaken) -> str:
            return self._settings(there, {}, overtaken=error)

        return self.keep(name, "settings", edit, again, "The settings are kept.")

    # -- maps ---------------------------------------------------------------------------------------------------------

    @exposed("/<name>/maps")
    def maps(self, name: str) -> str:
        """Locations, payments, taxes and groups."""
        there = self.there(name)
        reference = self.references.of(there, fresh=self._fresh)
        tables = {}
        seen = there.steps.get("seen", {}).get("values", [])
        # Only where products of the shop become items is it asked for their groups.
        asked = [one for one in MAPS if one != "item_group" or ("product", "shop_to_erp") in enabled(there)]
        for one in MAPS:
            known = map_rows.rows(there.document["maps"].get(one, ()))
            values = [value for name, value in seen if name == one]
            proposed = map_rows.proposed(one, known, reference, values) if one in asked else []
            tables[one] = [*known, *proposed, *(Row() for _ in range(EMPTY_ROWS))]
        return self.step(there, "maps", tables=tables, reference=reference, words=MAP_WORDS, wrong=False)

    @exposed("/<name>/maps/orders", "POST")
    @requires("administer")
    def look_at_orders(self, name: str) -> Any:
        """Look recent orders through for values that the maps do not know."""
        try:
            count = trying.look_at_orders(self.acting, self.there(name))
        except FaultyFile:
            flash("Finish connectivity and scenarios first: the summary says what is missing.", "bad")
        else:
            words = f"{count} {'value' if count == 1 else 'values'} that no map knows: see the rows that are proposed."
            flash(words if count else "The maps know all values of recent orders.", "note" if count else "good")
        return redirect(url_for(".maps", name=name))

    @exposed("/<name>/maps", "POST")
    @requires("administer")
    def keep_maps(self, name: str) -> Any:
        """Keep the rows of all maps."""
        there = self.there(name)
        typed = {one: map_rows.checked(one, [row for row in _typed(one) if row.filled]) for one in MAPS}
        if any(row.fault for rows in typed.values() for row in rows):
            return self._typed_maps(there, typed, wrong=True), 400

        def edit(document: Document) -> None:
            for one, rows in typed.items():
                kept = {(row.shop, row.erp, row.valid_from): row for row in rows}
                document["maps"][one] = [row.written() for row in kept.values()]

        def again(there: Work, error: Overtaken) -> str:
            return self._typed_maps(there, typed, wrong=False, overtaken=error)

        return self.keep(name, "maps", edit, again, "The maps are kept.")

    def _typed_maps(self, there: Work, typed: dict[str, list[Row]], **more: Any) -> str:
        """The form as it was sent."""
        tables = {one: [*rows, *(Row() for _ in range(EMPTY_ROWS))] for one, rows in typed.items()}
        given = {"tables": tables, "reference": self.references.of(there), "words": MAP_WORDS}
        return self.step(there, "maps", **given, **more)


def _typed(map_name: str) -> list[Row]:
    form = request.form
    shops, erps = (form.getlist(f"{map_name} {side}") for side in ("shop", "erp"))
    # A map has the columns that it needs.
    days, ranks = (form.getlist(f"{map_name} {more}") or [""] * len(shops) for more in ("valid_from", "rank"))
    gone, default = set(form.getlist(f"{map_name} gone")), form.get(f"{map_name} default", "")
    found = []
    for place, cells in enumerate(zip(shops, erps, days, ranks, strict=False)):
        shop, erp, since, rank = (text.strip() for text in cells)
        half = f"{map_name} {place} proposed" in form and not (shop and erp)
        if str(place) not in gone and not half:
            found.append(Row(shop, erp, since, default == str(place), rank))
    return found
