"""Every page, in Spanish: axe finds nothing in light and dark, wide and narrow; nothing overflows a small phone; the console is quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from clarin_web.accounts.queries import account_ids
from clarin_web.config import settings
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.demo.create import create_demo
from clarin_web.kommo.streams import add_streams
from clarin_web.leads import actions
from clarin_web.models import (
    Chat,
    Device,
    KommoConnection,
    KommoStream,
    Lead,
    Message,
    Pipeline,
    Stage,
    User,
)
from tests.support.cast import make_person

WIDE, PHONE, SMALLEST = ({"width": w, "height": h} for w, h in ((1440, 900), (390, 844), (360, 740)))
EVERYTHING = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}  # dark has other colours, and nothing else
LOOKS = [
    ("light", WIDE, EVERYTHING),
    ("light", PHONE, EVERYTHING),
    ("dark", PHONE, COLOURS),
    ("dark", WIDE, COLOURS),
]
RUN = """([part, only]) => axe.run(part, { runOnly: only, resultTypes: ["violations"], preload: false, iframes: false,
    rules: only.type === "tag" ? { "target-size": { enabled: true } } : {} })"""
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && element.checkVisibility();
  }).slice(0, 3).map(element => element.outerHTML.slice(0, 120))"""
AT_REST = """() => document.readyState === "complete" && !document.querySelector(".htmx-request")
    && [undefined, "live"].includes(document.documentElement.dataset.net)"""
TWICE = """() => { const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
    return [...new Set(ids.filter((id, n) => ids.indexOf(id) !== n))] }"""
SIDEWAYS = "() => document.documentElement.scrollWidth > innerWidth || scrollX > 0"


class Company:
    """The demo account with everything a page can show; its ids, and somebody who reads Spanish."""

    def __init__(self, app: Any) -> None:
        create_demo(settings().state_dir, "http://127.0.0.1:9")
        self.account_id = account_ids()[-1]
        release()
        self.lucia = make_person(app, self.account_id, "Lucía", "owner")
        with tenant(self.account_id, self.lucia.user_id):
            self.chat = execute(select(Chat).where(Chat.unread > 0).limit(1)).scalar_one()
            self.pipeline_id = execute(select(Pipeline.id).where(Pipeline.is_main)).scalar_one()
            self.lead_id = self._leads()
            self._messages_of_every_kind()
            self._a_code_to_scan()
            self._a_comparison()
        release()

    def _leads(self) -> int:
        member = self.lucia.member
        stages = select(Stage.id).where(Stage.pipeline_id == self.pipeline_id).order_by(Stage.position)
        *_, won, lost = ids = list(execute(stages).scalars())
        leads = [self._lead(f"Pedido {n}", stage_id=stage) for n, stage in enumerate(ids[:-2])]
        leads += [self._lead(title) for title in ("Ganado", "Perdido", "Borrado")]
        actions.move_lead(member, leads[-3].id, won)
        actions.move_lead(member, leads[-2].id, lost, because=actions.LostBecause(None, "Precio"))
        actions.trash_lead(member, leads[-1].id)
        actions.note_lead(member, leads[0].id, "Llamar mañana")
        with transaction():  # where a value comes from is asked of records that are in Kommo
            execute(
                update(Lead)
                .where(Lead.id == leads[0].id)
                .values(kommo_id=9_000_501, kommo={"title": "Pedido"})
            )
        return leads[0].id

    def _lead(self, title: str, **values: Any) -> Lead:
        member = self.lucia.member
        new = actions.NewLead(
            title, self.chat.contact_id, value=1500, owner_id=member.user_id, tags=["urgente"], **values
        )
        return actions.create_lead(member, new)

    def _messages_of_every_kind(self) -> None:
        """The newest of the chat stand for a photo, a note, one in doubt and one that failed."""
        mine = select(Message.id).where(Message.chat_id == self.chat.id).order_by(Message.at.desc()).limit(4)
        kinds: list[dict[str, Any]] = [
            {"kind": "image"},
            {"kind": "note", "direction": "out", "author_id": self.lucia.user_id, "state": ""},
            {"direction": "out", "state": "uncertain", "failure": "not_confirmed"},
            {"direction": "out", "state": "failed", "failure": "not_on_whatsapp"},
        ]
        with transaction():
            for message_id, values in zip(execute(mine).scalars().all(), kinds, strict=True):
                execute(update(Message).where(Message.id == message_id).values(**values))
            execute(update(User).where(User.id == self.lucia.user_id).values(locale="es"))

    def _a_code_to_scan(self) -> None:
        shown = {
            "state": "pairing",
            "qr": "simulated",
            "qr_expires_at": datetime.now(UTC) + timedelta(hours=1),
        }
        with transaction():
            devices = execute(select(Device.id).order_by(Device.id)).scalars().all()
            execute(update(Device).where(Device.id == devices[-1]).values(**shown))
        self.device_id, self.pairing_id = devices

    def _a_comparison(self) -> None:
        """What a check of Kommo found, one of each kind."""
        kinds = ("different", "missing", "gone")
        about = {"name": "Pedido", "id": self.lead_id, "is_newer": False, "fields": {"title": ["a", "b"]}}
        state = {
            "run": "",
            "state": "done",
            "ask": {"kind": "leads", "way": "sample"},
            "checked": 200,
            "counts": dict.fromkeys(kinds, 1),
            "found": [{"what": what, "kommo_id": 7, **about} for what in kinds],
            "error": "",
        }
        with transaction() as session:
            connection = execute(select(KommoConnection)).scalar_one()
            add_streams(self.account_id, connection.id)
            session.add(
                KommoStream(
                    account_id=self.account_id, connection_id=connection.id, name="recheck", cursor=state
                )
            )

    @property
    def pages(self) -> dict[str, str]:
        lead = f"/leads/{self.lead_id}"
        return {
            "home": "/",
            "leads": "/leads?limit=10",
            "nothing found": "/leads?q=zzzz",
            "a refused filter": "/leads?status=maybe",
            "board": f"/leads/board/{self.pipeline_id}?owner=me",
            "moving without scripts": f"{lead}/stage",
            "lead": lead,
            "lead edited": f"{lead}/fields/title?edit=1",
            "new lead": "/leads/new",
            "closure": f"{lead}/closure",
            "chats": "/chats?unread=1",
            "chat": f"/chats/{self.chat.id}?unread=1",
            "contact": f"/contacts/{self.chat.contact_id}",
            "devices": "/devices",
            "device": f"/devices/{self.device_id}",
            "pairing": f"/devices/{self.pairing_id}",
            "kommo": "/kommo",
            "import": "/kommo/progress",
            "comparison": "/kommo/drift",
            "where it comes from": f"/kommo/truth{lead}",
            "trash": "/leads/trash",
            "preferences": "/settings/profile",
            "sessions": "/settings/sessions",
            "not found": "/leads/999999",
        }

    @property
    def overlays(self) -> dict[str, tuple[str, str, str]]:
        """name -> address, what is pressed there, and what opens: only that is looked at, the page was already."""
        leads, board = "/leads?limit=10", f"/leads/board/{self.pipeline_id}?owner=me"
        return {
            "filters": (leads, ".tools details summary", ".tools details"),
            "drawer": (leads, ".c-title a", "#drawer"),
            "new lead's dialog": (leads, ".bar .btn.primary", "#dialog"),
            "a value's origin": (f"/leads/{self.lead_id}", "aside [popovertarget]", "aside :popover-open"),
            "card's menu": (board, ".deal .move", "#move-menu"),
        }


