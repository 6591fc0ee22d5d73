from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from hub.cli.app import hub
from hub.platforms.sap_b1.user_fields import FIELDS
from tests.docs.pages import DOCS, PAGES, links, named_commands, names, typed_commands


def command_of(line: str) -> tuple[click.Command | None, list[str]]:
    """The command that a line names, and the words behind it; None where there is no such command."""
    words = shlex.split(line, comments=True)
    command: click.Command | None = hub
    while words and isinstance(command, click.Group):
        _, command, words = command.resolve_command(click.Context(command, resilient_parsing=True), words)
    return command, words


def refusal(line: str) -> str:
    """What the command line says against a line; nothing is carried out. Empty where it says nothing."""
    command, words = command_of(line.replace("$object", "order"))
    if command is None:
        return "no such command"
    try:
        command.make_context(str(command.name), words)
    except click.UsageError as error:
        return error.format_message()
    return ""


def unknown_option(line: str) -> str:
    """An option of a line that its command does not have; empty where all are known."""
    command, words = command_of(line)
    if command is None:
        return "no such command"
    known = {name for parameter in command.params for name in parameter.opts}
    return next((word for word in words if word.startswith("--") and word not in known), "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_can_be_typed(page: Path) -> None:
    content = page.read_text(encoding="utf-8")
    assert {line: why for line in typed_commands(content) if (why := refusal(line))} == {}
    assert {line: why for line in named_commands(content) if (why := unknown_option(line))} == {}


def test_a_command_that_cannot_be_typed_would_be_found() -> None:
    page = "Type `hub snyc acme`, `hub sync --ful`.\n\n```sh\nhub sync acme orders   # all\nhub check\n```\n"
    assert [unknown_option(line) for line in named_commands(page)] == ["no such command", "--ful"]
    wrong, short = (refusal(line) for line in typed_commands(page))
    assert "'orders' is not one of" in wrong
    assert short == "Missing argument 'NAME'."


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent == DOCS], ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = {(page.parent / link.partition("#")[0]).resolve() for link in links(page.read_text(encoding="utf-8"))}
    assert [target for target in targets if not target.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_user_field_that_a_page_names_is_one_of_ours(page: Path) -> None:
    ours = {field.property for field in FIELDS}
    named = {name for cell in page.read_text(encoding="utf-8").splitlines() for name in names(cell)}
    assert {name for name in named if name.startswith("U_")} <= ours
