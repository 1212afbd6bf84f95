"""An embedded PostgreSQL cluster: made once, started, stopped, restarted on the same socket.

`clarin` is the superuser that owns the database and migrates it; `clarin_app` is the role the product runs
as: row-level security binds it, because it is neither superuser nor BYPASSRLS.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from clarin_web.local.processes import LINUX, LocalError, Patience, spawn, stop, wait_ready
from clarin_web.local.programs import find_postgres, postgres_major
from clarin_web.local.unprivileged import RunAs, run_as

OWNER, APP_ROLE, DATABASE = "clarin", "clarin_app", "clarin"
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "max_parallel_workers_per_gather": "0",  # parallel plans want more /dev/shm than a container has
    "jit": "off",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",  # memory and solid disks: with 4 it sorts what an index has in order
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
}
SMART: Patience = ((signal.SIGINT, 15), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))
AT_ONCE: Patience = ((signal.SIGQUIT, 5), (signal.SIGKILL, 5))


class Postgres:
    """One cluster under `home`, listening only on a socket in `sockets`. throwaway: fast and forgetful."""

    name = "postgres"

    def __init__(self, home: Path, sockets: Path, *, throwaway: bool = False) -> None:
        bindir = find_postgres()
        self.major = postgres_major(bindir)
        self.sockets, self.throwaway = sockets, throwaway
        self.run: RunAs = run_as(bindir, home / f"pg{self.major}", home / f"pg{self.major}.log")
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """The addresses that everything else needs."""
        return {
            "DATABASE_OWNER_URL": f"postgresql+psycopg://{OWNER}@/{DATABASE}?host={self.sockets}",
            "DATABASE_URL": f"postgresql+psycopg://{APP_ROLE}@/{DATABASE}?host={self.sockets}",
        }

    def start(self) -> None:
        """Bring the cluster up, with its database and roles; again after a crash, with its data."""
        self.run.own(self.sockets)
        if not (self.run.data / "PG_VERSION").exists():
            self._initialise()
        _clear_pid_file(self.run.data)
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets)}
        settings |= THROWAWAY if self.throwaway else {}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [
            *self.run.prefix,
            self.run.bindir / "postgres",
            "-D",
            self.run.data,
            *arguments,
        ]
        with open(self.run.log, "ab") as log:
            self.process = spawn(
                command, stop=signal.SIGINT, output=log, env=ENVIRONMENT, cwd="/", **self.run.options
            )
        wait_ready(self.process, self._answers, "PostgreSQL", self.run.log)
        self._ensure_database()

    def stop(self) -> None:
        """End it: cleanly, or at once where the data is thrown away."""
        if self.process:
            stop(self.process, AT_ONCE if self.throwaway else SMART)
        if self.throwaway:
            shutil.rmtree(self.run.data, ignore_errors=True)

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _initialise(self) -> None:
        """initdb is not atomic: build aside, then rename, so an interrupted start leaves nothing wrong."""
        part = self.run.data.with_name(self.run.data.name + ".new")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        self.run.own(part)
        command: list[str | Path] = [
            *self.run.prefix,
            self.run.bindir / "initdb",
            "-D",
            part,
            "-U",
            OWNER,
            "-A",
            "trust",
        ]
        command += ["-E", "UTF8", *_locale(self.major), "--no-instructions", "--no-sync"]
        made = subprocess.run(
            command,
            env=ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **self.run.options,
        )
        if made.returncode:
            raise LocalError(f"initdb failed:\n{made.stdout}{made.stderr}")
        part.rename(self.run.data)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets), user=OWNER, dbname=database, autocommit=True, connect_timeout=2
        )

    def _answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _ensure_database(self) -> None:
        with self._connect("postgres") as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
            if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (APP_ROLE,)).fetchone():
                role = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
                server.execute(role.format(sql.Identifier(APP_ROLE)))


def _locale(major: int) -> list[str]:
    """Code-point order and full Unicode case mapping, the same on every machine and whatever LANG says.
    Built in from 17 on; older servers borrow the C library's C.UTF-8."""
    if major >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _clear_pid_file(data: Path) -> None:
    """Our lock says that nobody else owns this cluster, so a pid file is stale (its number may belong to
    anything by now) or names an orphan, which we stop."""
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return
    except ValueError:
        file.unlink()
        return
    if f"postgres -D {data}" in _command_line(pid):
        os.kill(pid, signal.SIGINT)
        _wait_gone(file, pid)
    file.unlink(missing_ok=True)


def _command_line(pid: int) -> str:
    if LINUX:  # a minimal Debian has no ps
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout


def _wait_gone(file: Path, pid: int) -> None:
    end = time.monotonic() + 15
    while file.exists():
        if time.monotonic() > end:
            raise LocalError(f"an orphaned PostgreSQL (pid {pid}) does not stop; end it and try again")
        time.sleep(0.02)
