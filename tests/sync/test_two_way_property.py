"""Random edits on both sides, runs in between at random: nobody's edit is lost by accident, and it comes to rest.

Each sequence is the life of one product that is in step at the beginning. Hands edit fields on either side, among them
values that say nothing and values that are only written differently; now and then one route runs, for all or for some
records. What must hold is told from the edits alone (`Field`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from objects.fields import Owner, Side
from tests.fakes.side import System
from tests.sync.conftest import Stage
from tests.sync.hand_edits import OTHER, Field, said

#: 50 examples of 10 products each: 500 sequences, for either setting of `drift`.
EXAMPLES, PRODUCTS = 50, 10
VALUES: Mapping[str, Sequence[Any]] = {
    "title": ("Mug", "Cup", " Cup ", "Glass"),
    "price": ("10.00", "10", "12.50", "99.00", "0.00", None),
    "barcode": ("", "1", "22"),
    "description": ("", "white", "blue", "two\r\nlines", "two\nlines "),
    "material": ("", None, "steel", "wood"),
    # Not synchronised: a hand's edit stays on its side.
    "tracked": (True, False),
}
OWNERS: Mapping[str, Owner] = {"title": "shop", "price": "erp", "barcode": "erp", "description": "none"}
TAKEN_BACK = -1
ROUTE_FROM: Mapping[Side, str] = {"erp": "product", "shop": "product back"}

sides = st.sampled_from(sorted(OTHER))
places = range(PRODUCTS)
starts = st.fixed_dictionaries(
    {
        name: st.sampled_from([value for value in VALUES[name] if name != "price" or said(name, value)])
        for name in OWNERS
    }
)
#: Most hands are on one field, so that both sides often edit the same; mostly one where more can happen.
busy_fields = st.tuples(
    *(st.sampled_from(["description", "material", "price", "price", *sorted(VALUES)]) for _ in places)
)
#: (on which sides, field, which of its values); None as field = the busy one. Where both sides edit at the same time,
#: each enters a value of its own. TAKEN_BACK = the value that both had last.
both_or_one = st.sampled_from([("shop",), ("erp",), ("shop", "erp"), ("erp", "shop")])
edits = st.tuples(both_or_one, st.sampled_from([None, None, None, *sorted(VALUES)]), st.integers(TAKEN_BACK, 5))
#: Which route runs (from which side), and for which products; None = for whatever has changed.
partial_runs = st.tuples(sides, st.none() | st.sets(st.sampled_from(places), min_size=1))
#: Edits of each product, and then, perhaps, a run.
moments = st.tuples(st.tuples(*(st.lists(edits, max_size=3) for _ in places)), st.none() | partial_runs)
#: Some moments, then everything comes to rest; and again, as what is left to differ stays so or is settled.
lives = st.tuples(*2 * [st.lists(moments, min_size=1, max_size=3)])


@dataclass
class Product:
    """One product on both sides, and what hands did to it."""

    stage: Stage
    code: str
    variant: str
    fields: dict[str, Field]
    #: What each field held when both sides were last in step.
    calm: dict[str, Any]

    def native(self, side: Side) -> dict[str, Any]:
        system, table = self.place(side)
        return {name: value for name, value in system.table(table)[self.key(side)].items() if name != "stamp"}

    def key(self, side: Side) -> str:
        return self.variant if side == "shop" else self.code

    def place(self, side: Side) -> tuple[System, str]:
        return (self.stage.shop, "variants") if side == "shop" else (self.stage.erp, "items")

    def edit(self, side: Side, name: str, choice: int) -> None:
        """A hand enters one of the field's values."""
        value = self.calm[name] if choice == TAKEN_BACK else VALUES[name][choice % len(VALUES[name])]
        system, table = self.place(side)
        system.edit(table, self.key(side), **{name: value})
        if name in self.fields:
            self.fields[name].edit(side, said(name, value))


