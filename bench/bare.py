"""`python -m bench.bare`: a bare loop that makes the very requests a run of the hub has made, and does nothing else.

It reads the same pages, one ahead of the one that is being written, and posts the same bodies with as many threads. Way
`transport`: through the hub's own HTTP code (requests, sessions without the environment, prepared requests); `plain`:
`Session.post(json=...)` as everybody writes it. Answers are parsed and refusals counted, for whoever copies must look.
No records, links, hashes, messages: what the hub adds is what a run of it takes longer than this.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore, Thread, local
from typing import Any
from urllib.parse import urlencode

import orjson
import requests

from bench.control import Control
from bench.pair import LOG_IN
from hub.clock import now, sleep
from hub.platforms.call import Call
from hub.platforms.platform import Wiring
from hub.platforms.transport import Transport
from hub.sync.pace import set_pace

Json = dict[str, Any]
#: (reads a page, posts a body)
Way = tuple[Callable[[Json], Json], Callable[[bytes], Json]]

#: Pages that are read and not yet written: the one that is being written, and one ahead.
PAGES_HELD = 2
#: Headers that belong to a connection or a log-in, not to the request.
_OWN_HEADERS = frozenset({"host", "content-length", "cookie", "connection", "accept-encoding", "user-agent"})


@dataclass(frozen=True, slots=True)
class Script:
    """What a run has asked for, in its order."""

    shop: str
    erp: str
    #: Requests for pages: path, query, headers.
    pages: list[Json]
    #: Bodies of productSet by the SKU they are about, and the path and headers they went with.
    bodies: Mapping[str, bytes]
    path: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, shop: str, erp: str, pages: Sequence[Json], writes: Sequence[Json]) -> Script:
        """The script of what the sandboxes have recorded."""
        bodies = {sku_in(one["body"]): one["body"].encode() for one in writes}
        first = writes[0]
        wanted = [
            {
                "path": one["path"],
                "query": urlencode([(name, value) for name, value in one["query"]]),
                "headers": _carried(one["headers"]),
            }
            for one in pages
        ]
        return cls(shop, erp, wanted, bodies, first["path"], _carried(first["headers"]))

    def to_json(self) -> bytes:
        """For a file."""
        return orjson.dumps(
            {
                "shop": self.shop,
                "erp": self.erp,
                "pages": self.pages,
                "bodies": {sku: body.decode() for sku, body in self.bodies.items()},
                "path": self.path,
                "headers": self.headers,
            }
        )

    @classmethod
    def from_json(cls, text: bytes) -> Script:
        """From a file."""
        read = orjson.loads(text)
        return cls(**{**read, "bodies": {sku: body.encode() for sku, body in read["bodies"].items()}})


def sku_in(body: str) -> str:
    """The SKU of the first variant of a productSet."""
    sku: str = orjson.loads(body)["variables"]["input"]["variants"][0]["sku"]
    return sku


def _carried(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OWN_HEADERS}


@dataclass(slots=True)
class Count:
    """What came of the posts."""

    made: int = 0
    #: First words of what was refused.
    refused: list[str] = field(default_factory=list)


def run(script: Script, workers: int, way: Way) -> Count:
    """Read the pages and post their bodies."""
    read, post = way
    queue: SimpleQueue[tuple[bytes, bool] | None] = SimpleQueue()
    room = Semaphore(PAGES_HELD)
    counts = [Count() for _ in range(workers)]

    def work(count: Count) -> None:
        while (task := queue.get()) is not None:
            body, last = task
            answer = post(body)
            errors = answer.get("errors") or answer["data"]["productSet"]["userErrors"]
            if errors:
                count.refused.append(str(errors)[:300])
            else:
                count.made += 1
            if last:
                room.release()

    threads = [Thread(target=work, args=(count,), daemon=True) for count in counts]
    for thread in threads:
        thread.start()
    for page in script.pages:
        room.acquire()
        codes = [row["ItemCode"] for row in read(page)["value"]]
        bodies = [script.bodies[code] for code in codes if code in script.bodies]
        for place, body in enumerate(bodies, 1):
            queue.put((body, place == len(bodies)))
        if not bodies:
            room.release()
    for _ in threads:
        queue.put(None)
    for thread in threads:
        thread.join()
    return Count(sum(one.made for one in counts), [words for one in counts for words in one.refused])


# ---------------------------------------------------------------------------------------------------------------- ways


def by_transport(script: Script, workers: int) -> Way:
    """The hub's own HTTP code."""
    wiring = Wiring(clock=now, sleep=sleep, concurrency=workers)
    shop, erp = Transport("shop", script.shop, wiring=wiring), Transport("erp", script.erp, wiring=wiring)
    logged_in = erp.send(Call("login", "POST", "/b1s/v2/Login", headers=_JSON, body=orjson.dumps(LOG_IN), writes=True))
    cookie = "; ".join(f"{name}={value}" for name, value in logged_in.cookies.items())

    def read(page: Json) -> Json:
        headers = {**page["headers"], "Cookie": cookie}
        answer: Json = erp.send(Call("page", "GET", page["path"], page["query"], headers)).json()
        return answer

    def post(body: bytes) -> Json:
        call = Call("productSet", "POST", script.path, headers=script.headers, body=body, writes=True)
        answer: Json = shop.send(call).json()
        return answer

    return read, post


def by_plain_session(script: Script, workers: int) -> Way:
    """A session per thread, used as the manual shows it."""
    kept = local()

    def session() -> requests.Session:
        if not hasattr(kept, "session"):
            kept.session = requests.Session()
        found: requests.Session = kept.session
        return found

    with closing(requests.post(script.erp + "/b1s/v2/Login", json=LOG_IN, timeout=60)) as answer:
        cookies = answer.cookies.get_dict()
    headers = {name: value for name, value in script.headers.items() if name.lower() != "content-type"}
    objects = {body: orjson.loads(body) for body in script.bodies.values()}

    def read(page: Json) -> Json:
        url = f"{script.erp}{page['path']}?{page['query']}"
        answer: Json = session().get(url, headers=page["headers"], cookies=cookies, timeout=60).json()
        return answer

    def post(body: bytes) -> Json:
        answer: Json = session().post(script.shop + script.path, json=objects[body], headers=headers, timeout=60).json()
        return answer

    return read, post


_JSON = {"Content-Type": "application/json"}
WAYS: Mapping[str, Callable[[Script, int], Way]] = {"transport": by_transport, "plain": by_plain_session}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a script from a file, and print what it took as one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.bare", description=__doc__)
    parser.add_argument("script", type=Path)
    parser.add_argument("--way", choices=sorted(WAYS), default="transport")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--core", type=int)
    given = parser.parse_args(arguments)
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    set_pace()
    script = Script.from_json(given.script.read_bytes())
    way = WAYS[given.way](script, given.workers)
    with closing(Control(script.shop)) as sandbox:
        sandbox.busy()
        began, used = time.perf_counter(), time.process_time()
        count = run(script, given.workers, way)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - used
        busy = sandbox.busy()
    said = {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "sandbox_busy": busy,
        "made": count.made,
        "refused": count.refused,
    }
    sys.stdout.write(orjson.dumps(said).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
