"""A robot that uses every page at random and, after each step, holds it to what a fresh load of its address shows."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Error, Locator, Page

from tests.support.cast import PASSWORD, Person

SCRIPT = Path(__file__).with_suffix(".js").read_text()
# Ends the session, leaves Clarin, undoes the robot's own ground, or asks for hardware.
NEVER = ":not([href*=logout], [href^='tel:'], [href^='mailto:'], [target=_blank], [data-record], [data-pick], [download], [disabled])"
THINGS = f":is(a[href], button, summary){NEVER}"
KEEP_OUT = "logout", "/entry", "/sessions", "/devices/", "/kommo/", "/trash", "/password", "draft"
STEPS = {
    "click": 30, "type": 12, "back": 9, "forward": 6, "escape": 6, "enter": 4, "tab": 4, "swipe": 5,
    "reload": 3, "visit": 6, "offline": 2, "end_session": 1, "other_tab": 2, "live": 12,
}  # fmt: skip


class Robot:
    """One person's browser. `changes` are what others do meanwhile; `said` tells what it did, for whoever reads a failure."""

    def __init__(
        self,
        page: Page,
        who: Person,
        seed: int,
        pages: list[str],
        changes: list[Callable[[random.Random], None]],
    ) -> None:
        self.page, self.who, self.pages, self.changes = page, who, pages, changes
        self.random = random.Random(seed)
        self.observer = page.context.new_page()
        self.said: list[str] = []
        self.typed: dict[str, str] = {}
        self.words = 0
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.context.add_init_script(SCRIPT)
        page.reload()

    def walk(self, steps: int) -> None:
        for number in range(steps):
            name = self.random.choices(list(STEPS), list(STEPS.values()))[0]
            self.said.append(f"{number} {name}")
            before = self.page.evaluate("robot.focus()")
            self.page.evaluate("window.robotWasHere = true")
            try:
                getattr(self, f"_{name}")()
                self._settle()
                self._check(name, before)
            except (Error, AssertionError) as why:
                raise AssertionError(f"{why}\nat {self.page.url}\n" + "\n".join(self.said[-25:])) from why

    def _click(self) -> None:
        found = self._pick(THINGS)
        if not found:
            return
        goal = found.evaluate(
            "one => (one.getAttribute('href') || one.formAction || '') + ' ' + (one.form?.getAttribute('action') || one.getAttribute('hx-post') || '')"
        )
        if any(part in goal for part in KEEP_OUT):
            return
        self.said[-1] += f" {found.evaluate('one => one.outerHTML.slice(0, 110)')}"
        self._forget(found)
        found.click(timeout=5000, no_wait_after=True)

    def _type(self) -> None:
        found = self._pick("textarea, input:is([type=text], [type=search], :not([type]))")
        if not found:
            return
        self.words += 1
        word = f"palabra{self.words} "
        self.said[-1] += f" {word} into {found.evaluate('one => one.outerHTML.slice(0, 110)')}"
        found.click(timeout=5000)
        self.page.keyboard.type(word)
        if (key := self._composer()) and found.evaluate("one => one.matches('form.composer textarea')"):
            self.typed[key] = self.typed.get(key, "") + word

    def _enter(self) -> None:
        if self.page.evaluate("document.activeElement.matches('form.composer textarea')"):
            self.typed.pop(self._composer(), None)
        self.page.keyboard.press("Enter")

    def _back(self) -> None:
        self._traverse("history.back()")

    def _forward(self) -> None:
        self._traverse("history.forward()")

    def _traverse(self, way: str) -> None:
        if self.random.random() < 0.3:
            way = f"{way}, setTimeout(() => {way}, 30)"
        self.page.evaluate(f"setTimeout(() => [{way}])")  # it may leave the page
        self.page.wait_for_timeout(100)
        if not self.page.url.startswith("http"):
            self.page.go_forward()

    def _escape(self) -> None:
        self.page.keyboard.press("Escape")

    def _tab(self) -> None:
        self.page.keyboard.press(self.random.choice(["Tab", "Shift+Tab"]))

    def _swipe(self) -> None:
        self.page.mouse.move(200, 300)
        self.page.mouse.wheel(self.random.choice([-300, 0, 300]), self.random.choice([-400, 0, 400]))

    def _reload(self) -> None:
        self.page.reload()

    def _visit(self) -> None:
        path = self.random.choice(self.pages)
        self.said[-1] += f" {path}"
        self.page.goto(path)

    def _offline(self) -> None:
        self.page.context.set_offline(True)
        for name in self.random.choices(["click", "escape", "back", "type"], k=2):
            self.said.append(f"  offline {name}")
            getattr(self, f"_{name}")()
        self.page.context.set_offline(False)
        if self.page.url.startswith("chrome-error"):
            self.page.reload()

    def _end_session(self) -> None:
        self.page.context.clear_cookies()
        if found := self._pick("a[href]"):
            found.click(timeout=5000, no_wait_after=True)
        self.page.wait_for_timeout(50)
        self.page.goto("/login?next=" + urlsplit(self.page.url).path)
        self.page.get_by_label("E-mail").fill(f"{self.who.name.lower()}@account-{self.who.account_id}.test")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_selector(".app")

    def _other_tab(self) -> None:
        self.observer.goto(self.random.choice(self.pages))
        self.observer.bring_to_front()
        self.page.bring_to_front()

    def _live(self) -> None:
        self.random.choice(self.changes)(self.random)

    def _pick(self, css: str) -> Locator | None:
        scope = (
            "dialog[open] "
            if self.page.locator("dialog[open]").count()
            else ":popover-open "
            if self.page.locator(":popover-open:not(.toasts)").count()
            else ""
        )
        found = [one for one in self.page.locator(f"{scope}:is({css})").all()[:80] if one.is_visible()]
        return self.random.choice(found) if found else None

    def _composer(self) -> str:
        return self.page.evaluate("document.querySelector('form.composer')?.id || ''")

    def _forget(self, thing: Locator) -> None:
        """Words are sent, or thrown away on purpose, by these."""
        if thing.evaluate(
            "one => Boolean(one.closest('form.composer') && (one.type === 'submit' || one.closest('.seg')))"
        ):
            self.typed.pop(self._composer(), None)

    def _settle(self) -> None:
        _until_quiet(self.page)

    def _check(self, step: str, before: str) -> None:
        page = self.page
        now = page.evaluate("robot.focus()")
        assert not now.startswith("lost"), f"the focus is {now}"
        if (
            page.evaluate("window.robotWasHere === true")
            and before not in ("body",)
            and step not in ("back", "forward", "offline", "swipe", "escape")
        ):
            assert now != "body", "the focus fell to the body"
        if (key := self._composer()) in self.typed and key:
            words = page.locator("form.composer textarea").input_value()
            assert (
                self.typed[key].strip() in words or not page.locator("form.composer textarea").is_enabled()
            ), f"typed {self.typed[key]!r}, kept {words!r}"
        self._compare()

    def _compare(self) -> None:
        self.page.wait_for_timeout(300)
        self.observer.goto("about:blank")
        for _ in range(60):
            _until_quiet(self.page)
            if self.observer.url != self.page.url:  # a search goes out a moment after its last key
                self.observer.goto(self.page.url)
            _until_quiet(self.observer)
            skip = self.page.evaluate("robot.open()")
            here, fresh = (
                page.evaluate("skip => robot.shape(skip)", skip) for page in (self.page, self.observer)
            )
            if here == fresh:
                return
            self.page.wait_for_timeout(100)
        different = next(
            (
                number
                for number, (one, other) in enumerate(zip(here[1], fresh[1], strict=False))
                if one != other
            ),
            0,
        )
        raise AssertionError(
            f"not as a fresh load: {here[0]} / {fresh[0]}\n…{here[1][max(0, different - 60) : different + 120]}\n…{fresh[1][max(0, different - 60) : different + 120]}\n{here[2]}\n{fresh[2]}"
        )


def _until_quiet(page: Page) -> None:
    for _ in range(400):
        try:
            if page.evaluate("Boolean(window.robot) && !robot.busy()"):
                return
        except Error as why:  # the page is being left
            if "navigat" not in str(why):
                raise
        page.wait_for_timeout(50)
    raise AssertionError("the page is still busy after 20 s")
