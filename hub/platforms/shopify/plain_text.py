"""Descriptions: HTML in the shop, plain text everywhere else. Pure.

A text that was written by us comes back as it was. What somebody formatted in the shop loses its tags: paragraphs,
list entries and line breaks become line ends, entities the characters they stand for.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

#: Elements that stand on lines of their own.
_BLOCK = re.compile(
    r"address|article|aside|blockquote|body|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure"
    r"|footer|form|h[1-6r]|header|html|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
#: What stands in these is not text.
_SILENT = frozenset({"script", "style", "template", "title", "head"})
#: Line ends in the source of a page are blanks like others.
_SOURCE_LINE_END = re.compile(r"[ \t]*[\r\n]\s*")


def to_html(text: str) -> str:
    """A plain text as HTML that shows it with its line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return html.escape(lines, quote=False).replace("\n", "<br>")


def to_text(source: str) -> str:
    """The text of HTML, with a line end for each paragraph and `<br>`."""
    if "<" not in source and "&" not in source:
        return _flowing(source, begins=True)
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader.text()


def _flowing(data: str, *, begins: bool) -> str:
    """Text without the line ends of its source; where it begins a line they are not even blanks."""
    if "\n" not in data and "\r" not in data:
        return data
    if begins and (leading := _SOURCE_LINE_END.match(data)):
        data = data[leading.end() :]
    return _SOURCE_LINE_END.sub(" ", data)


class _Reader(HTMLParser):
    """Collects text; a block begins on a line of its own, but leaves no empty one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._at_block = False
        self._silent = 0

    def text(self) -> str:
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self._break_line()
        elif _BLOCK.fullmatch(tag):
            self._at_block = True

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif _BLOCK.fullmatch(tag):
            self._at_block = True

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        data = _flowing(data, begins=not self._inside_a_line())
        if not data or (self._at_block and not data.strip()):
            return
        self._begin_line()
        self._parts.append(data)

    def _inside_a_line(self) -> bool:
        return not self._at_block and bool(self._parts) and self._parts[-1] != "\n"

    def _break_line(self) -> None:
        self._begin_line()
        self._parts.append("\n")

    def _begin_line(self) -> None:
        if self._at_block and self._parts and self._parts[-1] != "\n":
            self._parts[-1] = self._parts[-1].rstrip()
            self._parts.append("\n")
        self._at_block = False
