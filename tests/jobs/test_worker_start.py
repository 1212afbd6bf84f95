"""Workers refuse what the web refuses, and wait for a database that is away."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clarin_web.local.home import ROOT
from clarin_web.local.processes import stop
from tests.support.outage import database_away
from tests.support.running import PATIENCE, _log, _start
from tests.support.waiting import until

COMMANDS = (["jobs"], ["devices"], ["work", "chats"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_role_that_sees_through_row_security_is_refused(own_world: None, command: list[str]) -> None:
    """The owner's address given by mistake: every account would be open to every job."""
    env = {**os.environ, "DATABASE_URL": os.environ["DATABASE_OWNER_URL"], "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "worker.py", *command],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 1
    assert "use the application role" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_worker_waits_for_a_database_that_is_away(own_world: None) -> None:
    before = _said()
    with database_away():
        worker = _start([sys.executable, "worker.py", "work", "nothing"])
        try:
            until(lambda: "database away" in _said()[len(before) :])
            assert worker.poll() is None
        finally:
            stop(worker, PATIENCE)
    assert "Traceback" not in _said()[len(before) :]


def _said() -> str:
    return _log().read_text(errors="replace") if _log().exists() else ""
