"""`python -m bench [NAME]`: run one bench, or all. Each ends with a line of JSON; the words before say what it did."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from bench import (
    budget,
    calls,
    console,
    copy,
    dst,
    failover,
    faults,
    isolation,
    kill,
    log,
    memory,
    mutation,
    scale,
    schedules,
)
from bench.services import Missing
from bench.stage import Say

Bench = Callable[[argparse.Namespace, Say], dict[str, Any]]

BENCHES: dict[str, Bench] = {
    "kill": lambda given, say: kill.run(given.times, given.seed, say),
    "faults": lambda given, say: faults.run(given.seed, say, given.only),
    "copy": lambda given, say: copy.run(say),
    "console": lambda given, say: console.run(
        say, load=console.Load(messages=given.messages), database=given.database, keep=given.keep
    ),
    "budget": lambda given, say: budget.run(say),
    "calls": lambda given, say: calls.run(say),
    "memory": lambda given, say: memory.run(say),
    "log": lambda given, say: log.run(given.messages, say, evidence=given.evidence),
    "dst": lambda given, say: dst.run(say),
    "schedules": lambda given, say: schedules.run(say, database=given.database),
    "failover": lambda given, say: failover.run(
        given.engine, failover.Load(given.faults, given.companies, given.gap), given.seed, say, given.keep
    ),
    "scale": lambda given, say: scale.run(say),
    "isolation": lambda given, say: isolation.run(say),
    "mutation": lambda given, say: mutation.run(say),
}

#: The exit status where a service is not there.
MISSING = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; 0 = every bench reached its bar, 2 = a service that one needs is not there."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHES), help="which one; all unless given")
    parser.add_argument("--json", action="store_true", help="only the result on standard output, words on the error's")
    parser.add_argument("--times", type=int, default=50, help="kills (50)")
    parser.add_argument("--seed", type=int, default=1, help="where chance starts (1)")
    parser.add_argument("--only", default="", choices=["", *faults.KINDS], help="this kind of fault alone")
    parser.add_argument("--messages", type=int, default=1_000_000, help="log, console: messages (1,000,000)")
    parser.add_argument("--evidence", action="store_true", help="log: store what decisions were made from, too")
    parser.add_argument("--database", default="", help="schedules, console: a PostgreSQL in the place of SQLite")
    parser.add_argument("--engine", default="local", choices=["local", "celery"], help="failover: of which kind")
    parser.add_argument("--faults", type=int, default=30, help="failover: kills and stops (30)")
    parser.add_argument("--companies", type=int, default=50, help="failover: companies with four routes each (50)")
    parser.add_argument("--gap", type=float, default=failover.GAP, help="failover: seconds between two faults (10)")
    parser.add_argument(
        "--keep",
        default="",
        metavar="FOLDER",
        help="failover: leave there what the processes say; console: fill it once, and use it again",
    )
    given = parser.parse_args(arguments)

    def say(text: str) -> None:
        print(text, file=sys.stderr if given.json else sys.stdout, flush=True)

    reached, status = True, 0
    for name in [given.name] if given.name else BENCHES:
        try:
            result = BENCHES[name](given, say)
        except Missing as missing:
            say(f"{name}: {missing}")
            result = {"bench": name, "missing": str(missing), "ok": False}
            status = MISSING
        print(orjson.dumps(result).decode(), flush=True)
        reached = reached and result["ok"]
    return status or (0 if reached else 1)


if __name__ == "__main__":
    sys.exit(main())
