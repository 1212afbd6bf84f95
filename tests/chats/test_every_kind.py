"""Every kind of message of WhatsApp's own descriptor, from raw event to page: no code, no lost word, none forgotten."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.envelopes import ENVELOPES, SILENT
from clarin_web.devices.neonize_gateway.kinds import READERS
from clarin_web.devices.neonize_gateway.message_events import NOTES, SILENT_NOTES
from tests.support.message_kinds import every_kind

FIELDS = protos.load()[1].Message.DESCRIPTOR.fields
RAW = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|\b[a-z]+(?:[A-Z][a-z0-9]*)+\b|flow_token|secret")
PHONE = "51987654321"


def event(content: Any, wa_id: str) -> bytes:
    events = protos.load()[0]
    who = {
        "User": PHONE,
        "Server": "s.whatsapp.net",
        "Device": 0,
        "RawAgent": 0,
        "Integrator": 0,
        "IsEmpty": False,
    }
    made = events.Message(Message=content)
    made.Info.ID, made.Info.Timestamp = wa_id, int(datetime.now(UTC).timestamp() * 1000)
    made.Info.Pushname = "Rosa"
    for jid in (made.Info.MessageSource.Chat, made.Info.MessageSource.Sender):
        jid.CopyFrom(events.JID(**who))
    return bytes(made.SerializePartialToString())


def bubbles(person: Any, chat_id: int) -> dict[str, Any]:
    """Every bubble of a chat, page by page, by the id of its element."""
    found, where = dict[str, Any](), f"/chats/{chat_id}"
    while where:
        page = person.get(where)
        found |= {bubble["id"]: bubble for bubble in page.select(".msg")}
        where = next((link["href"] for link in page.select(".pager a")), "")
    return found


def test_every_kind_is_decided_on() -> None:
    """A new version of the library brings new ones: give each a reader, an envelope, or a reason for silence."""
    decided = [*READERS, *ENVELOPES, *SILENT, "conversation"]
    assert sorted(field.name for field in FIELDS) == sorted(decided)
    types = protos.load()[1].ProtocolMessage.DESCRIPTOR.enum_types_by_name["Type"].values
    assert {one.name for one in types} == NOTES | SILENT_NOTES


def test_every_kind_shows_its_words_or_is_named_or_silent(phone, ana) -> None:
    kinds = [(f"K{number}", *kind) for number, kind in enumerate(every_kind())]
    for wa_id, _name, content, _words in kinds:
        phone.store(raw=event(content, wa_id), kind="neonize.message")
    phone.work()
    stored = {message.wa_id: message for message in phone.messages}
    shown = bubbles(ana, phone.chat.id)
    table, wrong = [], []
    for wa_id, name, _content, words in kinds:
        row = stored.get(wa_id)
        bubble = shown.get(f"message-{row.id}") if row else None
        text = (
            " ".join([bubble.get_text(" ", strip=True), *(a["href"] for a in bubble.select("a"))])
            if bubble
            else ""
        )
        lost = {path for word, path in words.items() if word not in text}
        said = re.sub(r"w\dx\d+w|https?://\S+|/\S+", "", bubble.get_text(" ", strip=True)) if bubble else ""
        raw = RAW.findall(said)
        table.append(f"{name:42} {row.kind if row else '–':9} {said[:60].strip() or SILENT.get(name, '–')}")
        if lost or raw or (not row and name not in SILENT) or "without words" in said:
            wrong.append((name, sorted(lost)[:9], raw, bool(row)))
    print("\n".join(dict.fromkeys(table)))
    assert wrong == []
    assert not RAW.findall(" ".join(ana.get("/chats").texts(".chat-row p")))
