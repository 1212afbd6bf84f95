"""A linked device, and WhatsApp speaking to it: `hear(event)` stores the raw event and lets the job work."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from clarin_web.chats.jobs import process_events
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import Address, IncomingMessage, Kind, MessageKind
from clarin_web.devices.simulator.wire import encode
from clarin_web.models import Chat, Contact, ContactIdentity, ContactMerge, Device, Message, WhatsappEvent

CUSTOMER = Address(Kind.USER, "51987654321")
LID = Address(Kind.LID, "99887766554433")
GROUP = Address(Kind.GROUP, "120363041234567890")
_numbers = itertools.count(1)


def message(text="Hola", **changed) -> IncomingMessage:
    """A customer's text; every field can be said otherwise."""
    values = {
        "wa_id": f"WA{next(_numbers)}",
        "chat": CUSTOMER,
        "sender": changed.get("chat", CUSTOMER),
        "text": text,
        "sent_at": datetime.now(UTC),
        "kind": MessageKind.TEXT,
        "push_name": "Rosa",
    }
    return IncomingMessage(**{**values, **changed})


class Phone:
    """The account's linked number."""

    def __init__(self, account_id: int, device_id: int) -> None:
        self.account_id, self.device_id = account_id, device_id

    def store(self, *events, raw: bytes | None = None, kind: str = "") -> None:
        with tenant(self.account_id), transaction():
            for event in events or [None]:
                bytes_, name = encode(event) if event else (raw, kind)
                execute(
                    insert(WhatsappEvent).values(
                        account_id=self.account_id,
                        device_id=self.device_id,
                        kind=name,
                        raw=bytes_,
                        dedupe=f"d{next(_numbers)}",
                    )
                )
        release()

    def hear(self, *events) -> int:
        self.store(*events)
        return self.work()

    def work(self) -> int:
        return process_events(self.account_id, self.device_id)

    def rows(self, model, *where):
        with tenant(self.account_id):
            found = execute(select(model).where(*where).order_by(model.id)).scalars().all()
        release()
        return found

    def one(self, model, *where):
        (row,) = self.rows(model, *where)
        return row

    def count(self, model, *where) -> int:
        with tenant(self.account_id):
            found = execute(select(func.count()).select_from(model).where(*where)).scalar_one()
        release()
        return found

    @property
    def chat(self) -> Chat:
        return self.one(Chat)

    @property
    def messages(self) -> list[Message]:
        with tenant(self.account_id):
            found = execute(select(Message).order_by(Message.at, Message.id)).scalars().all()
        release()
        return list(found)

    @property
    def contacts(self) -> list[Contact]:
        return self.rows(Contact, Contact.trashed_at.is_(None))

    @property
    def identities(self) -> set[tuple[str, str]]:
        return {(row.kind, row.value) for row in self.rows(ContactIdentity)}

    @property
    def merges(self) -> list[ContactMerge]:
        return self.rows(ContactMerge)


def link(account_id: int, name: str = "Ventas", phone: str = "+51911222333", **more) -> Phone:
    with tenant(account_id), transaction():
        device_id = execute(
            insert(Device)
            .values(
                account_id=account_id, name=name, phone=phone, state="connected", wanted="connected", **more
            )
            .returning(Device.id)
        ).scalar_one()
    release()
    return Phone(account_id, device_id)


@pytest.fixture
def phone(app, account_id) -> Phone:
    with app.app_context():
        yield link(account_id)


@pytest.fixture
def heard() -> Callable[..., IncomingMessage]:
    return message


@pytest.fixture
def chat(phone, heard) -> str:
    """The address of a chat in which a customer wrote once."""
    phone.hear(heard())
    return f"/chats/{phone.chat.id}"


def out(phone: Phone) -> list[Message]:
    """What we wrote, oldest first."""
    return phone.rows(Message, Message.direction == "out")


def sixty_people(name: str, said: str) -> list[IncomingMessage]:
    """A message of each, named "`name` 00" and so on, a minute apart: 00's is the last."""
    now = datetime.now(UTC)
    return [
        message(
            f"{said}{n:02d}",
            chat=Address(Kind.USER, f"519876{n:05d}"),
            push_name=f"{name} {n:02d}",
            sent_at=now - timedelta(minutes=n),
        )
        for n in range(60)
    ]


@pytest.fixture
def linked() -> Callable[..., Phone]:
    return link
