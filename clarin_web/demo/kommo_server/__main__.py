"""`python -m clarin_web.demo.kommo_server --port 8931 --seed 1 --drift 8`: a Kommo to connect to."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path

from clarin_web.demo.kommo_server.believable import believable, drift
from clarin_web.demo.kommo_server.faults import Faults
from clarin_web.demo.kommo_server.generated import generated
from clarin_web.demo.kommo_server.mutations import step
from clarin_web.demo.kommo_server.server import TOKEN, KommoServer
from clarin_web.demo.kommo_server.world import World


def main() -> None:
    """Serve until interrupted."""
    options = _options()
    world, stop = _world(options), threading.Event()
    if options.drift > 0:
        threading.Thread(target=drift, args=(world, options.drift, stop), daemon=True).start()
    if options.acts > 0:
        threading.Thread(target=_act, args=(world, options.acts, stop), daemon=True).start()
    faults = Faults(rate=options.rate)
    faults.storm(options.storm, seed=options.seed)
    server = KommoServer(world, options.port, faults, token=options.token)
    print(f"Kommo simulator at {server.url} (token {options.token})", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        stop.set()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="clarin_web.demo.kommo_server", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=8931)
    add("--seed", type=int, default=0)
    add("--leads", type=int, default=40)
    add("--generated", action="store_true", help="as many contacts as leads, in little memory")
    add("--drift", type=float, default=0.0, metavar="SECONDS", help="a lead moves about this often")
    add("--acts", type=float, default=0.0, metavar="SECONDS", help="anything at all happens this often")
    add("--storm", type=float, default=0.0, metavar="PROBABILITY", help="requests that go wrong")
    add("--rate", type=int, default=7, help="requests a second before 429")
    add("--world", type=Path, help="a World saved as JSON, instead of the believable one")
    add("--token", default=TOKEN)
    return parser.parse_args()


def _world(options: argparse.Namespace) -> World:
    if options.world:
        return World.from_json(json.loads(options.world.read_text()), seed=options.seed)
    if options.generated:
        return generated(options.leads, options.leads, options.leads // 20, seed=options.seed)
    return believable(options.leads, options.seed)


def _act(world: World, every: float, stop: threading.Event) -> None:
    while not stop.wait(every):
        step(world)


if __name__ == "__main__":
    main()
