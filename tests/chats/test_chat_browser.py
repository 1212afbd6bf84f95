"""The inbox in real browsers: two people see one message arrive, an answer leaves once, and nothing needs a script."""

import pytest
from playwright.sync_api import Page, expect

from clarin_web.accounts.access import cookie_name


@pytest.fixture
def open_as(new_context, base_url):
    """open_as(ana, "/chats/7") -> a page of a signed-in person that is live."""

    def go(person, path: str, **options) -> Page:
        context = new_context(viewport={"width": 1440, "height": 900}, **options)
        context.add_cookies([{"name": cookie_name(), "value": person.cookie, "url": base_url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(base_url + path)
        if options.get("java_script_enabled", True):
            expect(page.locator("html[data-net=live]")).to_be_attached()
        return page

    return go


def test_two_people_see_a_message_arrive_and_an_answer_leave_once(open_as, phone, heard, ana, bruno):
    phone.hear(heard("Hola"))
    path = f"/chats/{phone.chat.id}"
    mine, theirs = open_as(ana, path), open_as(bruno, path)
    expect(mine.locator(".nav-item .count.new")).to_have_text("")

    theirs.locator("textarea[name=body]").fill("a medias")
    phone.hear(heard("¿Siguen *abiertos*?"))
    for page in (mine, theirs):
        expect(page.locator(".msg.in strong")).to_have_text("abiertos")
    expect(theirs.locator("textarea[name=body]")).to_have_value("a medias")

    mine.locator("textarea[name=body]").fill("Sí, hasta las 8")
    mine.keyboard.press("Enter")
    for page in (mine, theirs):
        expect(page.locator(".msg.out")).to_have_count(1)
        expect(page.locator(".msg.out .text")).to_have_text("Sí, hasta las 8")
    expect(mine.locator("textarea[name=body]")).to_have_value("")
    expect(mine.locator(".chat-row p").first).to_contain_text("Sí, hasta las 8")


def test_reading_and_answering_need_no_script(open_as, phone, heard, bruno):
    phone.hear(heard("Hola"))
    page = open_as(bruno, "/chats", java_script_enabled=False)
    page.locator(".chat-row").click()
    page.get_by_role("button", name="Mark as read").click()
    page.locator("textarea[name=body]").fill("Buenas")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".msg.out .text")).to_have_text("Buenas")
    assert phone.chat.unread == 0
