"""neonize's own message classes, without its Go library."""

from __future__ import annotations

import importlib
from typing import Any

from clarin_web.devices.neonize_gateway import protos


def proto(name: str) -> Any:
    """One module of WhatsApp's messages: `proto("waCert.WACert").CertChain`."""
    protos.load()
    folder, _, file = name.partition(".")
    return importlib.import_module(f"neonize.proto.{folder}.{file}_pb2")
