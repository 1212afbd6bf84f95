"""The demo account, made once for each file that looks at it: to make it takes longer than to look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from clarin_web.config import settings
from clarin_web.db import execute, release, tenant
from clarin_web.demo.create import Made, create_demo
from clarin_web.models import Account
from tests.support import world


@pytest.fixture(scope="module")
def made(own_world: None) -> Iterator[Made]:
    """The owner's e-mail and password. Only for files marked `shared_world`, whose tests change nothing."""
    found = create_demo(settings().state_dir, "http://127.0.0.1:8700")
    release()
    assert found is not None
    yield found
    release()
    world.wipe()


@pytest.fixture
def inside(made: Made) -> Iterator[int]:
    """Inside the demo account."""
    account_id = execute(select(Account.id).where(Account.is_demo)).scalar_one()
    with tenant(account_id):
        yield account_id
    release()
