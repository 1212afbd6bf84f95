"""The store of files does not answer: people are told so and what to do, the log once, and all is well when it is back."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import structlog

from clarin_web.devices.simulator.files import file_of
from clarin_web.media import jobs
from clarin_web.media import storage as storing
from clarin_web.media.actions import keeping
from clarin_web.media.s3 import Bucket

from .conftest import Number

NOBODY = "http://key:wrongsecret@127.0.0.1:9/files"
WORDS = "The place where files are kept does not answer right now."


@pytest.fixture
def photo(number: Number) -> int:
    storing.outage.is_on = False
    return number.fetch(file_of("photo", "x"))


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch):
    """From here on; leave it with `monkeypatch.undo()`."""
    gone = Bucket(NOBODY)
    for module in ("clarin_web.media.views", keeping.__name__):
        monkeypatch.setattr(f"{module}.storage", lambda: gone)
    return monkeypatch


def test_a_file_is_a_503_that_nobody_keeps_and_a_way_to_try_again(ana, photo: int, away) -> None:
    with structlog.testing.capture_logs() as logged:
        for url in (f"/media/{photo}", f"/media/{photo}/thumb", f"/media/{photo}?save=1"):
            page = ana.get(url)
            assert page.status == 503
            assert (page.headers["Cache-Control"], page.headers["Retry-After"]) == ("no-store", "5")
            assert "Content-Disposition" not in page.headers
            assert WORDS in page.text
            assert "wrongsecret" not in page.text
            assert url in [link["href"].rstrip("?") for link in page.select("a.btn")]
        fragment = ana.htmx_get(f"/media/{photo}")
        assert (fragment.status, WORDS in fragment.text, "<html" in fragment.text) == (503, True, False)
        away.undo()
        for url in (f"/media/{photo}", f"/media/{photo}/thumb"):
            assert ana.client.get(url).data
    assert [line["event"] for line in logged] == ["store of files away", "store of files is back"]
    assert "wrongsecret" not in str(logged)


def test_what_a_browser_has_already_needs_no_store(ana, number: Number, photo: int, away) -> None:
    headers = {"If-None-Match": f'"{number.media(photo).hash}"'}
    assert ana.client.get(f"/media/{photo}", headers=headers).status_code == 304


def test_a_file_of_ours_that_cannot_be_kept_is_said_and_nothing_of_it_stays(
    ana, photo: int, number, away
) -> None:
    chat = f"/chats/{number.chat_id}/files"
    sent = {"file": (io.BytesIO(b"%PDF-1.7 hello"), "a.pdf"), "client_id": "click-0001"}
    answer = ana.htmx_post(chat, sent)
    assert answer.status == 503
    assert WORDS in answer.text
    assert "a.pdf" not in ana.get(f"/chats/{number.chat_id}").text


def test_a_file_that_cannot_be_looked_at_is_looked_at_when_it_can(number: Number, monkeypatch) -> None:
    storing.outage.is_on = False
    media_id = number.hear(file_of("photo", "x"))
    number.download()
    gone = Bucket(NOBODY)
    monkeypatch.setattr(storing, "storage", lambda: gone)
    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            jobs.examine(number.account_id, media_id)
        assert number.media(media_id).state == "waiting"
        monkeypatch.undo()
        jobs.examine(number.account_id, media_id)
    assert number.media(media_id).state == "ready"
    assert [line["event"] for line in logged] == ["store of files away"]


def test_a_body_that_breaks_off_closes_the_connection_and_is_said_once(ana, photo: int, monkeypatch) -> None:
    class Breaking:
        def read(self, *_: object) -> Iterator[bytes]:
            yield b"x" * 100
            raise OSError("the store of files broke off: ReadError")

    monkeypatch.setattr("clarin_web.media.views.storage", Breaking)
    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            with pytest.raises(ConnectionResetError):
                _ = ana.client.get(f"/media/{photo}").data
    assert [line["event"] for line in logged] == ["store of files away"]
