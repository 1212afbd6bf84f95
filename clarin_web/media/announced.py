"""What is known of a file before its bytes are here; light enough for the process of a number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message, as its sender announced it: nothing of it is believed before the bytes are here.

    `ref` is what `devices.gateways.fetch` needs to find the bytes; only the gateway that made it understands it.
    """

    ref: bytes
    mime: str = ""
    size: int = 0
    name: str = ""
    seconds: int = 0
    width: int = 0
    height: int = 0
