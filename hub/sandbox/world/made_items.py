"""Made-up items: a standing cast of every sort that makes trouble, and as many ordinary ones as are asked for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from hub.sandbox.world.model import ZERO, Item

#: 19 % on everything but what is exempt, as tax codes A2 and A0 have it.
STANDARD = Decimal("0.19")

GROUPS = ("Kitchen", "Garden", "Clothing", "Paper & Ink", "Toys", "Lighting")
THINGS = (
    "Becher",
    "Théière",
    "Świecznik",
    "Lampada",
    "Κανάτα",
    "湯のみ",
    "Židle",
    "Ljusstake",
    "Girlande",
    "Blütenvase",
    "Notizbuch",
    "Œuf à thé",
)
QUALITIES = (
    "klein",
    "groß",
    "n° 5",
    "hand-made",
    "“vintage”",
    "½ Liter",
    "rouge/noir",
    "100 % Baumwolle",
    "ø 12 cm",
    "",
)


def make_items(size: int, seed: int) -> list[Item]:
    """The standing cast, then ordinary items up to `size` in all."""
    cast = standing_cast()
    chance = random.Random(f"items {seed}")
    ordinary = (item for number in range(size) for item in _ordinary(number, chance))
    return cast + list(islice(ordinary, max(0, size - len(cast))))


def standing_cast() -> list[Item]:
    """One item for each case that a hub has to decide on; prices include tax."""
    return [*_sold_in_both(), *_odd_but_good(), *_refused(), *_shop_only()]


def _sold_in_both() -> list[Item]:
    return [
        Item(
            "MUG",
            "Becher “Moin”",
            Decimal("11.90"),
            tax_rate=STANDARD,
            stock={"01": Decimal(100), "02": Decimal(40)},
            in_shop=True,
            barcode=ean(400638133393),
            weight_kg=Decimal("0.35"),
        ),
        _shirt("S", Decimal("35.70"), 45),
        _shirt("M", Decimal("35.70"), 60),
        _shirt("L", Decimal("37.70"), 30),
        Item("GIFT25", "Gift card 25", Decimal("25.00"), in_shop=True, tracked=False, gift_card=True),
        Item("ENGRAVING", "Gravur", Decimal("5.95"), tax_rate=STANDARD, in_shop=True, tracked=False, group="Services"),
    ]


def _shirt(size: str, price: Decimal, units: int) -> Item:
    title = "T-Shirt “Möwe”"
    return Item(
        f"TEE-{size}",
        f"{title} - {size}",
        price,
        group="Clothing",
        tax_rate=STANDARD,
        stock=_units(units),
        in_shop=True,
        product=title,
        option=size,
        vendor="Küstenkind",
    )


def _odd_but_good() -> list[Item]:
    long_name = "Teekanne mit Stövchen, " * 8
    return [
        # Kept by the metre, sold by the whole one.
        Item("CABLE", "Kabel NYM-J 3×1,5", Decimal("2.38"), tax_rate=STANDARD, stock={"01": Decimal("7.5")}),
        Item("A/B 100%'s", 'O\'Brien & Söhne <b>"Set"</b> 🎁', Decimal("19.90"), tax_rate=STANDARD, stock=_units(3)),
        Item("ÄÖÜ-ß", "  Wärmflasche mit Bezug ", Decimal("24.90"), tax_rate=STANDARD, stock=_units(8)),
        Item("TEAPOT-LONG", long_name.strip()[:200], Decimal("89.00"), tax_rate=STANDARD, stock=_units(2)),
        # Two items of one name want the same handle; two of one barcode look like one thing.
        Item("CANDLE-1", "Kerze", Decimal("4.90"), tax_rate=STANDARD, stock=_units(60), barcode=ean(401234500001)),
        Item("CANDLE-2", "Kerze", Decimal("5.90"), tax_rate=STANDARD, stock=_units(60), barcode=ean(401234500001)),
        Item("BOOK", "Ратгебер 茶", Decimal("12.00"), stock=_units(30), group="Paper & Ink"),
        Item("SOLD-OUT", "Ausverkauft", Decimal("9.90"), tax_rate=STANDARD, stock=_units(0), in_shop=True),
    ]


def _refused() -> list[Item]:
    return [
        Item("NO-PRICE", "Ohne Preis", None, tax_rate=STANDARD, stock=_units(4)),
        Item("ZERO-PRICE", "Preis null", ZERO, tax_rate=STANDARD, stock=_units(4)),
        # On a database that keeps case these are two items, and to most shops they are one.
        Item("BOWL-XL", "Schale XL", Decimal("29.90"), tax_rate=STANDARD, stock=_units(6)),
        Item("bowl-xl", "Schale XL, zweite Anlage", Decimal("27.90"), tax_rate=STANDARD, stock=_units(1)),
        Item("HONEY", "Honig", Decimal("7.90"), tax_rate=STANDARD, stock=_units(50), managed="batch"),
        Item("DRILL", "Bohrmaschine", Decimal("129.00"), tax_rate=STANDARD, stock=_units(5), managed="serial"),
        Item("TEA-SET", "Teeset aus vier Teilen", Decimal("59.00"), tax_rate=STANDARD, tree="iSalesTree"),
        Item("LAMP-KIT", "Bausatz Lampe", Decimal("49.00"), tax_rate=STANDARD, tree="iAssemblyTree"),
        Item("OLD-MUG", "Becher, alte Form", Decimal("8.90"), tax_rate=STANDARD, stock=_units(2), active=False),
    ]


def _shop_only() -> list[Item]:
    return [
        Item("SHOP-ONLY", "Only in the shop", Decimal("14.90"), tax_rate=STANDARD, in_erp=False, in_shop=True),
    ]


def _ordinary(number: int, chance: random.Random) -> Iterator[Item]:
    """One item of the ERP; two in five are in the shop too, and some of those are a product with three variants."""
    thing, quality = chance.choice(THINGS), chance.choice(QUALITIES)
    title = f"{thing} {quality}".strip()
    in_shop = chance.random() < 0.4
    options = ("S", "M", "L") if in_shop and chance.random() < 0.25 else ("",)
    group, price = chance.choice(GROUPS), _price(chance)
    for place, option in enumerate(options):
        yield Item(
            sku=f"{group[:3].upper()}-{number:06d}{'-' if option else ''}{option}",
            name=f"{title} - {option}" if option else title,
            price=price,
            group=group,
            barcode=ean(402_000_000_000 + number * 10 + place) if number % 3 else "",
            weight_kg=Decimal(chance.randint(20, 4000)) / 1000 if chance.random() < 0.8 else None,
            tax_rate=STANDARD if chance.random() < 0.95 else ZERO,
            stock={"01": Decimal(chance.randint(20, 500)), "02": Decimal(chance.choice((0, 0, 25, 60)))},
            in_shop=in_shop,
            product=f"{title} {number}" if option else "",
            option=option,
            vendor=chance.choice(("", "Küstenkind", "Maison d'Été", "山田商店")),
            tags=tuple(chance.sample(("new", "Sale", "Übergröße", "gift idea"), chance.randint(0, 2))),
            description=f"<p>{title}</p>" if chance.random() < 0.5 else "",
        )


def _price(chance: random.Random) -> Decimal:
    return Decimal(chance.randint(2, 180)) + chance.choice((Decimal("0.99"), Decimal("0.90"), Decimal("0.50")))


def _units(count: int) -> dict[str, Decimal]:
    return {"01": Decimal(count)}


def ean(first_twelve: int) -> str:
    """A barcode (EAN-13) with its check digit."""
    digits = f"{first_twelve:012d}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"
