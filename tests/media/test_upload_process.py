"""What a chosen file costs to look at is paid by another process than the one of pages and sockets."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

from clarin_web.db import release, tenant
from clarin_web.lib.apart import NotDone, done_apart
from clarin_web.media import pictures, storage, voice
from clarin_web.media.actions import store_upload, uploading
from clarin_web.media.types import UNKNOWN
from tests.media.test_voice import webm


def picture(form: str, side: int = 300) -> bytes:
    out = BytesIO()
    Image.new("RGB", (side, side), "teal").save(out, form)
    return out.getvalue()


@pytest.fixture(autouse=True)
def inside(ana) -> Iterator[None]:
    with tenant(ana.account_id, ana.user_id):
        yield
    release()


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it can be done here."""
    for module, name in (
        (pictures, "draw_small"), (pictures, "jpeg_of"), (pictures, "pixels_of"), (voice, "voice_of"), (storage, "hash_of")
    ):  # fmt: skip
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("done in the process of pages"))
    monkeypatch.setattr("clarin_web.media.inspection.draw_small", pictures.draw_small)
    monkeypatch.setattr("clarin_web.media.actions.keeping.hash_of", storage.hash_of)


@pytest.mark.usefixtures("idle")
def test_pictures_voices_and_hashes_are_another_process_work(ana) -> None:
    photo = store_upload(ana.member, BytesIO(picture("WEBP")), "foto.webp", meant="auto")
    assert (photo.name, photo.mime, photo.width, bool(photo.thumb_hash)) == (
        "foto.jpg",
        "image/jpeg",
        300,
        True,
    )
    note = store_upload(ana.member, BytesIO(webm()), "blob", meant="voice")
    assert (note.name, note.mime, note.seconds) == ("voice.ogg", "audio/ogg", 3)
    film = store_upload(ana.member, BytesIO(b"\0\0\0\x18ftypisom" + bytes(50)), "a.mp4", meant="auto")
    assert (film.name, film.mime, film.thumb_hash) == ("a.mp4", "video/mp4", "")
    assert all(len(one.hash) == 64 for one in (photo, note, film))


def test_one_that_takes_too_much_is_kept_as_a_mere_file(ana, monkeypatch: pytest.MonkeyPatch) -> None:
    def only_plain(program, *, arguments):
        if arguments[1] != "plain":
            raise NotDone("TimeoutExpired")
        return done_apart(program, arguments=arguments)

    monkeypatch.setattr(uploading, "done_apart", only_plain)
    kept = store_upload(ana.member, BytesIO(picture("PNG")), "foto.png", meant="auto")
    assert (kept.mime, kept.name, kept.thumb_hash) == (UNKNOWN, "foto.png", "")
