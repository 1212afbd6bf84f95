"""Two people of one account see the same thing happen; somebody of another account, listening to the same names, nothing."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from clarin_web.live.publish import poke

LISTEN = """topics => new Promise(resolve => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/live");
  socket.onopen = () => { socket.send(JSON.stringify({ op: "sub", topics })); resolve(); };
})"""


def card(page: Page, stage, title: str):
    return page.locator(f"#stage-{stage.id} .deal", has_text=title)


def listen(page: Page) -> list[dict]:
    """What the sockets of the page say from now on, greetings and heartbeats aside."""
    heard: list[dict] = []

    def keep(payload: str | bytes) -> None:
        if (said := json.loads(payload))["op"] in ("push", "poke"):
            heard.append(said)

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return heard


def test_a_message_arrives_and_its_answer_is_ticked_before_two_people(
    open_as, phone, whatsapp, heard, ana, bruno
):
    phone.hear(heard("Hola"))
    path = f"/chats/{phone.chat.id}"
    mine, theirs = open_as(ana, path), open_as(bruno, path)

    whatsapp.rosa_writes("¿Siguen *abiertos*?")
    for page in (mine, theirs):
        expect(page.locator(".msg.in strong")).to_have_text("abiertos")
    mine.get_by_label("Message", exact=True).fill("Sí, hasta las 8")
    mine.keyboard.press("Enter")

    for page in (mine, theirs):
        expect(page.locator(".msg.out .tick.read")).to_be_visible()
        expect(page.locator(".msg.out")).to_have_count(1)
        expect(page.locator(".chat-row p").first).to_contain_text("Sí, hasta las 8")


def test_a_card_moves_by_drag_by_keys_and_from_the_chat_before_everybody(
    open_as, phone, heard, ana, bruno, sales, make_lead
):
    phone.hear(heard("Hola"))
    lead = make_lead("50 chairs", value=1500, contact_id=phone.chat.contact_id)
    new, contacted, proposal = sales.stages[:3]
    wide = {"viewport": {"width": 1900, "height": 900}}
    mine, theirs = (open_as(who, f"/leads/board/{sales.id}", **wide) for who in (ana, bruno))
    chat = open_as(bruno, f"/chats/{phone.chat.id}")
    picker = chat.locator(f"#lead-{lead.id}-panel-stage")
    expect(picker).to_have_value(str(new.id))

    card(mine, new, "50 chairs").drag_to(mine.locator(f"#stage-{contacted.id} .cards"))
    expect(card(theirs, contacted, "50 chairs")).to_be_visible()
    expect(picker).to_have_value(str(contacted.id))

    theirs.locator(f"#lead-{lead.id} .deal-title").focus()
    theirs.keyboard.press("Shift+ArrowRight")
    expect(card(mine, proposal, "50 chairs")).to_be_visible()
    expect(picker).to_have_value(str(proposal.id))

    picker.select_option(str(new.id))
    for page in (mine, theirs):
        expect(card(page, new, "50 chairs")).to_be_visible()
        expect(page.locator(f"#lead-{lead.id}")).to_have_count(1)
        expect(page.locator(f"#stage-{contacted.id} .count")).to_have_text("0")


def wait_until(page: Page, true) -> None:
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(50)
    pytest.fail("it never became true")


@pytest.fixture
def things(phone, heard, sales, make_lead):
    """Ana's chat and lead: the addresses of everything about them, and the topics they speak on."""
    phone.hear(heard("Hola"))
    chat, lead = phone.chat, make_lead("50 chairs", contact_id=phone.chat.contact_id)
    person, stage = chat.contact_id, sales.stages[0].id
    addresses = f"""/chats/{chat.id} /chats/{chat.id}/messages /chats/of-contact/{person} /contacts/{person}
        /leads/{lead.id} /leads/{lead.id}/timeline /leads/{lead.id}/closure /leads/{lead.id}/fields/title
        /leads/of-contact/{person} /leads/board/{sales.id} /leads/board/{sales.id}/stages/{stage}
        /devices/{phone.device_id}""".split()
    topics = f"""leads home inbox devices kommo board:{sales.id} lead:{lead.id} contact:{person} chat:{chat.id}
        device:{phone.device_id}""".split()
    return lead, addresses, topics


def test_a_stranger_who_knows_every_id_sees_and_hears_nothing(
    open_as, phone, heard, things, ana, bruno, carla, sales
):
    lead, addresses, topics = things
    stranger, mine = open_as(carla, "/chats"), open_as(ana, f"/chats/{phone.chat.id}")
    said = listen(stranger)
    stranger.evaluate(LISTEN, topics)
    found = {path: stranger.request.get(path).status for path in addresses}
    assert found == dict.fromkeys(addresses, 404)

    phone.hear(heard("secreto"))
    bruno.post(f"/leads/{lead.id}/stage", {"stage_id": sales.stages[1].id})
    expect(mine.locator(".msg.in").last).to_contain_text("secreto")
    expect(mine.locator(f"#lead-{lead.id}-panel-stage")).to_have_value(str(sales.stages[1].id))

    poke(
        carla.account_id, "kommo"
    )  # her own: whatever was on its way to her before is there when this one is
    wait_until(stranger, lambda: said)
    assert said == [{"op": "poke", "topics": ["kommo"]}] * len(said)
    expect(stranger.locator(".chat-row")).to_have_count(0)
