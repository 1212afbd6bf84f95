"""What a file is follows from its bytes, also where phones invent new names for photos and films."""

from __future__ import annotations

import pytest

from clarin_web.media.kinds import kind_for
from clarin_web.media.types import UNKNOWN, sniff


def iso(brand: bytes, *compatible: bytes) -> bytes:
    size = 16 + 4 * len(compatible)
    return size.to_bytes(4, "big") + b"ftyp" + brand + bytes(4) + b"".join(compatible) + b"\0\0\0\x08free"


@pytest.mark.parametrize(
    ("head", "mime", "kind"),
    [
        (iso(b"hevc", b"mif1", b"heic"), "image/heic", "document"),
        (iso(b"heic", b"mif1"), "image/heic", "document"),
        (iso(b"heix"), "image/heic", "document"),
        (iso(b"msf1", b"hevc"), "image/heif", "document"),
        (iso(b"mif1", b"heic"), "image/heif", "document"),
        (iso(b"avis"), "image/avif", "document"),
        (iso(b"new1", b"heic"), "image/heic", "document"),
        (iso(b"crx "), "image/x-canon-cr3", "document"),
        (iso(b"isom", b"mp42"), "video/mp4", "video"),
        (iso(b"mp42"), "video/mp4", "video"),
        (iso(b"XAVC", b"mp42"), "video/mp4", "video"),
        (iso(b"new2", b"iso6"), "video/mp4", "video"),
        (iso(b"qt  "), "video/quicktime", "document"),
        (iso(b"3gp6"), "video/3gpp", "document"),
        (iso(b"3g2a"), "video/3gpp", "document"),
        (iso(b"M4A ", b"isom"), "audio/mp4", "audio"),
        (iso(b"none"), UNKNOWN, "document"),
        (b"\0\0\0\x08ftyp", UNKNOWN, "document"),
        (b"\xff\xff\xff\xffftypnone" + b"heic" * 3, "image/heic", "document"),
    ],
)
def test_photos_of_any_brand_are_no_films(head, mime, kind):
    assert sniff(head) == mime
    assert kind_for(mime, 1_000_000, "auto") == kind
