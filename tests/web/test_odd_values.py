"""No value in any parameter of any address, form, cursor, header, cookie or socket message ends in a 500 or in a log.

CLARIN_ODD_VALUES: how many (300 in the suite); CLARIN_ODD_SEED: which. A failure names both.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

import pytest
import structlog
from flask import Flask
from sqlalchemy import insert, select, text
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule

from clarin_web.chats.forms import FILTERS
from clarin_web.contacts.actions import create_group_contact
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.kommo.errors import Unreachable
from clarin_web.leads.actions import NewLead, create_lead
from clarin_web.leads.filters import _READERS, PLACES
from clarin_web.live.hub import Listener
from clarin_web.live.views import hear, subscribe
from clarin_web.models import Chat, Device, KommoConnection, KommoRecord, Lead, Media, Message, Tag
from clarin_web.pipelines.actions import create_pipeline
from tests.support import world
from tests.support.cast import Person, make_person
from tests.support.odd_values import HEADERS, JSONS, WORD, anything

HOW_MANY = int(os.environ.get("CLARIN_ODD_VALUES", "300"))
SEED = int(os.environ.get("CLARIN_ODD_SEED", "0")) or random.SystemRandom().randrange(10**9)
AT_ONCE = 8  # values of one request
# These end what the others need; what they read is tried on an id that is not there.
ENDING = {"accounts.enter_account", "accounts.revoke_session"}
READ: set[str] = set()
FIELDS = ("numeric", "date", "text", "monetary", "date_time", "birthday", "multiselect")
# What a form usually says, so that one odd value beside it is used and not only looked at.
USUAL = {"version": "1", "as": "auto", "kind": "note", "locale": "en", "theme": "dark", "way": "newest", "size": "10", "low": "1", "high": "5", "list": "",
         "since": "2026-01-01T00:00", "until": "2026-01-02T00:00", "work_from": "09:00", "work_to": "18:00", "where": "-12.04,-77.03", "options": "a\nb", "phone": "+51987654321",
         "password": "no", "email": "ana@account.test", "signature": "off", "emoji": "👍", "quoted_wa_id": "", "address": "https://a.kommo.com", "owner_id": "", "limit": "5", "next": "/leads"}  # fmt: skip
IDS_OF = {"stage_id": "stage_id", "lead_stage_id": "stage_id", "chat_id": "chat_id", "contact_id": "contact_id", "pipeline": "pipeline_id", "stage": "stage_id", "device": "device_id", "tag": "tag_id"}  # fmt: skip


class _Noting(ImmutableMultiDict):
    """Remembers which names a view asked for: nobody has to list them, and a new one is tried from its first day."""

    def __getitem__(self, name):
        READ.add(name)
        return super().__getitem__(name)

    def get(self, name, *more, **options):
        READ.add(name)
        return super().get(name, *more, **options)

    def getlist(self, name, *more, **options):
        READ.add(name)
        return super().getlist(name, *more, **options)

    def __contains__(self, name):
        READ.add(name)
        return super().__contains__(name)


@dataclass
class Target:
    """An address and the names of what it reads."""

    rule: Rule
    method: str
    names: set[str] = field(default_factory=set)


@dataclass
class Office:
    """A person, and one of everything that has an id."""

    who: Person
    ids: dict[str, object]

    def url(self, rule: Rule, odd: dict[str, bytes] | None = None) -> str:
        def put(found: re.Match[str]) -> str:
            name = found[1].rpartition(":")[2]
            if odd and name in odd:
                return quote_from_bytes(odd[name][:2000], safe="")
            return "0" if rule.endpoint in ENDING else str(self.ids.get(name, 1))

        return re.sub(r"<([^>]+)>", put, rule.rule)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Every line our log and the libraries' would have."""
    lines: list[str] = []
    steps = structlog.get_config()["processors"]
    note = lambda _logger, _name, event: lines.append(repr(event)) or event  # noqa: E731
    steps.insert(len(steps) - 1, note)
    yield lambda: "\n".join(lines) + caplog.text
    steps.remove(note)


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Office]:
    monkeypatch.setattr(app.request_class, "parameter_storage_class", _Noting)
    monkeypatch.setattr("clarin_web.kommo.drafting.try_out", _away)  # no name is looked up
    return lambda: _open_office(app)


def _away(*_: object, **__: object) -> None:
    raise Unreachable("nobody there")


