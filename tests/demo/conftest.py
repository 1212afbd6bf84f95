"""The simulated Kommo of a file's `world`, and the demo account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clarin_web.accounts.queries import account_ids
from clarin_web.config import settings
from clarin_web.db import release, tenant
from clarin_web.demo.create import Made, create_demo
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from tests.support.kommo import Ask, Receiver
from tests.support.world import wipe


@pytest.fixture
def kommo(world: World) -> Iterator[KommoServer]:
    """A server of the file's own `world`, as fast as one likes."""
    with KommoServer(world, faults=Faults(rate=10**6)) as server:
        yield server


@pytest.fixture
def ask(kommo: KommoServer) -> Iterator[Ask]:
    """A client with the server's token."""
    with Ask(kommo) as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where webhooks are sent."""
    with Receiver() as made:
        yield made


@pytest.fixture(scope="module")
def made(own_world: None) -> Iterator[Made]:
    """The owner's e-mail and password. Only for files marked `shared_world`, whose tests change nothing."""
    found = create_demo(settings().state_dir, "http://127.0.0.1:8700")
    release()
    assert found is not None
    yield found
    release()
    wipe()


@pytest.fixture
def inside(made: Made) -> Iterator[int]:
    """Inside the demo account."""
    account_id = account_ids()[-1]
    with tenant(account_id):
        yield account_id
    release()
