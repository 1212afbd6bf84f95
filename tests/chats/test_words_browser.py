"""Every word typed is there again, in its chat and for its reader: after leaving, Reply, a lost session, a dead page, two tabs."""

from playwright.sync_api import expect

from clarin_web.accounts.actions import close_session
from clarin_web.accounts.queries import sessions_of
from clarin_web.db import release, tenant
from clarin_web.models import Draft
from tests.support.cast import PASSWORD

from .conftest import out

CELLS = """selector => { const box = document.querySelector(selector), data = new DataTransfer();
    data.setData("text/plain", "polo\\t24"); data.setData("text/html", "<table><td>polo<td>24</table>");
    data.items.add(new File([new Uint8Array([137, 80, 78, 71])], "image.png", {type: "image/png"}));
    return box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})) }"""


def test_a_note_stays_a_note_wherever_one_goes(open_as, phone, chat, bruno):
    page = open_as(bruno, chat)
    answer, note = page.get_by_label("Message", exact=True), page.get_by_role("textbox", name="Note")
    answer.press_sequentially("Hola Rosa")
    page.keyboard.press("Alt+n")
    expect(note).to_be_focused()
    expect(answer).to_be_hidden()
    note.press_sequentially("hasta 252")
    page.locator(".msg.in").get_by_role("link", name="Answer this").click()
    expect(page.locator(".answering")).to_be_visible()
    expect(answer).to_have_value("Hola Rosa")
    expect(note).to_be_hidden()
    page.keyboard.press("Alt+n")
    expect(note).to_be_focused()
    page.reload()  # with the message that is answered still in the address
    expect(note).to_have_value("hasta 252")
    expect(page.locator(".answering")).to_be_hidden()
    page.keyboard.press("Alt+n")
    page.reload()
    expect(answer).to_have_value("Hola Rosa")
    expect(page.locator(".answering")).to_be_visible()
    answer.press("End")
    page.keyboard.type(", sí")
    page.goto(page.url.partition("/chats")[0] + "/chats")
    page.locator(".chat-row").click()
    expect(answer).to_have_value("Hola Rosa, sí")
    page.locator(".writing label", has_text="Note").click()
    expect(note).to_have_value("hasta 252")
    note.press("Enter")
    expect(page.locator(".msg.note .text")).to_have_text("hasta 252")
    page.keyboard.press("Alt+n")
    answer.press("Enter")
    expect(page.locator(".msg.out .text")).to_have_text("Hola Rosa, sí")
    assert [(row.kind, row.body) for row in out(phone)] == [("note", "hasta 252"), ("text", "Hola Rosa, sí")]
    page.reload()
    expect(answer).to_have_value("")
    expect(page.locator("html[data-net=live]")).to_be_attached()
    assert phone.rows(Draft) == []


def test_words_outlive_the_session_that_ends_while_they_are_typed(open_as, phone, chat, bruno, console):
    page = open_as(bruno, chat)
    page.route("**/draft", lambda route: route.abort())
    console.allow("ERR_FAILED|Failed to load")
    page.keyboard.press("Alt+n")
    page.locator(".writing label", has_text="Note").click()
    page.keyboard.type("no bajar de 25")
    with tenant(bruno.account_id, bruno.user_id):
        close_session(sessions_of(bruno.user_id)[0].id, bruno.user_id)
    release()
    page.keyboard.type("2")
    page.reload()
    page.unroute("**/draft")
    page.get_by_label("E-mail").fill(f"bruno@account-{bruno.account_id}.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Note")).to_have_value("no bajar de 252")
    expect(page.locator("#main h1")).to_be_focused()
    expect(page.get_by_label("Message", exact=True)).to_be_hidden()
    page.wait_for_function("() => words.left() === 0")
    assert [(row.kind, row.body) for row in phone.rows(Draft)] == [("note", "no bajar de 252")]


def test_what_left_while_its_page_died_is_not_there_twice_and_two_tabs_are_one(
    open_as, phone, chat, bruno, console
):
    console.allow("ERR_FAILED|ERR_ABORTED|Failed to|NetworkError")
    page = open_as(bruno, chat)
    field = page.get_by_label("Message", exact=True)
    other = page.context.new_page()
    other.goto(page.url)
    mobile = open_as(bruno, chat)
    with page.expect_response("**/messages/draft"):
        field.fill("Sí hay")
    mobile.get_by_label("Message", exact=True).press_sequentially("ok")
    expect(mobile.locator(".composer [data-elsewhere]")).to_contain_text("Sí hay")
    expect(mobile.get_by_label("Message", exact=True)).to_have_value("ok")
    mobile.get_by_label("Message", exact=True).fill("")  # or it would be saved as its page goes
    mobile.context.close()
    expect(other.get_by_label("Message", exact=True)).to_have_value("Sí hay")
    other.close()

    page.route("**/draft", lambda route: route.abort())
    page.route("**/messages", lambda route: (route.fetch(), route.abort())[1])
    field.press("Enter")  # it arrives, and nobody hears that it did
    expect(field).to_have_value("Sí hay")
    page.unroute_all()
    page.reload()
    expect(page.locator(".msg.out .text")).to_have_text("Sí hay")
    expect(field).to_have_value("")
    page.wait_for_function("() => words.left() === 0")

    held = []
    page.route("**/draft", lambda route: route.abort())
    page.route("**/messages", lambda route: held.append(route))
    with page.expect_request("**/messages"):
        field.fill("uno")
        field.press("Enter")
    field.fill("dos")  # while the first is on its way
    field.press("Enter")
    with page.expect_request("**/messages"):
        held.pop(0).abort()
    expect(field).to_have_value("uno")
    held.pop(0).abort()
    expect(field).to_have_value("dos\n\nuno")
    assert len(out(phone)) == 1


def test_cells_of_a_sheet_are_words_a_file_goes_with_enter_and_who_stays_can_write(
    open_as, phone, chat, bruno
):
    page = open_as(bruno, chat)
    assert page.evaluate(CELLS, "form.composer textarea"), "the browser pastes the text"
    expect(page.locator("[data-tray]")).to_be_hidden()
    page.locator("[data-tray] input[type=file]").set_input_files(
        {"name": "lista.txt", "mimeType": "text/plain", "buffer": b"polos"}
    )
    expect(page.locator("[data-tray] li")).to_have_count(1)
    field = page.get_by_label("Message", exact=True)
    field.press("Enter")
    expect(page.locator(".msg.out")).to_have_count(1)
    expect(page.locator("[data-tray]")).to_be_hidden()
    assert [row.kind for row in out(phone)] == ["document"]

    page.locator("[data-tray] input[type=file]").set_input_files(
        {"name": "otra.txt", "mimeType": "text/plain", "buffer": b"polos"}
    )
    expect(page.locator("[data-tray] li")).to_have_count(1)
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    asked.value.dismiss()  # Stay
    page.locator("[data-tray]").get_by_role("button", name="Remove").click()
    field.fill("Hola Rosa")
    field.press("Enter")
    expect(page.locator(".msg.out .text")).to_have_text("Hola Rosa")
    expect(field).to_have_value("")

    page.evaluate("() => { document.querySelector('meta[name=csrf-token]').content = 'old'; }")
    field.fill("Sí hay")
    field.press("Enter")
    expect(page.locator(".toast.bad")).to_contain_text("out of date")
    expect(field).to_have_value("Sí hay")
