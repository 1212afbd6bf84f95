"""The past of Andina Norte as rows: contacts, chats, messages, and leads with what happened to them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from clarin_web.db import execute
from clarin_web.demo import catalogue, files, groups, history
from clarin_web.demo.deals import IN_KOMMO, Deal, everybody, typed_deals
from clarin_web.demo.history import Said
from clarin_web.demo.kommo_world import Kommo, deals_of
from clarin_web.demo.mirror import mirror
from clarin_web.demo.office import ON_FIRST_DEVICE, Office
from clarin_web.demo.people import SEED, Person
from clarin_web.demo.rows import Row, insert_rows
from clarin_web.demo.story import Told, tell
from clarin_web.lib.text import name_key, search_key
from clarin_web.models import Chat, Contact, ContactIdentity, Lead, Message, Tagging, Task

CHATS = 60


def write(office: Office, kommo: Kommo, now: datetime) -> None:
    """Chats with customers Kommo knows too, the customers it does not know, and everybody's leads."""
    customers = everybody()
    talkers, others = customers[:CHATS], customers[IN_KOMMO:]
    contacts = dict(
        zip([p.number for p in (*talkers, *others)], _contacts(office, [*talkers, *others], now), strict=True)
    )
    _chats(office, talkers, contacts, now)
    groups.write(office, talkers[:3], now)
    deals = typed_deals(now)
    leads = _leads(office, deals, contacts)
    typed = [
        Told(id_, contacts[deal.person.number], deal, False) for id_, deal in zip(leads, deals, strict=True)
    ]
    tell(office, [*typed, *_mirrored(office, kommo, now)])
    _tasks(office, leads, list(contacts.values()), now)


def _mirrored(office: Office, kommo: Kommo, now: datetime) -> list[Told]:
    leads = mirror(office.account_id, kommo)
    mine = select(Lead.id, Lead.contact_id).where(Lead.account_id == office.account_id)
    people = {row.id: row.contact_id for row in execute(mine)}
    return [Told(leads[id_], people[leads[id_]], deal, True) for id_, deal in deals_of(kommo, now)]


def _contacts(office: Office, people: Sequence[Person], now: datetime) -> list[int]:
    """Phone and WhatsApp names only: Kommo adds its own when it syncs, and matches them by phone."""
    rows = [
        {
            "account_id": office.account_id, "name": person.name, "name_key": name_key(person.name), "phone": person.phone,
            "names": {"push": person.name}, "email": person.email or None, "created_at": now - timedelta(days=130),
        }
        for person in people
    ]  # fmt: skip
    ids = insert_rows(Contact, rows)
    identities = [
        {"account_id": office.account_id, "contact_id": contact_id, "kind": kind, "value": value, "source": "whatsapp",
         "is_main": kind == "phone"}
        for person, contact_id in zip(people, ids, strict=True)
        for kind, value in (("phone", person.phone), ("wa_pn", person.digits))
    ]  # fmt: skip
    execute(insert(ContactIdentity), identities)
    return ids


def _chats(office: Office, talkers: Sequence[Person], contacts: dict[int, int], now: datetime) -> None:
    waiting = history.waiting_times(CHATS)
    told = [(person, history.conversation(person, now, next(waiting))) for person in talkers]
    chats = insert_rows(Chat, [_chat(office, person, contacts[person.number], said) for person, said in told])
    messages = [
        _message(office, person, chat_id, said, place)
        for (person, said), chat_id in zip(told, chats, strict=True)
        for place in range(len(said))
    ]
    ids = insert_rows(Message, messages)
    files.attach(office.account_id, messages, ids)
    newest = dict(zip((row["chat_id"] for row in messages), ids, strict=True))
    execute(update(Chat), [{"id": chat_id, "last_message_id": newest[chat_id]} for chat_id in chats])


