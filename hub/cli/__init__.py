"""The command line: one `hub` for everything an operator can do."""

from __future__ import annotations

import sys

from hub.cli.app import hub


def main() -> None:
    """Entry point of the `hub` command; its exit status is 0, 1 (records failed), 2 (run aborted) or 3 (settings)."""
    sys.exit(hub(standalone_mode=True))
