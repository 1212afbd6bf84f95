"""From a stored raw event to dataclasses: safe in processes that must never load neonize's Go library."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from clarin_web.devices.bounds import bounded
from clarin_web.devices.gateway import Decoded, NotUnderstood
from clarin_web.devices.neonize_gateway import mapping as neonize_mapping
from clarin_web.devices.simulator import wire as simulator_wire

_DECODERS: dict[str, Callable[[str, bytes], list[Decoded]]] = {
    "neonize": neonize_mapping.decode,
    "simulator": simulator_wire.decode,
}


def decode(kind: str, raw: bytes, now: datetime | None = None) -> list[Decoded]:
    """What a raw event means for chats, within bounds; [] for events that are not about messages.

    `kind` is "<gateway>.<event>", as stored in whatsapp_event. Raises ValueError, and nothing else, on an unknown
    gateway or on bytes that are not the event they claim to be: keep the row, mark it failed, go on with the next.
    """
    gateway, _, event = kind.partition(".")
    if gateway not in _DECODERS:
        raise ValueError(f"no decoder for events of {gateway!r}")
    try:
        return _read(gateway, event, raw, now or datetime.now(UTC))
    except ValueError:
        raise
    except Exception as error:  # others wrote these bytes: whatever they break is about them
        raise ValueError(f"not understood: {error!r}"[:500]) from error


def _read(gateway: str, event: str, raw: bytes, now: datetime) -> list[Decoded]:
    try:
        return [bounded(decoded, now) for decoded in _DECODERS[gateway](event, raw)]
    except NotUnderstood as error:
        raise NotUnderstood(str(error), tuple(bounded(place, now) for place in error.places)) from error
