"""Made-up people of many countries: names, streets and telephone numbers that belong together."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, replace

from faker import Faker

from hub.sandbox.world.model import Address

#: Locale -> the country, and the way its mobile numbers begin.
COUNTRIES = {
    "de_DE": ("DE", "+49151"),
    "fr_FR": ("FR", "+3361"),
    "it_IT": ("IT", "+39340"),
    "pl_PL": ("PL", "+4851"),
    "cs_CZ": ("CZ", "+42060"),
    "el_GR": ("GR", "+30690"),
    "sv_SE": ("SE", "+4670"),
    "ja_JP": ("JP", "+81901"),
}
#: So many of everything are made per country; people are drawn from them, so that many cost little.
VARIETY = 40


@dataclass(frozen=True, slots=True)
class Country:
    """What the people of one country are put together from."""

    code: str
    phone_prefix: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    companies: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]


class People:
    """Draws people; the same seed gives the same people in the same order."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"people {seed}")
        self._countries = [_country(locale, seed) for locale in COUNTRIES]
        # The lower numbers belong to the standing casts.
        self._phones = 1000

    def address(self) -> Address:
        """A person with an address, most of them German, and a telephone number nobody else has."""
        chance = self._random
        country = self._countries[0] if chance.random() < 0.5 else chance.choice(self._countries)
        town, postcode = chance.choice(country.towns)
        self._phones += 1
        return Address(
            first_name=chance.choice(country.first_names),
            last_name=chance.choice(country.last_names),
            company=chance.choice(country.companies) if chance.random() < 0.15 else "",
            address1=chance.choice(country.streets),
            address2=f"Apt {chance.randint(1, 99)}" if chance.random() < 0.1 else "",
            city=town,
            zip=postcode,
            country_code=country.code,
            phone=f"{country.phone_prefix}{self._phones:07d}",
        )

    def moved(self, person: Address) -> Address:
        """The same person at another place of a country."""
        return replace(self.address(), first_name=person.first_name, last_name=person.last_name)


def email_of(person: Address, number: int) -> str:
    """An address for mail that nobody else has. What has no Latin form leaves only the number."""
    name = unicodedata.normalize("NFKD", f"{person.first_name}.{person.last_name}").encode("ascii", "ignore").decode()
    letters = "".join(letter for letter in name if letter.isalnum() or letter == ".").strip(".")
    return f"{letters or 'customer'}.{number}@example.com".lower()


def _country(locale: str, seed: int) -> Country:
    fake = Faker(locale)
    fake.seed_instance(seed)
    code, prefix = COUNTRIES[locale]
    some = range(VARIETY)
    return Country(
        code,
        prefix,
        first_names=tuple(fake.first_name() for _ in some),
        last_names=tuple(fake.last_name() for _ in some),
        companies=tuple(fake.company() for _ in some),
        streets=tuple(fake.street_address() for _ in some),
        towns=tuple((fake.city(), fake.postcode()) for _ in some),
    )
