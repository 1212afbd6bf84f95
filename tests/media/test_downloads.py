"""What becomes of a customer's file: announced, downloaded, looked at; and everything that may go wrong with it."""

from __future__ import annotations

import dataclasses
import logging
import os
import threading
from typing import Any

import pytest
from sqlalchemy import select

import worker
from clarin_web import config
from clarin_web.db import execute, release, tenant
from clarin_web.devices import downloads
from clarin_web.devices.gateway import File, MessageKind
from clarin_web.devices.simulator.files import file_of, photo
from clarin_web.jobs import QUEUES, queue
from clarin_web.media import actions
from clarin_web.media.storage import folder, forget_scratch, storage
from clarin_web.models import Message

from .conftest import Number


@pytest.fixture
def limits(monkeypatch):
    """Other limits, for this test."""

    def choose(**values: int) -> None:
        changed = {f"media_{name}": value for name, value in values.items()}
        made = dataclasses.replace(config.settings(), **changed)
        for module in (
            "media.queries",
            "media.actions.announcing",
            "media.actions.uploading",
            "devices.downloads",
        ):
            monkeypatch.setattr(f"clarin_web.{module}.settings", lambda: made)

    return choose


def test_a_photo_waits_until_its_bytes_were_looked_at(number: Number):
    media_id = number.hear(file_of("photo", "beach"))
    assert number.media(media_id).state == "waiting"
    number.download()
    assert (row := number.media(media_id)).state == "waiting"
    assert row.hash
    from clarin_web.media import jobs

    jobs.examine(number.account_id, media_id)
    row = number.media(media_id)
    assert (row.state, row.mime, row.width, row.height) == ("ready", "image/jpeg", 800, 600)
    assert b"".join(storage().read(number.account_id, row.hash, 0, row.size)) == photo("beach")
    small = b"".join(storage().read(number.account_id, row.thumb_hash, 0, 10**6))
    assert small[8:12] == b"WEBP"
    assert len(small) < row.size


def test_pictures_are_drawn_where_no_chat_waits(number: Number):
    """Each of 24 megapixels is a second: a burst of them made every chat wait for one more."""
    drawing = queue("pictures")
    drawing.empty()
    media_id = number.hear(file_of("photo", "burst"))
    number.download()
    assert [list(job.args) for job in drawing.get_jobs()] == [[number.account_id, media_id]]
    drawing.empty()
    assert [words for words in worker.WORKERS if {"chats", "pictures"} <= {*words}] == []
    assert set(QUEUES) == {name for words in worker.WORKERS if words[0] == "work" for name in words[1:]} | {
        "files",
        "pictures",
    }


def test_the_same_file_is_kept_once(number: Number):
    first, second = number.fetch(file_of("photo", "same")), number.fetch(file_of("photo", "same"))
    assert number.media(first).hash == number.media(second).hash
    kept = [path for path in (folder() / str(number.account_id)).rglob("*") if path.is_file()]
    assert len(kept) == 2, "the photo and the small picture of it"


def test_what_a_killed_process_had_begun_to_write_goes_a_day_later(number: Number):
    (old := folder() / "tmp" / "old").parent.mkdir(parents=True, exist_ok=True)
    (new := folder() / "tmp" / "new").write_bytes(b"half")
    old.write_bytes(b"half")
    os.utime(old, (1, 1))
    forget_scratch()
    assert (old.exists(), new.exists()) == (False, True)
    new.unlink()


def test_nothing_half_written_is_left_behind(number: Number):
    number.fetch(file_of("photo", "a", fate="endless"))
    number.fetch(file_of("paper", "b"), MessageKind.DOCUMENT)
    assert list((folder() / "tmp").iterdir()) == []


def test_a_download_that_fails_is_tried_again_after_a_pause(number: Number):
    media_id = number.hear(file_of("photo", "shy", fails=2))
    for _ in range(2):
        number.download()
        assert (number.media(media_id).state, number.media(media_id).reason) == (
            "waiting",
            "simulated_failure",
        )
        number.download()
        number.later(media_id)
    number.download()
    assert number.media(media_id).attempts == 3
    assert number.media(media_id).hash


def test_a_download_that_never_works_is_given_up_and_says_so(number: Number):
    media_id = number.hear(file_of("photo", "never", fails=99))
    for _ in range(8):
        number.download()
        number.later(media_id)
    row = number.media(media_id)
    assert (row.state, row.reason, row.attempts) == ("failed", "simulated_failure", 6)


