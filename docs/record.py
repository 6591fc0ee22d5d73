"""Runs the demo and writes what it prints as a picture, docs/demo.svg: python docs/record.py."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).with_name("demo.svg")
COMMAND = [sys.executable, "-m", "hub", "demo", "--once"]


def main() -> None:
    """Record one run."""
    told = subprocess.run(COMMAND, capture_output=True, text=True, check=True).stdout
    console = Console(record=True, width=132, file=StringIO())
    console.print("[bold green]$ make demo ONCE=1")
    for line in told.splitlines():
        # Blanks at the start of a line would be dropped from the picture.
        indent = len(line) - len(line.lstrip())
        console.print(Text("\u00a0" * indent + line[indent:], style="" if indent else "bold"))
    console.save_svg(str(PICTURE), title="Integration hub", clear=False)
    sys.stdout.write(f"{PICTURE}\n")


if __name__ == "__main__":
    main()
