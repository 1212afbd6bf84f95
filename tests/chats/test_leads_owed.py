"""The lead of who wrote first survives a crash right after the message was kept, and is made once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from clarin_web import announcing, subscriptions
from clarin_web.chats import jobs
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import Address, Kind
from clarin_web.events import ContactWroteFirst, LeadCreated, MessageReceived
from clarin_web.models import Chat, Device, FactRow, Lead, Stage
from clarin_web.pipelines.actions import create_pipeline

LONG_AGO = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
def sales(account_id):
    with tenant(account_id):
        create_pipeline(account_id, "Sales", ["New", "Contacted"], is_main=True)
    release()


@pytest.fixture
def crash(monkeypatch):
    """The process ends after the commit: of what should follow nothing happens."""

    class Killed(BaseException):
        pass

    def die(_fact):
        raise Killed()

    def begin():
        monkeypatch.setattr(announcing, "_subscriptions", {MessageReceived: [die], ContactWroteFirst: [die]})

    begin.killed = Killed
    begin.over = lambda: monkeypatch.setattr(announcing, "_subscriptions", subscriptions.SUBSCRIPTIONS)
    return begin


def sweep(phone, *, later: bool = True) -> None:
    if later:
        with tenant(phone.account_id), transaction():
            execute(update(Chat).where(Chat.lead_due_at.is_not(None)).values(lead_due_at=LONG_AGO))
        release()
    jobs.sweep()
    release()


def owed(phone) -> int:
    return phone.count(Chat, Chat.lead_due_at.is_not(None))


def test_a_crash_after_the_message_does_not_lose_the_lead(phone, heard, sales, crash):
    crash()
    with pytest.raises(crash.killed):
        phone.hear(heard())
    release()
    crash.over()
    assert (len(phone.messages), phone.count(Lead), owed(phone)) == (1, 0, 1)

    sweep(phone, later=False)
    assert phone.count(Lead) == 0, "the listener itself gets a moment first"
    sweep(phone)
    assert (phone.count(Lead), owed(phone)) == (1, 0)
    sweep(phone)
    assert phone.count(FactRow, FactRow.kind == LeadCreated.__name__) == 1


def test_a_lead_already_made_is_not_made_again_however_it_ended(phone, heard, sales):
    phone.hear(heard())
    assert (phone.count(Lead), owed(phone)) == (1, 0)
    with tenant(phone.account_id), transaction():
        lost = execute(select(Stage.id).where(Stage.kind == "lost")).scalar_one()
        execute(update(Lead).values(status="lost", stage_id=lost, closed_at=datetime.now(UTC)))
    release()
    sweep(phone)
    phone.hear(heard())
    assert phone.count(Lead) == 1


def test_a_failing_rule_is_asked_again_until_it_works(phone, heard, sales, monkeypatch):
    def fails(*_args):
        raise ValueError("a mistake of ours")

    with monkeypatch.context() as broken:
        broken.setattr("clarin_web.leads.broadcasts.create_lead_by_rule", fails)
        phone.hear(heard())
        assert (phone.count(Lead), owed(phone)) == (0, 1)
        sweep(phone)
        assert phone.chat.lead_due_at > datetime.now(UTC), "not at every sweep: a minute later"
    assert (phone.count(Lead), owed(phone)) == (0, 1)

    sweep(phone)
    assert (phone.count(Lead), owed(phone)) == (1, 0)


def test_threads_that_become_one_keep_the_debt(phone, heard, sales, crash):
    lid = Address(Kind.LID, "99887766554433")
    crash()
    with pytest.raises(crash.killed):
        phone.hear(heard(chat=lid))
    release()
    crash.over()
    makes_leads(phone, False)
    phone.hear(heard())
    assert (phone.count(Chat), phone.count(Lead), owed(phone)) == (2, 0, 1)

    phone.hear(heard(chat=lid, chat_alt=Address(Kind.USER, "51987654321")))
    sweep(phone)
    assert (phone.count(Chat), phone.count(Lead), owed(phone)) == (1, 1, 0)


def test_a_device_that_makes_no_leads_owes_none(phone, heard, sales):
    makes_leads(phone, False)
    phone.hear(heard())
    assert (phone.count(Lead), owed(phone)) == (0, 0)


def makes_leads(phone, wanted: bool) -> None:
    with tenant(phone.account_id), transaction():
        execute(update(Device).values(creates_leads=wanted))
    release()
