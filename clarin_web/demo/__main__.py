"""`python -m clarin_web.demo kommo --port N`: the demo account's Kommo, at human speed, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
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
    print(f"simulated Kommo at http://127.0.0.1:{options.port}", flush=True)
    try:
        kommo_world.serve(place, options.port, settings().sim_speed)
    except KeyboardInterrupt:
        return 130
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="clarin_web.demo", description=__doc__)
    parser.add_argument("what", choices=["kommo"])
    parser.add_argument("--port", type=int, required=True)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
