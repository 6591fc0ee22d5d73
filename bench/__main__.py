"""`python -m bench [NAME]`: run one bench, or all. The last line is one JSON object; the words before say how."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from bench import faults, kill
from bench.stage import Say

Bench = Callable[[argparse.Namespace, Say], dict[str, Any]]

BENCHES: dict[str, Bench] = {
    "kill": lambda given, say: kill.run(given.times, given.seed, say),
    "faults": lambda given, say: faults.run(given.seed, say, given.only),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; 0 = every bench reached its bar."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHES), help="which one; all unless given")
    parser.add_argument("--json", action="store_true", help="only the result on standard output, words on the error's")
    parser.add_argument("--times", type=int, default=50, help="kills (50)")
    parser.add_argument("--seed", type=int, default=1, help="where chance starts (1)")
    parser.add_argument("--only", default="", help="this kind of fault alone")
    given = parser.parse_args(arguments)

    def say(text: str) -> None:
        print(text, file=sys.stderr if given.json else sys.stdout, flush=True)

    results = [BENCHES[name](given, say) for name in ([given.name] if given.name else BENCHES)]
    for result in results:
        print(orjson.dumps(result).decode(), flush=True)
    return 0 if all(result["ok"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
