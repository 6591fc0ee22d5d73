from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.configuration import variables


def test_a_variable_stands_for_its_value_anywhere_in_a_text() -> None:
    assert variables.filled("https://${HOST}:${PORT}/", {"HOST": "erp", "PORT": "50000"}) == "https://erp:50000/"


@pytest.mark.parametrize("text", ["${X}", "a ${X} b", "$$ ${X}"])
def test_a_text_with_a_variable_mentions_it(text: str) -> None:
    assert variables.mentions(text)


@pytest.mark.parametrize("text", ["X", "$X", "$${X}", "$", "{X}"])
def test_other_dollar_signs_are_no_variables(text: str) -> None:
    assert not variables.mentions(text)


def test_what_is_not_set_or_has_no_name_is_missing() -> None:
    assert variables.missing("${A}${B}${}${c d}${E}", {"A": "a", "B": ""}) == ["B", "", "c d", "E"]


@given(st.text(alphabet="$${}aB_ ", max_size=12))
def test_a_value_written_into_a_file_means_itself_again(value: str) -> None:
    written = variables.written(value)
    assert variables.filled(written, {"a": "no", "B": "no", "": "no"}) == value


def test_a_value_that_needs_no_help_is_written_as_it_is() -> None:
    assert variables.written("50 $ off") == "50 $ off"


@pytest.mark.parametrize(
    ("connection", "name"),
    [("acme shop", "ACME_SHOP_TOKEN"), ("3 Müller & Co.", "_3_M_LLER_CO_TOKEN"), ("x", "X_TOKEN")],
)
def test_the_variable_of_a_secret_is_named_for_its_connection(connection: str, name: str) -> None:
    assert variables.placeholder(connection, "token") == f"${{{name}}}"
