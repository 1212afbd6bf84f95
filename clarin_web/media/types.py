"""What a file is, by its first bytes. What its sender calls it is never believed."""

from __future__ import annotations

HEAD = 64  # bytes that `sniff` needs
UNKNOWN = "application/octet-stream"
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
SOUNDS = ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/wav", "audio/flac")
FILMS = ("video/mp4", "video/webm")
INLINE = frozenset((*PICTURES, *SOUNDS, *FILMS))

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
# Of ISO media: the brands whose files are not films. Apple's and Android's photos name many; films name even more.
_BRANDS = {
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), "audio/mp4"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "image/heic"),
    **dict.fromkeys((b"mif1", b"mif2", b"msf1", b"miaf"), "image/heif"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    b"qt  ": "video/quicktime",
    b"crx ": "image/x-canon-cr3",
}
_FILMS = (b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"avc1", b"mp41", b"mp42",
          b"mp71", b"MSNV", b"M4V ", b"M4VH", b"M4VP", b"F4V ", b"dash", b"cmfc", b"NDSC", b"XAVC")  # fmt: skip
_MPEG = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")
_ADTS = (b"\xff\xf1", b"\xff\xf9")


def sniff(head: bytes) -> str:
    """The MIME type of a file that starts so; UNKNOWN for everything a browser should not open by itself."""
    for start, mime in _STARTS:
        if head.startswith(start):
            return mime
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head[:2] in _MPEG:
        return "audio/mpeg"
    return "audio/aac" if head[:2] in _ADTS else UNKNOWN


def _iso_media(head: bytes) -> str:
    """By its main brand, or the first of those it says it is compatible with that is known. No film by default."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    for at in (8, *range(16, end - 3, 4)):
        brand = head[at : at + 4]
        if brand in _BRANDS:
            return _BRANDS[brand]
        if brand[:2] in (b"3g", b"3G"):
            return "video/3gpp"
        if brand in _FILMS:
            return "video/mp4"
    return UNKNOWN
