"""What is recorded in the words of the command line, as the console says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from admin.said import said
from hub.cli.app import COMMANDS
from tests.docs.pages import ROOT

#: Commands that start and end the hub's own processes: there is no page for them.
OF_THE_SERVER = {"serve", "worker", "clock", "demo", "tokens"}
NAMES = sorted(set(COMMANDS) - OF_THE_SERVER)
COMMAND = re.compile(rf"\bhub (?:{'|'.join(NAMES)})\b")
FILE = re.compile(r"\b(?:the|its) integration's file\b")
#: Folders of what speaks to people at a terminal only.
ELSEWHERE = {"cli", "demo", "sandbox"}
#: Sentences that no page shows: the head of an exported file, and what the command line says of jobs and schedules.
NOT_SHOWN = {
    "exporting.py",
    "agenda.py",
    "working.py",
    "unmapped.py",
    "store_faults.py",
    "channels.py",
    "sending.py",
    "integrations.py",
}
#: The end of a sentence whose beginning stands elsewhere; `admin.alert_help` has its own words for it.
PART = "NAME hub check NAME"


def sentences() -> Iterator[tuple[str, str]]:
    """Every text of the hub that names a command or the integration's file, and where; what is filled in is NAME."""
    for path in sorted(
        file for part in ("hub", "objects", "scheduler/alerting") for file in (ROOT / part).rglob("*.py")
    ):
        if ELSEWHERE.isdisjoint(path.parts) and path.name not in NOT_SHOWN:
            for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                if (COMMAND.search(text) or FILE.search(text)) and text != PART:
                    yield path.name, text


def _texts(tree: ast.AST) -> Iterator[str]:
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    parts |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "NAME" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


@pytest.mark.parametrize(("file", "text"), sorted(set(sentences())))
def test_no_sentence_that_the_console_shows_names_a_command_or_the_file(file: str, text: str) -> None:
    assert not COMMAND.search(said(text)) and not FILE.search(said(text)), said(text)


def test_there_are_such_sentences() -> None:
    assert len(list(sentences())) > 40


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        (
            "Add an entry for klarna to the map payment (`hub maps set`), then re-sync the group.",
            "Add an entry for klarna to the map payment, then re-sync the group.",
        ),
        (
            "Mark it for synchronisation: `hub select mark`.",
            "Mark it for synchronisation under Set items or Set customers.",
        ),
        (
            "Mend the setting named in the message, then run `hub check`.",
            "Mend the setting named in the message, then test the connection or run the pre-checks.",
        ),
        ("Run: hub initialize acme product", "Press First load on the route's page."),
        (
            "Set `price_list` below `settings` in the integration's file and run `hub apply`.",
            "Set “Price list” in the set-up of the integration, and deploy it.",
        ),
        (
            "Correct the value in the shop, or the field's type in the integration's file.",
            "Correct the value in the shop, or the field's type in the field mapping.",
        ),
        ("Correct it in the shop, then re-sync.", "Correct it in the shop, then re-sync."),
    ],
)
def test_pages_and_fields_stand_where_commands_and_settings_stood(recorded: str, shown: str) -> None:
    assert said(recorded) == shown
