"""Profile pictures: told, fetched, kept small, shown to whoever sees the contact, and taken away again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text, update

from clarin_web.contacts.actions import merge_contacts, undo_merge
from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices.downloads import fetch_next
from clarin_web.devices.gateway import (
    Address,
    File,
    Kind,
    PortraitNews,
    PortraitTold,
)
from clarin_web.devices.inquiries import question
from clarin_web.devices.simulator.files import file_of
from clarin_web.media.jobs import examine, sweep
from clarin_web.media.queries import portrait_id, space_left
from clarin_web.media.storage import folder
from clarin_web.models import Account, Chat, Contact, Inquiry, Lead, Media, Stage
from clarin_web.pipelines.actions import create_pipeline

from .conftest import CUSTOMER, Phone

OTHER = Address(Kind.USER, "51955111222")
NOW = datetime.now(UTC)


def told(
    news: PortraitNews, portrait_id: str = "", file: File | None = None, chat: Address = CUSTOMER
) -> PortraitTold:
    return PortraitTold(chat, news, NOW, portrait_id, file)


def work(phone: Phone) -> None:
    """The workers of files: fetched, then looked at."""
    while fetch_next(phone.account_id, phone.device_id):
        pass
    for media in phone.rows(Media, Media.state == "waiting", Media.hash != ""):
        examine(phone.account_id, media.id)


def shows(phone: Phone, seed: str, make: str = "face") -> None:
    phone.hear(told(PortraitNews.THERE, f"id of {seed}", file_of(make, seed)))
    work(phone)


def portrait(phone: Phone) -> str:
    chat = phone.one(Chat, Chat.key == CUSTOMER.key, Chat.device_id == phone.device_id)
    return str(phone.one(Contact, Contact.id == chat.contact_id).portrait)


def test_a_picture_comes_small_and_is_seen_where_the_contact_is(phone, heard, ana, vera):
    phone.hear(heard())
    shows(phone, "rosa")
    digest, chat = portrait(phone), phone.chat
    assert chat.portrait == digest != ""
    media = phone.one(Media)
    assert (media.state, media.mime, media.ref, media.name) == ("ready", "image/webp", None, "id of rosa")
    source = f"/portraits/{chat.contact_id}?v={digest[:12]}"
    for url, size in ((f"/chats/{chat.id}", 3), (f"/contacts/{chat.contact_id}", 1)):
        assert [img["src"] for img in ana.get(url).select(".av img")] == [source] * size
    answer = vera.client.get(source)
    assert (answer.status_code, answer.mimetype, answer.data[8:12]) == (200, "image/webp", b"WEBP")
    assert answer.headers["Cache-Control"] == "private, max-age=604800, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert vera.client.get(source, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    old = vera.client.get(f"/portraits/{chat.contact_id}?v=000000")
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "private, no-cache")


def test_who_sees_neither_chat_nor_lead_does_not_see_the_picture(phone, heard, ana, bruno, carla):
    phone.hear(heard())
    shows(phone, "rosa")
    contact_id = phone.chat.contact_id
    with tenant(phone.account_id), transaction():
        execute(delete(Lead))
        execute(update(Chat).values(owner_id=ana.user_id))
        execute(update(Account).where(Account.id == phone.account_id).values(agent_scope="own"))
    release()
    url = f"/portraits/{contact_id}"
    assert (ana.client.get(url).status_code, bruno.client.get(url).status_code) == (200, 404)
    assert bruno.get(f"/contacts/{contact_id}").select(".av img") == []
    assert carla.client.get(url).status_code == 404
    assert ana.client.get("/portraits/999999").status_code == 404
    with tenant(phone.account_id), transaction():
        pipeline = create_pipeline(phone.account_id, "Ventas", ["Nuevo"], is_main=True).id
        stage = execute(select(Stage.id).where(Stage.kind == "open")).scalar_one()
        row = {"account_id": phone.account_id, "contact_id": contact_id, "title": "Taladros"}
        session().add(Lead(**row, pipeline_id=pipeline, stage_id=stage, owner_id=bruno.user_id))
    release()
    assert bruno.client.get(url).status_code == 200
    with tenant(phone.account_id), transaction():
        execute(update(Contact).values(trashed_at=NOW))
    release()
    assert ana.client.get(url).status_code == 404


def test_what_is_known_costs_nothing_and_what_changed_is_asked_for(phone, heard):
    phone.hear(heard())
    shows(phone, "rosa")
    first = portrait(phone)
    with tenant(phone.account_id):
        assert question(phone.account_id, phone.chat.id, "portrait").known == "id of rosa"
    release()
    shows(phone, "rosa")
    phone.hear(told(PortraitNews.SAME, "id of rosa"))
    assert (portrait(phone), phone.count(Media)) == (first, 1)
    phone.hear(told(PortraitNews.CHANGED))
    assert portrait(phone) == first, "the old one hangs until the new one is here"
    asked_again = phone.one(Inquiry, Inquiry.about == "portrait")
    assert asked_again.again_at > datetime.now(UTC)
    shows(phone, "rosa con sombrero")
    assert portrait(phone) not in ("", first)
    assert phone.count(Media) == 1
    assert len(kept(phone)) == 1, "the bytes of the old one are gone"


def kept(phone: Phone) -> list[str]:
    return [file.name for file in (folder() / str(phone.account_id)).rglob("*") if file.is_file()]


def test_taken_away_it_goes_but_not_on_the_word_of_a_number_that_may_not_see_it(phone, heard, linked):
    phone.hear(heard())
    shows(phone, "rosa")
    other = linked(phone.account_id, "Soporte", "+51911222444")
    other.hear(heard())
    other.hear(told(PortraitNews.NONE), told(PortraitNews.HIDDEN))
    assert portrait(phone) != ""
    other.hear(told(PortraitNews.SAME, "id of rosa"))
    assert {chat.portrait for chat in phone.rows(Chat)} == {portrait(phone)}, (
        "a chat of a known contact shows it too"
    )
    phone.hear(told(PortraitNews.NONE))
    assert (portrait(phone), {chat.portrait for chat in phone.rows(Chat)}) == ("", {""})
    assert (phone.count(Media), kept(phone)) == (0, [])


@pytest.mark.parametrize("make", ["bomb", "paper"])
def test_what_is_no_picture_or_a_bomb_hangs_nowhere_and_the_old_one_stays(phone, heard, make):
    phone.hear(heard())
    shows(phone, "rosa")
    before = portrait(phone)
    shows(phone, "broma", make)
    assert (portrait(phone), phone.count(Media), len(kept(phone))) == (before, 1, 1)


def test_pictures_count_against_the_space_and_a_full_account_gets_none(phone, heard, monkeypatch):
    phone.hear(heard())
    with tenant(phone.account_id):
        before = space_left(phone.account_id)
    release()
    shows(phone, "rosa")
    with tenant(phone.account_id):
        assert 0 < before - space_left(phone.account_id) < 20_000
    release()
    monkeypatch.setattr("clarin_web.devices.downloads.space_left", lambda _account: 0)
    shows(phone, "otra")
    assert phone.one(Media).name == "id of rosa"


def test_sweeping_uploads_nobody_sent_leaves_portraits_alone(phone, heard):
    phone.hear(heard())
    shows(phone, "rosa")
    with tenant(phone.account_id), transaction():
        execute(update(Media).values(created_at=NOW - timedelta(days=9)))
    release()
    sweep()
    assert phone.count(Media) == 1


def test_a_merge_keeps_the_picture_and_undone_gives_it_back(phone, heard):
    phone.hear(heard(), heard(chat=OTHER))
    shows(phone, "rosa")
    mine = phone.one(Chat, Chat.key == CUSTOMER.key).contact_id
    other = phone.one(Chat, Chat.key == OTHER.key).contact_id
    digest = portrait(phone)
    with tenant(phone.account_id):
        merge_id = merge_contacts(phone.account_id, other, mine, reason="typed")
    release()
    assert phone.one(Contact, Contact.id == other).portrait == digest
    assert {chat.portrait for chat in phone.rows(Chat)} == {digest}
    with tenant(phone.account_id):
        assert portrait_id(phone.account_id, other) == "id of rosa"
        undo_merge(phone.account_id, merge_id)
    release()
    assert [phone.one(Contact, Contact.id == one).portrait for one in (mine, other)] == [digest, ""]
    assert phone.one(Chat, Chat.key == OTHER.key).portrait == ""


def test_with_the_contact_goes_the_picture(phone, heard):
    phone.hear(heard())
    shows(phone, "rosa")
    with tenant(phone.account_id), transaction():
        execute(text("DELETE FROM contact"))
    release()
    assert phone.count(Media) == phone.count(Inquiry) == 0
