"""What every test of the SAP sandbox may ask for."""

from __future__ import annotations

import pytest

from hub.sandbox.sap_b1.application import SapB1Application
from tests.sandbox.sap_b1.scenario import Client, Clock, scenario_world


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def application(clock: Clock) -> SapB1Application:
    return SapB1Application(scenario_world(), now=clock)


@pytest.fixture
def stranger(application: SapB1Application) -> Client:
    """A client that has not logged in."""
    return Client(application)


@pytest.fixture
def client(stranger: Client) -> Client:
    """A client with a session of v2."""
    assert stranger.login().status == 200
    return stranger
