from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from hub import errors
from hub.platforms.sap_b1 import errors as erp_errors
from hub.platforms.shopify import answers as shop_errors
from tests.docs.pages import PAGES, ROOT, codes, names, rows, section, text

PAGE = text("failures.md")
MODULES = (errors, erp_errors, shop_errors)
#: Statuses and verdict-like words of the platforms that the pages name beside our own causes.
WORDS_OF_OTHERS = {"PARTIALLY_PAID", "PARTIALLY_REFUNDED", "ON_HOLD"}


def classes() -> dict[str, list[type[errors.HubError]]]:
    """Error classes by their cause. The roots of groups are never raised themselves."""
    found: dict[str, list[type[errors.HubError]]] = {}
    for module in MODULES:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, errors.HubError):
                found.setdefault(value.cause, []).append(value)
    return found


@cache
def reasons() -> set[str]:
    """Every reason that a skip can have: the first argument of `Skip`, or what the function around it names."""
    found: set[str] = set()
    for folder in ("objects", "hub"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "sandbox" not in path.parts:
                found |= set(_reasons_in(path))
    return found


def _reasons_in(path: Path) -> Iterator[str]:
    module = ast.parse(path.read_text(encoding="utf-8"))
    yield from (str(first.value) for first in _first_of_skips(module) if isinstance(first, ast.Constant))
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef):
            continue
        skips = _first_of_skips(function)
        if any(not isinstance(first, ast.Constant) for first in skips):
            # The reason is computed: it is one of the codes that the function names.
            texts = (str(node.value) for node in ast.walk(function) if isinstance(node, ast.Constant))
            yield from (one for one in texts if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", one))


def _first_of_skips(tree: ast.AST) -> list[ast.expr]:
    """The reasons of all skips that are made somewhere in a piece of code."""
    return [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Skip"
    ]


def documented(heading: str) -> dict[str, list[str]]:
    return {names(row[0])[0]: row for row in rows(section(PAGE, heading))}


def causes_of_records() -> set[str]:
    def is_record(cause: str) -> bool:
        return any(issubclass(one, errors.RecordError) for one in classes()[cause])

    return {cause for cause in classes() if is_record(cause)} | {"OUTCOME_UNKNOWN"}


ROOTS = {errors.HubError.cause, errors.RecordError.cause}


def test_every_cause_of_a_record_is_on_the_page_and_no_other() -> None:
    assert set(documented("Why a record fails")) == causes_of_records() - ROOTS


def test_every_cause_that_ends_a_run_is_on_the_page_and_no_other() -> None:
    assert set(documented("Why a run ends early")) == set(classes()) - causes_of_records() - ROOTS


def test_the_page_tells_which_causes_time_may_cure() -> None:
    told = {cause: row[-1].startswith("yes") for cause, row in documented("Why a record fails").items()}
    for cause, waits in told.items():
        of_records = [one for one in classes()[cause] if issubclass(one, errors.RecordError)]
        assert waits == (all(one.waiting for one in of_records) if of_records else True), cause


def test_every_reason_of_a_skip_is_on_the_page_and_no_other() -> None:
    assert len(reasons()) > 15
    assert set(documented("Why a record is skipped")) == reasons()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_cause_or_reason_that_does_not_exist(page: Path) -> None:
    known = set(classes()) | reasons() | WORDS_OF_OTHERS
    variables = re.compile(r"HUB_|ACME_|SHOP_|ERP_")
    unknown = {code for code in codes(page.read_text(encoding="utf-8")) if not variables.match(code)} - known
    assert unknown == set()
