"""Profile pictures in a real browser: they come live, cover the initials, and leave them where they may not be seen."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from .test_kinds_browser import AXE
from .test_portraits import shows

COVERS = """() => [...document.querySelectorAll(".av img")].every(i => {
    const face = i.getBoundingClientRect(), round = i.parentElement.getBoundingClientRect();
    return i.complete && i.naturalWidth > 0 && face.width === round.width && face.height === round.height
        && face.top === round.top && face.left === round.left })"""


def test_a_face_comes_live_into_the_list_and_covers_the_initials(open_as, phone, heard, bruno):
    phone.hear(heard(push_name="Rosa Quispe"))
    page = open_as(bruno, "/chats")
    expect(page.locator(".chat-row .av")).to_have_text("RQ")
    shows(phone, "rosa")
    expect(page.locator(".chat-row .av img")).to_have_count(1)
    page.locator(".chat-row").click()
    expect(page.locator(".av img")).to_have_count(3)
    page.wait_for_function(COVERS)
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE) == []
    page.goto(page.url.split("/chats")[0] + f"/contacts/{phone.chat.contact_id}")
    expect(page.locator(".bar .av img")).to_have_count(1)
    page.wait_for_function(COVERS)


def test_where_it_cannot_be_fetched_the_initials_stay(open_as, phone, heard, bruno, console):
    console.allow("404")
    phone.hear(heard(push_name="Rosa Quispe"))
    shows(phone, "rosa")
    page = open_as(bruno, "/chats")
    page.route("**/portraits/**", lambda route: route.fulfill(status=404, body=""))
    page.reload()
    face = page.locator(".chat-row .av")
    expect(face).to_have_text("RQ")
    page.wait_for_function("() => document.querySelector('.av img').complete")
    assert face.locator("img").evaluate("i => i.naturalWidth") == 0
