from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.fernet import Fernet

from hub.config import Config, from_environment
from hub.errors import ConfigurationError
from hub.store import migrate
from hub.store.connections import Connections
from hub.store.database import Database, make_engine
from hub.store.rotation import rotate
from hub.store.vault import Vault, master_keys


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return from_environment({"HUB_HOME": str(tmp_path / "home")})


def test_a_key_file_is_made_once_and_only_its_owner_can_read_it(config: Config, database: Database) -> None:
    first = master_keys(config, database)
    assert stat.S_IMODE(config.key_file.stat().st_mode) == 0o600
    assert master_keys(config, database) == first


def test_a_key_file_that_others_can_read_is_refused(config: Config, database: Database) -> None:
    master_keys(config, database)
    config.key_file.chmod(0o644)
    with pytest.raises(ConfigurationError, match="can be read by others"):
        master_keys(config, database)


def test_secrets_do_not_lie_in_the_database_in_the_clear(database: Database, vault: Vault) -> None:
    connections = Connections(database, vault)
    connections.save("acme", "shopify", {"url": "http://shop", "token": "shpat_secret"}, frozenset({"token"}))
    with database.read() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM connection").all())
    assert "shpat_secret" not in rows
    stored = connections.named("acme")
    assert stored.settings == {"url": "http://shop", "token": "shpat_secret"}
    assert stored.secret == {"token"}


def test_rotation_brings_everything_under_a_new_key_and_leaves_hashes_and_payloads_valid(
    config: Config, database: Database
) -> None:
    before = Vault(master_keys(config, database), database)
    connections = Connections(database, before)
    connections.save("acme", "shopify", {"token": "t"}, frozenset({"token"}))
    payload, hashed = before.encrypt(b"payload"), before.keyed_hash("x")
    old = master_keys(config, database)
    assert rotate(config, database) == 3
    fresh = master_keys(config, database)
    assert len(fresh) == 1
    assert fresh != old
    after = Vault(fresh, database)
    assert after.decrypt(payload) == b"payload"
    assert after.keyed_hash("x") == hashed
    assert Connections(database, after).named("acme").settings == {"token": "t"}
    with pytest.raises(ConfigurationError, match="does not open this store"):
        Vault(old, database)


def test_a_payload_of_another_installation_is_refused(vault: Vault) -> None:
    with pytest.raises(ConfigurationError):
        vault.decrypt(os.urandom(60))


def test_a_key_that_is_none_is_refused(database: Database) -> None:
    with pytest.raises(ConfigurationError, match="not a Fernet key"):
        Vault(["short"], database)


def test_keys_from_the_environment_come_before_a_file(database: Database) -> None:
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    assert master_keys(from_environment({"HUB_KEY": ", ".join(keys)}), database) == keys


def test_an_unknown_database_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="mysql"):
        from_environment({"HUB_DATABASE_URL": "mysql://localhost/hub"})
    with pytest.raises(ConfigurationError, match="whole number"):
        from_environment({"HUB_LEASE_SECONDS": "soon"})


def test_a_lost_key_file_is_not_replaced_by_a_new_one(config: Config, database: Database) -> None:
    Vault(master_keys(config, database), database)
    config.key_file.unlink()
    with pytest.raises(ConfigurationError, match="is missing"):
        master_keys(config, database)
    assert not config.key_file.exists()


def test_processes_that_start_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    config = from_environment({"HUB_HOME": str(tmp_path / "home")})
    database = Database(make_engine(f"sqlite:///{tmp_path / 'store.db'}"))
    migrate.upgrade(database.engine, "store")
    barrier = Barrier(8)

    def start(number: int) -> list[str]:
        barrier.wait(10)
        return master_keys(config, database)

    with ThreadPoolExecutor(8) as threads:
        found = {tuple(keys) for keys in threads.map(start, range(8))}
    database.dispose()
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["hub.key"]
