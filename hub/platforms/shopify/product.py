"""Products of the shop, as a source and as a target: each record is one variant.

A product is created with a handle made of the code, which the shop refuses a second time. What is there already is
only ever changed field by field: variants that are not named in an update stay, with their stock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.errors import (
    AmbiguousMatch,
    Changed,
    HubError,
    OutcomeUnknown,
    RecordError,
    TargetVanished,
)
from hub.platforms.endpoint import TROUBLE, ClientKey, Native, Outcome, Step
from hub.platforms.exchanges import collecting
from hub.platforms.shopify.answers import UserError, rejected, user_errors
from hub.platforms.shopify.native import flatten
from hub.platforms.shopify.product_documents import METAFIELDS_DELETE
from hub.platforms.shopify.product_input import cleared, new_product, product_change, told, variant_change, warnings
from hub.platforms.shopify.product_source import ProductSource, record_of, records_of

_GONE = frozenset({"PRODUCT_DOES_NOT_EXIST", "PRODUCT_VARIANT_DOES_NOT_EXIST"})


@dataclass(slots=True)
class _Row:
    """One update on its way: what it has made of its record, and what became of it."""

    step: Step
    native: Native
    sent: dict[str, Any] = field(default_factory=dict)
    error: HubError | None = None


class ShopifyProducts(ProductSource):
    """Variants of the shop, read and written."""

    verbs = frozenset({"create", "update"})
    batch_size = 10
    create_guard = ClientKey()

    # -- writing ------------------------------------------------------------------------------------------------

    def together(self, steps: Sequence[Step]) -> list[list[int]]:
        """Changes of one product's variants are one call; everything else is done by itself."""
        return _together(steps)

    def write(self, steps: Sequence[Step]) -> list[Outcome]:
        """Carry the steps out; updates of variants of one product travel together.

        Trouble of the whole platform is raised while nothing has been done; later it is the outcome of what is left,
        so that what was done is not forgotten.
        """
        outcomes: dict[int, Outcome] = {}
        for places in _together(steps):
            part = [steps[place] for place in places]
            try:
                done = self._update_product(_product_id(part[0]), part) if len(part) > 1 else [self._one(part[0])]
            except TROUBLE as error:
                if not outcomes:
                    raise
                left = set(range(len(steps))) - outcomes.keys()
                outcomes.update({place: Outcome(steps[place].key, error=error) for place in left})
                break
            outcomes.update(zip(places, done, strict=True))
        return [outcomes[place] for place in range(len(steps))]

    def foretell(self, step: Step) -> dict[str, Any]:
        """What a new product and its variant are given, in which state, and under which handle."""
        fields = self.documents.metafields
        return told(step.record, new_product(step.record, self.settings, step.only, fields), fields)

    def create(self, step: Step) -> Outcome:
        """Create a product with this one variant, or take over the one that bears our handle and code."""
        given = new_product(step.record, self.settings, step.only, self.documents.metafields)
        result = self.client.run(self.documents.create, {"input": given, "synchronous": True})
        errors = user_errors(result)
        if any(error.code == "HANDLE_NOT_UNIQUE" for error in errors):
            native = self._ours(given["handle"], step.record["variants"][0]["code"])
            return self._done(step, native, given, adopted=True)
        if errors or not result["product"]:
            raise rejected(errors)
        product = flatten(result["product"])
        (native,) = records_of(product | {"variantsCount": {"count": len(product["variants"])}})
        return self._done(step, native, given)

    def update(self, step: Step) -> Outcome:
        """Change the chosen fields of one variant, and of its product where it is the only one."""
        return self._update_product(_product_id(step), [step])[0]

    def _update_product(self, product_id: str, steps: Sequence[Step]) -> list[Outcome]:
        rows = [_Row(step, step.target or {}) for step in steps]
        with collecting() as exchanges:
            try:
                self._change_variants(product_id, rows)
                for row in rows:
                    self._change_product(product_id, row)
                self._clear(rows)
            except (RecordError, OutcomeUnknown) as error:
                for row in rows:
                    row.error = row.error or error
        outcomes = []
        for place, row in enumerate(rows):
            done = Outcome(row.step.key, error=row.error) if row.error else self._done(row.step, row.native, None)
            done.sent = row.sent
            done.nothing_sent = row.error is None and not row.sent
            done.warnings = warnings(row.step, self.documents.metafields)
            done.exchanges = [(exchange, place) for exchange in exchanges]
            outcomes.append(done)
        return outcomes

    def _change_variants(self, product_id: str, rows: Sequence[_Row]) -> None:
        changes = [(row, variant_change(row.step, self.documents.metafields)) for row in rows]
        changes = [(row, change) for row, change in changes if len(change) > 1]
        if not changes:
            return
        for row, change in changes:
            row.sent |= change
        given = {
            "productId": product_id,
            "variants": [change for _, change in changes],
            "allowPartialUpdates": True,
        }
        result = self.client.run(self.documents.change_variants, given)
        _blame([row for row, _ in changes], user_errors(result), "variants")
        answered = {node["id"]: node for node in result["productVariants"] or ()}
        for row, _ in changes:
            if row.step.target_id in answered:
                row.native = _answered(row.native, answered[row.step.target_id])

    def _change_product(self, product_id: str, row: _Row) -> None:
        change = product_change(row.step, self.documents.metafields)
        if not change or row.error:
            return
        row.sent |= change
        result = self.client.run(self.documents.change_product, {"product": {"id": product_id} | change})
        wrong = user_errors(result)
        if wrong or not result["product"]:
            row.error = _missing(wrong) or rejected(wrong)
        else:
            row.native = _answered(row.native, row.native | {"product": result["product"]})

    def _clear(self, rows: Sequence[_Row]) -> None:
        """Take away the metafields that have lost their value: the shop keeps no empty ones."""
        found = [(row, *one) for row in rows if not row.error for one in cleared(row.step, self.documents.metafields)]
        if not found:
            return
        for row, _, identifier in found:
            row.sent.setdefault("metafieldsDelete", []).append(identifier)
        result = self.client.run(METAFIELDS_DELETE, {"metafields": [identifier for _, _, identifier in found]})
        _blame([row for row, _, _ in found], user_errors(result), "metafields")
        for row, metafield, _ in found:
            if metafield.owner == "product":
                row.native = row.native | {"product": row.native["product"] | {metafield.alias: None}}
            else:
                row.native = row.native | {metafield.alias: None}

    def _ours(self, handle: str, code: str) -> Native:
        found = self.client.run(self.documents.by_handle, {"identifier": {"handle": handle}})
        if found is None:
            raise Changed(f"The handle {handle} is taken, but no product bears it (any more).", detail=handle)
        variants = [native for native in records_of(flatten(found)) if native["sku"] == code]
        if len(variants) != 1:
            raise AmbiguousMatch(
                f"The handle {handle} belongs to a product that does not have {code} as its SKU.",
                detail=f"handle={handle}",
                fix="Give that product another handle in the shop, or correct its SKU; then re-sync.",
            )
        return variants[0]

    def _done(self, step: Step, native: Native, given: Any, *, adopted: bool = False) -> Outcome:
        return Outcome(
            step.key,
            target_id=self.key(native),
            native=native,
            sent=given,
            relatives=self.relatives(native),
            adopted=adopted,
        )


