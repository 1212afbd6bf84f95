"""Part of the walk: a customer sends every kind, and each is shown as docs/whatsapp.md#what-is-understood says."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from clarin_web.devices.simulator import files
from tests.support import walking
from tests.support.walking import Number, Seller, drawn


def everything_comes_in(seller: Seller, number: Number) -> None:
    """Each kind as docs/whatsapp.md#what-is-understood says it is shown."""
    number.hears("[history] del mes pasado")
    number.hears("Hola *buenas*, _quiero_ ~uno~ `dos`")
    seller.page.goto("/chats")
    expect(seller.page.locator("a.chat-row .count")).to_have_text("1")
    seller.open("Rosa Quispe")
    expect(seller.page.locator(".msg")).to_contain_text(["del mes pasado", "Hola buenas, quiero uno dos"])
    words_come_in(seller, number)
    files_come_in(seller, number)
    cards_come_in(seller, number)
    changes_come_in(seller, number)
    others_come_in(seller, number)


def words_come_in(seller: Seller, number: Number) -> None:
    greeting = number.said["Hola *buenas*, _quiero_ ~uno~ `dos`"]
    for mark, word in (("strong", "buenas"), ("em", "quiero"), ("s", "uno"), ("code", "dos")):
        expect(seller.bubble(greeting).locator(mark)).to_have_text(word)
    answer = seller.bubble(number.hears("¿Me responden?", quoted=greeting))
    expect(answer.locator("a.quote")).to_contain_text("buenas")
    forwarded = seller.bubble(number.hears("[forward] cadena"))
    expect(forwarded.locator(".author")).to_contain_text("Forwarded")
    asked = number.hears("[buttons] ¿Seguimos?")
    expect(seller.bubble(asked).locator(".buttons li")).to_have_text(["Sí", "No"])
    chosen = seller.bubble(number.hears("Sí", quoted=asked))
    expect(chosen.locator(".text")).to_have_text("Sí")
    expect(chosen.locator(".quote")).to_contain_text("¿Seguimos?")
    walking.look(seller.page, "in-words")


def files_come_in(seller: Seller, number: Number) -> None:
    ids = {
        kind: number.hears(f"[{kind}] un {kind}")
        for kind in ("photo", "sticker", "film", "gif", "voice", "song")
    }
    paper = seller.bubble(number.hears("[paper] el pedido"))
    for kind in ("photo", "sticker"):
        drawn(seller.bubble(ids[kind]).locator(".picture img"))
    expect(seller.bubble(ids["film"]).locator("video.film")).to_be_visible()
    expect(seller.bubble(ids["gif"]).locator("video.film[loop]")).to_be_visible()
    expect(seller.bubble(ids["voice"]).locator(".wave")).to_be_visible()
    for kind in ("voice", "song"):
        expect(seller.bubble(ids[kind]).locator("audio")).to_be_visible()
    expect(paper.locator("a.media")).to_contain_text("pedido.pdf1 page")
    kept = seller.page.request.get(str(paper.locator("a.media").get_attribute("href")))
    assert kept.body() == files.paper(number.said["[paper] el pedido"])
    walking.look(seller.page, "in-files")


def cards_come_in(seller: Seller, number: Number) -> None:
    place = seller.bubble(number.hears("[place] la tienda"))
    expect(place.locator("a.media")).to_contain_text("LocationPlaza Mayor, Lima-12.046374,-77.042793")
    live = seller.bubble(number.hears("[live_place] voy"))
    expect(live.locator("a.media")).to_contain_text("Live location")
    card = seller.bubble(number.hears("[card] Ana Torres"))
    expect(card.get_by_text("Ana Torres")).to_have_count(1)
    expect(card.get_by_role("link", name="Add as a lead")).to_be_visible()
    poll = seller.bubble(number.hears("[poll] ¿Cuándo paso?"))
    expect(poll.locator(".poll b")).to_have_text(["1", "0", "0"])
    expect(poll.locator(".poll")).to_contain_text("Rosa Quispe")
    walking.look(seller.page, "in-cards")


def changes_come_in(seller: Seller, number: Number) -> None:
    reacted, edited = number.hears("[reacted] gracias"), number.hears("[edited] mañana a las 10")
    deleted, late = number.hears("[deleted] me equivoqué"), number.hears("[late] ahora sí")
    expect(seller.bubble(reacted).locator(".reactions")).to_have_text("🙏")
    expect(seller.bubble(edited).locator(".meta")).to_contain_text("edited")
    expect(seller.bubble(edited).locator(".earlier p")).to_have_text("mañana a las 10 ?")
    expect(seller.bubble(deleted)).to_contain_text("Deleted by Rosa Quispe")
    expect(seller.page.get_by_text("me equivoqué")).to_have_count(0)
    expect(seller.bubble(late).locator(".text")).to_have_text("ahora sí")
    walking.look(seller.page, "in-changes")


def others_come_in(seller: Seller, number: Number) -> None:
    once = seller.bubble(number.hears("[once]"))
    expect(once).to_contain_text("To be seen once: open it on the phone")
    timer = seller.bubble(number.hears("[timer]"))
    expect(timer).to_contain_text("after 7 days")
    fading = seller.bubble(number.hears("[ephemeral] se borra"))
    expect(fading.get_by_label("Disappears from the phones")).to_be_visible()
    odd = seller.bubble(number.hears("[odd]"))
    expect(odd).to_contain_text("Event · Open it on the phone.")
    number.hears("[call]")
    expect(seller.page.locator(".msg", has_text="Missed call")).to_be_visible()
    own = seller.bubble(number.hears("[own] les escribo desde el celular"))
    expect(own).to_have_class(re.compile("out"))
    walking.look(seller.page, "in-others")
    group = number.hears("[group] ¿alguien vende leña?", who=1)
    row = seller.page.locator("a.chat-row", has_text="Vecinos (simulado)")
    expect(row.locator(".count")).to_have_text("1")
    seller.open("Vecinos (simulado)")
    expect(seller.bubble(group).locator(".author")).to_have_text("Luis Ramos")
    number.hears("Hola, soy Luis", who=1)
    expect(seller.page.locator("a.chat-row", has_text="soy Luis")).to_be_visible()
    walking.look(seller.page, "in-group")
    seller.open("Rosa Quispe")
