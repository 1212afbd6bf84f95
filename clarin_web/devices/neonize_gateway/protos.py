"""neonize's protobuf classes without its Go library.

Importing the real package starts a Go runtime that deadlocks after fork, so every process but a device's child
gets an empty package in its place. A process that did this can never load the real client.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from functools import cache
from typing import Any


@cache
def load() -> tuple[Any, Any]:
    """The two modules the mapping needs: neonize's own events and WhatsApp's message contents."""
    if "neonize" not in sys.modules:
        sys.modules["neonize"] = _hollow_package()
    events = importlib.import_module("neonize.proto.Neonize_pb2")
    contents = importlib.import_module("neonize.proto.waE2E.WAWebProtobufsE2E_pb2")
    return events, contents


def _hollow_package() -> types.ModuleType:
    spec = importlib.util.find_spec("neonize")
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError("neonize is not installed")
    package = types.ModuleType("neonize")
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    return package
