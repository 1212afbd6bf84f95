"""Who a walk through Clarin needs: a customer with a phone, a seller at a browser, and a look at every step."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from clarin_web.devices.simulator import people
from clarin_web.devices.simulator.script import Persona, Script, save
from clarin_web.devices.simulator.world import World
from tests.support.waiting import until
from tests.support.whole import Whole

SIDEWAYS = "() => document.documentElement.scrollWidth > innerWidth"
DRAWN = "image => image.complete && image.naturalWidth > 0"


def look(page: Page, step: str) -> None:
    """What is on the screen now, at a step of the walk that has a name."""
    assert not page.evaluate(SIDEWAYS), f"{step}: wider than the window"


def customer(phone: str, name: str) -> Persona:
    """Reads at once what is written to them, and answers only when the story says so."""
    return Persona(phone, name, reads_after=(0.1, 0.3), answer_chance=0, react_chance=0)


@dataclass
class Number:
    """A simulated number and its customers, as its phone's owner would see them."""

    clarin: Whole
    id: int
    phone: str
    people: Sequence[Persona]
    said: dict[str, str] = field(default_factory=dict)  # a customer's line -> the id of the message

    def prepare(self) -> None:
        """Nobody scans before `turn("scan")`."""
        folder = self.clarin.place / "devices"
        save(Script(self.phone, pair_after=None, people=list(self.people)), folder / f"{self.id}.script.json")

    @property
    def world(self) -> World:
        return World(self.clarin.place / "devices" / f"{self.id}.sim.db")

    def hears(self, line: str, *, who: int = 0, quoted: str | None = None) -> str:
        """A customer writes now, by a line as in a script; the answer is the message's id."""
        wa_id, now = f"WALK{self.id}N{len(self.said):03d}", datetime.now(UTC)
        self.said[line] = wa_id
        self.world.plan(people.written(self.people[who], wa_id, line, now, quoted, random.Random(1)))
        return wa_id

    def sent(self, kind: str, seen: int = 0) -> dict[str, Any]:
        """What the newest message of that kind on the wire holds, once there are more than `seen` on it."""
        return dict(
            until(lambda: [fields for name, fields in self.world.contents()[seen:] if name == kind])[-1]
        )

    def state(self) -> str:
        return str(self.clarin.ask("SELECT state FROM device WHERE id = %s", self.id)[0][0])


@dataclass
class Seller:
    """The gestures of somebody in front of an open chat."""

    page: Page
    clarin: Whole

    def open(self, name: str) -> None:
        self.page.locator("a.chat-row", has_text=name).click()
        expect(self.page.locator(".thread header h2")).to_have_text(name)
        self.page.locator(".thread header h2").hover()  # under a pointer the list would wait to be asked
        self.is_live()

    def is_live(self) -> None:
        expect(self.page.locator("html[data-net=live]")).to_be_attached()

    def bubble(self, wa_id: str) -> Locator:
        """The message with that id on the wire, as soon as it is kept."""
        row = until(lambda: self.clarin.ask("SELECT id FROM message WHERE wa_id = %s", wa_id))[0]
        return self.page.locator(f"#message-{row[0]}")

    @property
    def last(self) -> Locator:
        """Our newest message."""
        return self.page.locator(".msg.out").last

    def write(self, text: str) -> Locator:
        self.page.get_by_label("Message", exact=True).fill(text)
        self.page.keyboard.press("Enter")
        return self.page.locator(".msg.out", has_text=text).last

    def attach(self, what: str) -> None:
        self.page.locator("summary[aria-label=Attach]").click()
        self.page.locator("a.menu-item", has_text=what).click()

    def fill(self, **fields: str) -> None:
        """The open dialog's fields, and its button Send."""
        dialog = self.page.get_by_role("dialog")
        for label, value in fields.items():
            dialog.get_by_label(re.compile(label)).fill(value)

    def confirm(self, button: str) -> None:
        self.page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()
        expect(self.page.locator("dialog[open]")).to_have_count(0)

    def choose(self, *files: FilePayload) -> None:
        """Into the tray; they leave with `send_tray`."""
        with self.page.expect_file_chooser() as chooser:
            self.attach("Files")
        chooser.value.set_files(list(files))
        expect(self.page.locator("[data-tray] li")).to_have_count(len(files))

    def send_tray(self, caption: str = "") -> None:
        if caption:
            self.page.get_by_label("Message", exact=True).fill(caption)
        self.page.locator("form.composer button.send").click()
        expect(self.page.locator("[data-tray]")).to_be_hidden()

    def menu(self, bubble: Locator, choice: str) -> None:
        """What can be done with a message."""
        bubble.hover()
        bubble.get_by_role("link", name="What to do").click()
        menu = self.page.locator("#message-menu")
        menu.get_by_role("button", name=choice).or_(menu.get_by_role("link", name=choice)).click()


def drawn(picture: Locator) -> None:
    """The browser got the picture and could show it."""
    picture.scroll_into_view_if_needed()
    until(lambda: picture.evaluate(DRAWN))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def complaints(log: Path) -> list[str]:
    """Lines that a server wrote because something was wrong."""
    lines = log.read_text(errors="replace").splitlines()
    wrong = r"level=(warning|error|critical)|Traceback|\b(WARNING|ERROR|CRITICAL)\b"
    return [line for line in lines if re.search(wrong, line)]
