"""The last of a number: what is written when it goes, whoever notices first; and its keys, which must not stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update

from clarin_web.accounts.queries import account_ids
from clarin_web.db import execute, tenant, transaction
from clarin_web.devices import deeds, gateways
from clarin_web.devices.outgoing import DEEDS
from clarin_web.events import Actor, DeviceChanged, DeviceRecovered, DeviceRemoved, MessageChanged, announce
from clarin_web.models import Chat, Device, Message

# A process that was to tell WhatsApp and did not by then never will; the phone then lists us still.
PATIENCE = timedelta(seconds=60)
REASON = "device_removed"


def remove(account_id: int, device_id: int, actor: Actor) -> None:
    """Inside the caller's transaction. What waited is not sent; what was on its way is in doubt. Twice is once."""
    gone = (
        update(Device)
        .where(Device.account_id == account_id, Device.id == device_id, Device.removed_at.is_(None))
        .values(
            removed_at=func.now(), removing_at=None, wanted="stopped", state="logged_out", state_reason="",
            state_at=func.now(), jid=None, qr=None, pair_code=None, pairing_phone=None, alarm="", alarm_at=None,
        )
        .returning(Device.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if execute(gone).first() is None:
        return
    settle_messages(account_id, device_id)
    about: dict[str, Any] = {"account_id": account_id, "actor": actor, "device_id": device_id}
    announce(DeviceRemoved(**about))
    announce(DeviceChanged(**about))
    announce(DeviceRecovered(**about))  # whatever was wrong with it is nobody's worry any more


def settle_messages(account_id: int, device_id: int) -> None:
    """Nobody will send them: queued is failed, on its way is in doubt, each with the reason. A chat's line follows.

    The chats are locked before their messages, as everywhere.
    """
    waits = exists().where(
        Message.account_id == Chat.account_id,
        Message.chat_id == Chat.id,
        Message.state.in_(("queued", "sending")),
    )
    chats = select(Chat.id).where(Chat.account_id == account_id, Chat.device_id == device_id, waits)
    execute(chats.order_by(Chat.id).with_for_update(of=Chat))
    for before, after in (("queued", "failed"), ("sending", "uncertain")):
        _settle(account_id, device_id, before, after)


def _settle(account_id: int, device_id: int, before: str, after: str) -> None:
    chats = select(Chat.id).where(Chat.account_id == account_id, Chat.device_id == device_id)
    settled = (
        update(Message)
        .where(Message.account_id == account_id, Message.state == before, Message.chat_id.in_(chats))
        .values(state=after, failure=REASON, hold="", due_at=None, version=Message.version + 1)
        .returning(Message.id, Message.chat_id, Message.kind, Message.body, Message.extra)
        .execution_options(synchronize_session=False)
    )
    for row in execute(settled).all():
        seen = row.id if row.kind not in DEEDS else deeds.show_deed(account_id, row, after, REASON)
        last = Chat.account_id == account_id, Chat.id == row.chat_id, Chat.last_message_id == row.id
        line = update(Chat).where(*last).values(last_state=after, version=Chat.version + 1)
        execute(line.execution_options(synchronize_session=False))
        about: dict[str, Any] = {"account_id": account_id, "actor": Actor.system(), "chat_id": row.chat_id}
        announce(MessageChanged(**about, message_id=seen))


def is_overdue() -> ColumnElement[bool]:
    """The supervisor asks beside what it asks anyway."""
    return func.coalesce(Device.removing_at < func.now() - PATIENCE, False)


def remove_untold(account_id: int, device_id: int) -> None:
    with transaction():
        remove(account_id, device_id, Actor.system())


def forget_keys() -> None:
    """By the supervisor, now and then, where the files are: whoever holds them could speak as the number."""
    files = gateways.folder().glob("*.db*")
    numbers = {int(number) for file in files if (number := file.name.partition(".db")[0]).isdecimal()}
    if not numbers:
        return
    for account_id in account_ids():
        with tenant(account_id):
            for device_id in _gone(account_id, numbers):
                with transaction():
                    settle_messages(account_id, device_id)  # what its process put back while it ended
                gateways.forget_session(device_id, removed=True)


def _gone(account_id: int, numbers: set[int]) -> list[int]:
    gone = select(Device.id).where(
        Device.account_id == account_id, Device.id.in_(numbers), Device.removed_at.is_not(None)
    )
    return list(execute(gone).scalars())


def leaves(account_id: int, device_id: int) -> bool:
    """Whether somebody asked for it to be removed once WhatsApp knows."""
    wish = exists().where(
        Device.account_id == account_id, Device.id == device_id, Device.removing_at.is_not(None)
    )
    return bool(execute(select(wish)).scalar_one())
