"""The robot's walk: a step, everything at rest, then the judgement. The same seed walks the same way over the same office."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Error, Page

from tests.support.cast import Person
from tests.support.robot.sight import ask, differences, settle
from tests.support.robot.steps import KINDS, Steps

SCRIPT = Path(__file__).with_name("page.js").read_text()
MEANWHILE = 0.2  # how often somebody else changes something just before a step


class Robot(Steps):
    """One person's browser. `changes` are what others do meanwhile."""

    def __init__(
        self,
        page: Page,
        who: Person,
        seed: int,
        pages: list[str],
        changes: list[Callable[[random.Random], None]],
    ) -> None:
        self.page, self.who, self.seed, self.pages, self.changes = page, who, seed, pages, changes
        self.touch = bool(page.evaluate("matchMedia('(pointer: coarse)').matches"))
        self.said: list[str] = []
        self.typed: dict[str, list[str]] = {}
        self.faults: list[str] = []
        page.context.add_init_script(SCRIPT)
        self.other, self.observer = page.context.new_page(), page.context.new_page()
        for one in (page, self.other, self.observer):
            one.on(
                "dialog",
                lambda dialog: dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss(),
            )
        page.reload()
        settle(page, who.account_id)

    def walk(self, steps: int | Sequence[str], faults: int = 1) -> None:
        """So many steps at random, or these; stops at so many faults, and tells them."""
        kinds = [""] * steps if isinstance(steps, int) else steps
        for number, kind in enumerate(kinds):
            began = time.monotonic()
            try:
                self._step(number, kind)
            except (Error, AssertionError) as why:
                self._note(str(why))
            print(f"{time.monotonic() - began:.1f} {self.said[-1]}", flush=True)
            if len(self.faults) >= faults:
                break
        assert not self.faults, f"seed {self.seed}:\n" + "\n\n".join(self.faults)

    def _step(self, number: int, kind: str) -> None:
        self.chance = random.Random(f"{self.seed}/{number}")
        kind = kind or self.chance.choices(list(KINDS), list(KINDS.values()))[0]
        if kind != "live" and self.chance.random() < MEANWHILE:
            self.said.append("  meanwhile")
            self.live()
        self.said.append(f"{number} {kind}")
        before = ask(self.page, "window.robotWasHere = true, robot.focus()")
        getattr(self, kind)()
        self._come_back()
        settle(self.page, self.who.account_id)
        self._judge(kind, before)

    def _come_back(self) -> None:
        """From where there was no network, to where one wanted to go."""
        if self.page.url.startswith("chrome-error"):
            self.page.reload()

    def _judge(self, kind: str, before: str) -> None:
        now = ask(self.page, "robot.focus()")
        assert not now.startswith(("hidden", "behind")), f"the focus is {now}"
        if before != "body" and kind != "swipe" and ask(self.page, "window.robotWasHere === true"):
            assert now != "body", f"the focus was on {before} and fell to the body"
        for box, words in self.typed.items():
            kept = ask(self.page, "box => robot.words(box)", box)
            lost = [word for word in words if kept is not None and word not in kept]
            assert not lost, f"typed {lost} into {box}, and there is only {kept!r}"
        self._compare()

    def _compare(self) -> None:
        found: list[str] = []
        for turn in range(6):  # to look is to change: what is looked at is read
            skip = ask(self.page, "robot.open()")
            here = ask(self.page, "skip => robot.shape(skip)", skip)
            self.observer.goto(self.page.url)
            settle(self.observer, self.who.account_id)
            fresh = ask(self.observer, "skip => robot.shape(skip)", skip)
            self.observer.goto("about:blank")
            found = differences(here, fresh)
            if not found:
                return
            if not turn:
                self.said.append("  unlike at first: " + " | ".join(found)[:300])
            settle(self.page, self.who.account_id)
        raise AssertionError("not as a fresh load (-here +fresh):\n" + "\n".join(found))

    def _note(self, why: str) -> None:
        """The next steps begin with a page that is right."""
        print(f"FAULT {why}", flush=True)
        self.faults.append(f"{why}\nat {self.page.url}, after\n" + "\n".join(self.said[-14:]))
        self.typed.clear()
        self.page.context.set_offline(False)
        self.page.goto(self.pages[0])
        settle(self.page, self.who.account_id)
