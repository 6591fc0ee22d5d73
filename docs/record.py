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
    console = Console(record=True, width=100, file=StringIO())
    console.print(Text("$ make demo ONCE=1\n" + told))
    console.save_svg(str(PICTURE), title="Integration hub", clear=False)
    sys.stdout.write(f"{PICTURE}\n")


if __name__ == "__main__":
    main()
