"""Mutation: how many small faults in the pure decisions of the engine do their fast tests notice?

mutmut makes the faults, one at a time (a comparison turned round, a constant changed, an argument left out …), and runs
the tests that reach the changed function. It works in a copy of the project, so that nothing is left lying about.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.stage import Say

ROOT = Path(__file__).parent.parent
#: What the tests need to run.
COPIED = ("hub", "objects", "message_log", "tests", "pyproject.toml", "setup.cfg")
#: Modules whose score the bar is about, and the bar itself.
JUDGED = ("hub.sync.plan", "hub.sync.match", "hub.sync.base", "hub.sync.verdict")
BAR = 0.8
#: How mutmut calls a fault that a test noticed; a test that never ends has noticed it, too.
NOTICED = ("killed", "timeout", "segfault", "caught by type check")


def run(say: Say) -> dict[str, Any]:
    """Make the faults, run the tests, count; each fault that is not noticed is named."""
    modules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]["source_paths"]
    say(f"Small faults, one at a time, in {', '.join(modules)}; what their tests do not notice:")
    with TemporaryDirectory(prefix="hub-mutation-") as folder:
        _copy(Path(folder))
        _mutmut(folder, "run", "--max-children", str(os.cpu_count() or 1))
        found = results(_mutmut(folder, "results", "--all", "true"))
        for name, outcome in found.items():
            if outcome not in NOTICED:
                say(f"{name}: {outcome}\n{_change(_mutmut(folder, 'show', name))}")
    return judged(found)


def results(listing: str) -> dict[str, str]:
    """Fault -> what became of it, from mutmut's list."""
    lines = (line.strip().partition(": ") for line in listing.splitlines() if "__mutmut_" in line)
    return {name: outcome for name, _, outcome in lines}


def judged(found: Mapping[str, str]) -> dict[str, Any]:
    """The scores, as a whole and by module; a fault that no test reaches counts like one that none notices."""
    per_module: dict[str, Counter[bool]] = {}
    for name, outcome in found.items():
        module = name.rpartition(".")[0]
        per_module.setdefault(module, Counter())[outcome in NOTICED] += 1
    whole = sum((per_module.get(module, Counter()) for module in JUDGED), Counter[bool]())
    missing = [module for module in JUDGED if module not in per_module]
    return {
        "bench": "mutation",
        "mutation_score": _score(whole),
        "killed": whole[True],
        "survived": whole[False],
        "modules": {
            module: {"mutation_score": _score(counts), "killed": counts[True], "survived": counts[False]}
            for module, counts in sorted(per_module.items())
        },
        "ok": not missing and all(_score(per_module[module]) >= BAR for module in JUDGED),
    }


def _score(counts: Counter[bool]) -> float:
    return round(counts[True] / counts.total(), 3) if counts else 0.0


def _copy(folder: Path) -> None:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)


def _mutmut(folder: str, *arguments: str) -> str:
    """Run mutmut; raises RuntimeError with its words where it cannot work."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr}")
    return done.stdout


def _change(shown: str) -> str:
    """The changed lines of a fault, without the frame of a patch."""
    lines = shown.splitlines()
    return "\n".join(f"    {line}" for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))
