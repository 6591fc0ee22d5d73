"""The browser of the browser tests: found on the machine, or installed by `make test`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

#: A setting that names the program, before everything else.
SETTING = "HUB_TEST_CHROMIUM"
#: The shell is the same browser without windows, menus and tabs: a page costs it a third.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Nothing but our own pages is asked for, and the tests may run as root.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """The path of a Chromium; None where there is none."""
    named = os.environ.get(SETTING)
    if named:
        return named if Path(named).exists() else None
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install() -> bool:
    """Install one: Playwright's own, or the system's package where we may; answers whether there is one now."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        get = ["apt-get", "install", "--yes", "--no-install-recommends", "fonts-dejavu-core"]
        attempts += [["apt-get", "update"], [*get, "chromium-headless-shell"], [*get, "chromium"]]
    for command in attempts:
        subprocess.run(command, check=False, stdout=sys.stderr)
        if find():
            return True
    return False


def main() -> None:
    """Make sure that there is a browser; status 1 and what to do where there is none."""
    try:
        there = find() is not None or install()
    except Error as error:
        sys.stderr.write(f"{error}\n")
        there = False
    if not there:
        sys.stderr.write(
            f"No Chromium could be found or installed, so the browser tests are skipped (with HUB_TEST_STRICT=1 they "
            f"fail). Install Chromium or Chrome, or set {SETTING} to the program.\n"
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
