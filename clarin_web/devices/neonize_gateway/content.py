"""What a WhatsApp message contains, free of protobuf: its kind, its words, its file and the details a bubble shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clarin_web.devices.gateway import File, MessageKind
from clarin_web.devices.neonize_gateway.kinds import READERS, Details, clean, unknown
from clarin_web.devices.neonize_gateway.refs import ref_of

# Traffic between phones, not something a person said: these never become rows.
_SILENT = {
    "messageContextInfo",
    "senderKeyDistributionMessage",
    "fastRatchetKeySenderKeyDistributionMessage",
    "protocolMessage",
    "reactionMessage",
    "encReactionMessage",
    "encCommentMessage",
    "encEventResponseMessage",
    "pollUpdateMessage",
    "pollResultSnapshotMessage",
    "pollAddOptionMessage",
    "keepInChatMessage",
    "pinInChatMessage",
    "albumMessage",
    "stickerSyncRmrMessage",
    "call",
    "chat",
    "botInvokeMessage",
    "messageHistoryBundle",
    "messageHistoryNotice",
    "groupRootKeyShare",
    "rootSecretDistributeMessage",
}
_ONCE = ("viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension")
DEEPEST = 6  # envelopes within envelopes; a real message has three at most
ALWAYS = ("latitude", "longitude")  # zero is a place


@dataclass(frozen=True, slots=True)
class Content:
    """A message's content. `file` is None when there is nothing to download, or nothing we should."""

    kind: MessageKind
    text: str = ""
    details: Details = field(default_factory=dict)
    quoted_wa_id: str | None = None
    quoted_text: str = ""
    file: File | None = None


def content_of(message: Any, *, view_once: bool = False) -> Content | None:
    """None when nobody said anything; an unknown kind keeps its name, so that a row shows that something came."""
    message, once = unwrap(message)
    return _content(message, view_once or once)


def unwrap(message: Any) -> tuple[Any, bool]:
    """The message inside its envelopes, and whether one of them says that it may be seen once."""
    once = False
    for _ in range(DEEPEST):
        names = _said(message)
        inner = getattr(message, names[0]) if len(names) == 1 else None
        if inner is None or not _is_envelope(inner):
            break
        once = once or names[0] in _ONCE
        message = inner.message
    return message, once


def _is_envelope(part: Any) -> bool:
    return hasattr(part, "DESCRIPTOR") and part.DESCRIPTOR.name in ("FutureProofMessage", "DeviceSentMessage")


def _said(message: Any) -> list[str]:
    return [f.name for f, _ in message.ListFields() if f.name not in _SILENT]


def _content(message: Any, view_once: bool) -> Content | None:
    names = _said(message)
    if not names:
        return None
    name = next((n for n in names if n in READERS), names[0])
    if name == "conversation":
        return Content(MessageKind.TEXT, clean(message.conversation))
    part = getattr(message, name)
    if not hasattr(part, "ListFields"):
        return Content(MessageKind.UNKNOWN, details={"type": name})
    kind, text, details = READERS.get(name, unknown)(part)
    if kind is MessageKind.UNKNOWN:
        details = {**details, "type": name}
    once = view_once or bool(getattr(part, "viewOnce", False))
    if once:
        details = {**details, "view_once": True}
    context = _context(part)
    details = {**details, **_circumstances(context)}
    kept = {k: v for k, v in details.items() if k in ALWAYS or v not in ("", 0)}
    file = None if once else _file(name, part, kept)
    return Content(kind, clean(text), kept, *_quoted(context), file)


def _context(part: Any) -> Any:
    return part.contextInfo if "contextInfo" in part.DESCRIPTOR.fields_by_name else None


def _circumstances(context: Any) -> Details:
    """How it came: passed on from elsewhere, or on its way to disappear."""
    if context is None:
        return {}
    forwards = max(int(context.forwardingScore), int(context.isForwarded))
    return {"forwards": min(forwards, 127), "expires_in": int(context.expiration)}


def _quoted(context: Any) -> tuple[str | None, str]:
    """Its id, and what it said as the answer repeats it."""
    if context is None or not context.stanzaID:
        return None, ""
    said = _content(unwrap(context.quotedMessage)[0], False) if context.HasField("quotedMessage") else None
    return clean(context.stanzaID), said.text if said else ""


def _file(name: str, part: Any, details: Details) -> File | None:
    ref = ref_of(name, part)
    if not ref:
        return None
    numbers = {key: int(details.get(key, 0)) for key in ("size", "seconds", "width", "height")}
    return File(ref, mime=str(details.get("mime", "")), name=str(details.get("file_name", "")), **numbers)