def _chat(office: Office, person: Person, contact_id: int, said: list[Said]) -> Row:
    device_id = office.devices[0 if person.number < ON_FIRST_DEVICE else 1]
    last, unread = said[-1], [line for line in said if not line.is_read]
    return {
        "account_id": office.account_id, "device_id": device_id, "contact_id": contact_id, "key": person.digits,
        "name": person.name, "search": search_key(person.name, person.digits), "last_at": last.at,
        "last_preview": last.body[:120], "last_direction": "out" if last.outbound else "in", "last_kind": last.kind,
        "last_state": "read" if last.outbound else "", "unread": len(unread), "created_at": said[0].at,
        "waiting_since": unread[0].at if unread else None,
        "owner_id": office.sellers[person.number % 3] if person.number % 4 else None,
    }  # fmt: skip


def _message(office: Office, person: Person, chat_id: int, said: list[Said], place: int) -> Row:
    line = said[place]
    quoted = said[line.quotes] if line.quotes is not None else None
    ticks = [line.at + timedelta(seconds=s) for s in (1, 2, 40)] if line.outbound else [None] * 3
    reactor = "me" if not line.outbound else person.digits
    return {
        "account_id": office.account_id, "chat_id": chat_id, "wa_id": _wa_id(person, place), "kind": line.kind,
        "direction": "out" if line.outbound else "in", "body": line.body, "state": "read" if line.outbound else "",
        "author_id": office.sellers[line.seller] if line.outbound else None,
        "sender_key": "" if line.outbound else person.digits,
        "quoted_wa_id": _wa_id(person, line.quotes) if line.quotes is not None else None,
        "quoted_preview": quoted.body[:120] if quoted else "",
        "reactions": {reactor: line.reaction} if line.reaction else {}, "extra": line.extra,
        "at": line.at, "sent_at": ticks[0], "delivered_at": ticks[1], "read_at": ticks[2], "created_at": line.at,
    }  # fmt: skip


def _wa_id(person: Person, place: int) -> str:
    return f"3EB0DE{person.number:06X}{place:08X}"


def _leads(office: Office, deals: list[Deal], contacts: dict[int, int]) -> list[int]:
    ids = insert_rows(Lead, [_lead(office, deal, contacts[deal.person.number]) for deal in deals])
    taggings = [
        {"account_id": office.account_id, "lead_id": lead_id, "tag_id": office.tags[name_key(tag)]}
        for deal, lead_id in zip(deals, ids, strict=True)
        for tag in deal.tags
    ]
    execute(insert(Tagging), taggings)
    return ids


def _lead(office: Office, deal: Deal, contact_id: int) -> Row:
    person = deal.person
    return {
        "account_id": office.account_id, "contact_id": contact_id, "title": deal.title, "value": deal.price,
        "pipeline_id": office.pipelines[deal.funnel], "stage_id": office.stages[deal.funnel][deal.stage],
        "name_key": name_key(deal.title), "search": search_key(deal.title, person.name, person.digits, person.email),
        "owner_id": office.sellers[deal.seller], "tag_ids": sorted(office.tags[name_key(tag)] for tag in deal.tags),
        "created_at": deal.created_at, "updated_at": deal.updated_at,
    }  # fmt: skip


def _tasks(office: Office, leads: list[int], contacts: list[int], now: datetime) -> None:
    dice = random.Random(f"{SEED}:tasks")
    hours = (-52, -27, -5, -2, -0.5, 1, 2, 4, 6, 20, 26, 30, 49, 75, 100, 170)
    tasks = [
        {
            "account_id": office.account_id, "title": dice.choice(catalogue.TASKS), "owner_id": office.sellers[place % 3],
            "lead_id": leads[place] if place % 2 else None, "contact_id": None if place % 2 else contacts[place],
            "due_at": now + timedelta(hours=hour), "created_by": office.sellers[0],
        }
        for place, hour in enumerate(hours)
    ]  # fmt: skip
    execute(insert(Task), tasks)
