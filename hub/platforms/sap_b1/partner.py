"""A customer as a business partner: the bodies that create and change one, and the way back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import InvalidRecord
from hub.platforms.endpoint import Native
from hub.platforms.sap_b1 import address
from hub.platforms.sap_b1 import user_fields as udf
from hub.platforms.sap_b1.address import States, number_of
from hub.platforms.sap_b1.texts import LIMITS, Texts
from hub.platforms.sap_b1.wire import text
from objects.customer import display_name

CUSTOMER = "cCustomer"
#: A partner that may trade in any currency.
ANY_CURRENCY = "##"
NAME_PARTS = frozenset({"first_name", "last_name", "company", "email"})
#: What an integration may leave out of a new partner, and what then stands for it.
_OPTIONAL: Mapping[str, Any] = {"phone": "", "note": "", "addresses": []}


@dataclass(frozen=True, slots=True)
class PartnerRules:
    """How partners of one integration are made."""

    name: str
    code_prefix: str = "C"
    series: int | None = None
    group: int | None = None
    #: Groups by the customer's tag, those that count first at the beginning.
    groups: Mapping[str, int] = field(default_factory=dict)
    payment_terms: int | None = None
    missing_name: str = ""
    overflow: str = "report"
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    #: Whether the ERP has our reference field on partners.
    referenced: bool = True
    #: Set where the shop's currency is not the company's own, so that the partner may trade in both.
    foreign: bool = False

    def texts(self) -> Texts:
        """A fresh pair of scissors."""
        return Texts(self.overflow, self.limits)


def card_code(key: str, rules: PartnerRules) -> str:
    """The code of a partner of ours: the prefix and the shop's number, never a name or an e-mail."""
    code = f"{rules.code_prefix}{number_of(key)}"
    limit = rules.limits["CardCode"]
    if len(code) > limit:
        raise InvalidRecord(
            f"The partner's code {code} has {len(code)} characters; the ERP takes {limit}.",
            detail="CardCode",
            fix="Shorten customer_code_prefix in the integration's settings, or set a customer series; then re-sync.",
        )
    return code


def chosen(record: Mapping[str, Any], only: frozenset[str] | None) -> dict[str, Any]:
    """A record without the fields that the integration does not synchronise; None = it synchronises all."""
    left_out = {} if only is None else {name: empty for name, empty in _OPTIONAL.items() if name not in only}
    return {**record, **left_out, **({"default_address": ""} if "addresses" in left_out else {})}


def new(record: Mapping[str, Any], key: str, rules: PartnerRules, states: States) -> tuple[Native, Texts]:
    """The body that creates a partner, and what was cut or left out."""
    texts = rules.texts()
    identity = {"Series": rules.series} if rules.series is not None else {"CardCode": card_code(key, rules)}
    body: Native = {
        **identity,
        "CardName": _name(record, rules, texts),
        "CardType": CUSTOMER,
        **address.filled(_contact(record, None, texts)),
        **_reference(key, rules),
    }
    rows = [address.filled(row) for row in address.rows(record, texts, states)]
    if rows:
        body |= {"BPAddresses": rows, **address.defaults(rows)}
    optional = {"GroupCode": group_of(record["tags"], rules), "PayTermsGrpCode": rules.payment_terms}
    body |= {name: value for name, value in optional.items() if value is not None}
    if rules.foreign:
        body["Currency"] = ANY_CURRENCY
    return body, texts


def told(record: Mapping[str, Any], body: Native) -> dict[str, Any]:
    """What the body of a new partner says of it: by the canonical names, and what it is given by the settings.

    Its one name is that of the person, else of the company, else the e-mail. A series' code is not known yet.
    """
    rows = body.get("BPAddresses", ())
    values = {
        "code": body.get("CardCode"),
        **_name_told(record, body["CardName"]),
        "email": body.get("EmailAddress"),
        "phone": body.get("Phone1"),
        "note": body.get("FreeText"),
        "addresses": address.canonical(rows),
        "default_address": body.get("BilltoDefault"),
        "cross_reference": body.get(udf.REFERENCE),
        "customer_group": body.get("GroupCode"),
        "payment_terms": body.get("PayTermsGrpCode"),
        "customer_series": body.get("Series"),
        "currency": body.get("Currency"),
    }
    return {name: value for name, value in values.items() if value is not None}


def _name_told(record: Mapping[str, Any], name: str) -> dict[str, str]:
    """The part of a record that became the partner's name; the e-mail stands for itself."""
    parts = {part: record[part].strip() for part in ("first_name", "last_name")}
    if any(parts.values()):
        return parts
    return {} if name == record["email"].strip() else {"company": name}


def group_of(tags: Iterable[str], rules: PartnerRules) -> int | None:
    """The group of a new partner: by the first entry of the map that one of its tags fits, else the default one."""
    borne = {tag.casefold() for tag in tags}
    return next((number for tag, number in rules.groups.items() if tag.casefold() in borne), rules.group)


def change(
    record: Mapping[str, Any], key: str, only: frozenset[str], there: Native, rules: PartnerRules, states: States
) -> tuple[Native, Texts]:
    """The body that changes `only` of a partner; what is there already is left out. May be empty."""
    texts = rules.texts()
    body: Native = _contact(record, only, texts)
    if only & NAME_PARTS:
        body["CardName"] = _name(record, rules, texts)
    if only & {"addresses", "default_address"}:
        body |= _addresses(record, there, texts, states)
    if rules.referenced and not there.get(udf.REFERENCE):
        body |= _reference(key, rules)
    return {
        name: value for name, value in body.items() if isinstance(value, list) or text(there.get(name)) != value
    }, texts


def canonical(native: Native) -> Native:
    """A partner in the canonical form. SAP keeps one name only, which cannot be told apart: it reads as the company."""
    rows = native.get("BPAddresses") or ()
    return {
        "company": text(native.get("CardName")),
        "email": text(native.get("EmailAddress")),
        "phone": text(native.get("Phone1")) or text(native.get("Cellular")),
        "note": text(native.get("FreeText")),
        "addresses": address.canonical(rows),
        "default_address": text(native.get("ShipToDefault")),
        "cross_reference": text(native.get(udf.REFERENCE)),
    }


def _name(record: Mapping[str, Any], rules: PartnerRules, texts: Texts) -> str:
    name = display_name(dict(record)) or rules.missing_name
    if not name:
        raise InvalidRecord(
            "The customer has neither a name nor a company nor an e-mail.",
            detail="CardName",
            fix="Give the customer a name in the shop, or set missing_name in the integration's settings; re-sync.",
        )
    return texts.whole("CardName", name)


def _contact(record: Mapping[str, Any], only: frozenset[str] | None, texts: Texts) -> Native:
    fields = {"email": "EmailAddress", "phone": "Phone1", "note": "FreeText"}
    return {name: texts.whole(name, record[field]) for field, name in fields.items() if only is None or field in only}


def _reference(key: str, rules: PartnerRules) -> Native:
    return {udf.REFERENCE: key, udf.TEMPLATE: rules.name[: udf.size_of(udf.TEMPLATE)]} if rules.referenced else {}


def _addresses(record: Mapping[str, Any], there: Native, texts: Texts, states: States) -> Native:
    known = there.get("BPAddresses") or ()
    rows = address.merged(address.rows(record, texts, states), known)
    changes = address.changed(rows, known)
    return {**({"BPAddresses": changes} if changes else {}), **address.defaults(rows)}
