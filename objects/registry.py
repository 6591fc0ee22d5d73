"""The objects the hub synchronises, in the order in which they depend on each other."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema

from objects.base import personal_fields
from objects.customer import CustomerSchema
from objects.inventory import InventorySchema
from objects.order import OrderSchema
from objects.product import ProductSchema


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object: its canonical form and how it behaves."""

    name: str
    schema: Schema
    #: The kind of its links.
    kind: str
    #: True: a first full load (Initialize) comes before any other run; orders have a cut-over instead.
    initialized: bool

    @property
    def personal(self) -> frozenset[str]:
        """Names of the personal fields in the canonical form."""
        return personal_fields(self.schema)


#: Schemas are built once: building one per record is several times slower than using it.
OBJECTS = {
    entry.name: entry
    for entry in (
        ObjectType("customer", CustomerSchema(), "customer", True),
        ObjectType("product", ProductSchema(), "variant", True),
        ObjectType("order", OrderSchema(), "order", False),
        ObjectType("inventory", InventorySchema(), "level", True),
    )
}
