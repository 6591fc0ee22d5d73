"""Settings of a Shopify connection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

#: The version whose schema all documents are written and checked against.
DEFAULT_VERSION = "2026-07"

#: The address that each shop has, whatever others it has besides.
HOST = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com", re.IGNORECASE)


def _secret(description: str) -> fields.String:
    return fields.String(load_default="", metadata={"secret": True, "description": description})


class ShopifySettings(Schema):
    """What a connection needs to know. Either a permanent token, or the id and secret of an app of the same company."""

    shop = fields.String(load_default="", metadata={"description": "Address of the shop: name.myshopify.com."})
    base_url = fields.String(
        load_default="",
        validate=validate.Regexp(r"https?://", error="Give the whole address, with http:// or https://."),
        metadata={"description": "Instead of the shop's own address: a proxy or a sandbox."},
    )
    version = fields.String(
        load_default=DEFAULT_VERSION,
        validate=validate.Regexp(r"\d{4}-(01|04|07|10)$", error="A version looks like 2026-07."),
    )
    token = _secret("Permanent access token (shpat_...).")
    client_id = fields.String(load_default="")
    client_secret = _secret("Secret of the app with this client id.")
    secret_expires = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "Day on which token or secret ends; told before."}
    )
    connect_timeout = fields.Float(load_default=10, validate=validate.Range(min=0.1))
    read_timeout = fields.Float(load_default=60, validate=validate.Range(min=0.1))
    attempts = fields.Integer(load_default=5, validate=validate.Range(min=1, max=20))
    concurrency = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=100),
        metadata={"description": "Calls at a time, of all workers together; 20 unless set."},
    )
    ca_bundle = fields.String(load_default="", metadata={"description": "File of certificates to trust."})
    proxy = fields.String(load_default="")
    bulk_grouped = fields.Boolean(
        load_default=True,
        metadata={"description": "False: take bulk files as they come and join them on disk (very large shops)."},
    )

    @validates_schema
    def _whole(self, data: Mapping[str, Any], **_: Any) -> None:
        if not data["base_url"] and not HOST.fullmatch(data["shop"]):
            raise ValidationError("Give the shop's address: name.myshopify.com.", "shop")
        if bool(data["client_id"]) != bool(data["client_secret"]):
            raise ValidationError("A client id and its secret belong together.", "client_secret")
        if bool(data["token"]) == bool(data["client_id"]):
            raise ValidationError("Give a token, or a client id with its secret (not both).", "token")

    @post_load
    def _address(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data["base_url"] = (data["base_url"] or f"https://{data['shop'].lower()}").rstrip("/")
        return data
