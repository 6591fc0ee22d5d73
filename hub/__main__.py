"""`python -m hub` is the same as `hub`: for places where the command is not on the path."""

from __future__ import annotations

from hub.cli import main

main()
