"""Sending through a connected neonize client, with its free-text errors sorted into ours."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from clarin_web.devices.gateway import (
    Address,
    GatewayError,
    LaterError,
    PermanentError,
    RestrictedError,
    SentResult,
    TransientError,
    UncertainError,
)
from clarin_web.devices.neonize_gateway import building, uploading
from clarin_web.devices.neonize_gateway.addresses import jid_parts, moment
from clarin_web.devices.neonize_gateway.refusals import Family, refusal_of
from clarin_web.devices.outgoing import Outgoing, OutgoingMedia

# whatsmeow's own words for what a server answered: to the message, to a question before it, to a file.
_ANSWERS = re.compile(
    r"(?:server returned error|info query returned status|upload failed with status code) (\d+)"
)
_KINDS: dict[Family, type[GatewayError]] = {
    Family.REFUSED: PermanentError,
    Family.LATER: LaterError,
    Family.RESTRICTED: RestrictedError,
    Family.DOUBT: UncertainError,
}
# Parts of whatsmeow's texts, in the order they are tried; what is in no list may have left.
_NEVER = {
    "no LID found": "not_on_whatsapp",
    "not on WhatsApp": "not_on_whatsapp",
    "you're not participating in that group": "not_in_group",
    "that group does not exist": "not_there",
    "unknown server": "not_there",
    "unknown user server": "not_there",
    "must be a user JID": "not_there",
    "non-status broadcast": "not_supported",
    "EncodeError": "unreadable",
    "failed to marshal": "unreadable",
}
_NOT_CONNECTED = (
    "not connected",
    "client is nil",
    "not logged in",
    "doesn't contain a device JID",
    "frame socket is closed",
    "disconnected before info query",
)
# Everything whatsmeow does for a message before its first byte leaves.
_BEFORE = (
    "failed to get",
    "failed to send usync query",
    "failed to send prekey request",
    "failed to encrypt",
    "failed to create sender key",
    "failed to fetch",
    "failed to prefetch",
    "failed to save",
    "failed to clear",
    "failed to process prekey",
    "failed to refresh media connection",
    "failed to execute request",
    "no signal session",
    "cipher encryption failed",
    "prekey",
)
# Without "failed to send message node" before it this is the second try of bytes that may have arrived the first time.
_REPEATED = re.compile(r"^(?:\w+: )?(websocket not connected|frame socket is closed)$")


def send(
    client: Any,
    message: Outgoing,
    turn: AbstractContextManager[None] | None = None,
    keys: AbstractContextManager[None] | None = None,
) -> SentResult:
    """neonize chooses the id on the wire; keep the one returned here. A file goes up before its turn."""
    content = _content(client, message)
    try:
        with turn or nullcontext(), keys or nullcontext():
            answer = client.send_message(jid(message.chat), content)
    except GatewayError:
        raise
    except Exception as error:  # neonize raises several families, some only as text
        known = UncertainError("not_confirmed") if _REPEATED.search(_said(error)) else error_of(error)
        raise known from error
    return SentResult(answer.ID, moment(answer.Timestamp))


def _content(client: Any, message: Outgoing) -> Any:
    """A file that could not be uploaded was certainly not sent."""
    if not isinstance(message, OutgoingMedia):
        return building.build(message)
    try:
        return uploading.upload(client, message)
    except GatewayError:
        raise
    except Exception as error:
        known = error_of(error)
        if isinstance(known, TransientError) or known.reason == "too_large":
            raise known from error
        raise PermanentError("not_uploaded") from error


def error_of(error: Exception) -> GatewayError:
    """Which kind a failed call is; doubt means uncertain, so that nothing is sent twice."""
    text = _said(error)
    if answer := _ANSWERS.search(text):
        refusal = refusal_of(int(answer[1]))
        return _KINDS[refusal.family](refusal.reason)
    for part, reason in _NEVER.items():
        if part in text:
            return PermanentError(reason)
    if any(part in text for part in _NOT_CONNECTED):
        return TransientError("not_connected")
    if any(part in text for part in _BEFORE):
        return LaterError("not_prepared")
    return UncertainError("not_confirmed")


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def typed_code(client: Any, phone: str) -> str:
    """The eight letters to type on the phone with this number (digits). Raises PermanentError with a plain reason."""
    from neonize.utils.enum import ClientName, ClientType

    try:
        return str(client.PairPhone(phone, True, ClientName.LINUX, ClientType.CHROME))
    except Exception as error:
        said = str(error)
        number = "too short" in said or "international" in said
        many = "429" in said or "rate" in said
        reason = "number_unusable" if number else "too_many_codes" if many else "code_refused"
        raise PermanentError(reason) from error


def mark_read(client: Any, chat: Address, sender: Address, wa_ids: tuple[str, ...]) -> None:
    from neonize.utils.enum import ReceiptType

    try:
        client.mark_read(*wa_ids, chat=jid(chat), sender=jid(sender), receipt=ReceiptType.READ)
    except Exception as error:
        raise error_of(error) from error


def log_out(client: Any) -> None:
    try:
        client.logout()
    except Exception as error:
        raise error_of(error) from error


def jid(address: Address) -> Any:
    """Every field set: they are all required, and a missing one fails at the first send."""
    from neonize.proto.Neonize_pb2 import JID

    user, server = jid_parts(address)
    return JID(User=user, Device=0, Server=server, RawAgent=0, Integrator=0, IsEmpty=False)
