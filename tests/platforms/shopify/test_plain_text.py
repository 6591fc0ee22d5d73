"""Descriptions: plain text to HTML and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.platforms.shopify.plain_text import to_html, to_text

#: A text with the line ends that every system agrees on.
texts = st.text().map(lambda text: text.replace("\r", "\n")) | st.text("ab &<>;#/x\n\t\"'\xa0", max_size=40)


@given(texts)
def test_a_text_that_was_written_comes_back_as_it_was(text: str) -> None:
    assert to_text(to_html(text)) == text


@given(st.lists(st.text("ab &<>"), min_size=1, max_size=4), st.sampled_from(["\r\n", "\r", "\n"]))
def test_a_line_end_is_a_line_end_whatever_system_wrote_it(lines: list[str], end: str) -> None:
    assert to_text(to_html(end.join(lines))) == "\n".join(lines)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Hello</p>\n<p>World</p>", "Hello\nWorld"),
        ("<p>one<br></p><p>two</p>", "one\ntwo"),
        ("<p>one</p><br/><p>two</p>", "one\n\ntwo"),
        ("<div>\n  <p>One\n two</p>\n  <ul>\n<li>x</li>\n <li>y &amp; z</li></ul></div>\n", "One two\nx\ny & z"),
        ("a <b>bold</b> word &mdash; and &#8364;5", "a bold word — and €5"),
        ("<p>Care</p><script>if (a < b) {}</script><style>p { }</style>", "Care"),
        ("<table><tr><td>Size</td><td>M</td></tr></table>", "Size\nM"),
        ("before<!-- hidden -->after", "beforeafter"),
        ("a < b & c", "a < b & c"),
        ("", ""),
    ],
)
def test_what_somebody_formatted_loses_its_tags(source: str, text: str) -> None:
    assert to_text(source) == text
