"""Whoever signs in in a test."""

from __future__ import annotations

from argon2 import PasswordHasher

PASSWORD = "correct horse battery"
#: Cheap to check, as nearly every test of the console signs somebody in.
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
