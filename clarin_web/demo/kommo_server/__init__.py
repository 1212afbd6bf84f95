"""A Kommo that runs here: a real HTTP server over an in-memory World, with Kommo's limits and faults.

with KommoServer(believable(seed=1)) as kommo: Client(kommo.url, kommo.token, …)
"""

from clarin_web.demo.kommo_server.faults import Faults
from clarin_web.demo.kommo_server.server import KommoServer
from clarin_web.demo.kommo_server.world import World

__all__ = ["Faults", "KommoServer", "World"]
