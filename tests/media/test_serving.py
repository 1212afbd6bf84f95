"""Who gets the bytes of a file, and how a browser gets them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import MessageKind
from clarin_web.devices.simulator.files import file_of, paper, photo
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.media.actions import attach, forget_unsent, store_upload
from clarin_web.media.storage import folder
from clarin_web.models import Account, Chat, Media, Message

from .conftest import Number

BYTES = photo("view")
DAYS = timedelta(days=2)


@pytest.fixture
def seen(number: Number) -> int:
    """A photo that is ready."""
    return number.fetch(file_of("photo", "view"))


def test_the_owner_gets_the_picture_as_it_is(ana, seen):
    answer = ana.client.get(f"/media/{seen}")
    assert answer.data == BYTES
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Cache-Control"].startswith("private")
    assert "Cookie" in answer.headers["Vary"]
    assert ana.client.get(f"/media/{seen}/thumb").data[8:12] == b"WEBP"


def test_who_does_not_see_the_chat_does_not_see_its_files(ana, bruno, vera, carla, seen, number):
    assert vera.client.get(f"/media/{seen}").status_code == 200, "Vera reads everything"
    with tenant(number.account_id), transaction():
        execute(update(Chat).values(owner_id=ana.user_id))
        execute(update(Account).where(Account.id == number.account_id).values(agent_scope="own"))
    release()
    assert bruno.client.get(f"/media/{seen}").status_code == 404
    for url in (f"/media/{seen}", f"/media/{seen}/thumb"):
        assert carla.client.get(url).status_code == 404
    assert carla.post(f"/media/{seen}/retry").status == 404


def test_a_part_of_it_is_a_206_and_a_part_past_its_end_a_416(ana, seen):
    def ask(**headers: str):
        return ana.client.get(f"/media/{seen}", headers={k.replace("_", "-"): v for k, v in headers.items()})

    part = ask(Range="bytes=10-19")
    assert (part.status_code, part.data) == (206, BYTES[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(BYTES)}"
    assert ask(Range="bytes=-5").data == BYTES[-5:]
    assert ask(Range="bytes=100-").data == BYTES[100:]
    assert ask(Range=f"bytes=0-{len(BYTES) * 9}").data == BYTES
    past = ask(Range=f"bytes={len(BYTES)}-")
    assert (past.status_code, past.headers["Content-Range"]) == (416, f"bytes */{len(BYTES)}")
    for nonsense in ("bytes=5-1", "lines=1-2", "bytes=a-b", "bytes=1-2,4-5"):
        assert ask(Range=nonsense).status_code == 200
    etag = part.headers["ETag"]
    assert ask(If_None_Match=etag).status_code == 304
    assert ask(Range="bytes=0-1", If_Range=etag).status_code == 206
    assert ask(Range="bytes=0-1", If_Range='"other"').status_code == 200


def test_a_document_is_only_saved_under_its_own_name(ana, number):
    media_id = number.fetch(
        file_of("paper", "Invoice", name='../../año "1"\r\nX: y€.pdf'), MessageKind.DOCUMENT
    )
    answer = ana.client.get(f"/media/{media_id}")
    assert answer.data == paper("Invoice")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    header = answer.headers["Content-Disposition"]
    assert header.startswith('attachment; filename="a_o _1_ X_ y_.pdf"')
    assert "filename*=UTF-8''a%C3%B1o%20%221%22%20X%3A%20y%E2%82%AC.pdf" in header


def test_a_page_in_disguise_never_opens(ana, number):
    media_id = number.fetch(file_of("photo", "evil", fate="html"))
    answer = ana.client.get(f"/media/{media_id}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_what_is_not_here_yet_is_not_there(ana, number):
    media_id = number.hear(file_of("photo", "slow"))
    assert ana.client.get(f"/media/{media_id}").status_code == 404


def test_bruno_asks_again_for_what_failed_and_vera_may_not(bruno, vera, number):
    media_id = number.fetch(file_of("photo", "late", fate="damaged"))
    assert vera.post(f"/media/{media_id}/retry").status == 403
    assert bruno.post(f"/media/{media_id}/retry", {"next": "/chats/1"}).location == "/chats/1"
    assert number.media(media_id).state == "waiting"
    assert bruno.post(f"/media/{media_id}/retry").status == 303, "asked twice it is still on its way"


@pytest.mark.parametrize("fate", [{"size": 2**40}, {"fate": "gone"}])
def test_what_asking_cannot_bring_back_is_not_asked_for(bruno, number, fate):
    media_id = number.fetch(file_of("photo", "huge", **fate))
    assert bruno.post(f"/media/{media_id}/retry").status == 409


def upload(person, data: bytes, name: str = "a.jpg") -> Media:
    with tenant(person.account_id):
        media = store_upload(person.member, io.BytesIO(data), name)
        media_id = media.id
    release()
    return media_id


def test_an_upload_is_its_persons_until_it_is_sent(ana, bruno, carla, number, seen):
    media_id = upload(bruno, BYTES, "C:\\fakepath\\../house.jpg")
    assert number.media(media_id).name == "house.jpg"
    assert bruno.client.get(f"/media/{media_id}").data == BYTES
    for other in (ana, carla):
        assert other.client.get(f"/media/{media_id}").status_code == 404
    with tenant(bruno.account_id), transaction():
        row = {"account_id": bruno.account_id, "chat_id": number.chat_id, "wa_id": "OUT", "direction": "out"}
        message_id = execute(insert(Message).values(**row).returning(Message.id)).scalar_one()
        with pytest.raises(NotFound):
            attach(ana.member, media_id, message_id)
        attach(bruno.member, media_id, message_id)
    release()
    assert ana.client.get(f"/media/{media_id}").data == BYTES


def test_an_upload_of_nothing_or_too_much_is_refused(bruno, app):
    with pytest.raises(Invalid, match="file_empty"):
        upload(bruno, b"")
    with pytest.raises(Invalid, match="file_too_large"):
        upload(bruno, bytes(65 * 1024 * 1024))


def test_uploads_nobody_sent_are_forgotten_but_not_what_others_use(bruno, number, seen):
    same, own = upload(bruno, BYTES), upload(bruno, photo("own"))
    with tenant(bruno.account_id), transaction():
        execute(update(Media).where(Media.message_id.is_(None)).values(created_at=Media.created_at - DAYS))
    release()
    with tenant(bruno.account_id):
        assert forget_unsent(bruno.account_id) == 2
    release()
    kept = {path.name for path in (folder() / str(bruno.account_id)).rglob("*") if path.is_file()}
    row = number.media(seen)
    assert kept == {row.hash, row.thumb_hash}
    assert {same, own}.isdisjoint({seen})
