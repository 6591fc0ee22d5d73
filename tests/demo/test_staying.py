"""The demo as a person has it: it says where everything is, a change arrives, and what ends is told."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

PATIENCE = 90


class Demo:
    """A running demo and what it has said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []

    def hear(self, words: str) -> str:
        """Read on until a line holds these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if words in line:
                return line
        raise AssertionError(f"it never said {words}: {self.said}")

    def children(self) -> dict[int, str]:
        told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
        rows = [line.split(maxsplit=2) for line in told.stdout.splitlines()]
        return {int(row[0]): row[2] for row in rows if row[1] == str(self.process.pid)}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    environment = {**os.environ, "HUB_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "hub", "demo", "--size", "10"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    made = Demo(process)
    yield made
    if process.poll() is None:
        process.terminate()
        process.wait(30)
    assert process.stdout is not None
    process.stdout.close()


def press(person: requests.Session, console: str, path: str, **values: str) -> requests.Response:
    token = re.search(r'name="csrf-token" content="([^"]+)"', person.get(f"{console}/login").text)
    assert token is not None
    answer = person.post(f"{console}{path}", data={"csrf_token": token[1], **values})
    assert answer.status_code == 200, answer.text
    return answer


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_demo_opens_on_the_console_and_a_change_in_the_erp_arrives_in_the_shop(demo: Demo) -> None:
    address = re.compile(r"http://[\d.:]+")
    console = address.search(demo.hear("The console "))
    password = re.search(r"sign in as (\w+), password: (.+?)   ", demo.hear("sign in as"))
    shop, erp = (address.search(demo.hear(name)) for name in ("The shop ", "The ERP "))
    assert console and password and shop and erp
    for name in ("pages ", "pages "):
        empty = address.search(demo.hear(name))
        assert empty is not None
        assert requests.get(f"{empty[0]}/edit", timeout=30).status_code == 200
    demo.hear("Ctrl+C ends the demo")

    person = requests.Session()
    press(person, console[0], "/login", name=password[1], password=password[2])
    page = person.get(f"{console[0]}/routes/").text
    route = re.search(r'href="(/routes/\d+)">[^<]*product', page)
    assert route is not None, page
    requests.post(f"{erp[0]}/edit/items/MUG?act=prices", data={"1": "77.70", "was.1": "11.9"}, timeout=30)
    press(person, console[0], f"{route[1]}/sync")

    def arrived() -> bool:
        rows = requests.get(f"{shop[0]}/control/state/variants?fields=sku,price", timeout=30).json()
        return any(row == {"sku": "MUG", "price": 77.7} for row in rows)

    eventually(arrived)

    (sandbox,) = [pid for pid, command in demo.children().items() if "sandbox shopify" in command]
    os.kill(sandbox, signal.SIGKILL)
    assert shop[0] in demo.hear("has ended (status -9)")
    assert person.get(f"{console[0]}/").status_code == 200
    children = demo.children()
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    alive = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True).stdout.split()
    assert not set(alive) & {str(pid) for pid in children if "ps -A" not in children[pid]}
