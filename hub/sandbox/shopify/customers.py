"""Creating and changing customers, with the shop's rules of uniqueness and form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub.sandbox.shopify.metafields import set_metafields
from hub.sandbox.shopify.records import Address, Customer
from hub.sandbox.shopify.refusal import Refused, UserError, refuse
from hub.sandbox.shopify.store import Store
from hub.sandbox.shopify.texts import has_long_tag, is_email, normal_email, normal_phone, normal_tags

NAME_LIMIT, NOTE_LIMIT, TAG_LIMIT, ADDRESS_LIMIT = 255, 5000, 250, 255
NO_IDENTITY = "A name, phone number, or email address must be present"

_HTML = re.compile(r"<[a-zA-Z/][^>]*>")
_URL = re.compile(r"(?:https?://|www\.)", re.IGNORECASE)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?\Z")

#: Input name -> (attribute, label, code of the typed form).
_ADDRESS_FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "company": "company",
    "address1": "address1",
    "address2": "address2",
    "city": "city",
    "provinceCode": "province_code",
    "zip": "zip",
    "countryCode": "country_code",
    "phone": "phone",
}
_ADDRESS_LABELS = {"firstName": "First name", "lastName": "Last name"}


@dataclass(frozen=True, slots=True)
class Changes:
    """What an input asks for: only the keys that are present change anything."""

    given: Mapping[str, Any]

    def text(self, name: str, old: str) -> str:
        """A text; null clears it."""
        return (self.given[name] or "").strip() if name in self.given else old


class Customers:
    """All writes on customers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, given: Mapping[str, Any], now: datetime, at: Sequence[str] = ()) -> Customer:
        """Make a customer; `at` is the path errors start with."""
        customer = Customer(0, now, now)
        changed = self._checked(customer, given, at)
        changed.id = self._store.number("Customer")
        self._store.customers[changed.id] = changed
        return self._keep(None, changed, given, now)

    def update(self, customer: Customer, given: Mapping[str, Any], now: datetime, at: Sequence[str] = ()) -> Customer:
        """Change a customer."""
        changed = self._checked(customer, given, at)
        return self._keep(customer, changed, given, now)

    def delete(self, customer: Customer) -> None:
        """Remove a customer without orders."""
        if customer.order_ids:
            raise refuse(("id",), "Customer can\u2019t be deleted because they have associated orders")
        del self._store.customers[customer.id]
        self._forget_identity(customer)
        self._store.tell("Customer", customer.id)

    def add_address(self, customer: Customer, given: Mapping[str, Any], now: datetime, *, default: bool) -> Address:
        """Add one address to the book."""
        address = self._address(given, ("address",))
        if any(known.content == address.content for known in customer.addresses):
            raise refuse(("address",), "Address already exists")
        customer.addresses.append(address)
        if default or len(customer.addresses) == 1:
            customer.default_address = address.id
        self._store.touch("Customer", customer, now)
        return address

    def find(self, *, email: str = "", phone: str = "") -> Customer | None:
        """By one of the unique keys."""
        number = self._store.by_email.get(normal_email(email)) if email else None
        if number is None and phone:
            number = self._store.by_phone.get(normal_phone(phone, self._store.facts.phone_prefix) or "")
        return self._store.customers.get(number) if number is not None else None

    # --------------------------------------------------------------------------------------------------------- checks

    def _checked(self, customer: Customer, given: Mapping[str, Any], at: Sequence[str]) -> Customer:
        """A changed copy, or Refused with everything that is wrong."""
        changes = Changes(given)
        changed = replace(
            customer,
            first_name=changes.text("firstName", customer.first_name),
            last_name=changes.text("lastName", customer.last_name),
            note=changes.text("note", customer.note),
            email=normal_email(changes.text("email", customer.email)),
            locale=changes.text("locale", customer.locale) or "en",
        )
        errors = [
            *self._length_errors(changed, at),
            *self._email_errors(changed, at),
            *self._phone_errors(changed, given, at),
            *self._tag_errors(changed, given, at),
        ]
        if not _LOCALE.match(changed.locale):
            errors.append(UserError((*at, "locale"), "Locale is invalid", "INVALID"))
        if "taxExempt" in given and given["taxExempt"] is None and at:
            errors.append(UserError((*at, "taxExempt"), "Tax exempt is of unexpected type NilClass", "INVALID"))
        if not errors and not (changed.first_name or changed.last_name or changed.email or changed.phone):
            errors.append(UserError(tuple(at) or None, NO_IDENTITY, "INVALID"))
        if errors:
            raise Refused(*errors)
        if given.get("taxExempt") is not None:
            changed.tax_exempt = given["taxExempt"]
        if given.get("taxExemptions") is not None:
            changed.tax_exemptions = tuple(dict.fromkeys(given["taxExemptions"]))
        if given.get("addresses") is not None:
            changed.addresses = self._addresses(given["addresses"], at)
            known = {address.id for address in changed.addresses}
            if changed.default_address not in known:
                changed.default_address = changed.addresses[0].id if changed.addresses else 0
        self._consent(changed, given)
        return changed

    @staticmethod
    def _length_errors(changed: Customer, at: Sequence[str]) -> list[UserError]:
        limits = (
            ("firstName", "First name", changed.first_name, NAME_LIMIT),
            ("lastName", "Last name", changed.last_name, NAME_LIMIT),
            ("note", "Note", changed.note, NOTE_LIMIT),
            ("email", "Email", changed.email, NAME_LIMIT),
        )
        return [
            UserError((*at, name), f"{label} is too long (maximum is {limit} characters)", "TOO_LONG")
            for name, label, value, limit in limits
            if len(value) > limit
        ]

    def _email_errors(self, changed: Customer, at: Sequence[str]) -> list[UserError]:
        if not changed.email:
            return []
        if len(changed.email) > NAME_LIMIT or not is_email(changed.email):
            return [UserError((*at, "email"), "Email is invalid", "INVALID")]
        if self._store.by_email.get(changed.email, changed.id) != changed.id:
            return [UserError((*at, "email"), "Email has already been taken", "TAKEN")]
        return []

    def _phone_errors(self, changed: Customer, given: Mapping[str, Any], at: Sequence[str]) -> list[UserError]:
        if "phone" not in given:
            return []
        text = given["phone"] or ""
        if len(text) > NAME_LIMIT:
            return [
                UserError((*at, "phone"), "Phone is too long (maximum is 255 characters)", "TOO_LONG"),
                UserError((*at, "phone"), "Phone is invalid", "INVALID"),
            ]
        phone = normal_phone(text, self._store.facts.phone_prefix)
        if phone is None:
            return [UserError((*at, "phone"), "Phone is invalid", "INVALID")]
        if phone and self._store.by_phone.get(phone, changed.id) != changed.id:
            return [UserError((*at, "phone"), "Phone has already been taken", "TAKEN")]
        changed.phone = phone
        return []

    @staticmethod
    def _tag_errors(changed: Customer, given: Mapping[str, Any], at: Sequence[str]) -> list[UserError]:
        if given.get("tags") is None:
            return []
        changed.tags = normal_tags(given["tags"])
        if has_long_tag(changed.tags):
            return [UserError((*at, "tags"), "Tags is too long (maximum is 255 characters)", "TOO_LONG")]
        if len(changed.tags) > TAG_LIMIT:
            return [UserError((*at, "tags"), "Tags cannot be more than 250", "INVALID")]
        return []

    @staticmethod
    def _consent(changed: Customer, given: Mapping[str, Any]) -> None:
        consent = given.get("emailMarketingConsent")
        if not consent:
            return
        if changed.id:
            raise refuse(
                ("emailMarketingConsent",),
                "To update emailMarketingConsent, please use the customerEmailMarketingConsentUpdate Mutation instead",
            )
        if not changed.email:
            message = "An email address is required to set the email marketing consent state."
            raise refuse(("emailMarketingConsent",), message)
        changed.marketing_state = consent["marketingState"]
        changed.marketing_level = consent.get("marketingOptInLevel") or changed.marketing_level
        changed.marketing_at = consent.get("consentUpdatedAt")

    def _addresses(self, given: Sequence[Mapping[str, Any]], at: Sequence[str]) -> list[Address]:
        made: list[Address] = []
        for place, one in enumerate(given):
            address = self._address(one, (*at, "addresses", str(place)))
            if all(known.content != address.content for known in made):
                made.append(address)
        return made

    def _address(self, given: Mapping[str, Any], at: Sequence[str]) -> Address:
        texts = {attribute: (given.get(name) or "").strip() for name, attribute in _ADDRESS_FIELDS.items()}
        if not any(texts.values()):
            raise refuse(at, "Customer address cannot be blank.", "BLANK")
        for name, attribute in _ADDRESS_FIELDS.items():
            value = texts.get(attribute, "")
            label = _ADDRESS_LABELS.get(name, name.removesuffix("Code").capitalize())
            problem = _address_problem(value)
            if problem:
                raise refuse((*at, name), f"{label} {problem}", "INVALID")
        return Address(self._store.number("MailingAddress"), **texts)

    # --------------------------------------------------------------------------------------------------------- keeping

    def _keep(self, old: Customer | None, changed: Customer, given: Mapping[str, Any], now: datetime) -> Customer:
        store = self._store
        if old is not None:
            self._forget_identity(old)
            for name in Customer.__slots__:
                setattr(old, name, getattr(changed, name))
            changed = old
        if changed.email:
            store.by_email[changed.email] = changed.id
        if changed.phone:
            store.by_phone[changed.phone] = changed.id
        set_metafields(store, changed.metafields, given.get("metafields") or (), "CUSTOMER", now)
        store.touch("Customer", changed, now)
        return changed

    def _forget_identity(self, customer: Customer) -> None:
        if self._store.by_email.get(customer.email) == customer.id:
            del self._store.by_email[customer.email]
        if self._store.by_phone.get(customer.phone) == customer.id:
            del self._store.by_phone[customer.phone]


def _address_problem(value: str) -> str:
    if len(value) > ADDRESS_LIMIT:
        return f"is too long (maximum is {ADDRESS_LIMIT} characters)"
    if _HTML.search(value):
        return "cannot contain HTML tags"
    if _URL.search(value):
        return "cannot contain URL"
    return "cannot contain emojis" if _EMOJI.search(value) else ""
