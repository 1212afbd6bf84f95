"""Call off what waits to leave: nothing of it is sent, and its bubble says so."""

from __future__ import annotations

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.actions.doing import delete_message, forget_deed, is_deed
from clarin_web.chats.queries import queued_ids
from clarin_web.lib.errors import Conflict, NotFound


def call_off(member: Member, device_id: int, only: int | None = None) -> int:
    """One message of the number, or all that wait. Returns how many: what left meanwhile cannot be called back."""
    member.must(Permission.WORK)
    waiting = queued_ids(member, device_id)
    if only is not None and only not in waiting:
        raise Conflict("leaving_now")
    return sum(_call_off(member, message_id) for message_id in ([only] if only is not None else waiting))


def _call_off(member: Member, message_id: int) -> bool:
    try:
        if is_deed(member.account_id, message_id):
            forget_deed(member, message_id)
        else:
            delete_message(member, message_id, only_unsent=True)
    except (Conflict, NotFound):
        return False  # gone, or on its way, since we looked
    return True
