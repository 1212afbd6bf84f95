"""What a lost job forgot is found again: the rows are the queue."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from clarin_web.chats import jobs
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Message, WhatsappEvent

OLD = datetime.now(UTC) - timedelta(minutes=1)


def swept(monkeypatch) -> list[tuple]:
    asked: list[tuple] = []
    monkeypatch.setattr(jobs, "enqueue", lambda *args, **_: asked.append(args))
    jobs.sweep()
    release()
    return asked


def age(phone, statement) -> None:
    with tenant(phone.account_id), transaction():
        execute(statement)
    release()


def test_waiting_events_are_enqueued_again(phone, heard, monkeypatch):
    phone.store(heard())
    assert swept(monkeypatch) == []
    age(phone, update(WhatsappEvent).values(received_at=OLD))
    assert swept(monkeypatch) == [
        ("chats", "clarin_web.chats.jobs.process_events", phone.account_id, phone.device_id)
    ]
    phone.work()
    assert swept(monkeypatch) == []


def test_queued_messages_are_enqueued_again(phone, heard, bruno, monkeypatch):
    phone.hear(heard())
    bruno.post(f"/chats/{phone.chat.id}/messages", {"body": "x", "client_id": "click-0001"})
    age(phone, update(Message).where(Message.direction == "out").values(created_at=OLD))
    (call,) = swept(monkeypatch)
    assert call[1:] == ("clarin_web.devices.jobs.send_waiting", phone.account_id, phone.device_id)


def test_read_ticks_go_to_the_device(phone, heard, bruno, monkeypatch):
    asked: list[tuple] = []
    monkeypatch.setattr(jobs, "enqueue", lambda *args, **_: asked.append(args))
    phone.hear(heard(wa_id="A"), heard(wa_id="B"))
    bruno.post(f"/chats/{phone.chat.id}/reading")
    (call,) = [call for call in asked if call[1].endswith("mark_read")]
    assert call[2:] == (phone.account_id, phone.device_id, "51987654321", "51987654321", ["B", "A"])