@pytest.fixture
def company(app: Any) -> Company:
    return Company(app)


def test_axe_finds_nothing_and_nothing_overflows(open_as, console, company: Company):
    console.allow("404 .*/leads/999999")
    page = open_as(company.lucia, "/", reduced_motion="reduce", color_scheme="light")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    found = [what for name, address in company.pages.items() for what in look_at(page, name, address)]
    found += [what for name, place in company.overlays.items() for what in look_at(page, name, *place)]
    page.context.clear_cookies()
    found += look_at(page, "sign in", "/login")
    assert not found, f"{len(found)} things:\n" + "\n".join(found)


def look_at(page: Page, name: str, address: str, press: str = "", part: str = "html") -> list[str]:
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    answer = page.goto(address)
    assert answer, name
    assert answer.status < 500, f"{name}: {answer.status}"
    if press:
        page.locator(press).first.click()
        expect(page.locator(part)).to_be_visible()
    page.wait_for_function(AT_REST)
    page.evaluate(AXE_SCRIPT)
    found = [f"{name}: {what}" for look in LOOKS for what in violations(page, part, *look)]
    found += [f"{name}: two elements are called {ident}" for ident in page.evaluate(TWICE)]
    page.set_viewport_size(SMALLEST)
    if page.evaluate(SIDEWAYS):
        found.append(f"{name}: wider than a small phone: {page.evaluate(TOO_WIDE)}")
    return found


def violations(page: Page, part: str, theme: str, size: dict[str, int], rules: dict[str, Any]) -> list[str]:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size(size)
    said = page.evaluate(RUN, [part, rules])["violations"]
    where = f"{theme} {size['width']}"
    return [
        f"{where} {rule['id']}: {node['target']} {node['html'][:160]} | {node['failureSummary'][:300]}"
        for rule in said
        for node in rule["nodes"]
    ]