def _open_office(app: Flask) -> Office:
    from clarin_web.accounts import actions

    account_id = actions.create_account("Andina Norte")
    ana = make_person(app, account_id, "Ana", "owner")
    account = {"account_id": account_id}
    with tenant(account_id), transaction():
        pipeline = create_pipeline(account_id, WORD, ["Nuevo"], is_main=True)
        lead = create_lead(ana.member, NewLead(title=WORD)).id
        device = execute(insert(Device).values(**account, name=WORD).returning(Device.id)).scalar_one()
        contact = create_group_contact(account_id, WORD)
        chat = execute(insert(Chat).values(**account, device_id=device, contact_id=contact, key="1@g.us", kind="group").returning(Chat.id)).scalar_one()  # fmt: skip
        message = execute(insert(Message).values(**account, chat_id=chat, wa_id="A", direction="out", state="failed", body=WORD).returning(Message.id)).scalar_one()  # fmt: skip
        media = execute(insert(Media).values(**account, message_id=message, state="ready", name=WORD, mime="image/png", size=9, hash="0" * 64).returning(Media.id)).scalar_one()  # fmt: skip
        tag = execute(insert(Tag).values(**account, name=WORD, name_key=WORD.lower()).returning(Tag.id)).scalar_one()  # fmt: skip
        stage, person = execute(select(Lead.stage_id, Lead.contact_id).where(Lead.id == lead)).one()
        execute(
            insert(KommoConnection).values(
                **account, base_url="https://a.kommo.com", token_sealed=b"x", state="live"
            )
        )
        rows = [
            {"id": number, "name": kind, "type": kind, "sort": number}
            for number, kind in enumerate(FIELDS, 1)
        ]
        execute(
            insert(KommoRecord).values(
                [
                    {**account, "kind": "fields", "key": str(row["id"]), "entity": "leads", "data": row}
                    for row in rows
                ]
            )
        )
    release()
    found = {"account_id": account_id, "pipeline_id": getattr(pipeline, "id", pipeline), "stage_id": stage, "lead_id": lead, "tag_id": tag, "contact_id": person or contact,
             "chat_id": chat, "message_id": message, "device_id": device, "media_id": media, "merge_id": 1, "question_id": 1, "session_id": 0, "field": "title", "token": "x" * 40, "filename": "css/tokens.css"}  # fmt: skip
    return Office(ana, found)


