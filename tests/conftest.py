"""Every test gets real servers: one throwaway PostgreSQL per run, a database and a Valkey per xdist worker.

Fixtures: `app`, `client`, `server` (a real gunicorn with a jobs worker), and the browser's in tests/support.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings

from tests.support import costs, world
from tests.support.browser import (  # noqa: F401  (fixtures)
    base_url,
    browser_context_args,
    browser_type_launch_args,
    console,
    new_context,
    open_as,
)
from tests.support.cast import account_id, ana, bruno, carla, marta, vera  # noqa: F401  (fixtures)
from tests.support.order import Scheduler, place_of
from tests.support.running import jobs, server  # noqa: F401  (fixture)

# A busy machine is slow, which says nothing about the code.
settings.register_profile("clarin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("clarin")

IN_BROWSER = {"page", "context", "new_context", "browser", "server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--costs", action="store_true", help="print what each test and each file cost")


def pytest_configure(config: pytest.Config) -> None:
    """The controller (or only process) brings the servers up; xdist workers find them in the environment."""
    is_worker = hasattr(config, "workerinput")
    if config.option.costs:
        config.pluginmanager.register(costs.Recorder())
        if not is_worker:
            config.pluginmanager.register(costs.Summary())
    if is_worker or config.option.collectonly:
        return
    # A stopped CI job must run the clean-up, not leave it to the kernel.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    world.open_cluster()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        world.close_cluster()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduler:
    return Scheduler(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=place_of)
    if odd := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"each worker would name these tests another way, give them ids: {odd}")
    for item in items:
        if IN_BROWSER & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
    if not sys.platform.startswith("linux"):
        _leave_out([item for item in items if item.get_closest_marker("linux")], items)


def _leave_out(some: list[pytest.Item], items: list[pytest.Item]) -> None:
    """Deselected, not skipped: the summary counts them, and this says why."""
    if some:
        print(f"{len(some)} tests reach into a running process's memory, which only Linux shows: left out")
        some[0].config.hook.pytest_deselected(items=some)
        items[:] = [item for item in items if item not in some]


@pytest.fixture(scope="session", autouse=True)
def own_world() -> Iterator[None]:
    """This process's own database and Valkey, so that parallel tests never hear each other."""
    with world.own_servers(os.environ.get("PYTEST_XDIST_WORKER", "only")):
        yield


@pytest.fixture(autouse=True)
def clean_world(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing written by one test is seen by the next."""
    world.forget_use()
    if IN_BROWSER & set(request.fixturenames):
        jobs.run()
    else:
        jobs.rest()
    yield
    if request.node.get_closest_marker("shared_world"):
        return  # its own fixture wipes, after the last of them
    if world.was_used() or "server" in request.fixturenames:
        world.wipe()


@pytest.fixture(scope="session")
def app(own_world: None) -> Flask:
    from clarin_web.app import create_app

    made = create_app()
    made.testing = True
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser with an empty cookie jar. `app.test_client()` makes a second person."""
    return app.test_client()
