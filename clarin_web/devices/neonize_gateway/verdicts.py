"""What WhatsApp's server says about a connection, and what it means for the number: one table, from public sources.

`whatsmeow` is tulir/whatsmeow: types/events/events.go has the ConnectFailure… and TempBan… constants,
connectionevents.go what it does with them, qrchan.go and pair.go how linking ends. `baileys` is DisconnectReason of
WhiskeySockets. neonize keeps the codes it knows (its ConnectFailureReason); the others are read off whatsmeow's log.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from clarin_web.devices.gateway import ConnectionChanged, State

# The answer to a login. What is not here is refused too: tried again by itself, less and less often.
LOGIN = {
    401: (State.LOGGED_OUT, "unlinked_on_phone"),  # whatsmeow ConnectFailureLoggedOut
    402: (State.BANNED, "banned"),  # ConnectFailureTempBanned; why: BANS
    403: (
        State.LOGGED_OUT,
        "phone_locked",
    ),  # ConnectFailureMainDeviceGone; WhatsApp Web says LOCKED: both happen
    405: (State.OUTDATED, "needs_upgrade"),  # ConnectFailureClientOutdated
    406: (State.BANNED, "banned_for_good"),  # ConnectFailureUnknownLogout; WhatsApp Web says BANNED
    409: (State.OUTDATED, "needs_upgrade"),  # ConnectFailureBadUserAgent
    440: (State.REPLACED, "connected_elsewhere"),  # baileys connectionReplaced
    500: (
        State.RECONNECTING,
        "whatsapp_busy",
    ),  # ConnectFailureInternalServerError: whatsmeow tries again itself
    503: (State.RECONNECTING, "whatsapp_busy"),  # ConnectFailureServiceUnavailable: the same
}
# 413 and 414 are Messenger's alone: whatsmeow ends the process at them, which is started again as one that died.
REFUSED = (
    400,  # ConnectFailureGeneric
    411,  # baileys multideviceMismatch
    415,  # ConnectFailureNotFound
    418,  # ConnectFailureClientUnknown
    501,  # ConnectFailureExperimental
)
# Why a ban for a while: whatsmeow's TempBan… constants. Others are bans whose reason nobody knows.
BANS = {
    101: "banned_strangers",  # TempBanSentToTooManyPeople
    102: "banned_blocked",  # TempBanBlockedByUsers
    103: "banned_groups",  # TempBanCreatedTooManyGroups
    104: "banned_same",  # TempBanSentTooManySameMessage
    106: "banned_lists",  # TempBanBroadcastList
}
# How linking ends: parts of whatsmeow's words in pair.go, then the statuses of qrchan.go.
PAIRING = {
    "identity HMAC": "pairing_mismatch",  # ErrPairInvalidDeviceIdentityHMAC
    "device signature": "pairing_mismatch",  # ErrPairInvalidDeviceSignature
    "failed to send pairing confirmation": "pairing_cut",
    "failed to save device store": "session_unwritable",  # PairDatabaseError
    "failed to store main device identity": "session_unwritable",  # PairDatabaseError
    "err-client-outdated": "needs_upgrade",
    "err-scanned-without-multidevice": "phone_outdated",
    "passkey": "pairing_passkey",
}
# neonize's own names of the codes it hands over (its Neonize.proto), as WhatsApp's numbers.
_NUMBERS = {
    "GENERIC": 400,
    "LOGGED_OUT": 401,
    "TEMP_BANNED": 402,
    "MAIN_DEVICE_GONE": 403,
    "UNKNOWN_LOGOUT": 406,
    "CLIENT_OUTDATED": 405,
    "BAD_USER_AGENT": 409,
    "INTERNAL_SERVER_ERROR": 500,
    "EXPERIMENTAL": 501,
    "SERVICE_UNAVAILABLE": 503,
    "SEND_TO_TOO_MANY_PEOPLE": 101,
    "BLOCKED_BY_USERS": 102,
    "CREATED_TOO_MANY_GROUPS": 103,
    "SENT_TOO_MANY_SAME_MESSAGE": 104,
    "BROADCAST_LIST": 106,
}
_LONGEST_BAN_SECONDS = 10**8
_PASSING = re.compile(r"Got (\d+)/.* connect failure")
_ATTRIBUTE = re.compile(r'(\w+)="(\d+)"')


def of_login(code: int) -> ConnectionChanged:
    """A refused login by WhatsApp's number."""
    state, reason = LOGIN.get(code, (State.CONNECTING, f"login_refused:{code}" if code else "login_refused"))
    return ConnectionChanged(state, reason)


def of_ban(code: int, seconds: int) -> ConnectionChanged:
    """0 seconds: nobody said until when."""
    until = datetime.now(UTC) + timedelta(seconds=min(seconds, _LONGEST_BAN_SECONDS)) if seconds > 0 else None
    return ConnectionChanged(State.BANNED, BANS.get(code, "banned"), until)


def of_pairing(said: str) -> ConnectionChanged:
    """How linking failed, by the library's words; a version that is too old ends more than the linking."""
    reason = next((reason for part, reason in PAIRING.items() if part in said), "pairing_failed")
    return ConnectionChanged(State.OUTDATED if reason == "needs_upgrade" else State.UNPAIRED, reason)


def of_passing(line: str) -> ConnectionChanged | None:
    """A refused login that whatsmeow itself tries again: it says so in its log alone."""
    found = _PASSING.search(line)
    return of_login(int(found[1])) if found else None


def of_log(line: str) -> ConnectionChanged | None:
    """What whatsmeow writes about a `<failure>` whose code neonize cannot hand over."""
    if "connect failure: <failure" not in line:
        return None
    found = {name: int(digits) for name, digits in _ATTRIBUTE.findall(line)}
    if "Temporary ban" in line:
        return of_ban(found.get("code", 0), found.get("expire", 0))
    return of_login(found.get("reason", 0))


def number_of(event: Any, field: str) -> int:
    """WhatsApp's number of an enum neonize hands over; 0 for one it has none for."""
    kind = event.DESCRIPTOR.fields_by_name[field].enum_type
    return _NUMBERS.get(kind.values_by_number[getattr(event, field)].name, 0)
