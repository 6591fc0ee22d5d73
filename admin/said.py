"""What is recorded names commands and settings, as the command line does; here is the same for the console. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hub.configuration.words import WORDS

_FILE = r"(?:the|its) integration's file"
#: How a sentence names a command -> how a page names the place where the same is done; the first ones first.
_PLACES: Sequence[tuple[str, str]] = (
    (r" ?\(`hub [^`]*`\)", ""),
    (r"Look at it: `?hub held show .*$", "Look at it under Held runs, then release or drop it."),
    (r"Release it: hub held release \w+", "Release it under Held runs"),
    (r"Decide: `hub conflicts list .*$", "Decide under Conflicts."),
    (r"See `hub conflicts list NAME` for", "See Conflicts for"),
    (r"Mend (its credentials or scopes)\. Then run `hub apply`.*$", r"Mend \1, then test the connection."),
    (r"run: hub resume .*$", "let it go on under Stop switch, or on the route's page."),
    (r"Let it go on: hub resume .*$", "Press Resume on the route's page."),
    (r"To go on now: `hub resume`", "To go on now, see Stop switch"),
    (r": `hub select mark`", " under Set items or Set customers"),
    (r"Use `hub backfill` to import older orders", "Older orders are imported by Backfill, on the route's page"),
    (r"[Rr]un: hub maps set .*$", "Add it under Maps."),
    (r"See: hub maps list .*$", "See Maps."),
    (r"Run: hub initialize .*$", "Press First load on the route's page."),
    (r"do it again: hub initialize .*$", "press First load on the route's page."),
    (r"Run `hub setup-erp(?: NAME)?`", "Press Create the fields under Connectivity"),
    (r"run `hub setup-erp`", "press Create the fields under Connectivity"),
    (r"find the link with `hub links list` and take it apart with `hub links unlink`", "unlink it under Links first"),
    (r"See `hub links list`", "See Links"),
    (r"as `hub links proposals` shows it", "as Master data mapping shows it"),
    (r"Begin with `hub links export`", "Begin with the list that Download gives"),
    (r"See `hub plans list`", "See Previews"),
    (r"See: hub users list", "See Users"),
    (r"See: hub messages list .*$", "See Messages."),
    (r"\b(use|by) `hub stop`", r"\1 the Stop switch"),
    (r"(?:run )?`hub check`", "test the connection or run the pre-checks"),
    (rf"`(\w+)` below `settings` in {_FILE}", r"\1 in the integration's file"),
    (rf"in {_FILE} and run `hub apply`", "in the set-up of the integration, and deploy it"),
    (rf"to {_FILE} and run `hub apply`", "in the set-up of the integration, and deploy it"),
    (r"set `?(\w+)`?(?::? (?:true|`true`))? in the file and run:? `?hub apply(?: FILE)?`?", r"set \1 and deploy it"),
    (r"change `freeze` in the file and run `hub apply`", "change it in the file and import that"),
    (r"and run `hub apply`", "and deploy it"),
    (rf"(type(?: of the custom field)?) in {_FILE}", r"\1 in the field mapping"),
    (r"\s*(?:See|See what they have in common|Try it):? `?hub .*$", ""),
)
_COMMANDS = [(re.compile(pattern, re.DOTALL), words) for pattern, words in _PLACES]
#: Names that are no words of the language.
_NAMES = "|".join(sorted((name for name in WORDS if "_" in name), key=len, reverse=True))
_SETTING = re.compile(rf"`?\b(?:settings\.)?({_NAMES})\b`?")


def said(text: str) -> str:
    """A sentence with pages in the place of commands, and settings by what their fields are called."""
    return labelled(placed(text))


def placed(text: str) -> str:
    """A sentence with pages in the place of commands; settings keep the names that they have in a file."""
    for pattern, words in _COMMANDS:
        text = pattern.sub(words, text)
    return text


def labelled(text: str) -> str:
    """A text in which settings are called as their fields are."""
    return _SETTING.sub(lambda found: f"“{WORDS[found[1]].label}”", text)
