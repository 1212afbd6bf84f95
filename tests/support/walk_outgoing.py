"""Part of the walk: a seller sends every kind with the page, and each is found on the wire as what it is."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import FilePayload, expect

from clarin_web.devices.simulator import files
from tests.support import walking
from tests.support.walking import Number, Seller, digest, drawn


def everything_goes_out(seller: Seller, number: Number) -> None:
    """Each with the real page, and found on the wire as what it is."""
    words_go_out(seller, number)
    files_go_out(seller, number)
    sheets_go_out(seller, number)


def words_go_out(seller: Seller, number: Number) -> None:
    said = seller.write("Hola Rosa, ¿en qué le ayudo?")
    expect(said).to_have_attribute("data-status", "read")
    text = number.sent("text")
    assert (text["text"], text["chat"]["value"]) == ("Hola Rosa, ¿en qué le ayudo?", number.people[0].phone)

    seller.bubble(number.said["¿Me responden?"]).get_by_role("link", name="Answer this message").click()
    seller.is_live()
    expect(seller.page.locator(".answering")).to_contain_text("¿Me responden?")
    walking.look(seller.page, "out-answering")
    seller.write("Claro que sí")
    expect(seller.last.locator("a.quote")).to_contain_text("¿Me responden?")
    assert number.sent("text", 1)["quoted"]["wa_id"] == number.said["¿Me responden?"]

    walking.look(seller.page, "out-before-menu")
    seller.menu(seller.bubble(number.said["¿Me responden?"]), "❤️")
    expect(seller.bubble(number.said["¿Me responden?"]).locator(".reactions")).to_have_text("❤️")
    assert (number.sent("reaction")["emoji"], number.sent("reaction")["target"]["wa_id"]) == (
        "❤️",
        number.said["¿Me responden?"],
    )

    wrong = seller.write("Son 100 soles")
    expect(wrong).to_have_attribute("data-status", "read")
    seller.menu(wrong, "Edit")
    expect(seller.page.locator("#edit-body")).to_be_visible()
    walking.look(seller.page, "out-edit")
    seller.page.locator("#edit-body").fill("Son 120 soles")
    seller.confirm("Save")
    expect(seller.last.locator(".text")).to_have_text("Son 120 soles")
    expect(seller.last.locator(".meta")).to_contain_text("edited")
    edit = number.sent("edit")
    assert edit["text"] == "Son 120 soles"

    regretted = seller.write("Esto no era para usted")
    expect(regretted).to_have_attribute("data-status", "read")
    seller.menu(regretted, "Delete for everyone")
    expect(seller.page.get_by_role("button", name="Delete", exact=True)).to_be_visible()
    walking.look(seller.page, "out-delete")
    seller.confirm("Delete")
    gone = seller.page.locator(".msg.out", has_text="Deleted by us")
    expect(gone).to_be_visible()
    assert number.sent("revoke")["target"]["from_me"]


def files_go_out(seller: Seller, number: Number) -> None:
    photo, film, paper = files.photo("nuestra"), files.film(""), files.paper("Lista de precios")
    seller.choose(
        FilePayload(name="local.jpg", mimeType="image/jpeg", buffer=photo),
        FilePayload(name="recorrido.mp4", mimeType="video/mp4", buffer=film),
        FilePayload(name="Lista de precios 2026.pdf", mimeType="application/pdf", buffer=paper),
    )
    walking.look(seller.page, "out-tray")
    seller.send_tray("Todo lo que pidió")
    image, video, document = number.sent("image"), number.sent("video"), number.sent("document")
    assert (image["caption"], image["file"]["hash"]) == ("Todo lo que pidió", digest(photo))
    assert (video["file"]["mime"], video["file"]["hash"]) == ("video/mp4", digest(film))
    assert (document["file"]["name"], document["file"]["hash"]) == (
        "Lista de precios 2026.pdf",
        digest(paper),
    )
    expect(seller.last.locator("a.media")).to_contain_text("Lista de precios 2026.pdf")

    seller.choose(FilePayload(name="gracias.webp", mimeType="image/webp", buffer=_webp()))
    seller.page.locator("[data-part=sticker]").get_by_role("checkbox").check()
    seller.send_tray()
    assert number.sent("sticker")["file"]["hash"] == digest(_webp())
    drawn(seller.last.locator(".picture img"))

    seller.page.get_by_role("button", name="Record a voice message").click()
    expect(seller.page.locator("[data-part=clock]")).to_have_text("0:01")
    walking.look(seller.page, "out-recording")
    seller.page.get_by_role("button", name="Done").click()
    expect(seller.page.locator("[data-tray] audio")).to_be_visible()
    walking.look(seller.page, "out-voice-tray")
    seller.send_tray()
    voice = number.sent("voice")["file"]
    assert (voice["mime"], voice["seconds"] >= 1, voice["size"] > 500) == ("audio/ogg", True, True)
    expect(seller.last.locator("audio")).to_be_visible()
    walking.look(seller.page, "out-files")


def _webp() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (512, 512), (220, 60, 120, 255)).save(out, "WEBP")
    return out.getvalue()


def sheets_go_out(seller: Seller, number: Number) -> None:
    seller.attach("Location")
    seller.fill(
        **{"Coordinates": "-12.0464, -77.0428", "Name of the place": "Tienda", "Address": "Av. Lima 1"}
    )
    walking.look(seller.page, "out-location")
    seller.confirm("Send")
    place = number.sent("location")
    assert (place["latitude"], place["name"], place["address"]) == (-12.0464, "Tienda", "Av. Lima 1")

    seller.attach("Contact card")
    expect(seller.page.locator("#people")).to_contain_text("Luis Ramos")
    walking.look(seller.page, "out-card")
    seller.page.locator("#people").get_by_role("button", name="Luis Ramos").click()
    assert "51987654322" in number.sent("contact")["vcard"]

    seller.attach("Poll")
    seller.fill(Question="¿Cuándo le llevamos el pedido?", Options="Lunes\nMartes\nMiércoles")
    walking.look(seller.page, "out-poll")
    seller.confirm("Send")
    poll = number.sent("poll")
    assert (poll["question"], poll["options"]) == (
        "¿Cuándo le llevamos el pedido?",
        ["Lunes", "Martes", "Miércoles"],
    )
    expect(seller.last).to_contain_text("1 person voted")
    walking.look(seller.page, "out-sheets")

    before = len(number.world.contents())
    seller.menu(seller.bubble(number.said["[forward] cadena"]), "Forward")
    expect(seller.page.locator("#forward-to")).to_contain_text("Luis Ramos")
    walking.look(seller.page, "out-forward")
    seller.page.locator("#forward-to").get_by_label("Luis Ramos").check()
    seller.confirm("Forward")
    forwarded = number.sent("text", before)
    assert (forwarded["text"], forwarded["chat"]["value"], forwarded["forwards"]) == (
        "cadena",
        number.people[1].phone,
        2,
    )
