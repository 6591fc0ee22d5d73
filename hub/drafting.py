"""Setting an integration up step by step: a draft of its file, tried, shown as a difference, and deployed.

Whatever `hub apply` refuses is refused here, too: a draft is read, compared and applied by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.bootstrap import Hub
from hub.configuration import applying, draft, exporting, variables
from hub.configuration.difference import Change
from hub.configuration.draft import Document
from hub.configuration.file import SIDES, IntegrationFile, read
from hub.configuration.tree import parse
from hub.errors import ConfigurationError
from hub.store.connections import StoredConnection
from hub.store.drafts import Draft, Drafts
from hub.store.integrations import Integration
from objects.fields import Side

#: Steps of the wizard in their order, with what they are called.
STEPS: Mapping[str, str] = {
    "connectivity": "Connectivity",
    "scenarios": "Scenarios and directions",
    "fields": "Field mapping",
    "settings": "Settings",
    "maps": "Maps",
    "checks": "Pre-checks",
    "summary": "Summary and deploy",
    "start": "First load",
}
CHANGED_SECRET = "*** (changed)"
#: Acts of the trail by which what a page shows becomes another one.
_CHANGES = {"draft begin", "draft change", "draft drop", "draft import", "deploy", "apply", "maps set", "maps remove"}


class Overtaken(ConfigurationError):
    """What a form showed was changed by somebody before it was sent: nothing was kept."""

    def __init__(self, name: str, who: str, now: Mapping[str, Any], typed: Mapping[str, Any]) -> None:
        super().__init__(
            f"{who} has changed this meanwhile. Nothing was kept.",
            detail=name,
            fix="Load the page again: it shows what is there now.",
        )
        #: By its path, each value that would be overwritten, and what was typed.
        self.values = {path: (now[path], typed[path]) for path in now}


@dataclass(frozen=True, slots=True)
class Work:
    """An integration in the wizard: what is deployed, and what somebody is about to make of it."""

    name: str
    #: The draft, or what is deployed where there is none.
    document: Document
    #: What stands behind the variables of its secrets.
    secrets: Mapping[str, str] = field(repr=False)
    integration: Integration | None
    row: Draft | None
    #: The vault's keyed hash: what tells two configurations apart says nothing of their secrets.
    hashed: Callable[[str], str] = field(repr=False)
    #: Names of secrets that were typed and are not deployed yet.
    fresh: frozenset[str] = frozenset()

    def uses_as_it_is(self, side: Side) -> bool:
        """Whether a side uses a connection that is there already, whose settings are not changed here."""
        return draft.AS_IT_IS in self.document[side]

    @property
    def is_draft(self) -> bool:
        """Whether there is anything that is not deployed."""
        return self.row is not None and self.row.document is not None

    @property
    def steps(self) -> Mapping[str, Any]:
        """When each step was done last."""
        return self.row.steps if self.row else {}

    @property
    def fingerprint(self) -> str:
        """Tells this configuration, its secrets included, from any other."""
        whole = [self.document, sorted(self.secrets.items())]
        return self.hashed(orjson.dumps(whole).decode())

    def file(self) -> IntegrationFile:
        """The configuration as `hub apply` takes it; FaultyFile names what is wrong."""
        return read(draft.text(self.document), self.secrets, "The configuration")


def step_print(there: Work, step: str) -> str:
    """Tells what the form of a step shows of the configuration from any other; empty where it has no such form."""
    document, cut_over = there.document, "order_cut_over"
    settings = {key: value for key, value in document["settings"].items() if key != cut_over}
    parts = {
        "scenarios": [document["routes"], settings.get("zone"), document["settings"].get(cut_over)],
        "fields": [document["routes"], document["fields"]],
        "settings": settings,
        "maps": document["maps"],
    }
    # JSON has one way to write it whatever the order in which somebody has entered it.
    return (
        there.hashed(orjson.dumps([step, parts[step]], option=orjson.OPT_SORT_KEYS).decode()) if step in parts else ""
    )


def side_print(there: Work, side: Side) -> str:
    """Tells a side's connection, its secrets included, from any other."""
    part = there.document[side]
    values = [*part["settings"].values()]
    own = {name: value for name, value in there.secrets.items() if f"${{{name}}}" in values}
    settings = {name: str(value) for name, value in sorted(part["settings"].items())}
    return there.hashed(orjson.dumps([part["platform"], settings, sorted(own.items())]).decode())


