"""The objects the hub synchronises, in the order in which they depend on each other."""

from __future__ import annotations

from objects.base import ObjectType
from objects.customer import Customer
from objects.inventory import Inventory
from objects.order import Order
from objects.product import Product

#: One instance each: schemas are built once, as building one per record is several times slower than using it.
OBJECTS: dict[str, ObjectType] = {entry.name: entry for entry in (Customer(), Product(), Order(), Inventory())}


def of_kind(kind: str) -> ObjectType:
    """The object whose records are linked under this kind; KeyError where there is none."""
    return next(entry for entry in OBJECTS.values() if entry.kind == kind)
