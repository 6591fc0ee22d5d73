"""Made-up customers: a standing cast of those that make trouble, and as many ordinary ones as are asked for."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from hub.sandbox.world.model import Address, Customer
from hub.sandbox.world.people import People, email_of


def make_customers(size: int, seed: int, before: datetime) -> list[Customer]:
    """The standing cast, then ordinary customers up to `size` in all, each with an account since before `before`."""
    people = People(seed)
    cast = standing_cast(before - timedelta(days=400))
    chance = random.Random(f"customers {seed}")
    ordinary = [_ordinary(number, people, chance, before) for number in range(1, size - len(cast) + 1)]
    return cast + ordinary


def standing_cast(created_at: datetime) -> list[Customer]:
    """One customer for each case that a hub has to decide on."""
    anna = Address("Anna", "Schäfer", "", "Königstraße 1", "", "Köln", "", "50667", "DE", "+491510000001")
    odd = Address(
        "Zoë-Anaïs", "O'Brien-Ñandú", "Müller & Söhne “Groß” GmbH", "12, rue de l'Œuf", "", "Orléans", "", "45000", "FR"
    )
    cast = [
        Customer("anna", "Anna", "Schäfer", "anna.schaefer@example.com", "+491510000001", addresses=(anna,)),
        # The ERP knows one buyer twice: two partners whose addresses for mail differ only by case. A shop takes an
        # address once, so there it belongs to the first of the two.
        Customer("twin-1", "Berta", "Zwilling", "berta.zwilling@example.com", in_erp=True),
        Customer("twin-2", "B.", "Zwilling", "Berta.Zwilling@EXAMPLE.com", in_erp=True),
        # Known to the ERP under the same address for mail, in other letters.
        Customer("known", "Carl", "Bekannt", "Carl.Bekannt@Example.com", in_erp=True),
        Customer("nameless", email="no.name@example.com"),
        Customer("phone-only", "Dora", "Ohnemail", phone="+491510000002"),
        Customer("odd", odd.first_name, odd.last_name, "zoe+shop@example.com", addresses=(odd,)),
        Customer(
            "kanji", "花子", "山田", "hanako@example.com", addresses=(Address("花子", "山田", country_code="JP"),)
        ),
        Customer("arabic", "ليلى", "حداد", "layla@example.com", note="يفضل الاتصال مساءً"),
        Customer("long", "Maximilian-Alexander " * 4, "von und zu " * 8, "long.name@example.com"),
        Customer("same-name", "Anna", "Schäfer", "a.schaefer@example.net"),
    ]
    return [replace(customer, created_at=created_at) for customer in cast]


def _ordinary(number: int, people: People, chance: random.Random, before: datetime) -> Customer:
    home = people.address()
    addresses = (home, people.moved(home)) if chance.random() < 0.15 else (home,)
    has_email = chance.random() < 0.95
    email = email_of(home, number) if has_email else ""
    return Customer(
        key=f"customer-{number}",
        first_name="" if has_email and chance.random() < 0.03 else home.first_name,
        last_name=home.last_name,
        email=email.title() if chance.random() < 0.1 else email,
        phone=home.phone if not has_email or chance.random() < 0.6 else "",
        note="Bitte klingeln 🔔" if chance.random() < 0.05 else "",
        tags=tuple(chance.sample(("vip", "Händler", "newsletter"), chance.randint(0, 2))),
        addresses=addresses,
        created_at=before - timedelta(minutes=chance.randint(45_000, 500_000)),
        in_erp=chance.random() < 0.1,
    )
