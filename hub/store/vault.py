"""Keys: what is encrypted with what, and how keys are changed.

The *master key* comes from the environment or from a file that only its owner can read. It encrypts credentials and two
*data keys* that live in the store: one encrypts the payloads of the message log, one keys the hashes of bases and of
personal identifiers. Rotating the master key therefore rewrites a few rows and leaves log, bases and hashes valid.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.config import Config
from hub.errors import ConfigurationError
from hub.store.database import Database, StoreBase

NONCE = 12


class DataKey(StoreBase):
    """A key that encrypts data, itself encrypted with the master key."""

    __tablename__ = "data_key"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    encrypted: Mapped[bytes] = mapped_column(LargeBinary)


DATA_KEYS = cast(Table, DataKey.__table__)


def master_keys(config: Config, database: Database) -> list[str]:
    """The master keys, newest first; a key file with safe permissions is made at first start."""
    if config.keys:
        return list(config.keys)
    path = config.key_file
    if not path.exists():
        with database.read() as connection:
            sealed = connection.scalar(select(DATA_KEYS.c.name).limit(1))
        if sealed is not None:
            raise ConfigurationError(
                f"The key file {path} is missing, and the store is sealed with its key.",
                detail=str(path),
                fix="Restore the key file from its copy, or set HUB_KEY.",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_key_file(path, [Fernet.generate_key().decode()])
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigurationError(
            f"The key file {path} can be read by others.", detail=str(path), fix=f"Run: chmod 600 {path}"
        )
    keys = path.read_text(encoding="ascii").split()
    if not keys:
        raise ConfigurationError(f"The key file {path} is empty.", detail=str(path), fix="Restore it from the backup.")
    return keys


def write_key_file(path: Path, keys: list[str]) -> None:
    """Replace the key file in one step, readable by its owner only."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class Vault:
    """Encrypts, decrypts and hashes with the keys of one installation."""

    def __init__(self, keys: list[str], database: Database) -> None:
        try:
            self._master = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ConfigurationError(
                "A master key is not a Fernet key (32 bytes in URL-safe base64).", detail="HUB_KEY"
            ) from error
        self._database = database
        self._payload = AESGCM(self._data_key("payload"))
        self._hash_key = self._data_key("hash")

    def _data_key(self, name: str) -> bytes:
        query = select(DATA_KEYS.c.encrypted).where(DATA_KEYS.c.name == name)
        with self._database.write() as connection:
            stored = connection.scalar(query)
            if stored is None:
                made = self._master.encrypt(secrets.token_bytes(32))
                # Another process of the same installation may make it in this very moment; whichever came first counts.
                insert = self._database.insert(DATA_KEYS).values(name=name, encrypted=made)
                connection.execute(insert.on_conflict_do_nothing(index_elements=["name"]))
                stored = connection.execute(query).scalar_one()
        return self._open(stored)

    def _open(self, token: bytes) -> bytes:
        try:
            return self._master.decrypt(token)
        except InvalidToken as error:
            raise ConfigurationError(
                "The master key does not open this store.",
                detail="HUB_KEY",
                fix="Use the key (HUB_KEY or the key file) that belongs to this database.",
            ) from error

    def key_for(self, purpose: str) -> bytes:
        """A key of its own for something else that has to be signed; the same in every process of the installation."""
        return self._data_key(purpose)

    # -- credentials (master key) -------------------------------------------------------------------------------

    def seal(self, value: Mapping[str, Any]) -> bytes:
        """Encrypt a connection's secrets."""
        return self._master.encrypt(orjson.dumps(dict(value)))

    def unseal(self, token: bytes) -> dict[str, Any]:
        """The secrets of a connection."""
        return cast(dict[str, Any], orjson.loads(self._open(token)))

    def reseal(self, token: bytes) -> bytes:
        """The same secret under the newest master key."""
        return self._master.rotate(token)

    # -- payloads of the message log (data key) -----------------------------------------------------------------

    def encrypt(self, plain: bytes) -> bytes:
        """Encrypt a payload: nonce, then AES-256-GCM."""
        nonce = os.urandom(NONCE)
        return nonce + self._payload.encrypt(nonce, plain, None)

    def decrypt(self, token: bytes) -> bytes:
        """Decrypt a payload; ConfigurationError when it was not made with this installation's key."""
        try:
            return self._payload.decrypt(token[:NONCE], token[NONCE:], None)
        except InvalidTag as error:
            raise ConfigurationError("A payload was not encrypted with this store's key.", detail="payload") from error

    # -- hashes (data key of their own, left alone by rotation) -------------------------------------------------

    def base_hash(self, text: str) -> str:
        """A keyed hash of one value of a record (32 hex digits): made many times for every record of a run."""
        return hashlib.blake2b(text.encode(), digest_size=16, key=self._hash_key).hexdigest()

    def keyed_hash(self, text: str) -> str:
        """A short hash that says nothing to whoever lacks the key (32 hex digits)."""
        return hmac.digest(self._hash_key, text.encode(), "sha256").hex()[:32]
