"""From a stored raw event to dataclasses: pure, and safe in processes that must never load neonize's Go library."""

from __future__ import annotations

from collections.abc import Callable

from clarin_web.devices.gateway import Decoded
from clarin_web.devices.neonize_gateway import mapping as neonize_mapping
from clarin_web.devices.simulator import wire as simulator_wire

_DECODERS: dict[str, Callable[[str, bytes], list[Decoded]]] = {
    "neonize": neonize_mapping.decode,
    "simulator": simulator_wire.decode,
}


def decode(kind: str, raw: bytes) -> list[Decoded]:
    """What a raw event means for chats; [] for events that are not about messages.

    `kind` is "<gateway>.<event>", as stored in whatsapp_event. Raises ValueError on an unknown gateway or on bytes
    that are not the event they claim to be: keep the row, mark it failed, go on with the next.
    """
    gateway, _, event = kind.partition(".")
    if gateway not in _DECODERS:
        raise ValueError(f"no decoder for events of {gateway!r}")
    return _DECODERS[gateway](event, raw)
