"""Two groups with their talk, and somebody of whom WhatsApp tells only a private id."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from clarin_web.db import execute
from clarin_web.demo.catalogue import DEVICES
from clarin_web.demo.people import SEED, Person
from clarin_web.demo.rows import Row, insert_rows
from clarin_web.lib.text import name_key, search_key
from clarin_web.models import Chat, Contact, ContactIdentity, Message

if TYPE_CHECKING:
    from clarin_web.demo.office import Office

Line = tuple[int | None, str]  # the member's place, or None for us; what was said
BUYERS = "Compradores Gamarra"
GROUPS: dict[str, tuple[Line, ...]] = {
    BUYERS: (
        (0, "Buenos días a todos 👋 ¿alguien compró polar esta semana?"),
        (1, "Yo, el martes. Subió 2 soles el metro 😕"),
        (2, "En la galería Guizado todavía está al precio anterior"),
        (0, "Gracias por el dato 🙏"),
        (None, "Buenos días. Nosotros tenemos casacas de polar ya confeccionadas, desde 2 docenas."),
        (1, "¿A cómo la docena?"),
        (None, "Por interno les paso la lista 📲"),
    ),
    "Despachos Andina Norte": (
        (1, "Ya salieron las 3 cajas de Arequipa por Shalom 🚚"),
        (None, "Perfecto. ¿Y las mantas para Cusco?"),
        (2, "Mañana a primera hora, falta etiquetar"),
        (None, "Ok, avísenme cuando tengan la guía por favor"),
        (1, "👍"),
    ),
}
PRIVATE_ID, PRIVATE_PHONE, PRIVATE_NAME = "184467440737095", "51955501234", "Milagros"
ASKED = (
    "Hola, los encontré por Instagram",
    "¿Venden por menor o solo por docena?",
    "Es para el cumpleaños de mi papá 🎂",
)


def group_key(place: int) -> str:
    """How WhatsApp calls the group; the simulated one goes on in it."""
    return f"12036304{place}{DEVICES[0][1][-9:]}@g.us"


def write(office: Office, members: list[Person], now: datetime) -> None:
    for place, (name, talk) in enumerate(GROUPS.items()):
        contact = {
            "account_id": office.account_id,
            "name": name,
            "name_key": name_key(name),
            "is_group": True,
        }
        began = now - timedelta(days=2 * place + 1, hours=3)
        chat = {"key": group_key(place), "kind": "group", "search": search_key(name)}
        lines = [_said(office, members, who, text) for who, text in talk]
        _chat(office, contact, chat, lines, began)
    _private(office, now - timedelta(minutes=52))


def _private(office: Office, since: datetime) -> None:
    """Their phone is not known: a contact that says so, until WhatsApp tells the pair."""
    about = {"name": PRIVATE_NAME, "name_key": name_key(PRIVATE_NAME), "names": {"push": PRIVATE_NAME}}
    contact = {"account_id": office.account_id, "is_provisional": True, **about}
    chat = {
        "key": f"{PRIVATE_ID}@lid", "lid": PRIVATE_ID, "search": search_key(PRIVATE_NAME, PRIVATE_ID),
        "unread": len(ASKED), "waiting_since": since,
    }  # fmt: skip
    lines = [{"direction": "in", "sender_key": f"{PRIVATE_ID}@lid", "body": text} for text in ASKED]
    contact_id = _chat(office, contact, chat, lines, since)
    identity = {
        "account_id": office.account_id,
        "contact_id": contact_id,
        "kind": "wa_lid",
        "value": PRIVATE_ID,
    }
    execute(insert(ContactIdentity).values(**identity, source="whatsapp"))


def _said(office: Office, members: list[Person], who: int | None, text: str) -> Row:
    if who is None:
        return {"direction": "out", "state": "read", "author_id": office.sellers[0], "body": text}
    return {
        "direction": "in",
        "sender_key": members[who].digits,
        "sender_name": members[who].name,
        "body": text,
    }


def _chat(office: Office, contact: Row, chat: Row, lines: list[Row], began: datetime) -> int:
    """The contact's id. Lines follow each other by some seconds, the first at `began`."""
    dice = random.Random(f"{SEED}:group:{chat['key']}")
    contact_id = insert_rows(Contact, [contact])[0]
    times = [began]
    while len(times) < len(lines):
        times.append(times[-1] + timedelta(seconds=dice.uniform(8, 90)))
    last = lines[-1]
    whole = {
        "account_id": office.account_id, "device_id": office.devices[0], "contact_id": contact_id,
        "name": contact["name"], "last_at": times[-1], "created_at": began, "last_preview": last["body"],
        "last_direction": last["direction"], **chat,
    }  # fmt: skip
    chat_id = insert_rows(Chat, [whole])[0]
    mine = {"account_id": office.account_id, "chat_id": chat_id, "kind": "text"}
    empty = {"state": "", "author_id": None, "sender_key": "", "sender_name": ""}
    rows = [
        {**mine, **empty, **line, "wa_id": f"3EB0D6{contact_id:08X}{at:06X}", "at": time, "created_at": time}
        for at, (line, time) in enumerate(zip(lines, times, strict=True))
    ]
    newest = insert_rows(Message, rows)[-1]
    execute(update(Chat).where(Chat.id == chat_id).values(last_message_id=newest))
    return contact_id
