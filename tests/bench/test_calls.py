"""The bench of calls, with few records: what it counts is what the sandboxes have seen."""

from __future__ import annotations

from bench import calls

# As many rows as a run is held for at least: it has to be allowed.
ROWS, ORDERS, BATCH = 50, 4, 10


def test_calls_are_counted_by_the_sandboxes() -> None:
    said: list[str] = []
    result = calls.run(said.append, ROWS, ORDERS, BATCH)
    words = "\n".join(said)
    assert result["stock_unchanged_writes"] == 0, words
    assert result["poison_landed"] == BATCH - 1, words
    # One call sets all levels at once, and they have to be read before.
    assert 2 <= result["stock_per_1000"] * ROWS / 1000 <= ROWS, words
    assert result["orders_per_1000"] * ORDERS / 1000 >= 1, words
    assert result["orders_erp_calls_per_1000"] * ORDERS / 1000 >= ORDERS, words
    assert f"stock: {ROWS} levels set by" in words
    assert f"orders: {ORDERS} made by" in words
