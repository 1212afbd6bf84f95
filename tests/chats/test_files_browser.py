"""Files and voice in a real browser: chosen, pasted, dropped, recorded; looked at first; refused and tried again."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from clarin_web.models import Media
from tests.chats.test_sending_browser import AXE

from .conftest import out

PDF = {"name": "lista.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 hola"}
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01"
    b"\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
)
HAND = """([target, kind]) => {
    const data = new DataTransfer(), box = document.querySelector(target);
    data.items.add(new File(["%PDF-1.4 " + kind], kind + ".pdf", { type: "application/pdf" }));
    const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true })
      : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    box.dispatchEvent(event);
  }"""


@pytest.fixture
def chat(phone, heard):
    phone.hear(heard("Hola"))
    return f"/chats/{phone.chat.id}"


def choose(page, *files):
    with page.expect_file_chooser() as chooser:
        page.locator("summary[aria-label=Attach]").click()
        page.get_by_role("link", name="Files").click()
    chooser.value.set_files(list(files))


def test_files_are_seen_first_and_go_with_the_words(open_as, phone, chat, bruno):
    page = open_as(bruno, chat)
    choose(page, PDF, {"name": "foto.png", "mimeType": "image/png", "buffer": PNG})
    page.evaluate(HAND, ["textarea[name=body]", "paste"])
    page.evaluate(HAND, [".messages", "drop"])
    tray = page.locator("[data-tray]")
    expect(tray.locator("li")).to_have_count(4)
    expect(tray.locator("li img")).to_have_count(1)
    tray.locator("li", has_text="drop.pdf").get_by_role("button", name="Remove").click()
    assert out(phone) == []
    page.locator("textarea[name=body]").fill("la lista")
    page.keyboard.press("Enter")
    expect(tray).to_be_hidden()
    expect(page.locator(".msg.out")).to_have_count(3)
    assert [(row.kind, row.body) for row in out(phone)] == [
        ("document", "la lista"), ("image", ""), ("document", ""),
    ]  # fmt: skip
    expect(page.locator("textarea[name=body]")).to_have_value("")


def test_a_refusal_is_said_beside_the_file_and_a_lost_network_is_tried_again(
    open_as, phone, chat, bruno, console
):
    console.allow("ERR_INTERNET_DISCONNECTED|Failed to load resource|Failed to fetch")
    page = open_as(bruno, chat)
    choose(page, {"name": "nada.txt", "mimeType": "text/plain", "buffer": b""})
    page.locator("form.composer button.send").click()
    row = page.locator("[data-tray] li")
    expect(row).to_contain_text("The file is empty.")
    row.get_by_role("button", name="Remove").click()

    choose(page, PDF)
    page.context.set_offline(True)
    page.locator("form.composer button.send").click()
    expect(row).to_contain_text("Nothing was lost")
    page.context.set_offline(False)
    row.get_by_role("button", name="Try again").click()
    expect(page.locator(".msg.out")).to_have_count(1)
    expect(page.locator("[data-tray]")).to_be_hidden()
    assert len(out(phone)) == len(phone.rows(Media)) == 1


def test_a_voice_message_is_recorded_heard_and_sent(open_as, phone, chat, bruno):
    page = open_as(bruno, chat, permissions=["microphone"])
    page.get_by_role("button", name="Record a voice message").click()
    expect(page.locator("[data-part=clock]")).to_have_text("0:00")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-tray]")).to_be_hidden()
    page.get_by_role("button", name="Record a voice message").click()
    expect(page.locator("[data-part=clock]")).to_have_text("0:02")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("[data-tray] audio")).to_be_visible()
    expect(page.locator("[data-tray] li")).to_contain_text("Voice message 0:0")
    page.locator("form.composer button.send").click()
    expect(page.locator(".msg.out")).to_have_count(1)
    (voice,) = out(phone)
    assert (voice.kind, voice.extra["seconds"] >= 1) == ("voice", True)
    (file,) = phone.rows(Media)
    assert (file.mime, file.seconds) == ("audio/ogg", voice.extra["seconds"])
    played = """async url => { const context = new OfflineAudioContext(1, 48000, 48000);
        return (await context.decodeAudioData(await (await fetch(url)).arrayBuffer())).duration }"""
    assert page.evaluate(played, f"/media/{file.id}") > 0.5, "the browser plays what we put into Ogg"


def test_files_need_no_script(open_as, phone, chat, bruno):
    page = open_as(bruno, chat, java_script_enabled=False)
    page.locator("summary[aria-label=Attach]").click()
    page.get_by_role("link", name="Files").click()
    page.get_by_label("Files").set_input_files([PDF, {**PDF, "name": "otra.pdf"}])
    page.get_by_label("Words").fill("van dos")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".msg.out")).to_have_count(2)
    assert [row.body for row in out(phone)] == ["van dos", ""]


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_the_tray_is_for_everybody(open_as, chat, bruno, theme, width):
    page = open_as(bruno, chat, viewport={"width": width, "height": 740}, color_scheme=theme)
    choose(
        page, PDF, {"name": "pegatina muy larga de nombre.webp", "mimeType": "image/webp", "buffer": b"RIFF"}
    )
    expect(page.locator("[data-tray] li")).to_have_count(2)
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing sideways"
    page.goto(f"{chat}/files")
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE) == []
