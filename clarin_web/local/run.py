"""`./dev run [--empty]`: a whole Clarin on this machine, from nothing to its address, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from clarin_web.local.first_account import ensure_account
from clarin_web.local.home import environment, home
from clarin_web.local.migrate import migrate
from clarin_web.local.ports import TRIES, USUAL, hold, port_of, web_port
from clarin_web.local.processes import LocalError
from clarin_web.local.services import services
from clarin_web.local.supervisor import Program, Supervisor, is_ignored
from clarin_web.local.system import ensure_libmagic

PYTHON = sys.executable


def main(arguments: list[str]) -> int:
    demo = not _options(arguments).empty
    # A shell's `&` starts us with Ctrl-C ignored, and a stop while starting must run the `finally`s.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for sig in (signal.SIGTERM, signal.SIGHUP):
        if not is_ignored(sig):
            signal.signal(sig, lambda number, _frame: sys.exit(128 + number))
    try:
        return _run(home(demo=demo), demo=demo)
    except LocalError as error:
        print(f"clarin: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev run", description=__doc__)
    parser.add_argument("--empty", action="store_true", help="no demo: an empty account and real WhatsApp")
    return parser.parse_args(arguments)


def _run(place: Path, *, demo: bool) -> int:
    started = time.monotonic()
    if not demo and not ensure_libmagic():
        print("clarin: libmagic1 is not installed; WhatsApp numbers need it (apt-get install libmagic1)")
    with web_port() as web, services(place) as found, ExitStack() as stack:
        os.environ |= {**environment(place, demo=demo), **found.env}
        kommo = stack.enter_context(_remembered_port(place / "kommo.port")) if demo else None
        programs = [*_simulators(kommo), *_clarin(web)]
        _step("migrating the database", migrate)
        sign_in = ensure_account(demo=demo)
        supervisor = Supervisor(found.servers, programs)
        tell = partial(_tell_when_ready, web, place, started, sign_in, supervisor)
        threading.Thread(target=tell, name="ready", daemon=True).start()
        supervisor.run()
    return 0


def _tell_when_ready(
    web: socket.socket, place: Path, started: float, sign_in: str, supervisor: Supervisor
) -> None:
    """The address is given when pages answer there, so that "ready" is true."""
    host, port = web.getsockname()[:2]
    while not _answers({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port):
        if supervisor.asked.wait(0.1):
            return
    took = time.monotonic() - started
    where = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    other = "" if port == USUAL or os.environ.get("PORT") else f"port {USUAL} is in use; "
    print(f"\n  Clarin is at {where}   ({other}ready in {took:.1f}s; data in {place}; Ctrl-C stops it)")
    print(sign_in, flush=True)


def _answers(host: str, port: int) -> bool:
    """Directly, whatever proxy the environment names."""
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _step(name: str, work) -> None:  # type: ignore[no-untyped-def]
    print(f"[dev] {name}", flush=True)
    work()


def _clarin(held: socket.socket) -> list[Program]:
    """Web (pages and sockets on one port), the jobs and the WhatsApp numbers."""
    web = ["-m", "gunicorn", "-k", "gevent", "-w", "1", "--no-control-socket", "--graceful-timeout", "5"]
    web += ["--log-level", "warning", "-b", f"fd://{held.fileno()}", "wsgi:app"]
    return [
        Program("web", [PYTHON, *web], fds=(held.fileno(),)),
        Program("jobs", [PYTHON, "worker.py", "jobs"]),
        Program("devices", [PYTHON, "worker.py", "devices"]),
    ]


def _simulators(held: socket.socket | None) -> list[Program]:
    """A Kommo that behaves as the real one; the simulated customers live inside the device children."""
    if held is None:
        return []
    host = f"127.0.0.1:{port_of(held)}"
    os.environ["KOMMO_ALLOWED_HOSTS"] = host
    os.environ["CLARIN_DEMO_KOMMO_URL"] = f"http://{host}"
    command = [PYTHON, "-m", "clarin_web.demo", "kommo", "--fd", str(held.fileno())]
    return [Program("kommo", command, fds=(held.fileno(),))]


def _remembered_port(file: Path) -> socket.socket:
    """The same at every start if it is free, so that links to the simulated Kommo stay good."""
    said = file.read_text().strip() if file.exists() else ""
    held = hold("127.0.0.1", int(said) if said.isdecimal() and 0 < int(said) < 65000 else 8700, TRIES)
    file.write_text(str(port_of(held)))
    return held


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
