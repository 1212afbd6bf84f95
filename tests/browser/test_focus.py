"""Focus and scroll before and after every swap: whoever works with the keyboard goes on from where they are."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Route, expect

SMALL = {"viewport": {"width": 1440, "height": 420}}


def stays(act: Callable[[], object], focused: Locator, seen: Locator, still: Locator) -> None:
    """The act is done, the focus is where it should be, and what one looks at is where it was."""
    still.scroll_into_view_if_needed()
    before = still.bounding_box()
    act()
    expect(seen).to_be_visible()
    expect(focused).to_be_focused()
    after = still.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 60, f"it moved from {before} to {after}"


FALLS = """() => { window.fallen = []; document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (document.activeElement === document.body) fallen.push(ctx.request.action); }) }"""


def test_a_lead_is_worked_on_without_losing_ones_place(open_as, ana, sales, make_lead):
    lead = make_lead("50 chairs")
    page = open_as(ana, f"/leads/{lead.id}", **SMALL)
    tag, tags = page.get_by_label("Add a tag", exact=True), page.locator(f"#lead-{lead.id}-tags")
    edit, title = page.locator(".edit[href*='/title']"), page.get_by_role("textbox", name="Title")
    note, save = page.get_by_label("Add a note"), page.get_by_role("button", name="Save note")
    owner = page.get_by_label("Owner", exact=True)

    def remove(name: str) -> Locator:
        return page.get_by_role("button", name=f"Remove {name}")

    def write(field: Locator, text: str) -> None:
        field.fill(text)
        page.keyboard.press("Enter")

    tag.focus()
    page.evaluate(FALLS)  # a key typed right after a swap finds the control it was meant for
    stays(lambda: write(tag, "wood"), tag, remove("wood"), tags)
    stays(lambda: write(tag, "garden"), tag, remove("garden"), tags)
    stays(lambda: remove("wood").press("Enter"), remove("garden"), page.get_by_text("took off wood"), tags)
    owner.focus()
    stays(lambda: owner.select_option(label="Ana"), owner, page.get_by_text("changed the owner"), owner)
    stays(lambda: edit.press("Enter"), title, title, owner)
    stays(lambda: page.get_by_role("link", name="Cancel").press("Enter"), edit, edit, owner)
    edit.press("Enter")
    stays(lambda: write(title, "60 chairs"), edit, edit.filter(has_text="60 chairs"), owner)
    note.fill("Calls on Monday")
    stays(lambda: save.press("Enter"), save, page.get_by_text("Calls on Monday"), note)
    expect(note).to_have_value("")
    assert page.evaluate("fallen") == []


def test_a_chat_is_answered_without_losing_ones_place(open_as, ana, phone, heard):
    phone.hear(*[heard(f"Hola {number}") for number in range(30)])
    page = open_as(ana, f"/chats/{phone.chat.id}", **SMALL)
    composer, bubble = page.get_by_role("textbox", name="Message"), page.locator(".msg", has_text="Hola 6")
    answer = bubble.get_by_role("link", name="Answer this message")
    menu = bubble.get_by_role("link", name="What to do with this message")

    stays(lambda: answer.press("Enter"), composer, page.locator(".answering"), bubble)
    page.keyboard.type("Buenas")
    stays(lambda: page.locator(".answering a").press("Enter"), composer, composer, bubble)
    expect(page.locator(".answering")).to_have_count(0)
    expect(composer).to_have_value("Buenas")
    deeds = page.locator("#message-menu")
    stays(lambda: menu.press("Enter"), deeds.locator(".menu-item").first, deeds, bubble)
    deeds.get_by_role("button").first.press("Enter")
    expect(deeds).to_be_hidden()
    expect(menu).to_be_focused()

    late: list[Route] = []
    page.route("**/menu", lambda route: late.append(route))
    with page.expect_request("**/menu"):
        menu.press("Enter")
    with page.expect_event("requestfailed"):
        page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    with page.expect_request("**/menu"):
        menu.press("Enter")
    bubble.evaluate("one => one.replaceWith(one.cloneNode(true))")  # as when a tick comes meanwhile
    late[-1].continue_()
    expect(deeds.locator(".menu-item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(deeds).to_be_hidden()


def test_a_page_that_comes_after_a_form_begins_where_that_was_sent_from(open_as, ana):
    page = open_as(ana, "/settings/profile")
    save = page.get_by_role("button", name="Save", exact=True)
    with page.expect_navigation():
        save.press("Enter")
    expect(save).to_be_focused()
