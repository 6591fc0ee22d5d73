"""How the interpreter shares its time while a run is under way."""

from __future__ import annotations

import gc
import sys

#: Seconds that one thread may go on while others wait for their turn (Python's own: 0.005). An answer that has come
#: waits for it as often as its thread has asked the system for something.
TURN = 0.0002
#: New objects after which garbage in rings is looked for (Python's own: 700). A few hundred records are under way at a
#: time, each some hundred objects that are no garbage; to look them through again and again took a fifteenth of a run.
NEW_OBJECTS = 10_000


def set_pace() -> None:
    """Set the interpreter up for runs; it stays so, for the whole process."""
    sys.setswitchinterval(min(sys.getswitchinterval(), TURN))
    first, *others = gc.get_threshold()
    if first:
        # 0 = somebody has turned it off.
        gc.set_threshold(max(first, NEW_OBJECTS), *others)
