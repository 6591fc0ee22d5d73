"""The quick look never clears a body that the careful rules would change."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from message_log import redact
from message_log.suspicion import is_secret_name, suspicious

# What secrets, their names and their signs are made of, and what stands between them.
PARTS = st.sampled_from(
    [
        *("pass", "word", "pwd", "passwd", "secret", "client", "authorization", "cookie", "set-cookie", "credential"),
        *("api", "private", "access", "key", "session", "id", "token", "tokens", "jwt", "routeid", "B1SESSION"),
        *("Bearer ", "Basic ", "dXNlcjpwYXNz", "0123456789abcdef", "shpat_", "shp", "eyJ", "eyJhbG.x.y", "https://"),
        *(
            "user:pw",
            "@",
            "@erp",
            "%70",
            "%22",
            "\\u0070",
            "\\u",
            "\\",
            "/",
            "-",
            "_",
            ".",
            " ",
            "=",
            "+",
            ": ",
            ":",
            "&",
            "?",
        ),
        *('"', '\\"', "'", "{", "}", "[", "]", ",", "<", ">", "</", "\n", "query", "variables", "Mug", "K", "ä"),
    ]
)
pieces = st.lists(PARTS | st.text(max_size=3), max_size=14).map("".join)
names = st.lists(PARTS, min_size=1, max_size=3).map("".join)
documents = st.recursive(
    st.none() | st.integers() | pieces,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
calls = st.builds(lambda query, variables: {"query": query, "variables": variables}, pieces, documents)


def carefully(body: bytes) -> bytes:
    """The rules without the quick look before them."""
    return redact.text_without_secrets(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def spelt(document: object, *, tight: bool) -> bytes:
    separators = (",", ":") if tight else None
    return json.dumps(document, ensure_ascii=False, separators=separators).encode("utf-8", "surrogatepass")


@settings(max_examples=600)
@given(pieces)
@example("https://user:pw@erp")
@example("token=x")
def test_any_text_is_cleaned_as_if_there_were_no_quick_look(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    assert redact.without_secrets(body) == carefully(body)


@settings(max_examples=600)
@given(documents | calls, st.booleans())
@example({"ROUTEID=a1": "x"}, True)
@example({"note": "refused\npass: a1"}, True)
def test_any_document_is_cleaned_as_if_there_were_no_quick_look(document: object, tight: bool) -> None:
    body = spelt(document, tight=tight)
    assert redact.without_secrets(body) == carefully(body)


@settings(max_examples=400)
@given(calls, st.integers(0, 60))
def test_a_call_that_was_cut_off_is_cleaned_as_if_there_were_no_quick_look(call: object, cut: int) -> None:
    body = spelt(call, tight=True)
    body = body[: max(len(body) - cut, 0)]
    assert redact.without_secrets(body) == carefully(body)


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Pass_Word", "pass-phrase", "passcode", "passwd", "pass", "pwd", "client_secret", "Set-Cookie"),
        *("credentials", "apiKey", "api key", "private key", "access_key", "sessionId", "session-key", "B1SESSION"),
        *("Authorization", "Proxy-Authorisation", "refresh_token", "tokens", "jwt", "ROUTEID"),
    ],
)
def test_no_name_of_a_secret_passes_the_quick_look(name: str) -> None:
    assert is_secret_name(name)
    for body in (
        *({"a": [{name: "x"}]}, {"note": f"{name}: x"}, {"query": f"mutation {{ set({name}: 1) }}", "variables": {}}),
        *({"query": "{ a }", "variables": {name: "x"}}, {"query": '{ a(b: "c") }', "variables": {name: "x"}}),
    ):
        assert suspicious(spelt(body, tight=True)), body
    for text in (f"{name}=x", f"{name}: x", f"<{name}>x</{name}>"):
        assert suspicious(text.encode()), text


@pytest.mark.parametrize(
    "body",
    [
        *('{"passessionId":"x"}', '{"passecret":"x"}', '{"jwtoken":"x"}', '{"basicookie":"x"}', "bearerouteid=1"),
        *("compassecret=x", "passport: 1, passwd: x", "shpshpat_0a1b", "eyeyJhbG.x.y", "shp eyJhbG.x.y", "shp %70wd=x"),
    ],
)
def test_a_harmless_beginning_does_not_hide_the_word_that_it_overlaps(body: str) -> None:
    assert suspicious(body.encode())


@given(st.lists(st.text("apiseoknbrjwtcdyuhl-_ K", max_size=12) | PARTS, max_size=60).map("".join))
def test_a_long_text_is_looked_through_to_its_end(text: str) -> None:
    """The library looks at many letters at once, and otherwise at the last ones."""
    for body in (f"{text}password=x", f"{text} client_secret=x{text}", f"{text}shpat_0a1b"):
        assert suspicious(body.encode())


def test_ordinary_bodies_are_cleared_at_the_first_look() -> None:
    for body in (
        b'{"query":"mutation productSet($input: ProductSetInput!) { id }","variables":{"sku":"KEY-1","title":"Key"}}',
        b'{"data":{"product":{"id":"gid://shopify/Product/1","title":"100 % wool @home_office, Jam jar"}}}',
        b'{"ItemCode":"A1","U_HubRef":"x","Website":"https://acme.example/a"}',
    ):
        assert not suspicious(body), body
