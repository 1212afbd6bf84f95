"""The embedded servers: started from nothing, restarted with their data, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from clarin_web.local import services as services_module
from clarin_web.local.home import ROOT, secret_key
from clarin_web.local.processes import LocalError
from clarin_web.local.services import addresses, services
from clarin_web.local.supervisor import Program, Restarts, Supervisor

OWNER = """
import os, sys, time
from pathlib import Path
from clarin_web.local.services import services
with services(Path(sys.argv[1])) as found:
    print(*(server.process.pid for server in found.servers), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def no_servers_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a fresh machine: the environment names no database."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def eventually(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, f"still not so: {what}"
        time.sleep(0.02)


def libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.usefixtures("no_servers_given")
def test_the_product_is_no_superuser_and_cannot_step_over_row_security(tmp_path: Path) -> None:
    with services(tmp_path, throwaway=True) as found:
        with psycopg.connect(libpq(found.env["DATABASE_URL"])) as product:
            role = product.execute(
                "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert role == (False, False, False, False)
        with redis.Redis.from_url(found.env["REDIS_URL"]) as store:
            assert store.ping()


@pytest.mark.usefixtures("no_servers_given")
def test_what_was_written_is_there_at_the_next_start(tmp_path: Path) -> None:
    with services(tmp_path) as found:
        with psycopg.connect(libpq(found.env["DATABASE_OWNER_URL"])) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 'Ñandú' AS word")
    assert addresses(tmp_path) == {}
    with services(tmp_path) as found:
        with psycopg.connect(libpq(found.env["DATABASE_OWNER_URL"])) as owner:
            assert owner.execute("SELECT lower(word) FROM kept").fetchone() == ("ñandú",)


@pytest.mark.usefixtures("no_servers_given")
def test_one_owner_per_home_and_others_are_told_where_it_is(tmp_path: Path) -> None:
    with services(tmp_path, throwaway=True) as found:
        assert addresses(tmp_path) == found.env
        with pytest.raises(LocalError, match=f"already running here .pid {os.getpid()}"):
            with services(tmp_path, throwaway=True):
                pytest.fail("two owners of one cluster")


@pytest.mark.usefixtures("no_servers_given")
def test_kill_9_of_the_owner_leaves_no_server_and_the_next_start_works(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, tmp_path], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert owner.stdout is not None
    pids = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(pids) == 2
    assert all(map(is_running, pids))
    owner.kill()
    owner.wait()
    owner.stdout.close()
    eventually(lambda: not any(map(is_running, pids)), "both servers ended with their owner")
    with services(tmp_path) as found, redis.Redis.from_url(found.env["REDIS_URL"]) as store:
        assert store.ping()


@pytest.mark.usefixtures("no_servers_given")
def test_killed_servers_come_back_at_the_same_address(tmp_path: Path) -> None:
    with services(tmp_path) as found:
        with redis.Redis.from_url(found.env["REDIS_URL"]) as store:
            store.set("promise", "kept")
            store.waitaof(1, 0, 5000)
        with psycopg.connect(libpq(found.env["DATABASE_OWNER_URL"])) as owner:
            owner.execute("CREATE TABLE promise AS SELECT 1 AS n")
        for server in found.servers:
            server.process.kill()  # type: ignore[attr-defined]
            server.process.wait()  # type: ignore[attr-defined]
            server.start()
        with redis.Redis.from_url(found.env["REDIS_URL"]) as store:
            assert store.get("promise") == b"kept"
        with psycopg.connect(libpq(found.env["DATABASE_OWNER_URL"])) as owner:
            assert owner.execute("SELECT n FROM promise").fetchone() == (1,)


@pytest.mark.usefixtures("no_servers_given")
def test_a_pid_file_whose_number_belongs_to_another_program_is_not_believed(tmp_path: Path) -> None:
    with services(tmp_path) as found:
        data = found.servers[0].run.data  # type: ignore[attr-defined]
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
    with services(tmp_path) as found:
        assert found.servers[0].is_alive()


def test_addresses_in_the_environment_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://elsewhere/clarin")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    with services(tmp_path) as found:
        assert (found.env, found.servers) == ({}, [])


def test_a_socket_directory_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    with services_module.socket_directory(tmp_path) as directory:
        directory.chmod(0o755)
        with pytest.raises(LocalError, match="not a private directory"):
            with services_module.socket_directory(tmp_path):
                pytest.fail("sockets in a public place")


def test_the_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = secret_key(tmp_path)
    assert len(first) >= 32
    assert secret_key(tmp_path) == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_program_that_keeps_dying_waits_longer_each_time_and_is_never_given_up() -> None:
    record = Restarts(started=0.0)
    assert [record.died(float(n)) for n in range(1, 8)] == [0.5, 1, 2, 4, 8, 8, 8]
    record.started = 10.0
    assert record.died(80.0) == 0, "after a steady while it starts at once"


def test_a_dead_program_is_started_again_and_all_end_on_a_signal(capfd: pytest.CaptureFixture[str]) -> None:
    once = "import os, time; print('up', flush=True); time.sleep(0.2); os._exit(3)"
    steady = "import time; print('steady', flush=True); time.sleep(600)"
    programs = [
        Program("once", [sys.executable, "-c", once]),
        Program("steady", [sys.executable, "-c", steady]),
    ]
    before = {sig: signal.getsignal(sig) for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    supervisor = StopsAfterSecondStart([], programs)
    try:
        supervisor.run()
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)
    said = capfd.readouterr().out
    assert "once ended; starting it again" in said
    assert said.count("│ up") >= 1
    assert "steady │ steady" in said
    assert not any(program.is_alive() for program in programs)


class StopsAfterSecondStart(Supervisor):
    """Sends itself the terminal's signal once a program came back."""

    starts = 0

    def _start(self, kept: Program) -> None:  # type: ignore[override]
        super()._start(kept)
        self.starts += kept.name == "once"
        if self.starts == 2:
            os.kill(os.getpid(), signal.SIGTERM)
