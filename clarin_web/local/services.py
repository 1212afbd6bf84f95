"""The servers a run or a test session needs: those of the environment, else embedded ones of our own."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clarin_web.local.postgres import Postgres
from clarin_web.local.processes import LocalError
from clarin_web.local.valkey import Valkey

# Where root cannot have a user namespace, the sockets belong to the user that PostgreSQL runs as.
_NOBODY = pwd.getpwnam("nobody").pw_uid


class Server(Protocol):
    """What the supervisor needs to know about an embedded server."""

    name: str

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def is_alive(self) -> bool: ...
    def environment(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class Services:
    """Addresses to hand on, and the embedded servers behind them (none when the environment has them all)."""

    env: dict[str, str]
    servers: list[Server]


@contextmanager
def services(home: Path, *, throwaway: bool = False) -> Iterator[Services]:
    """Everything running for as long as the block; one owner per home."""
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_sole_owner(home))
        env: dict[str, str] = {}
        servers: list[Server] = []
        for variable, make in (("DATABASE_URL", Postgres), ("REDIS_URL", Valkey)):
            if os.environ.get(variable):
                continue
            sockets = stack.enter_context(socket_directory(home))
            server = stack.enter_context(running(make(home, sockets, throwaway=throwaway)))
            env |= server.environment()
            servers.append(server)
        stack.enter_context(_told(home, env))
        yield Services(env, servers)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """`server` started now and stopped at the end, also when starting it was interrupted."""
    try:
        server.start()
        yield server
    finally:
        server.stop()


def addresses(home: Path) -> dict[str, str]:
    """The addresses of the servers that run under `home` right now; empty when nothing runs there."""
    try:
        with open(home / "lock", "a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return {}
    except BlockingIOError:
        found: dict[str, str] = json.loads((home / "services.json").read_text())
        return found
    except FileNotFoundError:
        return {}


@contextmanager
def socket_directory(home: Path) -> Iterator[Path]:
    """A short private directory: a socket's path holds 107 bytes on Linux and 103 on macOS."""
    tag = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:8]
    directory = Path("/tmp") / f"clarin-{os.geteuid()}-{tag}"
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    trusted = found.st_uid in (os.geteuid(), _NOBODY) if os.geteuid() == 0 else found.st_uid == os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or not trusted or found.st_mode & 0o077:
        raise LocalError(f"{directory} is not a private directory of ours; remove it and try again")
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _sole_owner(home: Path) -> Iterator[None]:
    with open(home / "lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "?"
            raise LocalError(f"already running here (pid {owner}); stop that one first") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def _told(home: Path, env: dict[str, str]) -> Iterator[None]:
    """Other commands in this checkout read the addresses while the lock is held."""
    file = home / "services.json"
    file.write_text(json.dumps(env))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
