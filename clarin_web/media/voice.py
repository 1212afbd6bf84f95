"""What browsers record, as the voice notes phones play: Opus in Ogg. Chromium writes WebM around the same packets.

They are put into another wrapping as they are; nothing is decoded, so neither quality nor ffmpeg is needed.
"""

from __future__ import annotations

import secrets
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

RATE = 48_000  # Ogg counts Opus at this rate whatever it was recorded at
LONGEST = 60_000  # bytes of one packet: Opus needs 1,500, a page of Ogg holds 65,025
PACKETS = 50  # in one page: about a second
_HEAD = b"OpusHead\x01\x01" + struct.pack("<HIhB", 312, RATE, 0, 0)
_TAGS = b"OpusTags" + struct.pack("<I", 6) + b"Clarin" + struct.pack("<I", 0)
# Of WebM: what holds other things, and the four things looked for.
_MASTERS = {0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE, 0xA0}
_CODEC, _PRIVATE, _SIMPLE_BLOCK, _BLOCK = 0x86, 0x63A2, 0xA3, 0xA1


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice note and how long it is."""

    ogg: bytes
    seconds: int


def voice_of(data: bytes) -> Voice | None:
    """None for anything else than Opus in Ogg or WebM: then it is an ordinary sound."""
    if data[:4] == b"OggS":
        return Voice(data, _length(data)) if b"OpusHead" in data[:200] else None
    if data[:4] != b"\x1aE\xdf\xa3":
        return None
    head, packets = _HEAD, []
    for name, value in _elements(data):
        if name == _CODEC and value.rstrip(b"\0") != b"A_OPUS":
            return None
        if name == _PRIVATE and value[:8] == b"OpusHead":
            head = value
        if name in (_SIMPLE_BLOCK, _BLOCK) and 4 < len(value) < LONGEST:
            packets.append(value[4:])  # track, time and flags come first; browsers put one packet into each
    if not packets:
        return None
    ogg, samples = _ogg(head, packets)
    return Voice(ogg, max(1, round(samples / RATE)))


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Every leaf, in order. A recording that was cut short ends where its bytes end."""
    at = 0
    while at < len(data):
        name, at = _number(data, at, keep_mark=True)
        size, at = _number(data, at, keep_mark=False)
        if name in _MASTERS:
            continue  # its leaves follow; live recordings do not even say how long it is
        yield name, data[at : at + size]
        at += size


def _number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """EBML: the first byte's leading zeros say how many bytes follow it."""
    first = data[at] if at < len(data) else 0
    length = 9 - first.bit_length()
    if first == 0 or at + length > len(data):
        return 0, len(data)
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_mark else value & ((1 << 7 * length) - 1)), at + length


def _ogg(head: bytes, packets: list[bytes]) -> tuple[bytes, int]:
    serial, samples = secrets.randbits(32), 0
    pages = [_page(serial, 0, 2, 0, [head]), _page(serial, 1, 0, 0, [_TAGS])]
    groups = list(_grouped(packets))
    for number, some in enumerate(groups, 2):
        samples += sum(_samples(packet) for packet in some)
        flags = 4 if number == len(groups) + 1 else 0
        pages.append(_page(serial, number, flags, samples, some))
    return b"".join(pages), samples


def _grouped(packets: list[bytes]) -> Iterator[list[bytes]]:
    """As many as a page can list: 255 pieces of 255 bytes."""
    some: list[bytes] = []
    pieces = 0
    for packet in packets:
        need = len(packet) // 255 + 1
        if some and (pieces + need > 255 or len(some) == PACKETS):
            yield some
            some, pieces = [], 0
        some.append(packet)
        pieces += need
    yield some


def _page(serial: int, number: int, flags: int, samples: int, packets: list[bytes]) -> bytes:
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    page = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, samples, serial, number, 0, len(lacing))
    page += lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _crc(page)) + page[26:]


def _samples(packet: bytes) -> int:
    """How long a packet sounds, by its first byte (RFC 6716, 3.1)."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        each = (480, 960, 1920, 2880)[config % 4]
    elif config < 16:
        each = (480, 960)[config % 2]
    else:
        each = (120, 240, 480, 960)[config % 4]
    frames = (1, 2, 2)[code] if code < 3 else (packet[1] & 0x3F if len(packet) > 1 else 0)
    return each * frames


def _length(ogg: bytes) -> int:
    """The last page says how many samples there were."""
    last = ogg.rfind(b"OggS")
    if last + 14 > len(ogg):
        return 1
    (samples,) = struct.unpack_from("<q", ogg, last + 6)
    return max(1, round(samples / RATE))


_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _crc(page: bytes) -> int:
    """Ogg's checksum is zlib's with every byte, and the sum, written backwards; of 31 MB in a blink."""
    value = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)
