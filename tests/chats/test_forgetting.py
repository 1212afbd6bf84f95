"""Raw events are kept for a month; what people read of them stays."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices import forgetting
from clarin_web.devices.forgetting import forget_heard
from clarin_web.models import WhatsappEvent


def age(phone, days: int, **more) -> None:
    """Everything heard so far was done so many days ago."""
    when = datetime.now(UTC) - timedelta(days=days)
    with tenant(phone.account_id), transaction():
        mine = WhatsappEvent.device_id == phone.device_id, WhatsappEvent.processed_at.is_not(None)
        execute(update(WhatsappEvent).where(*mine).values(processed_at=when, **more))
    release()


def test_after_a_month_the_raw_events_go_and_the_words_stay(phone, heard, ana, monkeypatch):
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    phone.hear(*(heard(f"hace tiempo {n}") for n in range(5)))
    age(phone, 31)
    phone.hear(heard("ayer"))
    forget_heard()
    assert len(phone.rows(WhatsappEvent)) == 1
    page = ana.get(f"/chats/{phone.chat.id}").text
    assert all(words in page for words in ("hace tiempo 0", "hace tiempo 4", "ayer"))


@pytest.mark.parametrize("state", ["young", "not understood", "waiting"])
def test_what_may_still_be_needed_stays(phone, heard, state):
    phone.hear(heard("Hola"))
    age(
        phone,
        29 if state == "young" else 400,
        failed_at=datetime.now(UTC) if state == "not understood" else None,
    )
    if state == "waiting":
        with tenant(phone.account_id), transaction():
            execute(update(WhatsappEvent).values(processed_at=None))
        release()
    forget_heard()
    assert len(phone.rows(WhatsappEvent)) == 1
