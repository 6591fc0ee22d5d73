"""Steps 2 and 3: which objects go which way, and which of their fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, request

from admin.auth import requires
from admin.standing import enabled
from admin.views.base import exposed
from admin.views.wizard.base import Wizard, plain_settings
from hub.clock import zone_names
from hub.configuration import scenarios as choices
from hub.configuration.draft import Document
from hub.configuration.schema import CustomFieldSchema
from hub.drafting import Overtaken, Work
from hub.errors import ConfigurationError
from hub.settings import readable
from objects.fields import OWNERS, TYPES
from objects.registry import OBJECTS

#: Rows for fields of one's own that are empty yet.
EMPTY_ROWS = 3
_OWN = CustomFieldSchema()


class Choosing(Wizard):
    """Scenarios and fields."""

    @exposed("/<name>/scenarios")
    def scenarios(self, name: str) -> str:
        """Objects and directions."""
        return self._scenarios(self.there(name))

    def _scenarios(self, there: Work, wrong: dict[str, str] | None = None, **more: Any) -> str:
        form = request.form if wrong is not None else None
        rows = []
        known = {(row["object"], row["direction"]): row for row in there.document["routes"]}
        for route in {**dict.fromkeys(choices.possible(there.document, there.secrets)), **dict.fromkeys(known)}:
            row, key = known.get(route, {}), " ".join(route)
            usual = choices.usual_policy(*route)
            rows.append(
                {
                    "key": key,
                    "object": route[0],
                    "direction": route[1],
                    "on": key in form.getlist("on") if form else route in known and row.get("enabled", True),
                    "policy": form.get(f"policy {key}", usual) if form else row.get("policy") or usual,
                    "schedule": form.get(f"schedule {key}", "never") if form else choices.said(row.get("schedule")),
                    "markable": route[0] in choices.MARKABLE,
                    "loads": OBJECTS[route[0]].initialized,
                }
            )
        settings = readable(plain_settings(there))
        zone, moment = settings["zone"], settings["order_cut_over"]
        local = f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" if moment else ""
        cut = {"moment": form.get("moment", "") if form else local, "zone": form.get("zone", "") if form else zone}
        given = {"rows": rows, "cut": cut, "schedules": list(choices.SCHEDULES)}
        return self.step(there, "scenarios", wrong=wrong or {}, **given, **more)

    @exposed("/<name>/scenarios", "POST")
    @requires("administer")
    def choose(self, name: str) -> Any:
        """Keep what was chosen."""
        there = self.there(name)
        ticked = request.form.getlist("on")
        known = {f"{row['object']} {row['direction']}" for row in there.document["routes"]}
        can = {" ".join(route) for route in choices.possible(there.document, there.secrets)} | known
        if not can.issuperset(ticked):
            abort(400, "There is no such route.")
        zone, moment, wrong = request.form.get("zone", ""), request.form.get("moment", ""), {}
        if zone not in zone_names():
            wrong["zone"] = f"{zone or 'Nothing'} is no time zone; Europe/Berlin is one."
        written = ""
        if not wrong and moment:
            try:
                written = choices.cut_over(moment, zone)
            except ConfigurationError as error:
                wrong["moment"] = str(error)
        if not moment and any(key.startswith("order ") for key in ticked):
            wrong["moment"] = "Orders need a cut-over: from which day and time on are they imported?"
        if not ticked:
            wrong["on"] = "Tick at least one scenario."
        if wrong:
            return self._scenarios(there, wrong), 400

        def edit(document: Document) -> None:
            _choose(document, ticked, written, zone)

        def again(there: Work, error: Overtaken) -> str:
            return self._scenarios(there, {}, overtaken=error)

        return self.keep(name, "scenarios", edit, again, "The scenarios are kept.")

    # -- fields -------------------------------------------------------------------------------------------------------

    @exposed("/<name>/fields")
    def fields(self, name: str) -> str:
        """Which fields are synchronised, and who owns each."""
        return self._fields(self.there(name))

    def _fields(self, there: Work, wrong: dict[str, str] | None = None, **more: Any) -> str:
        form = request.form if wrong is not None else None
        ways: dict[str, set[str]] = {}
        for name, way in enabled(there):
            ways.setdefault(name, set()).add(way)
        shown = []
        for name, directions in ways.items():
            kind, chosen = OBJECTS[name], there.document["fields"].get(name, {})
            if not kind.fields:
                continue
            rows = []
            for rule in kind.fields:
                value = chosen.get(rule.name, rule.owner if rule.ticked else False)
                owner = rule.owner if value in (True, False) else str(value)
                on, key = rule.locked or value is not False, f"{name}.{rule.name}"
                if form:
                    on, owner = rule.locked or f"on {key}" in form, form.get(f"owner {key}", owner)
                rows.append({"rule": rule, "key": key, "on": on, "owner": owner})
            own = _own_rows(form, name) if form else [dict(row) for row in chosen.get("custom", ())]
            own += [{"type": "text", "owner": "erp"} for _ in range(EMPTY_ROWS)]
            takes_own = "custom" in kind.schema.fields
            shown.append(
                {
                    "name": name,
                    "rows": rows,
                    "own": own,
                    "takes_own": takes_own,
                    "both": len(directions) == 2,
                    "directions": sorted(directions),
                }
            )
        fresh = self.references.of(there) if any(one["takes_own"] for one in shown) else None
        given = {"objects": shown, "owners": OWNERS, "types": TYPES, "reference": fresh}
        return self.step(there, "fields", wrong=wrong or {}, **given, **more)

    @exposed("/<name>/fields", "POST")
    @requires("administer")
    def map_fields(self, name: str) -> Any:
        """Keep what was chosen."""
        there = self.there(name)
        chosen: dict[str, dict[str, Any]] = {}
        wrong: dict[str, str] = {}
        ways: dict[str, set[str]] = {}
        for one, way in enabled(there):
            ways.setdefault(one, set()).add(way)
        for one, directions in ways.items():
            kind = OBJECTS[one]
            if not kind.fields:
                continue
            before = there.document["fields"].get(one, {})
            chosen[one] = _chosen(one, before, both=len(directions) == 2)
            own = _own_rows(request.form, one)
            _refuse_own(one, own, {rule.name for rule in kind.fields}, wrong)
            if own:
                chosen[one]["custom"] = own
        if wrong:
            return self._fields(there, wrong), 400

        def edit(document: Document) -> None:
            kept = {one: value for one, value in document["fields"].items() if one not in chosen}
            document["fields"] = {**kept, **{one: value for one, value in chosen.items() if value}}

        def again(there: Work, error: Overtaken) -> str:
            return self._fields(there, {}, overtaken=error)

        return self.keep(name, "fields", edit, again, "The field mapping is kept.")


def _choose(document: Document, ticked: list[str], cut_over: str, zone: str) -> None:
    """Write into a document which routes are on, and how."""
    known = {f"{row['object']} {row['direction']}": row for row in document["routes"]}
    for key in [*known, *(key for key in ticked if key not in known)]:
        object_name, _, direction = key.partition(" ")
        row = known.setdefault(key, {"object": object_name, "direction": direction})
        row["enabled"] = key in ticked
        policy = request.form.get(f"policy {key}", "")
        if object_name in choices.MARKABLE and policy in ("marked", "all"):
            row["policy"] = policy
        schedule = request.form.get(f"schedule {key}", "")
        if schedule in choices.SCHEDULES and schedule != choices.said(row.get("schedule")):
            row["schedule"] = choices.SCHEDULES[schedule].written()
    document["routes"] = sorted(known.values(), key=lambda row: choices.ORDER.index(row["object"]))
    settings = document["settings"]
    settings["zone"] = zone
    if not cut_over:
        settings.pop("order_cut_over", None)
    elif "order_cut_over" not in settings or not _same(settings["order_cut_over"], cut_over):
        settings["order_cut_over"] = cut_over


def _same(one: Any, other: str) -> bool:
    """Whether two texts are the same moment: seconds are not in the form."""
    try:
        moments = (datetime.fromisoformat(str(text)).replace(second=0, microsecond=0) for text in (one, other))
        first, second = moments
        return first == second
    except (ValueError, TypeError):
        return False


def _chosen(object_name: str, before: dict[str, Any], *, both: bool) -> dict[str, Any]:
    """What the form says of an object's fields, as far as it is not what is usual."""
    found: dict[str, Any] = {}
    for rule in OBJECTS[object_name].fields:
        key = f"{object_name}.{rule.name}"
        on = rule.locked or f"on {key}" in request.form
        owner = request.form.get(f"owner {key}", "")
        usual = rule.owner if rule.ticked else False
        value: Any = False
        if on:
            named = before.get(rule.name, usual)
            value = owner if owner in OWNERS and not rule.fixed and both else named
            value = rule.owner if value is False else value
        if value != usual:
            found[rule.name] = value
    return found


def _own_rows(form: Any, object_name: str) -> list[dict[str, Any]]:
    """The rows of an object's own fields that are filled in and not to go."""
    names = ("name", "shop", "erp", "type", "owner")
    lists = [form.getlist(f"own {object_name} {one}") for one in names]
    gone = set(form.getlist(f"own {object_name} gone"))
    rows = [dict(zip(names, (text.strip() for text in cells), strict=True)) for cells in zip(*lists, strict=False)]
    return [row for place, row in enumerate(rows) if str(place) not in gone and any(row[one] for one in names[:3])]


def _refuse_own(object_name: str, rows: list[dict[str, Any]], taken: set[str], wrong: dict[str, str]) -> None:
    """Note what is wrong with the own fields of an object, by row."""
    seen: dict[str, set[str]] = {"name": set(taken), "shop": set(), "erp": set()}
    for place, row in enumerate(rows):
        said = [text for texts in _OWN.validate(row).values() for text in texts]
        for one, names in seen.items():
            if row[one] in names:
                said.append(f"{row[one]} is there already.")
            names.add(row[one])
        if said:
            wrong[f"{object_name} {place}"] = " ".join(said)
