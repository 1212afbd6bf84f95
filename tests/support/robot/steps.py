"""What the robot does: every kind of step is a method named after it, and chooses by `self.chance` alone."""

from __future__ import annotations

import random
from collections.abc import Callable

from playwright.sync_api import Page

from clarin_web.accounts.access import signed_in_by
from clarin_web.accounts.actions import close_session
from clarin_web.accounts.queries import SignedIn
from clarin_web.db import leave_tenant, release, tenant
from tests.support.cast import PASSWORD, Person
from tests.support.robot.sight import ask, settle

# Leaves Clarin, undoes the robot's own ground or words, or asks for hardware.
NEVER = ":not([href*=logout], [href^='tel:'], [href^='mailto:'], [target=_blank], [data-record], [data-pick], [download], :disabled, .menu-item.bad)"
THINGS = f":is(a[href], button, summary, [type=checkbox], [type=radio]){NEVER}"
FIELDS = "textarea, input:is([type=text], [type=search], [type=tel], :not([type]))"
FORBIDDEN = (
    "logout",
    "/entry",
    "/revocation",
    "/delete",
    "/edit",
    "/removal",
    "call-off",
    "/media/",
    "/answer-later",
)
ONLY_LOOKED_AT = "/devices", "/kommo", "/settings"
KEYS = ["Tab", "Tab", "Shift+Tab", "ArrowDown", "ArrowUp", "ArrowRight", "Alt+N", "Home", "End"]
KINDS = {
    "click": 30, "type": 12, "back": 9, "forward": 6, "escape": 6, "enter": 5, "key": 6, "swipe": 6, "choose": 3,
    "reload": 3, "visit": 6, "offline": 3, "end_session": 1, "other_tab": 3, "live": 12,
}  # fmt: skip


class Steps:
    page: Page
    other: Page
    who: Person
    pages: list[str]
    changes: list[Callable[[random.Random], None]]
    chance: random.Random
    said: list[str]
    typed: dict[str, list[str]]
    touch: bool
    words: int = 0

    def click(self) -> None:
        found = [one for one in ask(self.page, "css => robot.reach(css)", THINGS) if _is_allowed(one)]
        if found:
            self._press(self.chance.choice(found))

    def _press(self, thing: dict[str, object]) -> None:
        self.said[-1] += f" {thing['is']}"
        press = self.page.touchscreen.tap if self.touch else self.page.mouse.click
        press(thing["x"], thing["y"])

    def type(self) -> None:
        """Into a field in sight, or where the focus is, as somebody who just goes on."""
        found = ask(self.page, "css => robot.reach(css)", FIELDS)
        is_in_one = ask(self.page, "css => document.activeElement.matches(css)", FIELDS)
        if not (is_in_one and self.chance.random() < 0.5):
            if not found:
                return
            self._press(self.chance.choice(found))
        self.words += 1
        word = f"palabra{self.words}"
        self.said[-1] += f" {word}"
        for letter in word:
            if (box := ask(self.page, "robot.box()")) and letter == "p":
                self.typed.setdefault(box, []).append(word)
            self.page.keyboard.press(letter)
        self.page.keyboard.press("Space")

    def enter(self) -> None:
        self.said[-1] += " at " + ask(self.page, "document.activeElement.outerHTML.slice(0, 100)")
        self.page.keyboard.press("Enter")

    def escape(self) -> None:
        self.page.keyboard.press("Escape")

    def key(self) -> None:
        key = self.chance.choice(KEYS)
        self.said[-1] += f" {key}"
        self.page.keyboard.press(key)

    def choose(self) -> None:
        """Another option of a select."""
        found = [one for one in ask(self.page, "css => robot.reach(css)", "select") if _is_allowed(one)]
        if not found:
            return
        thing = self.chance.choice(found)
        self.said[-1] += f" {thing['is']}"
        select = self.page.evaluate_handle(
            "([x, y]) => document.elementFromPoint(x, y)", [thing["x"], thing["y"]]
        ).as_element()
        count = select.evaluate("one => one.options.length") if select else 0
        if select and count:
            select.focus()
            select.select_option(index=self.chance.randrange(count))

    def back(self) -> None:
        self._travel(-1)

    def forward(self) -> None:
        self._travel(1)

    def _travel(self, way: int) -> None:
        times = 2 if self.chance.random() < 0.3 else 1
        if not ask(self.page, "([way, times]) => robot.travel(way, times)", [way, times]):
            self.said[-1] += " (there is none)"

    def swipe(self) -> None:
        x, y = self.chance.choice([(-300, 0), (300, 0), (0, -400), (0, -400), (0, 400)])
        self.said[-1] += f" {x},{y}"
        size = self.page.viewport_size or {"width": 0, "height": 0}
        middle = {"x": size["width"] * self.chance.choice([0.2, 0.5, 0.8]), "y": size["height"] / 2}
        if not self.touch:
            self.page.mouse.move(middle["x"], middle["y"])
            return self.page.mouse.wheel(-x, -y)
        with_finger = {**middle, "xDistance": x, "yDistance": y, "gestureSourceType": "touch", "speed": 3000}
        session = self.page.context.new_cdp_session(self.page)
        session.send("Input.synthesizeScrollGesture", with_finger)
        session.detach()

    def reload(self) -> None:
        self.page.reload()

    def visit(self) -> None:
        path = self.chance.choice(self.pages)
        self.said[-1] += f" {path}"
        self.page.goto(path)

    def offline(self) -> None:
        """Goes on for a step or two without the network, and without its socket."""
        ask(self.page, "robot.drop()")
        self.page.context.set_offline(True)
        for name in self.chance.choices(["click", "escape", "type", "key", "enter"], k=2):
            if self.page.url.startswith("http") and ask(self.page, "Boolean(window.robot)"):
                self.said.append(f"  offline {name}")
                getattr(self, name)()
        self.page.context.set_offline(False)

    def end_session(self) -> None:
        """Closed from elsewhere; the page finds its way to the form by itself, and back."""
        for cookie in self.page.context.cookies():
            self._close(signed_in_by(cookie["value"]))
        self.page.wait_for_url("**/login?**", wait_until="load")
        self.page.get_by_label("E-mail").fill(f"{self.who.name.lower()}@account-{self.who.account_id}.test")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/login" not in url, wait_until="load")

    @staticmethod
    def _close(who: SignedIn | None) -> None:
        leave_tenant()
        if who is not None:
            with tenant(who.account_id, who.user_id):
                close_session(who.session_id, who.user_id)
        release()

    def other_tab(self) -> None:
        """Somebody has the same page open twice, writes there, and comes back."""
        self.other.goto(self.page.url if self.chance.random() < 0.6 else self.chance.choice(self.pages))
        settle(self.other, self.who.account_id)
        mine, self.page, self.other = self.page, self.other, self.page
        try:
            name = self.chance.choice(["type", "click", "enter", "key"])
            self.said.append(f"  other tab {name}")
            getattr(self, name)()
            settle(self.page, self.who.account_id)
        finally:
            self.page, self.other = mine, self.page

    def live(self) -> None:
        change = self.chance.choice(self.changes)
        self.said[-1] += f" {change.__name__}"
        change(self.chance)


def _is_allowed(thing: dict[str, object]) -> bool:
    goal = str(thing["goal"])
    only_looked_at = thing["posts"] and any(part in goal for part in ONLY_LOOKED_AT)
    return not only_looked_at and not any(part in goal for part in FORBIDDEN)
