"""How much memory a process keeps that runs for months."""

from __future__ import annotations

import ctypes
import platform

#: Parameter of glibc's mallopt(3): the most arenas.
_M_ARENA_MAX = -8
ARENAS = 2


def few_arenas() -> bool:
    """Let all threads share two arenas; answers whether the C library has taken that.

    glibc gives each thread one of its own (up to eight a core) and hardly ever gives back what one has grown to. Only
    one thread computes in Python at a time, so it saves a fifth of the memory of `hub serve` and costs no time.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS))
