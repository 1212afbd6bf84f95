"""What the robot sees: when a page is at rest, and whether it shows what a fresh load of its address shows."""

from __future__ import annotations

import difflib
import itertools
from typing import Any

from playwright.sync_api import Error, Page

from clarin_web.live.publish import push

_marks = itertools.count(1)
Shape = dict[str, Any]


def settle(page: Page, account_id: int) -> None:
    """Nothing is under way, and everything that was told to the account's pages before now has reached this one."""
    for _ in range(40):
        try:
            _quiet(page)
            if not page.evaluate("Boolean(document.documentElement.dataset.live)"):
                return None
            number = next(_marks)
            push(account_id, "alarms", f"robot-mark-{number}")
            if page.evaluate("number => robot.marked(number)", number):
                return _quiet(page)
        except Error as why:
            if not is_leaving(why):
                raise
    raise AssertionError("the page never came to rest, or heard nothing")


def ask(page: Page, script: str, about: object = None) -> Any:
    """What the page answers; one that is just being left is asked again where it leads."""
    for _ in range(20):
        try:
            page.wait_for_function("window.robot", timeout=30_000)
            return page.evaluate(script, about)
        except Error as why:
            if not is_leaving(why):
                raise
    raise AssertionError(f"the page is left again and again: {page.url}")


def _quiet(page: Page) -> None:
    page.wait_for_function("window.robot", timeout=30_000)
    if why := page.evaluate("robot.quiet()"):
        raise AssertionError(f"the page does not come to rest: {why}")


def is_leaving(why: Error) -> bool:
    return any(word in str(why) for word in ("navigat", "context was destroyed", "not defined"))


def differences(here: Shape, fresh: Shape) -> list[str]:
    """Empty when they show the same; a list may have grown by scrolling, or wait behind "Show changes"."""
    found = _unlike(here["lines"], fresh["lines"])
    is_long = False
    for mine, other in itertools.zip_longest(here["lists"], fresh["lists"]):
        if mine is None or other is None or mine["name"] != other["name"]:
            return [*found, f"the lists differ: {_names(here)} / {_names(fresh)}"]
        if mine["name"] == "pager":
            if not is_long:
                found += _unlike(_rows(mine), _rows(other))
            continue
        is_long = is_long or mine["waits"] or len(mine["rows"]) > len(other["rows"])
        found += _unlike(*_comparable(mine, other))
    return found


def _comparable(mine: Shape, other: Shape) -> tuple[list[str], list[str]]:
    if mine["waits"]:
        shown = dict(mine["rows"])
        both = [(shown[row], text) for row, text in other["rows"] if row in shown]
        return [one for one, _ in both], [one for _, one in both]
    ours, theirs = _rows(mine), _rows(other)
    grown = max(0, len(ours) - len(theirs)) if theirs else 0
    return (ours[grown:] if mine["name"] == "messages" else ours[: len(ours) - grown]), theirs


def _rows(shown: Shape) -> list[str]:
    return [f"{row}\n{text}" for row, text in shown["rows"]]


def _names(shape: Shape) -> list[str]:
    return [one["name"] for one in shape["lists"]]


def _unlike(ours: list[str], theirs: list[str]) -> list[str]:
    lines = difflib.unified_diff("\n".join(ours).split("\n"), "\n".join(theirs).split("\n"), lineterm="", n=2)
    return list(lines)[2:24]
