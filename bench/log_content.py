"""What the bench of the log writes: products on their way to a shop and back, none of them like another. Pure.

The same number makes the same message. A record comes back in later runs, in another order and under another key than
the record before it, so that no index is filled in the order of its keys, as it would be by a first load alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from hub.platforms.shopify.product_documents import product_documents
from message_log.entries import Attempt, Closing, Evidence, Exchange, Opening, Part, Verdict

#: Records that are synchronised over and over, and messages of a run.
RECORDS, RUN = 200_000, 2_000
#: Integration, object and direction of each route.
ROUTES = [
    (integration, name, direction)
    for integration in ("acme", "bolt")
    for name, direction in (
        ("product", "erp_to_shop"),
        ("product", "shop_to_erp"),
        ("inventory", "erp_to_shop"),
        ("customer", "shop_to_erp"),
        ("order", "shop_to_erp"),
    )
]
CAUSES = ("MISSING_MAPPING", "INVALID_FIELD", "REJECTED_BY_TARGET", "OUTCOME_UNKNOWN", "AMBIGUOUS_MATCH")
#: Occurs once in so many messages.
RARE, RARITY = "DUPLICATE_IN_SOURCE", 100_000
#: Share of messages that fail.
FAILING = 0.03
#: One message in so many is about a product whose words merely sound like secrets, and in so many bears a real one.
ODD_WORDS, REAL_SECRETS = 40, 1_000
SECRET = "shpat_"
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
#: Between two messages.
STEP = timedelta(milliseconds=100)

_VOCABULARY = """
anvil apron barrel bench beech bolt bracket brass brush buckle cable candle canvas cedar chain chisel clamp copper cork
cotton cover cup drawer drill enamel felt file flask frame gasket glass glove grip hammer handle hinge hook insert jar
kettle knife ladder lamp latch leather lid linen lock maple mug nail needle nickel nut oak paddle pan paper pen pin pipe
plate plug pocket pot press rack rail ring rope rubber saw scale screw seal shelf silk slate spool spring steel stool
strap tape thread tile tin tool tray valve walnut wax wedge wheel wire wool wrench zinc
"""
_WORDS = _VOCABULARY.split()
_ODD = ("Passport cover", "Basic bracket", "Cookie cutter", "Token ring", "Compass", "Secret drawer")
_PRODUCT = "gid://shopify/Product/"
_VARIANT = "gid://shopify/ProductVariant/"


@dataclass(frozen=True, slots=True)
class Written:
    """A message before its call, and what came of it."""

    opening: Opening
    closing: Closing


def record_of(number: int) -> int:
    """Which record a message is about: each turn over all of them takes another order."""
    turn, place = divmod(number, RECORDS)
    # Odd and no multiple of 5, so that the turn meets every record once.
    return (place * (77_773 + 200 * turn) + turn) % RECORDS


def code(record: int) -> str:
    """The code of an item."""
    return f"{_WORDS[record % len(_WORDS)].upper()}-{record * 7 + 1_000_003}"


def variant_id(record: int) -> str:
    """The shop's id of an item's variant."""
    return f"{_VARIANT}{44_000_000_000 + (record * 7_919 % RECORDS) * 32_768}"


def run_of(number: int) -> int:
    """The run that a message is part of."""
    return number // RUN + 1


def time_of(number: int) -> datetime:
    """When a message is opened."""
    return BEGIN + number * STEP


def is_rare(number: int) -> bool:
    """Whether a message fails for the rare cause."""
    return number % RARITY == RARITY // 3


def is_too_long(number: int) -> bool:
    """Whether a message fails because its title is too long; its detail says so, with the number."""
    return not is_rare(number) and Random(number).random() < FAILING


def messages(first: int, count: int, *, evidence: bool) -> Iterator[Written]:
    """So many messages from a number on; with `evidence` the opening brings what the decision was made from, too."""
    for number in range(first, first + count):
        yield _message(number, with_evidence=evidence)


def _message(number: int, *, with_evidence: bool) -> Written:
    random = Random(number)
    record = record_of(number)
    run = run_of(number)
    route = run % len(ROUTES)
    integration, name, direction = ROUTES[route]
    keys = (code(record), variant_id(record))
    key, target = keys if direction == "erp_to_shop" else keys[::-1]
    verdict, cause, detail = _end(number, random, record)
    product = _product(number, random, record)
    answer = _answer(random, record, product, cause)
    evidence = Evidence(orjson.dumps(product), orjson.dumps(answer), b'["price","title"]') if with_evidence else None
    opening = Opening(
        integration=integration,
        route=route + 1,
        object=name,
        direction=direction,
        run=run,
        job=run,
        key=key,
        action="create" if verdict is Verdict.CREATED else "update",
        reason="schedule",
        source_id=key,
        target_id=None if verdict is Verdict.CREATED else target,
        label=keys[0],
        digest=hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest(),
        mapping_version="5d41402abc4b2a76",
        fence=run,
        evidence=evidence or Evidence(),
    )
    exchange = _exchange(number, random, _request(product), orjson.dumps({"data": {"productSet": answer}}), detail)
    attempt = Attempt(1, exchange.started_at, exchange.duration_ms + 3, verdict, cause, detail, (Part(exchange),))
    closing = Closing(
        verdict,
        action=opening.action,
        target_id=target,
        cause=cause,
        detail=detail,
        fix="Open the item in the ERP and correct the field." if cause else None,
        duration_ms=attempt.duration_ms,
        attempts=(attempt,),
    )
    return Written(opening, closing)


def _end(number: int, random: Random, record: int) -> tuple[Verdict, str | None, str | None]:
    if is_rare(number):
        return Verdict.FAILED, RARE, f"{code(record)} stands twice in the list"
    draw = random.random()
    if draw < FAILING:
        word = random.choice(_WORDS)
        return (
            Verdict.FAILED,
            random.choice(CAUSES),
            f"Title {word} {random.choice(_WORDS)} is too long (line {number})",
        )
    return (Verdict.CREATED if draw < 0.2 else Verdict.UPDATED), None, None


def _exchange(number: int, random: Random, request: bytes, response: bytes, error: str | None) -> Exchange:
    return Exchange(
        connection="shop",
        operation="productSet",
        method="POST",
        path="/admin/api/2026-07/graphql.json",
        started_at=time_of(number) + timedelta(milliseconds=2),
        duration_ms=random.randrange(60, 400),
        status=200,
        request=request,
        response=response,
        error=error,
        writes=True,
    )


def _product(number: int, random: Random, record: int) -> dict[str, Any]:
    words = random.choices(_WORDS, k=random.randrange(50, 130))
    title = " ".join(words[:4]).title()
    if number % ODD_WORDS == 0:
        title = f"{random.choice(_ODD)} {title}"
    item: dict[str, Any] = {
        "optionValues": [{"optionName": "Title", "name": "Default Title"}],
        "sku": code(record),
        "inventoryItem": {
            "tracked": True,
            "measurement": {"weight": {"unit": "KILOGRAMS", "value": random.randrange(1, 9_000) / 1_000}},
        },
        "price": f"{random.randrange(100, 99_999) / 100:.2f}",
        "barcode": str(random.randrange(4_000_000_000_000, 4_100_000_000_000)),
        "taxable": random.random() < 0.9,
    }
    if number % REAL_SECRETS == 1:
        item["metafields"] = [
            {"namespace": "supplier", "key": "login", "value": f"{SECRET}{random.getrandbits(128):x}"}
        ]
    return {
        "handle": f"{words[0]}-{words[1]}-{random.getrandbits(40):010x}",
        "title": title,
        "descriptionHtml": f"<p>{' '.join(words[10:40]).capitalize()}.<br>{' '.join(words[40:])}, {number} g</p>",
        "vendor": f"{words[7].title()} & {words[8].title()} GmbH",
        "productType": words[9].title(),
        "status": "ACTIVE",
        "productOptions": [{"name": "Title", "position": 1, "values": [{"name": "Default Title"}]}],
        "variants": [item],
    }


def _request(product: dict[str, Any]) -> bytes:
    document = product_documents().create
    return orjson.dumps({"query": document.text, "variables": {"input": product, "synchronous": True}})


def _answer(random: Random, record: int, product: dict[str, Any], cause: str | None) -> dict[str, Any]:
    item = product["variants"][0]
    stock = random.getrandbits(44)
    variant = {
        "id": variant_id(record),
        "sku": item["sku"],
        "barcode": item["barcode"],
        "price": item["price"],
        "taxable": item["taxable"],
        "updatedAt": f"2026-03-{random.randrange(1, 29):02}T10:{random.randrange(60):02}:{random.randrange(60):02}Z",
        "selectedOptions": [{"name": "Title", "value": "Default Title"}],
        "inventoryItem": {"id": f"gid://shopify/InventoryItem/{stock}"} | item["inventoryItem"],
    }
    return {
        "product": {
            "id": f"{_PRODUCT}{random.getrandbits(43)}",
            "updatedAt": variant["updatedAt"],
            "variantsCount": {"count": 1},
            "hasOnlyDefaultVariant": True,
            **{name: value for name, value in product.items() if name not in ("variants", "productOptions")},
            "tags": random.sample(_WORDS, 5),
            "variants": {"nodes": [variant], "pageInfo": {"hasNextPage": False, "endCursor": f"{stock:x}"}},
            "options": [{"id": f"gid://shopify/ProductOption/{random.getrandbits(42)}", "name": "Title"}],
        },
        "userErrors": [{"field": ["input", "title"], "message": "Title is too long", "code": cause}] if cause else [],
    }
