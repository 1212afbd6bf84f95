"""What people fill in to send a place, a person or a question, as the message it becomes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from clarin_web.chats.actions import MAX_BODY, NewMessage
from clarin_web.chats.forms import ID, new_client_id
from clarin_web.lib.errors import Invalid
from clarin_web.lib.places import coordinates
from clarin_web.lib.values import optional_id
from clarin_web.lib.vcard import vcard
from clarin_web.web.forms import Form

LEAST_OPTIONS, MOST_OPTIONS, OPTION = 2, 12, 100  # WhatsApp's
MOST_CHATS = 5  # at once: WhatsApp's own, so that nobody takes it for bulk
QUESTION, PLACE, EMOJI = 255, 200, 16
_SIGNS = {"So", "Sk", "Sm", "Po", "Mn", "Me", "Cf", "Nd", "Sc"}


def read_client_id(form: Form) -> str:
    given = form.data.get("client_id", "") or new_client_id()
    if not ID.fullmatch(given):
        form.fail("client_id", "not_text")
    return given


def read_location(data: Mapping[str, str]) -> tuple[NewMessage, dict[str, str]]:
    """Coordinates or a link of a map; a name and an address if there are."""
    form = Form(data)
    where = coordinates(form.text("where", required=True, limit=2000))
    if where is None:
        form.fail("where", "no_place")
    name = form.text("name", limit=PLACE)
    place: dict[str, object] = {"address": form.text("address", limit=PLACE)}
    if where:
        place |= {"latitude": where[0], "longitude": where[1]}
    return NewMessage(name, read_client_id(form), "location", extra=place), form.errors


def read_poll(data: Mapping[str, str]) -> tuple[NewMessage, dict[str, str]]:
    """A question and its options, one a line, all different."""
    form = Form(data)
    question = form.text("question", required=True, limit=QUESTION)
    options = [line.strip() for line in form.text("options", required=True).splitlines() if line.strip()]
    if not LEAST_OPTIONS <= len(options) <= MOST_OPTIONS:
        form.fail("options", "poll_options")
    if len(set(options)) < len(options):
        form.fail("options", "poll_same")
    if any(len(option) > OPTION for option in options):
        form.fail("options", "poll_long")
    extra: dict[str, object] = {"options": "\n".join(options), "choices": 0 if form.flag("many") else 1}
    return NewMessage(question, read_client_id(form), "poll", extra=extra), form.errors


def card_of(contact: Any, client_id: str) -> NewMessage:
    """The card of one contact: its name and its phone."""
    card = vcard(contact.name, [contact.phone], contact.company or "")
    return NewMessage(contact.name[:PLACE], client_id, "contact", extra={"vcard": card})


def read_reaction(data: Mapping[str, str]) -> str:
    """One emoji, from the buttons or typed; empty takes the reaction back."""
    form = Form(data)
    emoji = form.text("emoji", limit=EMOJI)
    if emoji and not _is_emoji(emoji):
        form.fail("emoji", "not_emoji")
    form.check()
    return emoji


def _is_emoji(text: str) -> bool:
    kinds = {unicodedata.category(char) for char in text}
    return kinds <= _SIGNS and bool(kinds & {"So", "Me"})


def read_chats(values: list[str]) -> list[int]:
    """Ids of chats, each once, in the order they were chosen. Invalid when one is none."""
    found = [optional_id(value) for value in values]
    if None in found:
        raise Invalid("invalid", {"chat_id": "unknown_choice"})
    return list(dict.fromkeys(one for one in found if one is not None))


def read_edit(data: Mapping[str, str]) -> str:
    form = Form(data)
    body = form.text("body", required=True, limit=MAX_BODY)
    form.check()
    return body
