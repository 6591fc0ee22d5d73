from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from hub.cli.app import hub
from hub.platforms.sap_b1.user_fields import FIELDS
from tests.docs.pages import DOCS, PAGES, commands, links, names


def refused(line: str) -> str:
    """Why a command line of a page cannot be typed; empty where it can."""
    words = [word for word in shlex.split(line, comments=True) if word not in ("[", "]")]
    command: click.Command = hub
    while words and isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            return f"there is no command {words[0]}"
        command = found
        words = words[1:]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    wrong = [word for word in words if word.startswith("--") and word not in known | {"--help"}]
    return f"{command.name} has no {wrong[0]}" if wrong else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_can_be_typed(page: Path) -> None:
    lines = list(commands(page.read_text(encoding="utf-8")))
    assert {line: reason for line in lines if (reason := refused(line))} == {}


def test_a_command_that_does_not_exist_would_be_found() -> None:
    found = list(commands("Type `hub snyc acme`.\n\n```sh\nhub sync acme order --fulll   # all\n```\n"))
    assert [refused(line) for line in found] == ["sync has no --fulll", "there is no command snyc"]


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent == DOCS], ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = {(page.parent / link.partition("#")[0]).resolve() for link in links(page.read_text(encoding="utf-8"))}
    assert [target for target in targets if not target.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_user_field_that_a_page_names_is_one_of_ours(page: Path) -> None:
    ours = {field.property for field in FIELDS}
    named = {name for cell in page.read_text(encoding="utf-8").splitlines() for name in names(cell)}
    assert {name for name in named if name.startswith("U_")} <= ours
