"""`python -m clarin_web.demo.kommo_server --port 8931 --seed 1 --drift 8`: a Kommo to connect to."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path

from clarin_web.demo.kommo_server.believable import believable, drift
from clarin_web.demo.kommo_server.server import TOKEN, KommoServer
from clarin_web.demo.kommo_server.world import World


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="clarin_web.demo.kommo_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8931)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--leads", type=int, default=40)
    parser.add_argument(
        "--drift", type=float, default=0.0, metavar="SECONDS", help="a lead moves about this often"
    )
    parser.add_argument("--world", type=Path, help="a World saved as JSON, instead of the believable one")
    parser.add_argument("--token", default=TOKEN)
    options = parser.parse_args()
    saved = options.world
    world = (
        World.from_json(json.loads(saved.read_text()), seed=options.seed)
        if saved
        else believable(options.leads, options.seed)
    )
    stop = threading.Event()
    if options.drift > 0:
        threading.Thread(target=drift, args=(world, options.drift, stop), daemon=True).start()
    server = KommoServer(world, options.port, token=options.token)
    print(f"Kommo simulator at {server.url} (token {options.token})", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        stop.set()


if __name__ == "__main__":
    main()
