"""The twelve looks into the log that the bench times: what a person at the list asks for, the hard ones included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bench import log_content
from message_log.entries import Verdict
from message_log.streams import EVERYTHING, Filters

#: Messages of a page.
LIMIT = 50


@dataclass(frozen=True, slots=True)
class Look:
    """A page that is asked for, and whether there is anything to be found."""

    name: str
    filters: Filters
    before: int | None = None
    hits: bool = True


def looks(messages: int) -> list[Look]:
    """The twelve, for a log of so many messages with ids from 1 on."""
    middle = messages // 2
    code = log_content.code(log_content.record_of(middle))
    moment = log_content.time_of(middle)
    around = Filters(since=moment - timedelta(hours=1), until=moment + timedelta(hours=1))
    failed = next(number for number in range(middle, messages) if log_content.is_too_long(number))
    return [
        Look("newest", EVERYTHING),
        Look("middle by keyset", EVERYTHING, before=middle),
        Look("end by keyset", EVERYTHING, before=LIMIT + 1),
        Look("two filters, middle by keyset", Filters(object="product", verdict=Verdict.UPDATED), before=middle),
        Look(
            "three filters and time",
            replace(around, integration="acme", object="product", verdict=Verdict.FAILED),
        ),
        Look(
            "three filters and time, no hit",
            replace(around, integration="acme", object="product", verdict=Verdict.SKIPPED),
            hits=False,
        ),
        Look(
            "three filters, no hit",
            Filters(object="product", cause="INVALID_FIELD", verdict=Verdict.UPDATED),
            hits=False,
        ),
        Look("1 in 100,000", Filters(cause=log_content.RARE), hits=any(map(log_content.is_rare, range(messages)))),
        Look("exact key", Filters(ident=code)),
        Look("exact id, no hit", Filters(ident="gid://shopify/ProductVariant/1"), hits=False),
        Look("text, rare", Filters(text=f"line {failed}")),
        Look("text, common, with a filter", Filters(text="shopify", cause="INVALID_FIELD", object="product")),
    ]