def _together(steps: Sequence[Step]) -> list[list[int]]:
    """The places of the steps, those of one product's variants in one group."""
    groups: dict[object, list[int]] = {}
    for place, step in enumerate(steps):
        groups.setdefault(_product_id(step) if step.verb == "update" and step.target else place, []).append(place)
    return list(groups.values())


def _answered(before: Native, variant: Native) -> Native:
    """The record after a write: its answer does not count the variants, whose number stays as it was."""
    count = before["product"]["variantsCount"]
    return record_of(variant | {"product": variant["product"] | {"variantsCount": count}})


def _product_id(step: Step) -> str:
    return str((step.target or {})["product"]["id"])


def _blame(rows: Sequence[_Row], errors: Sequence[UserError], below: str) -> None:
    """Give each error to the row it names by its place in the list, or to all rows where it names none."""
    wrong: dict[int, list[UserError]] = {}
    for error in errors:
        named = error.row(below)
        for place in range(len(rows)) if named is None or named >= len(rows) else (named,):
            wrong.setdefault(place, []).append(error)
    for place, found in wrong.items():
        rows[place].error = _missing(found) or rejected(found)


def _missing(errors: Sequence[UserError]) -> RecordError | None:
    gone = [error for error in errors if error.code in _GONE]
    return TargetVanished(f"Shopify: {gone[0]}", detail=str(gone[0])) if gone else None
