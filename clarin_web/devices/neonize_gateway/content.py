"""What a WhatsApp message contains, free of protobuf: its kind, its words, its file and the details a bubble shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from clarin_web.devices.gateway import File, MessageKind
from clarin_web.devices.message_parts import Part, words_of_parts
from clarin_web.devices.neonize_gateway.content_parts import Details, Reading, clean, with_value
from clarin_web.devices.neonize_gateway.envelopes import (
    fields_said,
    is_of_the_future,
    is_twin,
    unwrap,
)
from clarin_web.devices.neonize_gateway.kinds import FILE_DETAILS, READERS
from clarin_web.devices.neonize_gateway.mentioned import marked
from clarin_web.devices.neonize_gateway.provenance import provenance_of
from clarin_web.devices.neonize_gateway.refs import ref_of

ALWAYS = ("latitude", "longitude")  # zero is a place
MAX_FORWARDS = 127
STATUS = "status@broadcast"  # an answer to one names it as the chat of what it quotes
PLAIN = ("extendedTextMessage",)


@dataclass(frozen=True, slots=True)
class Content:
    """A message's content. `file` is None when there is nothing to download, or nothing we should."""

    kind: MessageKind
    text: str = ""
    details: Details = field(default_factory=dict)
    quoted_wa_id: str | None = None
    quoted_text: str = ""
    file: File | None = None
    parts: tuple[Part, ...] = ()

    @property
    def words(self) -> str:
        return self.text or words_of_parts(self.parts)


def content_of(message: Any, *, view_once: bool = False) -> Content | None:
    """None when nobody said anything; a kind without a name leaves a row all the same, so that it is looked for."""
    outer, (message, once, label) = message, unwrap(message)
    if is_twin(outer) or is_twin(message):
        return None
    content = _content(message, view_once or once)
    if not label:
        return content
    if content is None:
        return Content(MessageKind.UNKNOWN, details={"named": label})
    return Content(
        content.kind, content.text, {"named": label, **content.details}, content.quoted_wa_id, content.quoted_text,
        content.file, content.parts,
    )  # fmt: skip


def _content(message: Any, view_once: bool) -> Content | None:
    names = fields_said(message)
    if not names:
        return Content(MessageKind.UNKNOWN) if is_of_the_future(message) else None
    if "conversation" in names:
        return Content(MessageKind.TEXT, clean(message.conversation))
    name = next((n for n in names if n in READERS), names[0])
    part = getattr(message, name)
    reading = _nameable(name, READERS[name](part)) if name in READERS else Reading(MessageKind.UNKNOWN)
    once = view_once or bool(getattr(part, "viewOnce", False))
    context = part.contextInfo if "contextInfo" in part.DESCRIPTOR.fields_by_name else None
    quoted_wa_id, quoted_text, quote = _quoted(context)
    details = {**_details(reading, context, once), **quote}
    file = None if once else _file(*(reading.media or (name, part)), details)
    text = marked(reading.text or _note(part), context)
    return Content(
        reading.kind,
        text,
        details,
        quoted_wa_id,
        quoted_text,
        file,
        (*(_named(part, context) for part in reading.parts), *_context_parts(context)),
    )


def _named(part: Part, context: Any) -> Part:
    return part._replace(text=marked(part.text, context)) if "@" in part.text else part


def _nameable(name: str, reading: Reading) -> Reading:
    """A company's message of which nothing can be shown is not one without words: it is opened on the phone."""
    if name in PLAIN or reading.kind is not MessageKind.TEXT or reading.text or reading.parts:
        return reading
    return reading._replace(kind=MessageKind.UNKNOWN, details={"named": "business", **reading.details})


def _details(reading: Reading, context: Any, once: bool) -> Details:
    media = FILE_DETAILS[reading.media[0]](reading.media[1]) if reading.media else {}
    found = {
        **media,
        **reading.details,
        **({"view_once": True} if once else {}),
        **_circumstances(context),
        **provenance_of(context),
    }
    return {name: value for name, value in found.items() if name in ALWAYS or value not in ("", 0)}


def _note(part: Any) -> str:
    """What is written to a payment is a message within it."""
    if "noteMessage" not in part.DESCRIPTOR.fields_by_name:
        return ""
    note = _content(unwrap(part.noteMessage).message, False)
    return note.words if note else ""


def _circumstances(context: Any) -> Details:
    """How it came: passed on from elsewhere, or on its way to disappear."""
    if context is None:
        return {}
    forwards = max(int(context.forwardingScore), int(context.isForwarded))
    channel = clean(context.forwardedNewsletterMessageInfo.newsletterName)
    return {
        "forwards": min(forwards or int(bool(channel)), MAX_FORWARDS),
        "channel": channel,
        "expires_in": int(context.expiration),
    }


def _context_parts(context: Any) -> Iterator[Part]:
    if context is not None:
        yield from with_value("link", context.actionLink.buttonTitle, context.actionLink.URL)


def _quoted(context: Any) -> tuple[str | None, str, Details]:
    """Its id, what it said as the answer repeats it, and what it was: it may be from before all we have."""
    if context is None or not context.stanzaID:
        return None, "", {}
    said = (
        _content(unwrap(context.quotedMessage).message, False) if context.HasField("quotedMessage") else None
    )
    about: Details = {}
    if said and said.kind is not MessageKind.TEXT:
        about["quoted_kind"] = str(said.details.get("named", said.kind.value))
    if context.remoteJID == STATUS:
        about["quoted_status"] = True
    # The quote may have left its own context behind: whom it names is then told by the answer's.
    return clean(context.stanzaID), marked(said.words, context) if said else "", about


def _file(name: str, part: Any, details: Details) -> File | None:
    ref = ref_of(name, part)
    if not ref:
        return None
    numbers = {key: int(details.get(key, 0)) for key in ("size", "seconds", "width", "height")}
    return File(ref, mime=str(details.get("mime", "")), name=str(details.get("file_name", "")), **numbers)
