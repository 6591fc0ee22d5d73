"""Changing the master key."""

from __future__ import annotations

from cryptography.fernet import Fernet
from sqlalchemy import select

from hub.config import Config
from hub.store.channels import CHANNELS
from hub.store.connections import CONNECTIONS
from hub.store.database import Database
from hub.store.drafts import DRAFTS
from hub.store.vault import DATA_KEYS, Vault, master_keys, write_key_file


def rotate(config: Config, database: Database) -> int:
    """Make a new master key and bring everything under it; answers how many secrets were rewritten.

    With keys from the environment the operator puts the new key in front first; then only the rows are rewritten.
    The old key leaves the file only after everything is under the new one, so a crash in between loses nothing.
    """
    keys = master_keys(config, database)
    if not config.keys:
        keys = [Fernet.generate_key().decode(), *keys]
        write_key_file(config.key_file, keys)
    vault = Vault(keys, database)
    count = 0
    with database.write() as connection:
        for table, key, column in (
            (DATA_KEYS, DATA_KEYS.c.name, DATA_KEYS.c.encrypted),
            (CONNECTIONS, CONNECTIONS.c.id, CONNECTIONS.c.credentials),
            (CHANNELS, CHANNELS.c.id, CHANNELS.c.url),
            (DRAFTS, DRAFTS.c.id, DRAFTS.c.secrets),
        ):
            for identity, sealed in connection.execute(select(key, column)).all():
                connection.execute(table.update().where(key == identity).values({column: vault.reseal(sealed)}))
                count += 1
    if not config.keys:
        write_key_file(config.key_file, keys[:1])
    return count