def test_without_a_connection_nothing_counts_as_an_attempt(number: Number):
    media_id = number.hear(file_of("photo", "offline"))
    number.becomes("reconnecting")
    for _ in range(9):
        number.download()
        number.later(media_id)
    assert (number.media(media_id).state, number.media(media_id).attempts) == ("waiting", 0)
    number.becomes("connected")
    number.download()
    assert number.media(media_id).hash


def test_a_worker_killed_in_the_middle_leaves_a_claim_that_ends(number: Number):
    media_id = number.hear(file_of("photo", "killed"))
    with tenant(number.account_id):
        assert actions.claim(number.account_id, number.device_id)
    release()
    number.download()
    assert not number.media(media_id).hash, "somebody may still be at it"
    number.later(media_id, actions.fetching.LEASE)
    number.download()
    assert number.media(media_id).hash


def test_a_worker_that_is_asked_to_end_leaves_its_files_to_the_next(number: Number, monkeypatch):
    media_id = number.hear(file_of("photo", "begun"))
    begun, over, fetch = threading.Event(), threading.Event(), downloads.gateways.fetch

    def slow(*errand: Any) -> None:
        begun.set()
        assert over.wait(60)
        fetch(*errand)

    with monkeypatch.context() as patch:
        patch.setattr(downloads.gateways, "fetch", slow)
        ending = threading.Thread(target=downloads.fetch_next, args=(number.account_id, number.device_id))
        ending.start()
        assert begun.wait(60)
        downloads.let_go()
    assert list((folder() / "tmp").iterdir()) == []
    assert number.media(media_id).attempts == 0
    number.download()
    assert number.media(media_id).hash
    over.set()
    ending.join(60)
    assert number.media(media_id).hash, "twice is once"


@pytest.mark.parametrize(
    ("fate", "state"), [("gone", "expired"), ("damaged", "failed"), ("endless", "too_large")]
)
def test_what_cannot_be_had_is_shown_as_what_it_is(number: Number, fate: str, state: str):
    media_id = number.fetch(file_of("photo", "x", fate=fate))
    row = number.media(media_id)
    assert (row.state, row.hash) == (state, "")


def test_two_gigabytes_are_not_even_begun(number: Number, caplog):
    media_id = number.fetch(file_of("paper", "huge", size=2 * 1024**3), MessageKind.DOCUMENT)
    assert (number.media(media_id).state, number.media(media_id).attempts) == ("too_large", 0)
    after = number.fetch(file_of("photo", "next"))
    assert number.media(after).state == "ready", "what came behind it was not held up"


def test_a_lie_about_its_size_is_noticed_while_reading(number: Number, limits):
    limits(most=10_000, quota=10**9)
    media_id = number.fetch(file_of("photo", "liar", size=5))
    assert number.media(media_id).state == "too_large"


def test_a_full_account_refuses_plainly(number: Number, limits):
    limits(most=10**7, quota=15_000)
    assert number.media(number.fetch(file_of("photo", "one", size=14_000))).state == "ready"
    row = number.media(number.fetch(file_of("photo", "two", size=14_000)))
    assert (row.state, row.reason) == ("refused", "quota")


def test_a_picture_that_would_fill_the_memory_is_refused_and_said_once(number: Number, caplog):
    with caplog.at_level(logging.WARNING):
        media_id = number.fetch(file_of("bomb", "boom"))
    assert (number.media(media_id).state, number.media(media_id).reason) == ("refused", "too_many_pixels")
    assert number.media(number.fetch(file_of("photo", "next"))).state == "ready"


def test_a_web_page_that_calls_itself_a_photo_is_only_a_file(number: Number):
    row = number.media(number.fetch(file_of("photo", "evil", fate="html")))
    assert (row.state, row.mime, row.thumb_hash) == ("ready", "application/octet-stream", "")


def test_a_reference_nobody_understands_is_contained(number: Number):
    bad = number.hear(File(b"\xff not json", "image/jpeg", 10))
    good = number.hear(file_of("photo", "fine"))
    number.download()
    assert (number.media(bad).state, number.media(bad).reason) == ("waiting", "bug")
    assert number.media(good).hash


def test_numbers_nobody_could_mean_are_bounded(number: Number):
    media_id = number.hear(File(b"{}", "x" * 5000, -5, "n" * 5000, seconds=2**70))
    row = number.media(media_id)
    assert (row.size, row.seconds, len(row.name), len(row.mime)) == (0, 2**53, 200, 100)


def test_the_bubble_has_a_new_version_when_its_file_is_there(number: Number):
    media_id = number.fetch(file_of("photo", "v"))
    with tenant(number.account_id):
        message_id = number.media(media_id).message_id
        version = execute(select(Message.version).where(Message.id == message_id)).scalar_one()
    release()
    assert version == 2
