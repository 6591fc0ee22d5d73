"""One machine of several, as a process: calls one connection for a while and tells how it went, in one line of JSON."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from random import Random
from typing import Any

from hub.platforms.platform import Connection, Wiring
from hub.platforms.registry import platform
from hub.platforms.sap_b1.platform import SapB1Connection
from hub.platforms.shopify.client import Document
from hub.platforms.shopify.platform import ShopifyConnection
from hub.sharing.limits import AllProcesses
from hub.store.database import Database, make_engine
from hub.store.vault import Vault

TEXT = "query Few($first: Int!) { products(first: $first) { nodes { id title } pageInfo { hasNextPage endCursor } } }"
FEW = Document("few", "products", TEXT)


def call(connection: Connection, rows: int) -> None:
    """One call, of a price that grows with the rows asked for."""
    if isinstance(connection, ShopifyConnection):
        connection.client.run(FEW, {"first": rows})
    else:
        assert isinstance(connection, SapB1Connection)
        connection.company.layer.rows("Items", {"$select": "ItemCode", "$orderby": "ItemCode", "$top": str(rows)})


def work(given: dict[str, Any], connection: Connection, seed: int, done: list[int], trouble: list[str]) -> None:
    """One thread's calls."""
    random = Random(seed)
    end = time.monotonic() + given["seconds"]
    try:
        while time.monotonic() < end:
            call(connection, random.choice(given["rows"]))
            done.append(1)
    except Exception as error:  # noqa: BLE001 - told to the test
        trouble.append(f"{type(error).__name__}: {error}")


def main(given: dict[str, Any]) -> None:
    """Say "ready", wait for a line, work, and tell the result."""
    database = Database(make_engine(given["database"]))
    limits = AllProcesses(database, Vault([given["key"]], database))
    shared = limits.of(given["connection"])
    kind = platform(given["platform"])
    settings = kind.settings_schema().load(given["settings"])
    wiring = Wiring(limits=shared, random=Random(os.getpid())) if given["shared"] else Wiring()
    connection = kind.connect("one", settings, wiring)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    done: list[int] = []
    trouble: list[str] = []
    threads = [
        threading.Thread(target=work, args=(given, connection, place, done, trouble))
        for place in range(given["threads"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.close()
    limits.close()
    database.dispose()
    sys.stdout.write(json.dumps({"calls": len(done), "trouble": trouble}) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
