"""How many rows to ask for at a time, learned from what the answers say they cost."""

from __future__ import annotations

import threading

#: Points that one query may cost at most, and how much of them we mean to use.
MOST_POINTS = 1000
AIM = 900
#: Rows in one page, and items in one input list, at most.
MOST_ROWS = 250
#: Points taken for a query that was never sent: more than most cost, as too few would be turned away.
UNKNOWN = 100.0


def next_size(size: int, cost: float, *, ceiling: float, largest: int) -> int:
    """The size to ask for next, when `size` rows cost `cost` points and a query may cost `ceiling`.

    What a query costs beside its rows makes this cautious, never bold. It grows to the double at most, as costs are
    only known for sizes that were tried.
    """
    fitting = int(size * ceiling / max(cost, 1.0))
    return max(1, min(largest, fitting, size * 2))


class PageSizes:
    """The sizes in use, by the name of the document. Shared by all threads of a connection."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._costs: dict[str, dict[int, tuple[float, float]]] = {}

    def size(self, name: str, first: int, largest: int) -> int:
        """Rows to ask for; `first` is where a document starts that nothing is known of yet."""
        with self._lock:
            return min(self._sizes.get(name, first), largest)

    def expected(self, name: str, size: int) -> tuple[float, float]:
        """Points such a query asked for before, and what it cost in the end; a guess for one that was never sent."""
        with self._lock:
            costs = self._costs.get(name)
            if not costs:
                return UNKNOWN, UNKNOWN
            tried = min(costs, key=lambda one: (abs(one - size), one))
            share = max(1.0, size / tried)
            requested, actual = costs[tried]
            return requested * share, actual * share

    def learn(self, name: str, size: int, requested: float, actual: float | None, *, bucket: float) -> None:
        """Take in what a query of `size` rows was charged; it must also fit the bucket as a whole."""
        with self._lock:
            costs = self._costs.setdefault(name, {})
            costs[size] = (requested, requested if actual is None else actual)
            # A short last page says little: what it costs beside its rows weighs too much in it.
            if size >= self._sizes.get(name, 0):
                ceiling = min(AIM, bucket)
                # What was let through is let through again: the request costs the same, whatever it finds.
                least = size if actual is not None and requested <= bucket else 1
                self._sizes[name] = max(least, next_size(size, requested, ceiling=ceiling, largest=MOST_ROWS))

    def shrink(self, name: str, size: int) -> bool:
        """Halve the size after a refusal; False = it cannot get any smaller."""
        with self._lock:
            self._sizes[name] = max(1, size // 2)
        return size > 1
