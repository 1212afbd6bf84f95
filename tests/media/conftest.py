"""A linked number that hears files, the worker that downloads them, and the one that looks at what came."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from clarin_web.chats.jobs import process_events
from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices.downloads import fetch_next
from clarin_web.devices.gateway import Address, File, IncomingMessage, Kind, MessageKind
from clarin_web.devices.simulator.wire import encode
from clarin_web.media import jobs
from clarin_web.models import Device, Media, Message, WhatsappEvent

ROSA = Address(Kind.USER, "51987654321")
_numbers = itertools.count(1)


@dataclass
class Number:
    """A linked number without its process: `download()` is the worker of files, `examine()` the one that looks."""

    account_id: int
    device_id: int

    def hear(self, file: File | None, kind: MessageKind = MessageKind.IMAGE, **more: Any) -> int:
        """The id of the file's row (0 without a file)."""
        wa_id = f"F{next(_numbers)}"
        values = {"push_name": "Rosa", "text": "", **more}
        event = IncomingMessage(wa_id, ROSA, ROSA, datetime.now(UTC), kind, file=file, **values)
        raw, name = encode(event)
        with tenant(self.account_id), transaction():
            row = {"account_id": self.account_id, "device_id": self.device_id, "dedupe": wa_id}
            execute(insert(WhatsappEvent).values(kind=name, raw=raw, **row))
        release()
        process_events(self.account_id, self.device_id)
        with tenant(self.account_id):
            found = execute(
                select(Media.id).join(Message, Message.id == Media.message_id).where(Message.wa_id == wa_id)
            ).scalar()
        release()
        return found or 0

    def download(self) -> None:
        """Until nothing is due."""
        for _ in range(20):
            if not fetch_next(self.account_id, self.device_id):
                break

    def becomes(self, state: str) -> None:
        """As its process says."""
        with tenant(self.account_id), transaction():
            execute(update(Device).where(Device.id == self.device_id).values(state=state))
        release()

    def fetch(self, file: File, kind: MessageKind = MessageKind.IMAGE, **more: Any) -> int:
        """Heard, downloaded and looked at."""
        media_id = self.hear(file, kind, **more)
        self.download()
        jobs.examine(self.account_id, media_id)
        return media_id

    def later(self, media_id: int, by: timedelta = timedelta(hours=2)) -> None:
        """Time passes for this file."""
        with tenant(self.account_id), transaction():
            execute(update(Media).where(Media.id == media_id).values(due_at=Media.due_at - by))
        release()

    def media(self, media_id: int) -> Media:
        with tenant(self.account_id):
            row = session().scalar(select(Media).where(Media.id == media_id))
            session().expunge_all()
        release()
        assert row is not None
        return row

    @property
    def chat_id(self) -> int:
        with tenant(self.account_id):
            found = execute(select(Message.chat_id)).scalars().first()
        release()
        assert found is not None
        return found


@pytest.fixture
def number(app, account_id) -> Number:
    with app.app_context():
        return link(account_id)


def link(account_id: int, phone: str = "+51911222333") -> Number:
    values = {"name": "Ventas", "phone": phone, "state": "connected", "wanted": "connected"}
    with tenant(account_id), transaction():
        row = insert(Device).values(account_id=account_id, **values).returning(Device.id)
        device_id = execute(row).scalar_one()
    release()
    return Number(account_id, device_id)


@pytest.fixture
def linked() -> Callable[..., Number]:
    return link
