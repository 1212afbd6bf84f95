"""The one statement behind whatever people change of a device, with its fact."""

from __future__ import annotations

from sqlalchemy import func, select, update

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute
from clarin_web.devices import queries
from clarin_web.events import Actor, DeviceChanged, HoldsLifted, announce
from clarin_web.lib.errors import Invalid
from clarin_web.models import Chat, Device, Message


def change(member: Member, device_id: int, values: dict[str, object]) -> None:
    """Inside the caller's transaction. NotFound for a device that is not theirs."""
    member.must(Permission.MANAGE_DEVICES)
    queries.get_device(member.account_id, device_id)
    execute(
        update(Device).where(Device.account_id == member.account_id, Device.id == device_id).values(**values)
    )
    actor = Actor.user(member.user_id)
    announce(DeviceChanged(account_id=member.account_id, actor=actor, device_id=device_id))


def state(state: str, wanted: str) -> dict[str, object]:
    """What the row says until its process reports."""
    return {
        "state": state, "wanted": wanted, "state_reason": "", "state_at": func.now(), "qr": None, "qr_expires_at": None,
        "pair_code": None, "pair_code_expires_at": None, "pairing_phone": None, "state_until": None,
        "tries": 0, "retry_at": None,
    }  # fmt: skip


def named(name: str) -> str:
    """Invalid without a name."""
    if not name.strip():
        raise Invalid("invalid", {"name": "required"})
    return name.strip()


def let_go(member: Member, device_id: int, holds: tuple[str, ...]) -> None:
    """The device's process decides anew; until it does, no message shows a reason that is over, on no open page."""
    account_id = member.account_id
    chats = select(Chat.id).where(Chat.account_id == account_id, Chat.device_id == device_id)
    freed = (
        update(Message)
        .where(Message.account_id == account_id, Message.state == "queued", Message.hold.in_(holds))
        .where(Message.chat_id.in_(chats))
        .values(hold="", due_at=None, version=Message.version + 1)
        .returning(Message.chat_id)
        .execution_options(synchronize_session=False)
    )
    if chat_ids := sorted(set(execute(freed).scalars())):
        announce(HoldsLifted(account_id=account_id, actor=Actor.user(member.user_id), chat_ids=chat_ids))
