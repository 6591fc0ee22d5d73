"""The pages at /edit: a list and a page per record, and what comes of a press."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from hub.sandbox.desk.desk import Card, Desk, Kind, Rows
from hub.sandbox.desk.forms import Form, Typed
from hub.sandbox.desk.html import Html, tag, together
from hub.sandbox.desk.origin import is_foreign
from hub.sandbox.desk.style import STYLE
from hub.sandbox.message import Application, Request, Response

ROOT = "/edit"
#: Rows on a page of a list.
PAGE = 50
#: Where the form stands that makes a record.
NEW = "new"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A form that could not be carried out: what was typed, and why not."""

    act: str
    typed: Typed
    words: str


class Refused(Exception):
    """The control API said no; the text says why."""


class Pages:
    """Answers everything at and below /edit."""

    def __init__(self, application: Application) -> None:
        self._application = application

    @staticmethod
    def answer_for(path: str) -> bool:
        """Whether a path is one of these pages."""
        return path == ROOT or path.startswith(ROOT + "/")

    def respond(self, request: Request) -> Response:
        """A page, or what comes of a press."""
        here = request.path.removeprefix(ROOT).strip("/")
        if request.method not in ("GET", "HEAD", "POST"):
            return _plain(405, "These pages are opened, and their forms are sent.")
        if here == "style.css":
            return Response(200, STYLE.encode(), {"Content-Type": "text/css; charset=utf-8"})
        if request.method == "POST":
            if is_foreign(request):
                return _plain(403, "This form was sent by a page that is not of this sandbox. Nothing was done.")
            return self._press(here, request)
        return self._page(here, request)

    # -- looking ------------------------------------------------------------------------------------------------

    def _page(self, here: str, request: Request, pressed: Pressed | None = None) -> Response:
        desk = self._application.desk()
        name, _, ident = here.partition("/")
        kind = desk.kind(name)
        done = bool(request.parameter("done")) and pressed is None
        status = 200 if pressed is None else 422
        if not name:
            return _answer(desk, desk.title, _overview(desk, pressed, done), status)
        if kind is None:
            return self._nothing(desk)
        if not ident:
            return _answer(desk, kind.title, _listed(kind, request, done), status)
        if ident == NEW:
            form = kind.new()
            if form is None:
                return self._nothing(desk)
            main = together(
                [tag("h1", f"New {kind.one}"), _word(pressed, False), _form(form, f"{kind.name}/{NEW}", pressed)]
            )
            return _answer(desk, f"New {kind.one}", main, status)
        card = kind.card(ident)
        if card is None:
            return self._nothing(desk)
        if pressed is None and (name, ident) != (kind.name, card.ident):
            return _to(address(kind, card.ident))
        return _answer(desk, card.title, _record(kind, card, pressed, done), status)

    @staticmethod
    def _nothing(desk: Desk) -> Response:
        return _answer(
            desk, "Nothing here", together([tag("h1", "Nothing here"), tag("p", "There is no such record.")]), 404
        )

    # -- pressing -----------------------------------------------------------------------------------------------

    def _press(self, here: str, request: Request) -> Response:
        desk = self._application.desk()
        typed = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        act = request.parameter("act")
        name, _, ident = here.partition("/")
        kind = desk.kind(name)
        card = kind.card(ident) if kind is not None and ident not in ("", NEW) else None
        form = next((one for one in _forms(desk, name, kind, card) if one.act == act), None)
        if form is None:
            return self._nothing(desk)
        try:
            answers = [self._call(topic, body) for topic, body in form.asked(typed)]
        except (Refused, ValueError) as refusal:
            return self._page(here, request, Pressed(act, typed, str(refusal)))
        if kind is None:
            return _to(f"{ROOT}?done=1")
        if card is None:
            return _to(address(kind, kind.made(answers[-1])) + "?done=1")
        still = self._application.desk().kind(name)
        gone = still is None or still.card(card.ident) is None
        return _to((f"{ROOT}/{kind.name}" if gone else address(kind, card.ident)) + "?done=1")

    def _call(self, topic: str, body: dict[str, Any]) -> Any:
        """One call of the control API, as everybody makes it."""
        answer = self._application.control(
            Request.make("POST", f"/control/{topic}", {"Content-Type": "application/json"}, orjson.dumps(body))
        )
        told = orjson.loads(answer.body)
        if answer.status >= 400:
            raise Refused(str(told.get("error", "it was refused")).removeprefix("ValueError: "))
        return told


def _forms(desk: Desk, name: str, kind: Kind | None, card: Card | None) -> tuple[Form, ...]:
    """What may be pressed at an address. A kind of which there is nothing yet is one all the same."""
    if not name:
        return desk.forms
    if card is not None:
        return card.forms
    new = kind.new() if kind is not None else None
    return (new,) if new is not None else ()


def address(kind: Kind, ident: str) -> str:
    """Where a record is."""
    return f"{ROOT}/{kind.name}/{quote(ident, safe='')}"


def _to(where: str) -> Response:
    return Response(303, b"", {"Location": where})


