"""Sending through a connected neonize client, with its free-text errors sorted into ours."""

from __future__ import annotations

from typing import Any

from clarin_web.devices.gateway import (
    Address,
    GatewayError,
    PermanentError,
    SentResult,
    TransientError,
    UncertainError,
)
from clarin_web.devices.neonize_gateway import building, uploading
from clarin_web.devices.neonize_gateway.addresses import jid_parts, moment
from clarin_web.devices.outgoing import Outgoing, OutgoingMedia

# Parts of whatsmeow's texts, in the order they are tried. What is in neither list may have left.
_NOT_SENT = (
    "not connected",
    "client is nil",
    "failed to get device list",
    "usync",
    "prekey",
    "not logged in",
)
_NEVER = (
    "no LID found",
    "unknown server",
    "must be a user JID",
    "not on WhatsApp",
    "EncodeError",
    "no signal session",
)


def send(client: Any, message: Outgoing) -> SentResult:
    """neonize chooses the id on the wire; the caller must keep the one returned here."""
    content = _content(client, message)
    try:
        answer = client.send_message(jid(message.chat), content)
    except Exception as error:  # neonize raises several families, some only as text
        raise error_of(error) from error
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
        raise (PermanentError("not_uploaded") if isinstance(known, UncertainError) else known) from error


def error_of(error: Exception) -> GatewayError:
    """Which of the three kinds a failed call is; doubt means uncertain, so that nothing is sent twice."""
    text = f"{type(error).__name__}: {error}"
    if any(part in text for part in _NEVER):
        return PermanentError("not_on_whatsapp" if "no LID" in text else str(error)[:120])
    if any(part in text for part in _NOT_SENT):
        return TransientError("not_connected")
    return UncertainError("not_confirmed")


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
