"""Products of the shop, as a target: each step is about one variant, found by its SKU.

A product is created with a handle made of the code, which the shop refuses a second time. What is there already is
only ever changed field by field: variants that are not named in an update stay, with their stock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hub.errors import (
    AmbiguousMatch,
    Changed,
    HubError,
    OutcomeUnknown,
    PlatformRefused,
    PlatformUnavailable,
    RecordError,
    TargetVanished,
)
from hub.platforms.endpoint import ClientKey, Endpoint, Native, Outcome, Probe, Relative, Step
from hub.platforms.exchanges import collecting
from hub.platforms.shopify import documents
from hub.platforms.shopify.answers import UserError, rejected, user_errors
from hub.platforms.shopify.client import ShopifyClient
from hub.platforms.shopify.native import flatten
from hub.platforms.shopify.product_input import (
    OF_PRODUCT,
    ONLY_VALUE,
    kilograms,
    new_product,
    product_change,
    siblings,
    variant_change,
)
from hub.platforms.shopify.search import any_of

#: SKUs in one search.
_FIND_BATCH = 25
_GONE = frozenset({"PRODUCT_DOES_NOT_EXIST", "PRODUCT_VARIANT_DOES_NOT_EXIST"})


class ShopifyProducts(Endpoint):
    """Variants of the shop. A native is a variant with its product inside."""

    object = "product"
    kind = "variant"
    verbs = frozenset({"create", "update"})
    batch_size = 10
    create_guard = ClientKey()
    volatile = frozenset({"updatedAt"})

    def __init__(self, client: ShopifyClient, settings: Mapping[str, Any]) -> None:
        self._client = client
        self._settings = settings
        self.read_timeout = timedelta(seconds=client.transport.read_timeout)

    # -- reading ------------------------------------------------------------------------------------------------

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Read variants by their global ids."""
        return self._client.nodes(documents.VARIANTS_BY_ID, keys)

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Variants by SKU. The search ignores case and finds parts, so what it returns is compared here."""
        by_code: dict[str, list[Native]] = {}
        codes = list(dict.fromkeys(probe.values["code"] for probe in probes if probe.values.get("code")))
        for start in range(0, len(codes), _FIND_BATCH):
            query = any_of("sku", codes[start : start + _FIND_BATCH])
            for nodes in self._client.pages(documents.VARIANTS, {"query": query}):
                for node in nodes:
                    by_code.setdefault(self._comparable(node["sku"] or ""), []).append(node)
        return {probe.key: by_code.get(self._comparable(probe.values.get("code", "")), []) for probe in probes}

    def key(self, native: Native) -> str:
        """The variant's global id."""
        return str(native["id"])

    def label(self, native: Native) -> str:
        """The SKU."""
        return native["sku"] or self.key(native)

    def relatives(self, native: Native) -> tuple[Relative, ...]:
        """The product around the variant."""
        return (Relative("product", native["product"]["id"], role="parent"),)

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """Translate to the input of `ProductSchema`: a product of this one variant."""
        product = native["product"]
        options = [option["value"] for option in native["selectedOptions"]]
        item = native["inventoryItem"]
        return {
            "title": product["title"],
            "description": product["descriptionHtml"] or "",
            "vendor": product["vendor"] or "",
            "product_type": product["productType"] or "",
            "active": product["status"] in ("ACTIVE", "UNLISTED"),
            "variants": [
                {
                    "code": native["sku"] or "",
                    "option": "" if options == [ONLY_VALUE] else " / ".join(options),
                    "barcode": native["barcode"] or "",
                    "price": Decimal(native["price"]),
                    "currency": self._settings.get("currency", ""),
                    "weight": kilograms((item["measurement"] or {}).get("weight")),
                    "tracked": item["tracked"],
                    "taxable": native["taxable"],
                }
            ],
        }

    # -- writing ------------------------------------------------------------------------------------------------

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
            except (PlatformRefused, PlatformUnavailable) as error:
                if not outcomes:
                    raise
                left = set(range(len(steps))) - outcomes.keys()
                outcomes.update({place: Outcome(steps[place].key, error=error) for place in left})
                break
            outcomes.update(zip(places, done, strict=True))
        return [outcomes[place] for place in range(len(steps))]

    def create(self, step: Step) -> Outcome:
        """Create a product with this one variant, or take over the one that bears our handle and code."""
        given = new_product(step.record, self._settings)
        result = self._client.run(documents.PRODUCT_SET, {"input": given, "synchronous": True})
        errors = user_errors(result)
        if any(error.code == "HANDLE_NOT_UNIQUE" for error in errors):
            native = self._ours(given["handle"], step.record["variants"][0]["code"])
            return self._done(step, native, given, adopted=True)
        if errors or not result["product"]:
            raise rejected(errors)
        product = flatten(result["product"])
        (variant,) = product.pop("variants")
        return self._done(step, variant | {"product": product}, given)

    def update(self, step: Step) -> Outcome:
        """Change the chosen fields of one variant, and of its product where it is the only one."""
        return self._update_product(_product_id(step), [step])[0]

    def _update_product(self, product_id: str, steps: Sequence[Step]) -> list[Outcome]:
        natives = {step.target_id: step.target or {} for step in steps}
        sent: dict[str, dict[str, Any]] = {step.target_id: {} for step in steps}
        errors: dict[str, HubError] = {}
        with collecting() as exchanges:
            try:
                self._change_variants(product_id, steps, natives, sent, errors)
                self._change_product(product_id, steps, natives, sent, errors)
            except (RecordError, OutcomeUnknown) as error:
                errors.update({step.target_id: error for step in steps if step.target_id not in errors})
        outcomes = []
        for row, step in enumerate(steps):
            failed = errors.get(step.target_id)
            outcome = Outcome(step.key, error=failed) if failed else self._done(step, natives[step.target_id], {})
            outcome.sent = sent[step.target_id]
            outcome.warnings = _warnings(step)
            outcome.exchanges = [(exchange, row) for exchange in exchanges]
            outcomes.append(outcome)
        return outcomes

    def _change_variants(
        self,
        product_id: str,
        steps: Sequence[Step],
        natives: dict[str, Native],
        sent: dict[str, dict[str, Any]],
        errors: dict[str, HubError],
    ) -> None:
        rows = {step.target_id: variant_change(step) for step in steps}
        rows = {target_id: row for target_id, row in rows.items() if len(row) > 1}
        if not rows:
            return
        variants = list(rows.values())
        for target_id, row in rows.items():
            sent[target_id] |= row
        result = self._client.run(
            documents.VARIANTS_UPDATE, {"productId": product_id, "variants": variants, "allowPartialUpdates": True}
        )
        errors.update(_by_row(user_errors(result), list(rows)))
        natives.update({node["id"]: node for node in result["productVariants"] or () if node["id"] in rows})

    def _change_product(
        self,
        product_id: str,
        steps: Sequence[Step],
        natives: dict[str, Native],
        sent: dict[str, dict[str, Any]],
        errors: dict[str, HubError],
    ) -> None:
        for step in steps:
            change = product_change(step)
            if not change or step.target_id in errors:
                continue
            sent[step.target_id] |= change
            result = self._client.run(documents.PRODUCT_UPDATE, {"product": {"id": product_id} | change})
            wrong = user_errors(result)
            if wrong or not result["product"]:
                errors[step.target_id] = _missing(wrong) or rejected(wrong)
            else:
                natives[step.target_id] = natives[step.target_id] | {"product": result["product"]}

    def _ours(self, handle: str, code: str) -> Native:
        found = self._client.run(documents.PRODUCT_BY_HANDLE, {"identifier": {"handle": handle}})
        if found is None:
            raise Changed(f"The handle {handle} is taken, but no product bears it (any more).", detail=handle)
        product = flatten(found)
        variants: list[Native] = [variant for variant in product.pop("variants") if variant["sku"] == code]
        if len(variants) != 1:
            raise AmbiguousMatch(
                f"The handle {handle} belongs to a product that does not have {code} as its SKU.",
                detail=f"handle={handle}",
                fix="Give that product another handle in the shop, or correct its SKU; then re-sync.",
            )
        return variants[0] | {"product": product}

    def _done(self, step: Step, native: Native, given: Any, *, adopted: bool = False) -> Outcome:
        return Outcome(
            step.key,
            target_id=self.key(native),
            native=native,
            sent=given,
            relatives=self.relatives(native),
            adopted=adopted,
        )

    def _comparable(self, code: str) -> str:
        return code.casefold() if self._settings.get("erp_ignores_case") else code


