"""React, edit, delete, forward: what WhatsApp takes is offered, each leaves once, and nothing is promised too early."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices import outbox
from clarin_web.devices.gateway import SentResult
from clarin_web.events import HoldsLifted
from clarin_web.models import DoNotContact, Message
from tests.support.claiming import claim_any
from tests.support.told import told


def set_rows(phone, statement):
    with tenant(phone.account_id), transaction():
        execute(statement)
    release()


def write(phone, person, chat, body="Hola", *, state="sent", **values):
    """A message of ours that has left."""
    person.post(f"{chat}/messages", {"body": body, "client_id": "click-" + body.replace(" ", "-") + "-000"})
    row = phone.rows(Message, Message.direction == "out", Message.body == body)[-1]
    set_rows(phone, update(Message).where(Message.id == row.id).values(state=state, **values))
    return row.id


def row(phone, message_id):
    return phone.one(Message, Message.id == message_id)


def deeds(phone):
    return phone.rows(Message, Message.kind.in_(("reaction", "edit", "revoke")))


def leave(phone, *, fails=""):
    """What the device's process does with everything that waits."""
    kinds = []
    with tenant(phone.account_id):
        while claimed := claim_any(phone.account_id, phone.device_id):
            kinds.append(type(claimed.message).__name__.removeprefix("Outgoing"))
            result = SentResult(f"WIRE{claimed.id}", datetime.now(UTC))
            if fails:
                outbox.failed(phone.account_id, claimed, fails)
            else:
                outbox.sent(phone.account_id, claimed, result)
    release()
    return kinds


