"""`python -m clarin_web.demo kommo --port N`: the demo account's Kommo, at human speed, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import socket
import sys

from clarin_web.config import settings
from clarin_web.demo import kommo_world


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    place = settings().state_dir / kommo_world.FILE
    if not place.exists():
        print(f"there is no demo here ({place} is missing): flask --app wsgi demo create", file=sys.stderr)
        return 1
    held = (
        socket.socket(fileno=options.fd) if options.fd else socket.create_server(("127.0.0.1", options.port))
    )
    print(f"simulated Kommo at http://127.0.0.1:{held.getsockname()[1]}", flush=True)
    try:
        kommo_world.serve(place, held, settings().sim_speed)
    except KeyboardInterrupt:
        return 130
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="clarin_web.demo", description=__doc__)
    parser.add_argument("what", choices=["kommo"])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int)
    where.add_argument("--fd", type=int, help="of a socket that listens already")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
