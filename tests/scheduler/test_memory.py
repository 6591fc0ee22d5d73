"""Threads that have come and gone leave little behind."""

from __future__ import annotations

import platform
import re
import subprocess
import sys

import pytest

from scheduler.memory import ARENAS

#: Threads that each hold something at the same time; then the C library is asked how many arenas there are.
WORK = """
import ctypes, sys, threading
from scheduler.memory import few_arenas
if "few" in sys.argv:
    assert few_arenas()
together = threading.Barrier(12)
def hold():
    kept = [bytes(600) for _ in range(2_000)]
    together.wait()
threads = [threading.Thread(target=hold) for _ in range(12)]
[one.start() for one in threads]
[one.join() for one in threads]
libc = ctypes.CDLL(None)
libc.malloc_stats()
"""


def arenas(*given: str) -> int:
    done = subprocess.run([sys.executable, "-c", WORK, *given], capture_output=True, text=True, check=True)
    return len(re.findall(r"^Arena \d+", done.stderr, re.MULTILINE))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Arenas are glibc's.")
def test_threads_share_two_arenas() -> None:
    assert arenas() > ARENAS
    assert arenas("few") <= ARENAS