def a_moment_later(phone):
    """The time in which a deletion can be undone is over."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    set_rows(phone, update(Message).where(Message.kind == "revoke").values(due_at=past))


def test_bruno_reacts_and_takes_it_back(phone, chat, bruno, vera, carla):
    asked = phone.messages[0].id
    url = f"/messages/{asked}/reaction"
    assert bruno.htmx_get(f"/messages/{asked}/menu").texts(".emoji button")[:1] == ["👍"]
    answer = bruno.htmx_post(url, {"emoji": "🙏"})
    assert "dialog:close" in answer.headers["HX-Trigger"]
    assert answer.texts(".deed")[0].startswith("Reacting")
    assert bruno.htmx_post(url, {"emoji": "🙏"}).status == 200
    assert [(d.kind, d.body, d.state) for d in deeds(phone)] == [("reaction", "🙏", "queued")]
    assert row(phone, asked).reactions == {}
    assert leave(phone) == ["Reaction"]
    assert row(phone, asked).reactions == {"me": "🙏"}
    assert bruno.get(chat).texts(".reactions") == ["🙏"]
    assert bruno.get(chat).select(".deed") == []
    bruno.post(url, {"emoji": ""})
    assert leave(phone) == ["Reaction"]
    assert row(phone, asked).reactions == {}
    for person, status in ((vera, 403), (carla, 404)):
        assert person.post(url, {"emoji": "👍"}).status == status
        assert person.get(f"/messages/{asked}/menu").status == status


def test_what_can_only_be_copied_is_not_said_to_allow_nothing(phone, chat, bruno):
    """All of it is copied, also of a text whose bubble shows only the beginning."""
    words = "Llama el lunes. " * 200
    bruno.post(f"{chat}/notes", {"note": words, "client_id": "click-0001"})
    note = phone.one(Message, Message.kind == "note")
    menu = bruno.htmx_get(f"/messages/{note.id}/menu")
    assert menu.texts(".menu-item") == ["Copy"]
    assert menu.one("[data-copy]")["data-copy-text"] == note.body == words.strip()
    assert not menu.select("p:not(.no-js)")


@pytest.mark.parametrize("emoji", ["a", "<b>", "12", "👍" * 20])
def test_only_an_emoji_is_a_reaction(phone, chat, bruno, emoji):
    assert bruno.post(f"/messages/{phone.messages[0].id}/reaction", {"emoji": emoji}).status == 422
    assert deeds(phone) == []


def test_a_newer_reaction_replaces_one_that_has_not_left(phone, chat, bruno):
    asked = phone.messages[0].id
    for emoji in ("👍", "❤️", "😂"):
        bruno.post(f"/messages/{asked}/reaction", {"emoji": emoji})
    assert [d.body for d in deeds(phone)] == ["😂"]
    assert leave(phone) == ["Reaction"]
    assert row(phone, asked).reactions == {"me": "😂"}


def test_an_edit_shows_when_it_left_and_says_edited(phone, chat, bruno):
    said = write(phone, bruno, chat, "100 soles")
    assert bruno.get(f"/messages/{said}/edit").one("textarea").text.strip() == "100 soles"
    bruno.post(f"/messages/{said}/edit", {"body": "120 soles"})
    page = bruno.get(chat)
    assert page.texts(".msg.out .text") == ["100 soles"]
    assert "120 soles" in page.texts(".deed")[0]
    assert leave(phone) == ["Edit"]
    page = bruno.get(chat)
    assert page.texts(".msg.out .text") == ["120 soles"]
    assert "edited" in page.texts(".msg.out .meta")[0]
    assert (row(phone, said).extra["original"], phone.chat.last_preview) == ("100 soles", "120 soles")


def test_what_has_not_left_is_changed_in_place(phone, chat, bruno):
    said = write(phone, bruno, chat, "100 soles", state="queued")
    bruno.post(f"/messages/{said}/edit", {"body": "120 soles"})
    assert (row(phone, said).body, deeds(phone)) == ("120 soles", [])
    assert phone.chat.last_preview == "120 soles"
    assert leave(phone) == ["Text"]


def test_after_a_quarter_of_an_hour_nothing_is_edited(phone, chat, bruno):
    said = write(phone, bruno, chat, at=datetime.now(UTC) - timedelta(minutes=16))
    assert "Edit" not in bruno.htmx_get(f"/messages/{said}/menu").texts(".menu-item")
    assert bruno.get(f"/messages/{said}/edit").status == 409
    answer = bruno.htmx_post(f"/messages/{said}/edit", {"body": "x"})
    assert (answer.status, "15 minutes" in answer.texts("#edit-body-error")[0]) == (409, True)
    assert deeds(phone) == []


def test_nobody_edits_or_deletes_what_the_customer_wrote(phone, chat, bruno):
    asked = phone.messages[0].id
    assert bruno.post(f"/messages/{asked}/edit", {"body": "x"}).status == 409
    assert bruno.post(f"/messages/{asked}/delete").status == 409


def test_deleting_asks_first_and_everybody_sees_it_gone(phone, chat, bruno):
    said = write(phone, bruno, chat, "secreto")
    assert "Everybody in the chat" in bruno.get(f"/messages/{said}/delete").texts("form p")[-1]
    assert row(phone, said).kind == "text"
    bruno.post(f"/messages/{said}/edit", {"body": "otra"})
    bruno.post(f"/messages/{said}/delete")
    assert leave(phone) == []
    a_moment_later(phone)
    assert leave(phone) == ["Revoke"]
    assert (row(phone, said).kind, row(phone, said).body, phone.chat.last_kind) == ("deleted", "", "deleted")
    assert "secreto" not in bruno.get(chat).text
    assert bruno.htmx_get(f"/messages/{said}/menu").texts(".menu-item") == []


def test_deleting_what_has_not_left_calls_it_off(phone, chat, bruno):
    said = write(phone, bruno, chat, state="queued")
    bruno.post(f"/messages/{said}/delete")
    assert leave(phone) == []
    assert (row(phone, said).kind, row(phone, said).state) == ("deleted", "")
    assert row(phone, said).extra["called_off_by"] == bruno.user_id
    assert "Called off: it never left" in bruno.get(chat).text


def test_what_waited_behind_one_that_is_called_off_says_so_no_more(phone, chat, bruno):
    first = write(phone, bruno, chat, "uno", state="queued")
    second = write(phone, bruno, chat, "dos", state="queued")
    with tenant(phone.account_id), transaction():
        execute(update(Message).where(Message.id.in_([first, second])).values(hold="retry"))
        execute(update(Message).where(Message.id == first).values(attempts=1))
    version = row(phone, second).version
    with told(HoldsLifted) as heard:
        bruno.post(f"/messages/{first}/delete")
    assert [fact.chat_ids for fact in heard] == [[phone.chat.id]]
    assert (row(phone, second).hold, row(phone, second).version) == ("", version + 1)


def test_a_deletion_is_undone_while_it_has_not_left(phone, chat, bruno, carla):
    said = write(phone, bruno, chat, "secreto")
    shown = bruno.htmx_post(f"/messages/{said}/delete")
    assert shown.texts(".deed")[0].startswith("Deleting for everyone")
    assert shown.texts(".deed button") == ["Undo"]
    (deed,) = deeds(phone)
    assert carla.post(f"/messages/{deed.id}/forget").status == 404
    assert bruno.htmx_post(f"/messages/{deed.id}/forget").select(".deed") == []
    a_moment_later(phone)
    assert leave(phone) == []
    assert (row(phone, said).kind, row(phone, said).body, deeds(phone)) == ("text", "secreto", [])


def test_what_is_leaving_cannot_be_undone_any_more(phone, chat, bruno):
    said = write(phone, bruno, chat)
    bruno.post(f"/messages/{said}/delete")
    (deed,) = deeds(phone)
    set_rows(phone, update(Message).where(Message.id == deed.id).values(state="sending"))
    refused = bruno.post(f"/messages/{deed.id}/forget")
    assert (refused.status, "Too late" in refused.text) == (409, True)
    assert "Deleting for everyone" in bruno.get(chat).texts(".deed")[0]


def test_what_is_said_next_does_not_wait_for_the_undo(phone, chat, bruno):
    said = write(phone, bruno, chat)
    bruno.post(f"/messages/{said}/delete")
    bruno.post(f"{chat}/messages", {"body": "Perdón", "client_id": "click-0009"})
    assert leave(phone) == ["Text"]


def test_after_two_days_nothing_is_deleted(phone, chat, bruno):
    said = write(phone, bruno, chat, at=datetime.now(UTC) - timedelta(days=3))
    assert bruno.post(f"/messages/{said}/delete").status == 409


def test_a_deed_that_failed_says_so_and_a_person_tries_again_or_gives_up(phone, chat, bruno, carla):
    said = write(phone, bruno, chat)
    bruno.post(f"/messages/{said}/edit", {"body": "Buenas"})
    assert leave(phone, fails="not_on_whatsapp") == ["Edit"]
    (edit,) = deeds(phone)
    shown = bruno.get(chat).texts(".deed.failed")[0]
    assert shown.startswith("Not changed.")
    assert "not on WhatsApp" in shown
    again = bruno.htmx_post(f"/messages/{edit.id}/retry")
    assert again.one("article")["id"] == f"message-{said}"
    assert len(again.select(".deed.queued")) == 1
    assert carla.post(f"/messages/{edit.id}/forget").status == 404
    bruno.post(f"/messages/{edit.id}/forget")
    assert (deeds(phone), bruno.get(chat).select(".deed")) == ([], [])
    assert leave(phone) == []


def test_who_must_not_be_contacted_gets_no_deed_either(phone, chat, bruno):
    asked = phone.messages[0].id
    blocked = {"account_id": phone.account_id, "kind": "phone", "value": "+51987654321"}
    set_rows(phone, insert(DoNotContact).values(**blocked))
    assert bruno.post(f"/messages/{asked}/reaction", {"emoji": "👍"}).status == 422


def test_deeds_are_not_lines_of_the_thread(phone, chat, bruno):
    said = write(phone, bruno, chat)
    bruno.post(f"/messages/{said}/reaction", {"emoji": "👍"})
    leave(phone)
    assert len(bruno.get(chat).select(".msg")) == 2
    assert phone.chat.last_preview == "Hola"