def _plain(status: int, words: str) -> Response:
    return Response(status, words.encode(), {"Content-Type": "text/plain; charset=utf-8"})


# -- markup -----------------------------------------------------------------------------------------------------


def _answer(desk: Desk, title: str, main: Html, status: int) -> Response:
    links = [tag("a", desk.title, href=ROOT, class_="home")]
    links += [tag("a", kind.title, href=f"{ROOT}/{kind.name}") for kind in desk.kinds]
    head = together(
        [
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", f"{title} · {desk.title}" if title != desk.title else title),
            tag("link", rel="icon", href="data:,"),
            tag("link", rel="stylesheet", href=f"{ROOT}/style.css"),
        ]
    )
    body = [tag("header", tag("nav", *links, aria_label="Kinds of records")), tag("main", main)]
    page = "<!doctype html>" + tag("html", tag("head", head), tag("body", *body), lang="en")
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(status, page.encode("utf-8", "surrogatepass"), headers)


def _overview(desk: Desk, pressed: Pressed | None, done: bool) -> Html:
    tiles = []
    for kind in desk.kinds:
        parts = [
            tag("a", f"{len(kind):,} {kind.title.lower() if len(kind) != 1 else kind.one}", href=f"{ROOT}/{kind.name}")
        ]
        if kind.new() is not None:
            parts.append(tag("a", f"New {kind.one}", href=f"{ROOT}/{kind.name}/{NEW}", class_="button"))
        tiles.append(tag("li", *parts))
    forms = [_form(form, "", pressed) for form in desk.forms]
    return together(
        [tag("h1", desk.title), tag("p", desk.about), _word(pressed, done), tag("ul", *tiles, class_="tiles"), *forms]
    )


def _listed(kind: Kind, request: Request, done: bool) -> Html:
    words = request.parameter("q").strip()
    start = request.parameter("from", "0")
    skipped = int(start) if start.isdecimal() and len(start) < 10 else 0
    wanted = words.casefold()
    matching = (row for row in kind.rows() if not wanted or any(wanted in str(cell).casefold() for cell in row.cells))
    rows = list(islice(matching, skipped, skipped + PAGE + 1))
    search = tag(
        "form",
        tag(
            "div",
            tag("label", "Search", for_="q"),
            tag("input", id="q", name="q", value=words, type="search"),
            class_="field",
        ),
        tag("button", "Search", type="submit"),
        method="get",
        action=f"{ROOT}/{kind.name}",
        class_="search",
        role="search",
    )
    new = tag("a", f"New {kind.one}", href=f"{ROOT}/{kind.name}/{NEW}", class_="button") if kind.new() else None
    if rows:
        shown = [(tag("a", row.cells[0] or "–", href=address(kind, row.ident)), *row.cells[1:]) for row in rows[:PAGE]]
        table = _table(Rows(kind.title, kind.columns, shown), caption="sr")
    else:
        table = tag("p", f"No {kind.title.lower()} here{' that match' if words else ' yet'}.", class_="empty")
    pages = []
    for label, at, there in (
        ("Back", skipped - PAGE, skipped > 0),
        ("More", skipped + PAGE, len(rows) > PAGE),
    ):
        if there:
            query = urlencode({"q": words, "from": max(0, at)})
            pages.append(tag("a", label, href=f"{ROOT}/{kind.name}?{query}", class_="button"))
    return together(
        [tag("h1", kind.title), _word(None, done), tag("div", search, new, class_="bar"), table, tag("p", *pages)]
    )


def _record(kind: Kind, card: Card, pressed: Pressed | None, done: bool) -> Html:
    facts = [
        together([tag("dt", name), tag("dd", "–" if value in (None, "") else value)]) for name, value in card.facts
    ]
    here = address(kind, card.ident).removeprefix(f"{ROOT}/")
    return together(
        [
            tag("p", tag("a", kind.title, href=f"{ROOT}/{kind.name}"), class_="crumbs"),
            tag("h1", card.title),
            _word(pressed, done),
            tag("dl", *facts) if facts else None,
            *(_table(table) for table in card.tables if table.rows),
            *(_form(form, here, pressed) for form in card.forms),
        ]
    )


def _form(form: Form, here: str, pressed: Pressed | None) -> Html:
    mine = pressed is not None and pressed.act == form.act
    action = f"{ROOT}/{here}".rstrip("/") + "?" + urlencode({"act": form.act})
    return form.html(action, pressed.typed if pressed is not None and mine else None)


def _word(pressed: Pressed | None, done: bool) -> Html | None:
    if pressed is not None:
        return tag("p", f"Not done: {pressed.words}", class_="bad", role="alert")
    return tag("p", "Done.", class_="good", role="status") if done else None


def _table(table: Rows, caption: str | None = None) -> Html:
    head = tag("tr", *(tag("th", name, scope="col") for name in table.columns))
    rows = [
        tag(
            "tr",
            *(
                tag("td", "–" if cell in (None, "") else cell, data_label=name)
                for name, cell in zip(table.columns, row, strict=True)
            ),
        )
        for row in table.rows
    ]
    return tag("table", tag("caption", table.title, class_=caption), tag("thead", head), tag("tbody", *rows))
