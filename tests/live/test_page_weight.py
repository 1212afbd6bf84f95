"""No page is heavier than 100 kB of HTML, however full its lists: phones on a bad network read it too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.leads.actions import NewLead, create_lead
from clarin_web.models import Chat, Contact, Device, Message
from clarin_web.pipelines.actions import create_pipeline
from clarin_web.pipelines.queries import pipelines_of

LIMIT = 100_000
BOARD_LIMIT = 92_000  # ids of five digits in it; the bound of every page is 100,000
STAGES = ("New", "Contacted", "Visit agreed", "Proposal sent", "Negotiation", "Waiting for payment")
SAID = "Good morning, do you have it in blue too, and when could you bring it to Miraflores? It is for Friday"
FIRST = ("Rosa María", "José Luis", "Ana Lucía", "Juan Carlos", "Milagros", "Víctor Hugo", "Carmen", "Óscar")
LAST = ("Quispe Mamani", "Huamán Flores", "Rodríguez Ríos", "Chávez Paredes", "Torres Villanueva")
ASKED = ("50 folding chairs for the hall", "Three office desks with drawers", "Monthly cleaning, two floors")


def names(count: int) -> list[str]:
    return [f"{FIRST[n % len(FIRST)]} {LAST[n % len(LAST)]} {n}" for n in range(count)]


@pytest.fixture
def full(ana, bruno) -> dict[str, int]:
    """Eight stages of twenty leads, fifty chats, fifty messages in the first: what a busy company's pages show."""
    with tenant(ana.account_id), transaction():
        create_pipeline(ana.account_id, "Ventas Lima", list(STAGES), is_main=True)
        pipeline = pipelines_of(ana.account_id)[0]
        contacts = _contacts(ana.account_id, 160)
        for number, contact_id in enumerate(contacts):
            stage = pipeline.stages[number % 8]
            owner = (ana, bruno)[number % 2].user_id
            title = f"{ASKED[number % 3]} ({number})"
            new = NewLead(
                title,
                contact_id,
                _open(pipeline, stage),
                Decimal(12_400 + number),
                owner,
                ["VIP", "Wholesale"],
            )
            lead = create_lead(ana.member, new)
            lead.stage_id = stage.id
        chat_id = _chats(ana.account_id, contacts[:60])
    release()
    return {"pipeline": pipeline.id, "chat": chat_id}


def _open(pipeline, stage) -> int:
    return stage.id if stage.kind == "open" else pipeline.stages[0].id


def _contacts(account_id: int, count: int) -> list[int]:
    rows = [
        {"account_id": account_id, "name": name, "phone": f"+51987{n:06}"}
        for n, name in enumerate(names(count))
    ]
    return list(execute(insert(Contact).returning(Contact.id, sort_by_parameter_order=True), rows).scalars())


def _chats(account_id: int, contacts: list[int]) -> int:
    """Sixty chats, and in the first one sixty messages of both sides."""
    now = datetime.now(UTC)
    ours = {"account_id": account_id}
    linked = {"name": "Ventas", "phone": "+51911222333", "state": "connected", "wanted": "connected"}
    device_id = execute(insert(Device).returning(Device.id), ours | linked).scalar_one()
    chats = [
        ours | {"device_id": device_id, "contact_id": contact, "key": f"51987{n:06}", "name": name, "unread": n % 4,
                "last_at": now - timedelta(minutes=n), "last_preview": f"{SAID} {n}", "last_state": "", "last_direction": "in"}
        for n, (contact, name) in enumerate(zip(contacts, names(60), strict=True))
    ]  # fmt: skip
    ids = execute(insert(Chat).returning(Chat.id, sort_by_parameter_order=True), chats).scalars().all()
    messages = [
        ours | {"chat_id": ids[0], "wa_id": f"W{n}", "at": now - timedelta(minutes=n), "body": f"{SAID} {n}"}
        | ({"direction": "in"} if n % 2 else {"direction": "out", "state": "read"})
        for n in range(60)
    ]  # fmt: skip
    for row in messages:
        execute(insert(Message).values(**row))
    return int(ids[0])


def test_the_board(ana, full):
    page = ana.get(f"/leads/board/{full['pipeline']}")
    assert len(page.select(".deal")) == 160
    assert len(page.text.encode()) < BOARD_LIMIT


def test_the_list_of_leads(ana, full):
    page = ana.get("/leads")
    assert len(page.select("#results tbody tr")) == 50
    assert len(page.text.encode()) < LIMIT


def test_the_inbox_and_a_long_thread(ana, full):
    inbox, thread = ana.get("/chats"), ana.get(f"/chats/{full['chat']}")
    assert len(inbox.select(".chat-row")) == len(thread.select(".chat-row")) == 50
    assert len(thread.select(".msg")) == 50
    assert len(inbox.text.encode()) < LIMIT
    assert len(thread.text.encode()) < LIMIT


def test_cards_share_one_menu(ana, full):
    page = ana.get(f"/leads/board/{full['pipeline']}")
    assert len(page.select("#move-menu")) == 1, "one menu for all cards: per card it cost 900 bytes"
    assert not page.select(".deal form, .deal details")
