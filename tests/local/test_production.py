"""What production installs (requirements.lock) and runs (compose.yaml) is what is started here.

In the suite the locked set is lent by the development environment, package by package, into an environment that sees
nothing else; versions must agree. CLARIN_PRODUCTION=installed makes it by pip from the lock, as the image does
(.ci/run: half a minute).
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
import redis
import yaml
from packaging.requirements import Requirement
from rq import Worker
from simple_websocket import Client, ConnectionClosed

from clarin_web.lib.ports import reserved
from clarin_web.local.home import ROOT
from clarin_web.local.processes import spawn, stop
from tests.support.waiting import until

LOCKED = [
    Requirement(line)
    for line in re.findall(r"^([a-z].*?) *\\?$", (ROOT / "requirements.lock").read_text(), re.M)
]
LAST = ((signal.SIGKILL, 5.0),)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the locked set and nothing else."""
    place = tmp_path_factory.mktemp("production") / "venv"
    installed = os.environ.get("CLARIN_PRODUCTION") == "installed"
    venv.create(place, with_pip=installed)
    if installed:
        pip = [place / "bin/pip", "install", "-q", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
        subprocess.run([*pip, "-r", ROOT / "requirements.lock"], check=True)
    else:
        _lend(place / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages")
    return place / "bin/python"


def _lend(site: Path) -> None:
    ours = Path(sysconfig.get_paths()["purelib"])
    for wanted in LOCKED:
        if wanted.marker and not wanted.marker.evaluate():
            continue
        lent = distribution(wanted.name)
        assert lent.version in wanted.specifier, f"{wanted}: the two locks disagree"
        for top in {path.parts[0] for path in lent.files or () if path.parts[0] != ".."}:
            if not (site / top).exists():
                (site / top).symlink_to(ours / top)


@pytest.fixture
def alone(python: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a container: nothing of the development environment is on a path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_"))}
    return {**kept, "PATH": f"{python.parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "CLARIN_STATE_DIR": str(tmp_path)}  # fmt: skip


def test_production_code_imports_only_what_production_installs() -> None:
    """Whatever a line imports, also one that runs seldom."""
    locked = {wanted.name.lower() for wanted in LOCKED}
    brought = {
        top for top, names in packages_distributions().items() if {name.lower() for name in names} & locked
    }
    known = brought | sys.stdlib_module_names | {"clarin_web"}
    files = [
        ROOT / "wsgi.py",
        ROOT / "worker.py",
        *ROOT.glob("migrations/**/*.py"),
        *ROOT.glob("clarin_web/**/*.py"),
    ]
    asked = {
        (str(file.relative_to(ROOT)), name)
        for file in files
        if "local" not in file.relative_to(ROOT).parts and "bench" not in file.parts
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _imported(node)
    }
    assert not {(file, name) for file, name in asked if name not in known}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    return (
        [(node.module or "").partition(".")[0]] if isinstance(node, ast.ImportFrom) and not node.level else []
    )


@pytest.fixture
def composed(python: Path, alone: dict[str, str], tmp_path: Path) -> Iterator[dict[str, int]]:
    """compose's own commands, all at once; where `web` and `live` listen. Each ends when asked to, cleanly."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ports, started = {"web": reserved(), "live": reserved()}, {}
    try:
        for name in ("web", "live", "jobs", "devices"):
            program, *words = services[name]["command"]
            words = [word.replace("0.0.0.0:8000", f"127.0.0.1:{ports.get(name)}") for word in words]
            command = [python, *([] if program == "python" else ["-m", program]), *words]
            with open(tmp_path / f"{name}.log", "wb") as log:
                started[name] = spawn(command, stop=signal.SIGTERM, output=log, env=alone, cwd=ROOT)
        yield ports
        assert {name: process.poll() for name, process in started.items()} == dict.fromkeys(started), _said(
            tmp_path
        )
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)  # asked once: a second signal would end it while its interpreter is ending
            stop(process, LAST)
    assert {name: process.returncode for name, process in started.items()} == dict.fromkeys(started, 0)


def _said(place: Path) -> str:
    return "\n".join(f"{log.name}: {log.read_text()[-2000:]}" for log in place.glob("*.log"))


def test_what_compose_starts_runs(app, composed: dict[str, int]) -> None:
    for port in composed.values():
        until(lambda port=port: _is_ready(port), 60)
    with slow_senders(composed["web"], 16):
        assert _is_ready(composed["web"]), "who sends slowly keeps nobody else waiting"
    with pytest.raises(ConnectionClosed):  # nobody is signed in; it was a socket
        Client(f"ws://127.0.0.1:{composed['live']}/live", headers={"Origin": "http://127.0.0.1"}).receive(60)
    store = redis.Redis.from_url(os.environ["REDIS_URL"])
    served = lambda: {name for worker in Worker.all(store) for name in worker.queue_names()}  # noqa: E731
    until(lambda: served() >= {"chats", "kommo", "files", "pictures"}, 60)


@contextlib.contextmanager
def slow_senders(port: int, count: int) -> Iterator[None]:
    """Half a form each, as phones with one bar send it; each is being read when this yields."""
    head = "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with contextlib.ExitStack() as lines:
        for _ in range(count):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            line.sendall(f"{head}Content-Length: 900\r\nExpect: 100-continue\r\n\r\n".encode())
            assert line.recv(64).startswith(b"HTTP/1.1 100"), "a worker has taken it up"
            line.sendall(b"email=")
        yield


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
