"""Settings of a Shopify connection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from hub.platforms import setting_fields
from hub.platforms.setting_fields import rare

#: The version whose schema all documents are written and checked against.
DEFAULT_VERSION = "2026-07"

#: The address that each shop has, whatever others it has besides.
HOST = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com", re.IGNORECASE)
#: An address that no shop has itself: a proxy's or a sandbox's.
_WITH_PORT = re.compile(r"https?://[^/]+:\d+(/.*)?", re.IGNORECASE)
_ELSEWHERE = "No shop has this address. Of a proxy or a sandbox, enter it under Base address, and leave this empty."


def _secret(label: str, description: str) -> fields.String:
    return fields.String(load_default="", metadata={"label": label, "secret": True, "description": description})


class ShopifySettings(Schema):
    """What a connection needs to know. Either a permanent token, or the id and secret of an app of the same company."""

    shop = fields.String(
        load_default="",
        metadata={
            "label": "Shop",
            "description": "The shop's permanent address: name.myshopify.com.",
            "address": True,
        },
    )
    base_url = fields.String(
        load_default="",
        validate=validate.Regexp(r"https?://", error="Give the whole address, with http:// or https://."),
        metadata={
            "label": "Base address",
            "description": "Instead of the shop's own address: a proxy or a sandbox, with http:// or https://.",
            "address": True,
        },
    )
    version = fields.String(
        load_default=DEFAULT_VERSION,
        validate=validate.Regexp(r"\d{4}-(01|04|07|10)$", error="A version looks like 2026-07."),
        metadata=rare("API version", "The version of Shopify's API that is asked for."),
    )
    token = _secret("Access token", "A permanent access token (shpat_...). Or use the id and secret of an app.")
    client_id = fields.String(
        load_default="", metadata={"label": "Client id", "description": "Of an app of the same company."}
    )
    client_secret = _secret("Client secret", "Secret of the app with this client id.")
    secret_expires = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"label": "Secret ends on", "description": "Day on which token or secret ends; you are told before."},
    )
    connect_timeout = fields.Float(
        load_default=10,
        validate=validate.Range(min=0.1),
        metadata=rare("Seconds to connect", "How long one attempt to connect may take."),
    )
    read_timeout = fields.Float(
        load_default=60,
        validate=validate.Range(min=0.1),
        metadata=rare("Seconds to answer", "How long an answer may take."),
    )
    attempts = fields.Integer(
        load_default=5,
        validate=validate.Range(min=1, max=20),
        metadata=rare("Attempts", "Tries of one call before it counts as failed."),
    )
    concurrency = setting_fields.concurrency(20)
    ca_bundle = fields.String(
        load_default="", metadata=rare("Certificates", "File on the hub's machine with certificates to trust.")
    )
    proxy = setting_fields.proxy()
    bulk_grouped = fields.Boolean(
        load_default=True,
        metadata=rare("Group bulk files", "Off: bulk files are joined on disk, for very large shops."),
    )

    @validates_schema
    def _whole(self, data: Mapping[str, Any], **_: Any) -> None:
        if not data["base_url"] and not HOST.fullmatch(data["shop"]):
            elsewhere = _WITH_PORT.fullmatch(data["shop"]) is not None
            raise ValidationError(_ELSEWHERE if elsewhere else "Give the shop's address: name.myshopify.com.", "shop")
        if bool(data["client_id"]) != bool(data["client_secret"]):
            raise ValidationError("A client id and its secret belong together.", "client_secret")
        if bool(data["token"]) == bool(data["client_id"]):
            raise ValidationError("Give a token, or a client id with its secret (not both).", "token")

    @post_load
    def _address(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data["base_url"] = (data["base_url"] or f"https://{data['shop'].lower()}").rstrip("/")
        return data