def _targets(app: Flask, there: Office) -> list[Target]:
    """Every address with every name it reads: asked with what is known until it asks for nothing new."""
    found = [
        Target(rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT"})
        if rule.endpoint not in ("static", "live.socket", "accounts.sign_out")
    ]
    for target in found:
        if target.rule.endpoint in ("chats.inbox", "chats.chat_page", "leads.lead_list") or "board" in target.rule.endpoint:  # fmt: skip
            target.names |= (
                {*FILTERS, "open", "push"} if "chats" in target.rule.endpoint else {*_READERS, *PLACES}
            )
        for _round in range(3):
            READ.clear()
            _send(there, target, {})
            if target.names >= READ:
                break
            target.names |= READ
        target.names -= {"csrf_token"}
    return found


def _usual(there: Office, target: Target, dice: random.Random) -> dict[str, bytes]:
    said = {"client_id": f"click-{dice.randrange(10**12)}"}
    for name in target.names & {*USUAL, *IDS_OF, "body", "client_id", "title", "name", "question", "address"}:
        said[name] = str(there.ids[IDS_OF[name]]) if name in IDS_OF else USUAL.get(name, said.get(name, WORD))
    if target.method == "GET":
        said = {name: value for name, value in said.items() if name not in (*_READERS, *FILTERS, "client_id")}
    return {name: value.encode() for name, value in said.items()}


def _send(there: Office, target: Target, said: dict[str, bytes], *, path: dict[str, bytes] | None = None, headers=(), body: bytes | None = None, kind="application/x-www-form-urlencoded", doubled=False):  # fmt: skip
    """Status; the client is fresh where a header may change the session's cookie."""
    pairs = [b"%s=%s" % (quote_from_bytes(name.encode("utf-8", "replace")).encode(), quote_from_bytes(value).encode()) for name, value in said.items()]  # fmt: skip
    encoded = b"&".join(pairs * 2 if doubled else pairs)
    url, options = there.url(target.rule, path), {}
    if target.method == "GET":
        url = f"{url}?{encoded.decode()}"
    else:
        options = {"data": encoded if body is None else body, "content_type": kind}
    sent = [("X-CSRF-Token", there.who.csrf), ("HX-Request", "true"), *headers]
    if any(name == "Cookie" for name, _value in headers):
        options["headers"] = sent
        return there.who.client.application.test_client(use_cookies=False).open(url, method=target.method, **options)  # fmt: skip
    return there.who.client.open(url, method=target.method, headers=dict(sent), **options)


def _files(data: bytes, dice: random.Random) -> tuple[bytes, str]:
    """A form with a file, whose name, type and bytes are odd too."""
    edge = "edge7"
    head = f'Content-Disposition: form-data; name="file"; filename="{dice.choice(("a.ogg", "²", "..", "x" * 3000))}"'
    tail = f'\r\n--{edge}\r\nContent-Disposition: form-data; name="as"\r\n\r\n{dice.choice(("voice", "auto", "sticker", "document"))}\r\n--{edge}--\r\n'
    starts = (b"", b"OggS", b"\x1aE\xdf\xa3", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP")  # fmt: skip
    return f"--{edge}\r\n{head}\r\n\r\n".encode() + dice.choice(starts) + data + tail.encode(), f"multipart/form-data; boundary={edge}"  # fmt: skip


@dataclass
class Try:
    """How one request is made odd, and how many values that were."""

    dice: random.Random

    def make(self, there: Office, target: Target) -> tuple[int, int, str]:
        dice, said = self.dice, _usual(there, target, self.dice)
        places = [name for name in ("path", "names", "header", "body") if self._has(target, name)]
        place = dice.choice([*places, "names", "names"] if "names" in places else places)
        if place == "names":
            some = dice.sample(sorted(target.names), min(len(target.names), dice.choice((1, 1, 1, AT_ONCE))))
            said |= {name: anything(dice) for name in some}
            if dice.random() < 0.05:
                said = {f"{name}[]": value for name, value in said.items()}
            answer = _send(there, target, said, doubled=dice.random() < 0.1)
            return answer.status_code, len(some), f"{some} {[said.get(name, b'')[:80] for name in some]}"
        if place == "path":
            odd = {name: anything(dice) for name in target.rule.arguments}
            return _send(there, target, said, path=odd).status_code, len(odd), f"{odd}"[:300]
        if place == "header":
            name = dice.choice(list(HEADERS))
            header = (name, dice.choice(HEADERS[name]))
            return _send(there, target, said, headers=[header]).status_code, 1, f"{header}"[:300]
        data = anything(dice)
        kinds = ("application/json", "text/plain", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "²", "image/png")  # fmt: skip
        body, kind = _files(data, dice) if dice.random() < 0.3 else (data, dice.choice(kinds))
        return _send(there, target, {}, body=body, kind=kind).status_code, 1, f"{kind} {data[:80]!r}"

    @staticmethod
    def _has(target: Target, place: str) -> bool:
        return {"path": bool(target.rule.arguments), "names": bool(target.names), "body": target.method != "GET"}.get(place, True)  # fmt: skip


STANDS = text("""SELECT (SELECT count(*) FROM lead WHERE id = :lead AND trashed_at IS NULL) + (SELECT count(*) FROM chat WHERE id = :chat)
    + (SELECT count(*) FROM device WHERE id = :device) + (SELECT count(*) FROM kommo_connection)""")


def _stands(there: Office) -> bool:
    with tenant(there.who.account_id):
        kept = {name: there.ids[f"{name}_id"] for name in ("lead", "chat", "device")}
        whole = execute(STANDS, kept).scalar_one() == 4
    release()
    return whole


def test_no_value_in_any_parameter_is_a_500(app: Flask, office, said) -> None:
    dice, broken, tried = random.Random(SEED), [], 0
    there = office()
    targets = _targets(app, there)
    names = sum(len(target.names) + len(target.rule.arguments) for target in targets)
    assert names > 200, "the addresses and their parameters are found"
    attempt, order = Try(dice), []
    while tried < HOW_MANY:
        order = order or dice.sample(targets, len(targets))
        target = order.pop()
        status, count, what = attempt.make(there, target)
        if status == 401 or (target.method != "GET" and not _stands(there)):
            world.wipe()
            there = office()
        tried += count
        if status >= 500:
            broken.append(f"{status} {target.method} {target.rule.rule} {what}")
    assert not broken, f"seed {SEED}: {len(broken)} of {tried} values\n" + "\n".join(sorted(broken)[:60])
    assert WORD not in said(), "words of people in the log"


def test_no_message_of_a_socket_ends_it(office, said) -> None:
    dice, there = random.Random(SEED), office()
    for message in (*JSONS, *(anything(dice).decode(errors="replace") for _ in range(HOW_MANY // 10))):
        page = Listener(None, there.who.account_id, there.who.user_id)  # type: ignore[arg-type]
        page.member = there.who.member
        assert hear(page, [message])
        subscribe(page, page.wanted or [])
    release()
    assert WORD not in said()
