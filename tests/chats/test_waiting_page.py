"""The queue of a number: what waits and why, by whom; called off, nothing of it leaves. Vera looks, Carla finds nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Device, Message
from tests.chats.test_doing import leave


@pytest.fixture
def queue(phone, heard, bruno):
    """Two answers and a reaction of Bruno's wait, because the number is disconnected."""
    phone.hear(heard("Hola"))
    chat = f"/chats/{phone.chat.id}"
    for number, body in enumerate(("Buenas tardes", "El precio es 100")):
        bruno.post(f"{chat}/messages", {"body": body, "client_id": f"click-000{number}"})
    bruno.post(f"/messages/{phone.messages[0].id}/reaction", {"emoji": "👍"})
    set_rows(phone, update(Device).values(state="stopped", wanted="stopped"))
    return f"/chats/waiting/{phone.device_id}"


def set_rows(phone, statement):
    with tenant(phone.account_id), transaction():
        execute(statement)
    release()


def out(phone):
    return phone.rows(Message, Message.direction == "out", Message.kind != "reaction")


def test_everything_that_waits_is_there_with_its_reason(phone, queue, bruno, ana):
    soon = datetime.now(UTC) + timedelta(hours=2)
    held = update(Message).where(Message.body == "El precio es 100")
    set_rows(phone, held.values(hold="quiet_hours", due_at=soon))
    page = bruno.get(queue)
    lines = page.texts("main .lines.two li")
    assert len(lines) == 3
    assert "Rosa Buenas tardes" in lines[0]
    assert "Bruno" in lines[0]
    assert "waits its turn" in lines[0]
    assert "end of the quiet hours" in lines[1]
    assert "Reaction 👍" in lines[2]
    assert "This number is disconnected" in page.texts("main .note")[0]
    assert "<html" not in bruno.htmx_get(queue).text
    assert queue in [link["href"] for link in ana.get("/devices").select("td a")]
    assert ana.get(f"/devices/{phone.device_id}").select(f"a[href='{queue}']")


def test_one_is_called_off_and_the_others_leave(phone, queue, bruno):
    first = out(phone)[0].id
    assert bruno.post(f"{queue}/call-off", {"message_id": first}).location == queue
    assert "1 message called off" in bruno.get(queue).text
    assert leave(phone) == ["Text", "Reaction"]
    assert [(row.kind, row.state) for row in out(phone)] == [("deleted", ""), ("text", "sent")]


def test_all_are_called_off_at_once(phone, queue, bruno):
    assert "3 messages will not be sent" in str(bruno.get(queue).select("form[hx-confirm]")[0])
    bruno.post(f"{queue}/call-off")
    assert leave(phone) == []
    assert "Nothing waits to leave" in bruno.get(queue).text
    assert bruno.get(f"/chats/{phone.chat.id}").select(".deed") == []


def test_what_left_meanwhile_is_not_called_back(phone, queue, bruno):
    first = out(phone)[0].id
    set_rows(phone, update(Message).where(Message.id == first).values(state="sending"))
    refused = bruno.post(f"{queue}/call-off", {"message_id": first})
    assert (refused.status, "Too late" in refused.text) == (409, True)
    bruno.post(f"{queue}/call-off")
    assert [row.state for row in out(phone)] == ["sending", ""]


def test_what_could_not_be_sent_says_why_and_can_be_tried_again(phone, queue, bruno):
    first, second = (row.id for row in out(phone))
    set_rows(
        phone, update(Message).where(Message.id == first).values(state="failed", failure="not_on_whatsapp")
    )
    doubt = {"state": "uncertain", "failure": "interrupted"}
    set_rows(phone, update(Message).where(Message.id == second).values(**doubt))
    page = bruno.get(queue)
    doubtful, failed = page.texts("main .card")[2].split("It may not have been sent")
    assert "Not sent in the last days 2" in doubtful
    assert "This phone number is not on WhatsApp" in failed
    again = page.select("form[action$=retry]")
    assert ["hx-confirm" in form.attrs for form in again] == [True, False]
    bruno.post(str(again[1]["action"]))
    assert out(phone)[0].state == "queued"


def test_vera_looks_and_carla_finds_nothing(phone, queue, vera, carla):
    page = vera.get(queue)
    assert (page.status, page.select("main form")) == (200, [])
    assert vera.post(f"{queue}/call-off").status == 403
    for answer in (carla.get(queue), carla.post(f"{queue}/call-off")):
        assert answer.status == 404
    assert leave(phone) == ["Text", "Text", "Reaction"]
