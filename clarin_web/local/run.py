"""`./dev run [--empty]`: a whole Clarin on this machine, from nothing to its address, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path

from clarin_web.local.first_account import ensure_account
from clarin_web.local.home import environment, home
from clarin_web.local.migrate import migrate
from clarin_web.local.processes import LocalError
from clarin_web.local.services import services
from clarin_web.local.supervisor import Program, Supervisor
from clarin_web.local.system import ensure_libmagic

PYTHON = sys.executable


def main(arguments: list[str]) -> int:
    demo = not _options(arguments).empty
    # A shell's `&` starts us with Ctrl-C ignored, and a stop while starting must run the `finally`s.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
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
    with services(place) as found:
        os.environ |= {**environment(place, demo=demo), **found.env}
        programs = [*(_simulators(place) if demo else []), *_clarin(address := _address())]
        _step("migrating the database", migrate)
        ensure_account(demo=demo)
        took = time.monotonic() - started
        print(
            f"\n  Clarin is at http://{address}   (ready in {took:.1f}s; data in {place}; Ctrl-C stops it)\n"
        )
        sys.stdout.flush()
        Supervisor(found.servers, programs).run()
    return 0


def _step(name: str, work) -> None:  # type: ignore[no-untyped-def]
    print(f"[dev] {name}", flush=True)
    work()


def _clarin(address: str) -> list[Program]:
    """Web (pages and sockets on one port), the jobs and the WhatsApp numbers."""
    web = ["-m", "gunicorn", "-k", "gevent", "-w", "1", "--no-control-socket", "--graceful-timeout", "5"]
    return [
        Program("web", [PYTHON, *web, "--log-level", "warning", "-b", address, "wsgi:app"]),
        Program("jobs", [PYTHON, "worker.py", "jobs"]),
        Program("devices", [PYTHON, "worker.py", "devices"]),
    ]


def _simulators(place: Path) -> list[Program]:
    """A Kommo that behaves as the real one; the simulated customers live inside the device children."""
    port = _remembered_port(place / "kommo.port")
    os.environ["KOMMO_ALLOWED_HOSTS"] = f"127.0.0.1:{port}"
    os.environ["CLARIN_DEMO_KOMMO_URL"] = f"http://127.0.0.1:{port}"
    return [Program("kommo", [PYTHON, "-m", "clarin_web.demo", "kommo", "--port", str(port)])]


def _remembered_port(file: Path) -> int:
    """The same one at every start, because the demo account's Kommo connection names it."""
    first = int(file.read_text()) if file.exists() else 8700
    port = free_port("127.0.0.1", first)
    file.write_text(str(port))
    return port


def _address() -> str:
    host = os.environ.get("HOST", "127.0.0.1")
    return f"{host}:{free_port(host, int(os.environ.get('PORT', '8000')))}"


def free_port(host: str, first: int) -> int:
    """`first`, or the next port that nobody listens on."""
    for port in range(first, first + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise LocalError(f"ports {first} to {first + 49} are all in use; set PORT")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
