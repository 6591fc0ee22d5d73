"""Ordinary items in any number, and nothing else: what a measurement is made with.

Each is a product of its own with one variant, complete enough to be written without a question: price, barcode, weight,
group, tax code, stock, and a description as long as such texts are. The same number always gives the same item.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from hub.sandbox.world.generate import ZONE
from hub.sandbox.world.made_items import GROUPS, STANDARD, ean
from hub.sandbox.world.model import ZERO, Item, World

#: Where the items are at the start.
Place = Literal["both", "erp", "shop"]
PLACES: tuple[Place, ...] = ("both", "erp", "shop")

#: The items were last changed on so many different days.
_DAYS = 500
_COLOURS = ("blau", "rouge", "grün", "kobalt & weiß", "terracotta")
_SENTENCES = (
    "Von Hand gedreht, glasiert und bei 1.240 °C gebrannt; jedes Stück fällt ein wenig anders aus.",
    "Spülmaschinenfest und für die Mikrowelle geeignet, auch nach Jahren ohne Risse.",
    "Der Henkel ist so geformt, dass vier Finger hindurchpassen und nichts heiß wird.",
    "Passend dazu gibt es Teller, Schale und Kanne in denselben fünf Farben.",
    "Lieferung im Karton aus Altpapier, ohne Folie; Ersatzteile sind einzeln zu haben.",
    "Maße und Gewicht sind Mittelwerte und können um bis zu fünf Prozent abweichen.",
)


def plain_world(count: int, place: Place = "both") -> World:
    """A company that counts in euros, tax included, with `count` items and no customer or order."""
    return World(
        currency="EUR",
        zone=ZONE,
        taxes_included=True,
        items=list(plain_items(count, place)),
        customers=[],
        orders=[],
        warehouses={"01": "Hauptlager", "02": "Außenlager"},
        locations={"L1": "Hauptlager", "L2": "Außenlager"},
        tax_codes={"A2": STANDARD, "A0": ZERO},
    )


def plain_items(count: int, place: Place = "both") -> Iterator[Item]:
    """The items."""
    for number in range(count):
        colour = _COLOURS[number % len(_COLOURS)]
        yield Item(
            sku=sku_of(number),
            name=f"Becher {colour} Nr. {number}",
            price=Decimal(500 + number % 9_000) / 100,
            group=GROUPS[number % len(GROUPS)],
            barcode=ean(402_000_000_000 + number),
            weight_kg=Decimal(100 + number % 900) / 1000,
            tax_rate=STANDARD,
            stock={"01": Decimal(1 + number % 400), "02": Decimal(number % 50)},
            in_erp=place != "shop",
            in_shop=place != "erp",
            changed_days_ago=1 + number % _DAYS,
            description=" ".join(_SENTENCES[(number + step) % len(_SENTENCES)] for step in range(8)),
        )


def sku_of(number: int) -> str:
    """The code of an item."""
    return f"PLAIN-{number:07d}"