class Scene:
    """Products of one example between two sides."""

    def __init__(
        self, stage: Stage, owners: Mapping[str, Owner], revert: bool, first: Sequence[Mapping[str, Any]]
    ) -> None:
        self.stage = stage
        number = stage.erp.next_id("examples")
        codes = [f"{number}-{place}" for place, _ in enumerate(first)]
        for code, values in zip(codes, first, strict=True):
            stage.erp.add_item(code, **values)
        stage.work("product")
        self.products = [Product(stage, code, stage.shop.variant(code)["id"], {}, {}) for code in codes]
        for product in self.products:
            held = product.calm = product.native("erp")
            for name, owner in owners.items():
                value = said(name, held[name])
                assert value == said(name, product.native("shop")[name])
                now: dict[Side, str] = {"shop": value, "erp": value}
                product.fields[name] = Field(owner, revert, name == "price", now, {value})

    def edit(self, busy: Sequence[str], hands: Sequence[Sequence[tuple[Sequence[Side], str | None, int]]]) -> None:
        """Hands are at work on each product."""
        for product, busy_field, edits in zip(self.products, busy, hands, strict=True):
            for on_sides, other_field, choice in edits:
                for more, side in enumerate(on_sides):
                    product.edit(side, other_field or busy_field, choice + more)

    def run(self, source: Side, keys: Sequence[str] = (), scope: str = "changes") -> None:
        """Run one route, and see what it did to its target; it does nothing to its source."""
        before = [{side: product.native(side) for side in OTHER} for product in self.products]
        run = self.stage.work(ROUTE_FROM[source], "keys" if keys else scope, *keys)
        assert (run.state, set(run.causes) <= {"CONFLICT"}) == ("done", True), (run.error, run.causes)
        target = OTHER[source]
        for product, was in zip(self.products, before, strict=True):
            assert product.native(source) == was[source]
            now = product.native(target)
            for name in [name for name in now if now[name] != was[target][name]]:
                assert name in product.fields, f"{name} is not synchronised"
                product.fields[name].carry(target, said(name, now[name]))

    def rest(self, leader: Side) -> None:
        """Two runs of both routes: whatever is to happen has happened."""
        for _ in range(2):
            self.run(leader)
            self.run(OTHER[leader])

    def judge(self) -> Counter[str]:
        """Every field is in step, or left to differ as it may be, and listed with both versions; answers how many."""
        ends: Counter[str] = Counter()
        listed = {kind: self.listed(kind) for kind in ("drift", "conflict")}
        for product in self.products:
            for name, field in product.fields.items():
                assert {side: said(name, product.native(side)[name]) for side in OTHER} == field.now
                place = (product.code, name)
                found = {kind: rows.pop(place) for kind, rows in listed.items() if place in rows}
                end = "in step" if field.in_step else "/".join(found) or "silent"
                assert end in field.outcomes(), f"{product.code} {name} is {end}: {field}"
                assert all(versions == (field.now["shop"], field.now["erp"]) for versions in found.values())
                if field.in_step:
                    assert found == {}
                    field.agree()
                    product.calm[name] = product.native("shop")[name]
                ends[end] += 1
        assert listed == {"drift": {}, "conflict": {}}, "listed, and neither"
        return ends

    def listed(self, kind: str) -> dict[tuple[str, str], tuple[str, str]]:
        codes = {product.code for product in self.products}
        return {
            (label, name): (said(name, shop), said(name, erp))
            for (label, full_name), (shop, erp) in self.stage.divergences(kind).items()
            if label in codes and (name := full_name.removeprefix("custom."))
        }

    def stays(self) -> None:
        """A further look at everything from both sides writes nothing."""
        writes = (self.stage.shop.writes(), self.stage.erp.writes())
        self.run("erp", scope="full")
        self.run("shop", scope="full")
        assert (self.stage.shop.writes(), self.stage.erp.writes()) == writes
        self.judge()


@contextmanager
def scene(
    stage: Stage, owners: Mapping[str, Owner], revert: bool, first: Sequence[Mapping[str, Any]]
) -> Iterator[Scene]:
    """The products of one example; they go at its end, so that the next one finds nobody else's."""
    made = Scene(stage, owners, revert, first)
    try:
        yield made
    finally:
        for product in made.products:
            for side in OTHER:
                system, table = product.place(side)
                del system.table(table)[product.key(side)]


@pytest.mark.parametrize(("drift", "material"), [("keep", "none"), ("revert", "shop")])
def test_each_field_holds_its_owners_value_or_is_listed_and_then_nothing_moves(
    stage: Stage, drift: str, material: Owner
) -> None:
    owners: Mapping[str, Owner] = {**OWNERS, "material": material}
    own = {"name": "material", "shop": "product.custom.material", "erp": "U_Material", "owner": material}
    stage.both_ways(**OWNERS, custom=[own])
    stage.settings(drift=drift)

    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(first=st.tuples(*(starts for _ in places)), busy=busy_fields, life=lives, leader=sides)
    def lived(first: Sequence[Mapping[str, Any]], busy: Sequence[str], life: Sequence[Any], leader: Side) -> None:
        with scene(stage, owners, drift == "revert", first) as made:
            for episode in life:
                for hands, run in episode:
                    made.edit(busy, hands)
                    if run is not None:
                        source, some = run
                        made.run(source, [made.products[place].key(source) for place in sorted(some or ())])
                made.rest(leader)
                ends.update(made.judge())
                made.stays()

    ends: Counter[str] = Counter()
    lived()
    # The hands were such that what can happen has happened, and not only once.
    often = {"in step": 1000, "conflict": 10, "drift": 10 if drift == "keep" else 0}
    assert all(ends[end] >= least for end, least in often.items()), ends