def work(hub: Hub, name: str) -> Work | None:
    """What the wizard has of an integration; None where there is neither an integration nor a draft of this name."""
    row = Drafts(hub.database, hub.vault).named(name)
    integration = next((one for one in hub.integrations.all() if one.name == name), None)
    has_draft = row is not None and row.document is not None
    if integration is None and not has_draft:
        return None
    present, secrets = _present(hub, name) if integration is not None else (None, {})
    if row is None or row.document is None:
        assert present is not None
        return Work(name, present, secrets, integration, row, hub.vault.keyed_hash)
    document = draft.completed(row.document)
    if present is not None:
        document = draft.rebased(row.base or present, document, present)
    document, of_others = _with_present_connections(hub, document)
    typed = draft.bound(row.secrets, draft.completed(row.document), document)
    fresh = {one: secret for one, secret in typed.items() if one not in of_others}
    known = {**(draft.bound(secrets, present, document) if present is not None else {}), **fresh, **of_others}
    document = draft.with_known_alone(document, known)
    return Work(name, document, known, integration, row, hub.vault.keyed_hash, frozenset(fresh))


def _present(hub: Hub, name: str) -> tuple[Document, dict[str, str]]:
    """What is deployed, as a draft has it."""
    integration = hub.integrations.named(name)
    secrets: dict[str, str] = {}
    for side, identity in zip(SIDES, (integration.shop_id, integration.erp_id), strict=True):
        secrets |= _secrets(hub.connections.get(identity), side)
    return draft.with_own_variables(exporting.document(name, hub)), secrets


def _with_present_connections(hub: Hub, document: Document) -> tuple[Document, dict[str, str]]:
    """The same with connections that it uses as they are, as they are now; and their secrets."""
    whole, secrets = dict(document), dict[str, str]()
    for side in SIDES:
        if draft.AS_IT_IS in document[side]:
            stored = hub.connections.named(str(document[side]["name"]))
            whole[side] = {**exporting.connection(stored), draft.AS_IT_IS: True}
            secrets |= _secrets(stored, side)
    return draft.with_own_variables(whole), secrets


def _secrets(stored: StoredConnection, side: Side) -> dict[str, str]:
    return {draft.variable(side, one): str(stored.settings[one]) for one in stored.secret}


def present_part(hub: Hub, there: Work, side: Side) -> dict[str, Any] | None:
    """A side as it is deployed."""
    return None if there.integration is None else dict(_present(hub, there.name)[0][side])


# -- changing ---------------------------------------------------------------------------------------------------------


@contextmanager
def _held(hub: Hub, name: str) -> Iterator[None]:
    """One transaction, in which nobody else changes the draft."""
    with hub.database.together():
        Drafts(hub.database, hub.vault).hold(name, now=hub.clock(), actor=hub.audit.actor)
        yield


def begin(hub: Hub, name: str, shop: str, erp: str) -> None:
    """Begin an integration that there is not yet."""
    with _held(hub, name):
        if work(hub, name) is not None:
            raise ConfigurationError(
                f"There is an integration or a draft named {name} already.", detail=name, fix="Choose another name."
            )
        _keep_new(hub, draft.blank(name, shop, erp, [one.name for one in hub.connections.all()]))
        hub.audit.note("draft begin", name, after={"shop": shop, "erp": erp})


def change(
    hub: Hub,
    name: str,
    step: str,
    edit: Callable[[Document], None],
    secrets: Mapping[str, str] | None = None,
    *,
    shown: str | None = None,
    of: Callable[[Work], str] | None = None,
) -> Work:
    """Change one part of a configuration, and note that its step was done; what is deployed stays as it is.

    `shown`: the print of what somebody saw and has changed, the `step_print` unless `of` makes another one; Overtaken
    where it is not the same any more.
    """
    drafts, now, actor = Drafts(hub.database, hub.vault), hub.clock(), hub.audit.actor
    with _held(hub, name):
        before = _open(hub, name)
        document = deepcopy(before.document)
        edit(document)
        kept = {one: before.secrets[one] for one in before.fresh}
        typed = {**draft.bound(kept, before.document, document), **(secrets or {})}
        old, new = draft.moved(before.document, document)
        now_print = of(before) if of else step_print(before, step)
        if shown is not None and (new or secrets) and shown != now_print:
            raise Overtaken(name, _last_hand(hub, name), old, new)
        new |= dict.fromkeys(secrets or (), CHANGED_SECRET)
        if new:
            base = _present(hub, name)[0] if before.integration else None
            drafts.save(name, document, base, typed, now=now, actor=actor)
            hub.audit.note("draft change", f"{name}: {STEPS[step]}"[:255], old, new)
        drafts.note_step(name, step, {}, now=now, actor=actor)
    return _open(hub, name)


def _last_hand(hub: Hub, name: str) -> str:
    """Who has changed a configuration last."""
    acts = (act for act in hub.audit.newest(100) if act.action in _CHANGES)
    mine = (act.actor for act in acts if act.subject == name or act.subject.startswith((f"{name}: ", f"{name} ")))
    return next(mine, "Somebody")


