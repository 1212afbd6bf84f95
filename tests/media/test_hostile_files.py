"""Files made to hurt: whoever looks at them spends neither memory nor minutes, and what comes next is not held up."""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clarin_web.devices.gateway import MessageKind
from clarin_web.devices.simulator import files
from clarin_web.devices.simulator.files import file_of
from clarin_web.media.actions import examining
from clarin_web.media.pictures import Drawn, NotAPicture, TooManyPixels, draw_small, jpeg_of, scans_of

from .conftest import Number

PAGE = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/><script>alert(1)</script>"


def picture(form: str = "JPEG", side: int = 40, **how: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(out, form, **how)
    return out.getvalue()


def painted_over(times: int) -> bytes:
    """A small progressive JPEG whose last scan comes again and again."""
    whole = picture(side=64, progressive=True)
    last, end = whole.rindex(b"\xff\xda"), whole.rindex(b"\xff\xd9")
    return whole[:end] + whole[last:end] * times + whole[end:]


def film_strip(frames: int) -> bytes:
    pictures = [Image.new("RGB", (16, 16), (n % 256, n // 256, 0)) for n in range(frames)]
    out = io.BytesIO()
    pictures[0].save(out, "WEBP", save_all=True, append_images=pictures[1:], duration=1)
    return out.getvalue()


def wordy() -> bytes:
    """A PNG with a text that unpacks to 64 MB."""
    whole = picture("PNG")
    data = b"zTXtk\x00\x00" + zlib.compress(bytes(64 << 20), 9)
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return whole[:33] + chunk + whole[33:]


HARMFUL = {
    "a page that says it is a photo": PAGE,
    "a picture that is a script as well": b"GIF89a/*" + b"\x00" * 40 + b"*/=1;alert(1)",
    "a JPEG painted over a thousand times": painted_over(1000),
    "a PNG with 64 MB of words": wordy(),
    "a PDF": b"%PDF-1.7 <script>alert(1)</script>",
    "nothing but a beginning": b"\xff\xd8\xff",
    "cut in the middle": picture("PNG", 300)[:90],
}
HARMLESS = {
    "ten thousand frames": film_strip(10_000),
    "a picture with a page behind it": picture() + PAGE,
    "progressive, as cameras make them": picture(side=300, progressive=True),
}


@pytest.fixture
def sent(number: Number, monkeypatch: pytest.MonkeyPatch):
    """As a customer sends these bytes: announced as a photo, downloaded, looked at; and a good one behind them."""

    def send(data: bytes) -> int:
        monkeypatch.setitem(files.MAKERS, "photo", lambda seed: data if seed == "evil" else files.photo(seed))
        media_id = number.fetch(
            file_of("photo", "evil", name='<img src=x onerror=alert(1)>".html'), MessageKind.IMAGE
        )
        assert number.media(number.fetch(file_of("photo", "good"))).state == "ready", "what comes behind it"
        return media_id

    return send


@pytest.mark.parametrize("name", HARMFUL)
def test_what_is_no_picture_is_a_file_to_save(sent, number: Number, ana, name: str) -> None:
    with structlog.testing.capture_logs() as logged:
        media_id = sent(HARMFUL[name])
    assert [line for line in logged if line["log_level"] == "error"] == []
    row = number.media(media_id)
    assert (row.state, row.thumb_hash) == ("ready", "")
    answer = ana.client.get(f"/media/{media_id}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    page = ana.get(f"/chats/{number.chat_id}")
    assert page.select(".msg img[onerror], .msg script") == []
    assert [link["href"] for link in page.select(".msg a[download]")] == [f"/media/{media_id}?save=1"]


@pytest.mark.parametrize("name", HARMLESS)
def test_a_picture_is_shown_small_and_as_nothing_else(sent, number: Number, ana, name: str) -> None:
    media_id = sent(HARMLESS[name])
    assert ana.client.get(f"/media/{media_id}/thumb").data[8:12] == b"WEBP"
    answer = ana.client.get(f"/media/{media_id}")
    assert answer.headers["Content-Type"] in ("image/jpeg", "image/webp")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_bomb_is_refused_shown_and_said_once(number: Number, ana) -> None:
    with structlog.testing.capture_logs() as logged:
        media_id = number.fetch(file_of("bomb", "boom"))
        examining.examine(number.account_id, media_id)
        assert number.media(number.fetch(file_of("photo", "good"))).state == "ready"
    said = [line["event"] for line in logged if line["log_level"] in ("warning", "error")]
    assert said == ["a picture too large to open safely"]
    assert "it could not be opened safely" in ana.get(f"/chats/{number.chat_id}").texts(".msg")[0]


def test_two_gigabytes_are_announced_shown_and_never_begun(number: Number, ana) -> None:
    with structlog.testing.capture_logs() as logged:
        media_id = number.fetch(file_of("paper", "huge", size=2 * 1024**3), MessageKind.DOCUMENT)
        assert number.media(number.fetch(file_of("photo", "good"))).state == "ready"
    assert (number.media(media_id).state, number.media(media_id).attempts) == ("too_large", 0)
    assert [line for line in logged if line["log_level"] in ("warning", "error")] == []
    shown = ana.get(f"/chats/{number.chat_id}").texts(".msg")[0]
    assert "Too large to download" in shown
    assert "2,147.5 MB" in shown


def test_grey_of_sixteen_bits_stays_grey(tmp_path: Path) -> None:
    scan = io.BytesIO()
    Image.new("I;16", (40, 30), 40_000).save(scan, "PNG")
    (tmp_path / "scan.png").write_bytes(scan.getvalue())
    for made in (draw_small(tmp_path / "scan.png").webp, jpeg_of(scan.getvalue())):
        assert made is not None
        assert Image.open(io.BytesIO(made)).convert("L").getpixel((20, 15)) == pytest.approx(156, abs=2)


@given(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), st.data())
def test_a_picture_with_some_bytes_changed_is_one_or_none(form: str, data: st.DataObject) -> None:
    raw = bytearray(picture(form))
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=8)):
        raw[place] = data.draw(st.integers(0, 255))
    with tempfile.NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        try:
            assert isinstance(draw_small(Path(file.name)), Drawn)
        except (NotAPicture, TooManyPixels):
            assert bytes(raw) != picture(form)


def test_scans_are_counted_as_a_decoder_meets_them(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for data, scans in ((painted_over(30), 40), (picture(), 1), (picture() + b"\xff\xda" * 99, 1), (PAGE, 0)):
        path.write_bytes(data)
        assert scans_of(path, 100) == scans
