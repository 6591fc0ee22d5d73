"""`python -m bench.running OBJECT DIRECTION SCOPE`: one run of a route of the hub in `HUB_HOME`, measured from inside.

A process of its own, so that its processor time and the most memory it ever held are those of one run. A worker lives
for months and imports once, so what is imported, and made once for all, before the job begins is not counted as time
(but as memory, as it is in earnest).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import orjson

from bench.control import Control
from bench.pair import NAME
from hub.bootstrap import build
from hub.config import from_environment
from hub.store.job import Request


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it, and print what it took as one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.running", description=__doc__)
    parser.add_argument("object")
    parser.add_argument("direction", choices=["erp_to_shop", "shop_to_erp"])
    parser.add_argument("scope", choices=["changes", "full", "initialize"])
    parser.add_argument("--workers", type=int, default=4, help="calls at a time on one connection (4)")
    parser.add_argument("--core", type=int, help="the core to run on; any unless given")
    given = parser.parse_args(arguments)
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    hub = build(from_environment(os.environ), actor="bench")
    hub.concurrency = given.workers
    for connection in ("shop", "erp"):
        # Nothing is asked of it; its platform is imported, and its settings are looked at for the first time.
        hub.connect(hub.connections.named(connection)).close()
    route = hub.routes.find(hub.integrations.named(NAME).id, given.object, given.direction)
    job = hub.jobs.put(Request(route.id, given.scope, "bench", "bench"), hub.clock())
    with closing(Control(hub.connections.named("shop").settings["base_url"])) as sandbox:
        sandbox.busy()
        began, used = time.perf_counter(), time.process_time()
        hub.worker().work_off(job)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - used
        busy = sandbox.busy()
    run = hub.runs.of_job(job)
    hub.close()
    if run is None:
        raise RuntimeError(f"Job {job} was not taken up.")
    said = {
        "state": run.state,
        "error": run.error,
        "counts": {**run.counts, **{f"cause {cause}": count for cause, count in run.causes.items()}},
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "sandbox_busy": busy,
        "peak_mib": peak_mib(),
    }
    sys.stdout.write(orjson.dumps(said).decode() + "\n")
    return 0


def peak_mib() -> float:
    """The most memory this process has held so far, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
