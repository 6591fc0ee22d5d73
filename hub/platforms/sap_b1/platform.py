"""SAP Business One as a platform: its settings, its check, what the pre-checks and maps ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, validate, validates

from hub.clock import zone_names
from hub.errors import HubError
from hub.platforms import setting_fields
from hub.platforms.endpoint import Endpoint
from hub.platforms.platform import Choice, Connection, Finding, Platform, Wiring
from hub.platforms.sap_b1 import facts, setting_up
from hub.platforms.sap_b1.client import ServiceLayer, root_of
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.customer import CustomerEndpoint
from hub.platforms.sap_b1.inventory import InventoryEndpoint
from hub.platforms.sap_b1.masters import Masters
from hub.platforms.sap_b1.order import OrderEndpoint
from hub.platforms.sap_b1.privacy import PERSONAL, SECRET
from hub.platforms.sap_b1.product import ProductEndpoint
from hub.platforms.sap_b1.record_pages import record_page, record_words
from hub.platforms.sap_b1.session import Credentials, Session
from hub.platforms.sap_b1.texts import LIMITS
from hub.platforms.setting_fields import rare
from hub.platforms.transport import Transport
from objects.fields import Side


class SapB1Settings(Schema):
    """Settings of a connection to a Service Layer."""

    base_url = fields.Url(
        required=True,
        schemes={"https", "http"},
        require_tld=False,
        metadata={
            "label": "Service Layer",
            "description": "Scheme, host and port, without /b1s: https://sap.example.com:50000.",
            "address": True,
        },
    )
    company = fields.String(
        required=True,
        validate=validate.Length(min=1),
        metadata={"label": "Company", "description": "Name of the company's database."},
    )
    #: A second log-in of the same user may lock the first one out.
    user = fields.String(
        required=True,
        validate=validate.Length(min=1),
        metadata={"label": "User", "description": "A user of the hub's own."},
    )
    password = fields.String(
        required=True,
        validate=validate.Length(min=1),
        metadata={"label": "Password", "secret": True, "description": "Of this user."},
    )
    secret_expires = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"label": "Password ends on", "description": "Day on which the password ends; you are told before."},
    )
    #: The Service Layer signs its own certificate by default.
    ca_bundle = fields.String(
        load_default="",
        metadata={
            "label": "Certificates",
            "description": "File on the hub's machine with the certificates that signed the Service Layer's.",
        },
    )
    verify = fields.Boolean(
        load_default=True,
        metadata={"label": "Check the certificate", "description": "Switch it off for trials only."},
    )
    #: The wall clock by which the company stamps and dates.
    zone = fields.String(
        load_default="Europe/Berlin",
        metadata={"label": "Time zone", "description": "Of the company's server: it dates documents.", "zone": True},
    )
    #: v1 for older releases.
    api = fields.String(
        load_default="v2",
        validate=validate.OneOf(["v2", "v1"]),
        metadata=rare("OData version", "v2 is OData 4; v1 is OData 3, for older releases."),
    )
    connect_timeout = fields.Float(
        load_default=10,
        validate=validate.Range(min=0, min_inclusive=False),
        metadata=rare("Seconds to connect", "How long one attempt to connect may take."),
    )
    read_timeout = fields.Float(
        load_default=60,
        validate=validate.Range(min=0, min_inclusive=False),
        metadata=rare("Seconds to answer", "How long an answer may take; documents take several under load."),
    )
    proxy = setting_fields.proxy()
    #: Reads then go to another node.
    attempts = fields.Integer(
        load_default=3,
        validate=validate.Range(min=1, max=10),
        metadata=rare("Attempts", "Tries of one call at one node before it counts as failed."),
    )
    #: A Service Layer has few workers of its own.
    concurrency = setting_fields.concurrency(4)
    limits = fields.Dict(
        fields.String(),
        fields.Integer(validate=validate.Range(min=1)),
        load_default=dict,
        metadata=rare("Lengths of texts", "Lengths of text fields that differ from the usual ones: CardName=100."),
    )

    @validates("zone")
    def _known_zone(self, value: str, **_: Any) -> None:
        if value not in zone_names():
            raise ValidationError(f"{value} is no time zone; name one such as Europe/Berlin.")


class SapB1Connection(Connection):
    """One company, logged in when it is first asked something."""

    def __init__(self, name: str, settings: Mapping[str, Any], wiring: Wiring) -> None:
        self.name = name
        self._settings = settings
        self._zone = ZoneInfo(settings.get("zone", "Europe/Berlin"))
        version: Literal["v1", "v2"] = "v1" if settings.get("api") == "v1" else "v2"
        read_timeout = float(settings.get("read_timeout", 60))
        self.transport = Transport(
            name,
            settings["base_url"],
            wiring=wiring,
            connect_timeout=float(settings.get("connect_timeout", 10)),
            read_timeout=read_timeout,
            verify=settings.get("verify", True) and (settings.get("ca_bundle") or True),
            proxy=settings.get("proxy", ""),
            attempts=int(settings.get("attempts", 3)),
            concurrency=settings.get("concurrency"),
        )
        #: Once set, a call that waits to be repeated gives up.
        self.stop = self.transport.stop
        who = Credentials(settings["company"], settings["user"], settings["password"])
        place = wiring.limits.log_in(wiring.clock)
        self._session = Session(self.transport, root_of(version), who, place, self._wait_for_log_in)
        layer = ServiceLayer(self.transport, self._session, version)
        masters = Masters(layer, wiring.clock)
        self.company = Company(layer, masters, self._zone, wiring.clock, timedelta(seconds=read_timeout))
        self._limits = {**LIMITS, **(settings.get("limits") or {})}

    def _wait_for_log_in(self, seconds: float) -> None:
        self.transport.pause(seconds, "the log-in")

    def check(self) -> list[Finding]:
        """Log in, and see whether what the hub needs is there."""
        self.company.masters.forget()
        findings = []
        if self._settings["base_url"].startswith("https:") and not self._settings.get("verify", True):
            fix = "Set ca_bundle to the certificate that signed the Service Layer's, and verify to true."
            findings.append(Finding(False, "The Service Layer's certificate is not checked.", fix, blocking=False))
        try:
            currency = self.company.masters.admin().currency
        except HubError as error:
            return [*findings, Finding(False, str(error), error.fix)]
        who = f"{self._settings['company']} as {self._settings['user']}"
        findings.append(Finding(True, f"Logged in to {who}; the company's currency is {currency}."))
        return findings + setting_up.check(self.company)

    def ping(self) -> None:
        """Ask for the company's settings, logging in where that is needed."""
        self.company.masters.forget()
        self.company.masters.admin()

    def facts(self) -> dict[str, Any]:
        """What is compared with the shop: see `facts.facts` for the keys."""
        return facts.facts(self.company)

    def choices(self, map_name: str) -> list[Choice]:
        """The company's values for a map."""
        return facts.choices(self.company, map_name)

    def endpoint(self, object_name: str, settings: Mapping[str, Any]) -> Endpoint:
        """The company's view of an object."""
        if object_name == "product":
            return ProductEndpoint(self.company, settings, self._limits)
        if object_name == "inventory":
            return InventoryEndpoint(self.company, settings)
        if object_name == "customer":
            return CustomerEndpoint(self.company, settings, self._limits)
        if object_name == "order":
            return OrderEndpoint(self.company, settings, self._limits)
        raise KeyError(object_name)

    def set_up(self) -> list[str]:
        """Create our user-defined fields that are missing; the Service Layer shows them after its next restart."""
        return setting_up.create_fields(self.company)

    def close(self) -> None:
        """Log out and let go of the connections."""
        self._session.close()
        self.transport.close()


class SapB1(Platform):
    """SAP Business One, versions for HANA and for Microsoft SQL Server."""

    name: ClassVar[str] = "sap_b1"
    title: ClassVar[str] = "SAP Business One"
    side: ClassVar[Side] = "erp"
    settings_schema: ClassVar[type[Schema]] = SapB1Settings
    personal: ClassVar[frozenset[str]] = PERSONAL
    secret: ClassVar[frozenset[str]] = SECRET

    def record_url(self, settings: Mapping[str, Any], kind: str, identity: str, parent: str = "") -> str | None:
        """Its page in a sandbox; a company's own client has no addresses."""
        return record_page(settings, kind, identity)

    def record_words(self, kind: str, identity: str, label: str = "") -> str:
        """The window of the client, and what to look for in it."""
        return record_words(kind, identity, label)

    def connect(self, name: str, settings: Mapping[str, Any], wiring: Wiring) -> SapB1Connection:
        """Make a connection of settings loaded by `settings_schema`."""
        return SapB1Connection(name, settings, wiring)
