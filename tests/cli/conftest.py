"""The command line on a store of its own, with a shop and an ERP that live in dictionaries."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.bootstrap import Hub, build
from hub.cli.app import hub as command
from hub.config import from_environment
from tests.databases import prepare
from tests.fakes.platform import KEY, World, registered

FILE = """\
name: acme
shop:
  platform: fake_shop
  settings: {world: acme, key: "${KEY}"}
erp:
  platform: fake_erp
  settings: {world: acme, key: "${KEY}"}
settings:
  guest_customer: GUEST
  default_warehouse: 01
  exempt_tax_code: A0
  freight_shipping: 1
  freight_rounding: 3
  order_cut_over: 2026-11-01T00:00:00+01:00
  settle_seconds: 0
maps:
  location:
    - {shop: L1, erp: 01, default: true}
    - {shop: L2, erp: 02}
  payment:
    - {shop: shopify_payments, erp: "card:1"}
  tax:
    - {shop: 0.19, erp: A2}
routes:
  - {object: customer, direction: shop_to_erp}
  - {object: product, direction: erp_to_shop, policy: all}
  - {object: order, direction: shop_to_erp}
  - {object: inventory, direction: erp_to_shop}
"""


@dataclass
class Terminal:
    """Somebody at the command line."""

    home: Path
    world: World
    file: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, typed: str | None = None) -> Result:
        """Call a command; an exception that no command should let out is raised."""
        environment = {"HUB_HOME": str(self.home), "KEY": KEY, **self.environment}
        result = CliRunner().invoke(command, words, input=typed, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def ok(self, *words: str, status: int = 0) -> str:
        """What a command prints that ends as expected."""
        result = self.run(*words)
        assert result.exit_code == status, f"{result.exit_code}: {result.stdout}{result.stderr}"
        return result.stdout

    def json(self, *words: str, status: int = 0) -> Any:
        """The JSON that a command prints."""
        return json.loads(self.ok(*words, "--json", status=status))

    def fails(self, *words: str) -> str:
        """The sentence with which a command refuses (settings)."""
        result = self.run(*words)
        assert (result.exit_code, result.stdout) == (3, ""), result.stdout
        return result.stderr

    def acts(self) -> list[dict[str, Any]]:
        """The audit trail, oldest first."""
        return list(reversed(self.json("audit", "--limit", "1000")))

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """The store behind the commands."""
        made = build(from_environment({"HUB_HOME": str(self.home)}), actor="test")
        try:
            yield made
        finally:
            made.close()

    def write(self, text: str) -> str:
        """Write the integration's file; answers its path."""
        self.file.write_text(text, encoding="utf-8")
        return str(self.file)


@dataclass
class Scene:
    """A state that many tests begin from: it is reached once and then copied."""

    home: Path
    world: World


@pytest.fixture(scope="session")
def scenes() -> dict[str, Scene]:
    """The states reached so far."""
    return {}


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[Terminal]:
    """Nothing is configured yet."""
    yield from _terminal(tmp_path, World())


@pytest.fixture
def terminal(scenes: dict[str, Scene], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Terminal]:
    """The integration is applied, and the ERP has its guest customer and one item with stock."""
    yield from _from(_reached(scenes, tmp_path_factory, _apply), tmp_path)


@pytest.fixture
def failing(scenes: dict[str, Scene], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Terminal]:
    """Two orders of a gateway that is not mapped, one of an unknown SKU, and one that went well."""
    yield from _from(_reached(scenes, tmp_path_factory, _apply, _fail), tmp_path)


@pytest.fixture
def logged(scenes: dict[str, Scene], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Terminal]:
    """After those failures: two customers are in the log, too; one of them placed an order."""
    yield from _from(_reached(scenes, tmp_path_factory, _apply, _fail, _log), tmp_path)


@pytest.fixture
def looking(scenes: dict[str, Scene], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Terminal]:
    """The same for tests that only look: all share one store."""
    scene = _reached(scenes, tmp_path_factory, _apply, _fail, _log)
    yield from _terminal(tmp_path, scene.world, scene.home)


def _apply(terminal: Terminal) -> None:
    terminal.ok("apply", str(terminal.file))
    terminal.world.erp.add_partner("GUEST")
    terminal.world.erp.add_item("MUG", "11.90")
    terminal.world.erp.set_stock("MUG", "01", "100")


def _fail(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    shop = terminal.world.shop
    shop.place_order(1001, [("MUG", 1, "11.90")], email="ada@shop.example")
    shop.place_order(1002, [("MUG", 2, "11.90")], gateway="klarna")
    shop.place_order(1003, [("MUG", 3, "11.90")], gateway="klarna")
    shop.place_order(1004, [("NOPE", 1, "5.00")])
    terminal.ok("sync", "acme", "order", status=1)


def _log(terminal: Terminal) -> None:
    shop = terminal.world.shop
    shop.add_customer(1, "ada@shop.example", first_name="Ada", last_name="Byron")
    shop.add_customer(2, "eve@shop.example")
    terminal.ok("initialize", "acme", "customer")
    shop.place_order(1005, [("MUG", 1, "11.90")], customer="gid://shop/Customer/1", email="other@shop.example")
    terminal.ok("sync", "acme", "order")


Act = Callable[[Terminal], None]


def _reached(scenes: dict[str, Scene], factory: pytest.TempPathFactory, *acts: Act) -> Scene:
    """The scene after these acts."""
    name = acts[-1].__name__
    if name not in scenes:
        folder = factory.mktemp(name)
        start = _from(_reached(scenes, factory, *acts[:-1]), folder) if acts[1:] else _terminal(folder, World())
        for terminal in start:
            acts[-1](terminal)
            scenes[name] = Scene(terminal.home, terminal.world)
    return scenes[name]


def _from(scene: Scene, folder: Path) -> Iterator[Terminal]:
    shutil.copytree(scene.home, folder / "home")
    yield from _terminal(folder, scene.world.copy())


def _terminal(folder: Path, world: World, home: Path | None = None) -> Iterator[Terminal]:
    with registered("acme", world):
        terminal = Terminal(home or folder / "home", world, folder / "acme.yaml")
        prepare(from_environment({"HUB_HOME": str(terminal.home)}))
        terminal.write(FILE)
        yield terminal