def _together(steps: Sequence[Step]) -> list[list[int]]:
    """The places of the steps, those of one product's variants in one group."""
    groups: dict[object, list[int]] = {}
    for place, step in enumerate(steps):
        groups.setdefault(_product_id(step) if step.verb == "update" and step.target else place, []).append(place)
    return list(groups.values())


def _product_id(step: Step) -> str:
    return str((step.target or {})["product"]["id"])


def _warnings(step: Step) -> tuple[str, ...]:
    left_out = sorted((step.only or frozenset()) & OF_PRODUCT.keys())
    if left_out and siblings(step) > 1:
        return (f"{', '.join(left_out)} not written: the product has {siblings(step)} variants.",)
    return ()


def _by_row(errors: Sequence[UserError], target_ids: Sequence[str]) -> dict[str, HubError]:
    """Which step each error belongs to; one that names no row belongs to all."""
    rows: dict[str, list[UserError]] = {}
    for error in errors:
        row = error.row("variants")
        for target_id in target_ids if row is None else target_ids[row : row + 1]:
            rows.setdefault(target_id, []).append(error)
    return {target_id: _missing(wrong) or rejected(wrong) for target_id, wrong in rows.items()}


def _missing(errors: Sequence[UserError]) -> RecordError | None:
    gone = [error for error in errors if error.code in _GONE]
    return TargetVanished(f"Shopify: {gone[0]}", detail=str(gone[0])) if gone else None
