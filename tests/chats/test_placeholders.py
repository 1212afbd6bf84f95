"""What cannot be read keeps its place, promises only what may come, and is filled in when it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from clarin_web.chats.jobs import end_waiting
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import MessageKind
from clarin_web.models import Message


def made_ago(phone, hours: int) -> None:
    with tenant(phone.account_id), transaction():
        execute(update(Message).values(created_at=datetime.now(UTC) - timedelta(hours=hours)))
    release()


def test_a_promise_ends_and_the_words_are_still_taken_when_they_come(phone, heard, ana):
    place = heard("", wa_id="LATE", kind=MessageKind.UNKNOWN, details={"type": "waiting"})
    phone.hear(place)
    page = f"/chats/{phone.chat.id}"
    end_waiting()
    assert "cannot be read here yet" in ana.get(page).text, "it may still come"
    made_ago(phone, 2)
    end_waiting()
    assert "could not be read here. Open it on the phone" in ana.get(page).text
    phone.hear(place)
    assert "could not be read here." in ana.get(page).text, "told again it promises nothing anew"
    phone.hear(heard("Ya llegó", wa_id="LATE"))
    shown = ana.get(page).text
    assert "Ya llegó" in shown
    assert "could not be read" not in shown


def test_lists_and_quotes_say_of_it_what_its_bubble_says(phone, heard, ana):
    phone.hear(heard("", wa_id="LATE", kind=MessageKind.UNKNOWN, details={"type": "waiting"}))
    assert ana.get("/chats").texts(".chat-row p") == ["A message that cannot be read here yet"]
    made_ago(phone, 2)
    end_waiting()
    assert ana.get("/chats").texts(".chat-row p") == ["A message only the phone shows"]
    phone.hear(heard("¿y eso?", quoted_wa_id="LATE"))
    assert ana.get(f"/chats/{phone.chat.id}").texts(".quote") == ["A message only the phone shows"]


def test_what_whatsapp_keeps_from_linked_devices_is_not_called_seen_once(phone, heard, ana):
    phone.hear(heard("", wa_id="GONE", kind=MessageKind.UNKNOWN, details={"type": "unavailable"}))
    shown = ana.get(f"/chats/{phone.chat.id}").text
    assert "shows this message on the phone only" in shown
    assert "To be seen once" not in shown
    phone.hear(heard("Aquí está", wa_id="GONE"))
    assert "Aquí está" in ana.get(f"/chats/{phone.chat.id}").text


def test_an_answer_to_what_was_never_here_shows_what_it_answers(phone, heard, ana):
    phone.hear(
        heard("¿Cuánto?", quoted_wa_id="OLD1", details={"quoted_kind": "image"}),
        heard("¡Qué lindo!", quoted_wa_id="OLD2", quoted_text="Oferta", details={"quoted_status": True}),
        heard("¿Hay más?", quoted_wa_id="OLD3", details={"quoted_status": True, "quoted_kind": "video"}),
    )
    quotes = [" ".join(quote.split()) for quote in ana.get(f"/chats/{phone.chat.id}").texts(".quote")]
    assert quotes == ["Photo", "Our status Oferta", "Our status Video"]
