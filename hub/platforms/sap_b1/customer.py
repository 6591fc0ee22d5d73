"""Customers into business partners: found, created once, changed sparingly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from hub.errors import AmbiguousMatch, Changed, ConfigurationError, RejectedByTarget, TargetVanished
from hub.platforms.endpoint import ClientKey, CreateGuard, Endpoint, Lookup, Native, Outcome, Probe, Step, Verb
from hub.platforms.sap_b1 import address, partner, shapes, wire
from hub.platforms.sap_b1 import user_fields as udf
from hub.platforms.sap_b1.address import States
from hub.platforms.sap_b1.client import LARGEST_PAGE
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.partner import PartnerRules
from hub.platforms.sap_b1.query import equal, every, one_of
from hub.platforms.sap_b1.texts import LIMITS
from hub.platforms.sap_b1.wire import text

SET = "BusinessPartners"


class CustomerEndpoint(Endpoint):
    """Business partners that are customers; suppliers and leads are never looked at."""

    object = "customer"
    kind = "customer"
    listing = "partners"
    verbs: ClassVar[frozenset[Verb]] = frozenset({"create", "update"})
    volatile: ClassVar[frozenset[str]] = frozenset({wire.ETAG})

    def __init__(self, company: Company, settings: Mapping[str, Any], limits: Mapping[str, int] = LIMITS) -> None:
        self._company = company
        self._shop_currency = str(settings.get("currency", "EUR"))
        self._settings_rules = PartnerRules(
            name=str(settings.get("name", "")),
            code_prefix=str(settings.get("customer_code_prefix", "C")),
            series=settings.get("customer_series"),
            group=settings.get("customer_group"),
            groups=settings.get("customer_groups", {}),
            payment_terms=settings.get("payment_terms"),
            missing_name=str(settings.get("missing_name", "")),
            overflow=str(settings.get("address_overflow", "report")),
            limits=limits,
        )
        settle = timedelta(seconds=float(settings.get("settle_seconds", 30)))
        # A code of our own making is refused the second time; a number from a series would be given twice.
        self.create_guard: CreateGuard = ClientKey() if self._settings_rules.series is None else Lookup(settle)
        self.read_timeout = company.read_timeout

    # -- reading ------------------------------------------------------------------------------------------------

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Partners by code."""
        rows = [row for condition in one_of("CardCode", keys) for row in self._rows(condition)]
        return {row["CardCode"]: row for row in rows}

    def identities(self) -> Iterator[list[str]]:
        """Codes of all partners, whatever they are: what is linked stays so if its kind is changed."""
        for rows in self._company.layer.walk(SET, "CardCode", ("CardCode",), size=LARGEST_PAGE):
            yield [row["CardCode"] for row in rows]

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Customers that bear our reference, the probe's e-mail in any letter case or, if it brings one, its phone."""
        found: defaultdict[str, dict[str, Native]] = defaultdict(dict)
        ours = {probe.key: probe.key for probe in probes} if self._rules().referenced else {}
        emails = _values(probes, "email")
        phones = _values(probes, "phone")
        for name, wanted, folded in (
            (udf.REFERENCE, ours, False),
            ("EmailAddress", emails, True),
            ("Phone1", phones, False),
            ("Cellular", phones, False),
        ):
            for row in self._matching(name, list(wanted.values()), ignore_case=folded):
                has = _folded(text(row.get(name)), folded=folded)
                for key, value in wanted.items():
                    if _folded(value, folded=folded) == has:
                        found[key][row["CardCode"]] = row
        return {key: list(rows.values()) for key, rows in found.items()}

    def key(self, native: Native) -> str:
        """The partner's code."""
        return str(native["CardCode"])

    def label(self, native: Native) -> str:
        """The e-mail, else the code."""
        return text(native.get("EmailAddress")) or self.key(native)

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """The fields the hub maps."""
        return partner.canonical(native)

    # -- writing ------------------------------------------------------------------------------------------------

    def foretell(self, step: Step) -> dict[str, Any]:
        """What a new partner is given."""
        record = partner.chosen(step.record, step.only)
        body, _ = partner.new(record, step.key, self._rules(), self._states(record))
        return partner.told(record, body)

    def create(self, step: Step) -> Outcome:
        """Create a partner of the chosen fields. A code that is taken is adopted if the partner bears our reference."""
        rules = self._rules()
        if not rules.referenced:
            raise ConfigurationError(
                "Partners are recognised by the field U_HubRef, which the ERP does not have.",
                detail="U_HubRef",
                fix="Run `hub setup-erp`, then restart the Service Layer.",
            )
        record = partner.chosen(step.record, step.only)
        body, texts = partner.new(record, step.key, rules, self._states(record))
        warnings = tuple(texts.warnings)
        try:
            created = self._company.layer.create(SET, body, repeatable=rules.series is None)
        except RejectedByTarget as refused:
            # Releases name a taken code in different ways; what is found under it tells.
            native = self._ours(step.key, body, refused)
            return Outcome(step.key, native["CardCode"], native, body, adopted=True, warnings=warnings)
        native = self._cut(created.native)
        return Outcome(step.key, native["CardCode"], native, body, warnings=warnings)

    def update(self, step: Step) -> Outcome:
        """Change the chosen fields, if nobody changed the partner meanwhile."""
        rules, states = self._rules(), self._states(step.record)
        there = step.target if step.target and wire.etag(step.target) else self._fresh(step.target_id)
        only = step.only if step.only is not None else frozenset(step.record)
        body, texts = partner.change(step.record, step.key, only, there, rules, states)
        if body:
            try:
                self._company.layer.patch(SET, step.target_id, body, wire.etag(there))
            except Changed:
                # A try whose answer was lost moves the version too: then nothing is left to change.
                there = self._fresh(step.target_id)
                if partner.change(step.record, step.key, only, there, rules, states)[0]:
                    raise
            else:
                # Fields that may not be written are silently left alone, so what counts is what reads back.
                there = self._fresh(step.target_id)
        # SAP keeps one name where the shop keeps two: what differs in our terms may leave nothing to send.
        return Outcome(step.key, step.target_id, there, body, warnings=tuple(texts.warnings), nothing_sent=not body)

    # -- inside -------------------------------------------------------------------------------------------------

    def _rules(self) -> PartnerRules:
        masters = self._company.masters
        return replace(
            self._settings_rules,
            referenced=("OCRD", "HubRef") in masters.user_fields(),
            foreign=self._shop_currency != masters.admin().currency,
        )

    def _states(self, record: Mapping[str, Any]) -> States:
        return {country: self._company.masters.states(country) for country in address.countries(record["addresses"])}

    def _ours(self, key: str, body: Native, refused: RejectedByTarget) -> Native:
        """The partner under our code, if it is ours; raises `refused` where the code is free."""
        native = self._company.layer.record(SET, body["CardCode"], self._select()) if "CardCode" in body else None
        if native is None:
            raise refused
        if native.get(udf.REFERENCE) != key:
            raise AmbiguousMatch(
                f"The ERP has a partner {body['CardCode']} already that does not bear this customer's reference.",
                detail=f"CardCode={body['CardCode']}",
                fix="Put the customer's id into the partner's U_HubRef if they are the same, or set another "
                "customer_code_prefix; then re-sync.",
            )
        return self._cut(native)

    def _fresh(self, code: str) -> Native:
        native = self._company.layer.record(SET, code, self._select())
        if native is None:
            raise TargetVanished(f"The ERP has no partner {code} any more.", detail=f"CardCode={code}")
        return self._cut(native)

    def _matching(self, name: str, values: Sequence[str], *, ignore_case: bool) -> list[Native]:
        customers = equal("CardType", partner.CUSTOMER)
        return [
            row
            for condition in one_of(name, values)
            for row in self._rows(every(customers, condition), ignore_case=ignore_case)
        ]

    def _rows(self, condition: str, *, ignore_case: bool = False) -> list[Native]:
        options = {"$select": ",".join(self._select()), "$filter": condition, "$orderby": "CardCode"}
        return [self._cut(row) for row in self._company.layer.rows(SET, options, ignore_case=ignore_case)]

    def _select(self) -> tuple[str, ...]:
        return shapes.select(shapes.PARTNER, shapes.PARTNER_FIELDS if self._rules().referenced else ())

    def _cut(self, native: Native) -> Native:
        return shapes.cut(native, shapes.PARTNER, shapes.PARTNER_FIELDS)


def _values(probes: Sequence[Probe], name: str) -> dict[str, str]:
    return {probe.key: probe.values[name] for probe in probes if probe.values.get(name)}


def _folded(value: str, *, folded: bool) -> str:
    return value.casefold() if folded else value
