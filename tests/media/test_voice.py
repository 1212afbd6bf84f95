"""What browsers record becomes what phones play: the same packets in another wrapping, and how long they are."""

import struct

import pytest

from clarin_web.media.kinds import kind_for
from clarin_web.media.voice import _crc, voice_of

HEAD = b"OpusHead\x01\x01" + struct.pack("<HIhB", 312, 48000, 0, 0)
PACKETS = [bytes([0x78]) + bytes([n % 256]) * (20 + n * 7) for n in range(150)]  # 20 ms each, some long
UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"


def element(name: bytes, value: bytes) -> bytes:
    return name + struct.pack(">I", len(value) | 0x10000000) + value


def webm(packets=PACKETS, codec=b"A_OPUS") -> bytes:
    """As Chromium streams it: neither the segment nor its clusters say how long they are."""
    track = element(b"\xae", element(b"\xd7", b"\x01") + element(b"\x86", codec) + element(b"\x63\xa2", HEAD))
    blocks = b"".join(element(b"\xa3", b"\x81\x00\x00\x80" + packet) for packet in packets)
    cluster = b"\x1f\x43\xb6\x75" + UNKNOWN + element(b"\xe7", b"\x00") + blocks
    body = element(b"\x16\x54\xae\x6b", track) + cluster
    return element(b"\x1aE\xdf\xa3", element(b"\x42\x82", b"webm")) + b"\x18\x53\x80\x67" + UNKNOWN + body


def pages(ogg: bytes):
    """(flags, samples, packets) of each page; its checksum and number are right."""
    at, number = 0, 0
    while at < len(ogg):
        magic, _, flags, samples, _, seq, crc, count = struct.unpack_from("<4sBBqIIIB", ogg, at)
        lacing = ogg[at + 27 : at + 27 + count]
        end = at + 27 + count + sum(lacing)
        page = ogg[at:end]
        assert (magic, seq) == (b"OggS", number)
        assert _crc(page[:22] + bytes(4) + page[26:]) == crc
        place, packets, length = at + 27 + count, [], 0
        for piece in lacing:
            length += piece
            if piece < 255:
                packets.append(ogg[place : place + length])
                place, length = place + length, 0
        yield flags, samples, packets
        at, number = end, number + 1


def test_webm_becomes_ogg_with_the_same_packets():
    voice = voice_of(webm())
    assert voice
    assert voice.seconds == 3
    (first, _, head), (_, _, tags), *sound = pages(voice.ogg)
    assert (first, head, tags[0][:8]) == (2, [HEAD], b"OpusTags")
    assert [packet for _, _, packets in sound for packet in packets] == PACKETS
    assert (sound[-1][0], sound[-1][1]) == (4, 150 * 960)
    assert [flags for flags, _, _ in sound[:-1]] == [0] * (len(sound) - 1)


def test_the_checksum_is_oggs():
    assert _crc(b"123456789") == 0x89A1897F


def test_ogg_stays_as_it_is():
    ogg = voice_of(webm())
    assert ogg
    assert voice_of(ogg.ogg) == ogg


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"OggS",
        b"\x1aE\xdf\xa3",
        webm(codec=b"A_VORBIS"),
        webm(packets=[]),
        b"ID3 song",
        webm()[:60],
        b"\x1aE\xdf\xa3" + bytes(500),
    ],
)
def test_anything_else_is_no_voice_and_breaks_nothing(data):
    assert voice_of(data) is None


def test_a_recording_cut_short_keeps_what_there_is():
    voice = voice_of(webm()[:-3000])
    assert voice
    assert 1 <= voice.seconds <= 3


@pytest.mark.parametrize(
    ("mime", "size", "asked", "kind"),
    [
        ("image/jpeg", 5, "auto", "image"),
        ("image/jpeg", 17 << 20, "auto", "document"),
        ("image/jpeg", 5, "document", "document"),
        ("image/webp", 5, "auto", "document"),
        ("image/webp", 5, "sticker", "sticker"),
        ("image/png", 5, "sticker", None),
        ("video/mp4", 5, "auto", "video"),
        ("audio/mpeg", 5, "auto", "audio"),
        ("application/pdf", 5, "auto", "document"),
        ("application/octet-stream", 5, "auto", "document"),
    ],
)
def test_the_bytes_decide_as_what_a_file_is_sent(mime, size, asked, kind):
    assert kind_for(mime, size, asked) == kind