def drop(hub: Hub, name: str) -> None:
    """Give a draft up; what is deployed stays as it is."""
    with _held(hub, name):
        there = _open(hub, name)
        if there.is_draft:
            Drafts(hub.database, hub.vault).drop(name, keep_steps=there.integration is not None)
            hub.audit.note("draft drop", name)


def take_file(hub: Hub, text: str, source: str, may: Callable[[str], bool], *, replacing: bool = False) -> str:
    """Make a draft of a file; answers the integration's name. FaultyFile names each fault with its line.

    `may`: whether the integration of a name may be changed by whoever brings the file. Secrets are no part of a file:
    those that are known already stay, the others are to be entered.
    """
    raw, places = parse(text, source)
    if not isinstance(raw, dict):
        places.fault((), "The file is no mapping.", "Begin with `name: …`.")
        places.refuse_faults()
    draft.note_variables(raw, places)
    places.refuse_faults()
    read(text, _variables_of(text), source)
    name = str(raw["name"])
    if not may(name):
        raise ConfigurationError(
            f"The integration {name} is not open to you.", detail=name, fix="Ask an administrator of all integrations."
        )
    with _held(hub, name):
        before = work(hub, name)
        if before is not None and before.is_draft and before.row is not None and not replacing:
            raise ConfigurationError(
                f"There is a draft of {name} already, last changed by {before.row.changed_by}. Nothing was kept.",
                detail=name,
                fix="Tick that the file is to take its place, or drop that draft first.",
            )
        _keep_new(hub, _as_draft(hub, raw))
        hub.audit.note("draft import", name, after={"file": source})
    return name


def _as_draft(hub: Hub, raw: Mapping[str, Any]) -> Document:
    """A file's values as a draft, on top of what is deployed."""
    whole, name = draft.with_own_variables(raw), str(raw["name"])
    known = any(one.name == name for one in hub.integrations.all())
    return draft.overlaid(_present(hub, name)[0], whole) if known else whole


def _variables_of(text: str) -> dict[str, str]:
    """Stand-ins for all variables of a text, with which it can be looked through."""
    return dict.fromkeys(variables.named(text), "entered-later")


def _keep_new(hub: Hub, document: Document) -> None:
    """Keep a document as the draft of its integration; secrets that were entered for its addresses before stay."""
    name, drafts = document["name"], Drafts(hub.database, hub.vault)
    known = any(one.name == name for one in hub.integrations.all())
    base = _present(hub, name)[0] if known else None
    before = drafts.named(name)
    kept = draft.bound(before.secrets, before.document, document) if before and before.document else {}
    drafts.save(name, document, base, kept, now=hub.clock(), actor=hub.audit.actor)


def _open(hub: Hub, name: str) -> Work:
    found = work(hub, name)
    if found is None:
        raise ConfigurationError(
            f"There is no integration and no draft named {name}.", detail=name, fix="Look at the list of integrations."
        )
    return found


# -- deploying --------------------------------------------------------------------------------------------------------


def differences(hub: Hub, there: Work) -> list[Change]:
    """What deploying would change; FaultyFile names what is wrong."""
    return applying.preview(there.file(), hub, prune=True)


def deploy(hub: Hub, name: str, fingerprint: str) -> list[Change]:
    """Make a draft what the integration is; all of it or nothing. What was shown (`fingerprint`) has to be what it is.

    What the draft does not name any more was taken out of it by a person, so it goes.
    """
    with _held(hub, name):
        there = _open(hub, name)
        if there.fingerprint != fingerprint:
            raise ConfigurationError(
                "The configuration was changed after this page was shown. Nothing was deployed.",
                detail=name,
                fix="Look at the difference again, then press Deploy once more.",
            )
        changes = applying.apply(there.file(), hub, prune=True)
        drafts, now, actor = Drafts(hub.database, hub.vault), hub.clock(), hub.audit.actor
        drafts.note_step(name, "summary", {"changes": len(changes)}, now=now, actor=actor)
        drafts.deployed(name, now=now, actor=actor)
        _still_good(drafts, there, _open(hub, name))
        hub.audit.note("deploy", name, after={"changes": len(changes)})
    return changes


def _still_good(drafts: Drafts, before: Work, after: Work) -> None:
    """What was found about the draft is true of what it has become."""
    prints = {f"test {side}": (side_print(before, side), side_print(after, side)) for side in SIDES}
    prints["checks"] = (before.fingerprint, after.fingerprint)
    for step, (old, new) in prints.items():
        told = before.steps.get(step)
        if told is not None and told["of"] == old:
            drafts.restamp(before.name, step, {**told, "of": new})
