"""What strangers write, in a real browser: it stays in its bubble, nothing runs, and what cannot be loaded says so."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from clarin_web.devices.downloads import fetch_next
from clarin_web.devices.gateway import MessageKind
from clarin_web.devices.simulator.files import file_of
from clarin_web.media import jobs
from clarin_web.models import Media
from tests.support.waiting import until

MARKUP = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
TOWERS = "Z" + "\u0301" * 30_000 + " ก" + "\u0e47" * 20_000 + " ا" + "\u064b" * 14_000
LONG = "W" * 3_000
# How far anything inside paints beyond its bubble; a mark on a letter may stand out by half a line. The bar of buttons, its
# last child, stands beside it on purpose.
OUT = """() => Math.max(...[...document.querySelectorAll('.msg.in')].map(bubble => {
    const box = bubble.getBoundingClientRect(), range = document.createRange(), bar = bubble.querySelector(':scope > .hover-bar:last-child');
    range.selectNodeContents(bubble);
    if (bar) range.setEndBefore(bar);
    const inner = [...range.getClientRects()];
    return Math.max(0, ...inner.map(r => Math.max(r.right - box.right, box.left - r.left, r.bottom - box.bottom)));
}))"""
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"
OVERLAP = """() => { const boxes = [...document.querySelectorAll('.msg')].map(m => m.getBoundingClientRect());
    return boxes.slice(1).some((box, n) => box.top < boxes[n].bottom - 1) }"""


def looks_right(page: Page) -> None:
    assert page.evaluate(SIDEWAYS) <= 0, "nothing sideways"
    assert page.evaluate(OUT) <= 1, "nothing leaves its bubble"
    assert not page.evaluate(OVERLAP), "no bubble lies on another"


@pytest.mark.parametrize("size", [(1440, 900), (360, 740)], ids=["wide", "phone"])
def test_towers_markup_and_endless_words_stay_where_they_are(open_as, phone, heard, ana, size):
    name = MARKUP + "\u0301" * 500
    phone.hear(heard("before", push_name=name), heard(TOWERS, push_name=name), heard(LONG, push_name=name))
    page = open_as(ana, f"/chats/{phone.chat.id}")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    expect(page.locator(".msg.in")).to_have_count(3)
    looks_right(page)
    for evil in (TOWERS, LONG, MARKUP, "\u202e" + MARKUP):  # now pushed, into a page that is open
        phone.hear(
            heard(evil, push_name=name, quoted_wa_id="Q", quoted_text=evil),
            heard("", kind=MessageKind.DOCUMENT, push_name=name, file=file_of("paper", "x", name=f"{evil}.pdf")),
            heard(evil, kind=MessageKind.POLL, push_name=name, details={"options": f"{evil}\nno"}),
            heard(evil, kind=MessageKind.LOCATION, push_name=name,
                  details={"latitude": 1.0, "longitude": 2.0, "address": evil}),
        )  # fmt: skip
    expect(page.locator(".msg.in")).to_have_count(19)
    looks_right(page)
    assert page.locator(".msg script, .msg img, .chat-row img, .bar img").count() == 0
    assert (dialogs, page.title() == "run") == ([], False)
    page.goto(page.url.rsplit("/", 1)[0])
    row = page.locator(".chat-row").first
    expect(row.locator("b")).to_contain_text("<img src=x")
    assert row.bounding_box()["height"] < 120
    assert page.evaluate(SIDEWAYS) <= 0


def is_looked_at(phone) -> bool:
    """By the worker that runs beside the pages, or by us."""
    fetch_next(phone.account_id, phone.device_id)
    media = phone.one(Media)
    jobs.examine(phone.account_id, media.id)
    return media.state == "ready"


def test_a_picture_that_cannot_be_loaded_says_so_and_comes_when_asked_again(
    open_as, console, phone, heard, ana
):
    console.allow("503 .*/thumb")
    phone.hear(heard("", kind=MessageKind.IMAGE, file=file_of("photo", "x")))
    until(lambda: is_looked_at(phone))
    page = open_as(ana, "/chats")
    page.route("**/thumb", lambda route: route.fulfill(status=503, body="away"))
    page.goto(page.url + f"/{phone.chat.id}")
    notice = page.locator(".msg .media[role=alert]")
    expect(notice).to_contain_text("This file cannot be reached right now.")
    expect(page.locator(".msg a.picture")).to_be_hidden()
    page.unroute("**/thumb")
    notice.get_by_role("button", name="Try again").click()
    expect(page.locator(".msg a.picture img")).to_be_visible()
    expect(notice).to_have_count(0)
    page.wait_for_function("() => document.querySelector('.msg img').naturalWidth > 0")
