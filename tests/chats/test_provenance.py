"""What brought a customer to write: said in the bubble, kept with chat and lead, in columns a report can group by."""

import pytest
from sqlalchemy import func, select

from clarin_web.db import execute, release, tenant
from clarin_web.devices.neonize_gateway.protos import load
from clarin_web.devices.neonize_gateway.provenance import provenance_of
from clarin_web.models import Lead, Message, Provenance
from clarin_web.pipelines.actions import create_pipeline

from .conftest import GROUP, message
from .test_nobodys_customers import case

AD = {
    "came": "ad",
    "ad_title": "Curso de prueba",
    "ad_body": "Inscríbete hoy",
    "ad_url": "https://ads.example/1",
    "ad_app": "instagram",
    "ad_id": "120210",
    "ad_click": "ARAkLk",
}


def test_an_ad_without_words_as_neonize_tells_it(phone, bruno):
    phone.store(raw=case("07_from_an_ad_without_words"), kind="neonize.message")
    phone.work()
    told = phone.one(Provenance)
    assert (told.came, told.title, told.ad_id, told.click_id) == (
        "ad",
        "Curso de prueba",
        "900000000000001",
        "CLICK-TEST",
    )
    assert (told.chat_id, told.contact_id) == (phone.chat.id, phone.chat.contact_id)
    page = bruno.get(f"/chats/{phone.chat.id}")
    (shown,) = page.select(".msg a.part.go")
    assert "Curso de prueba" in shown.text
    assert shown["href"] == told.url
    assert "without words" not in page.text
    assert bruno.get("/chats").texts(".chat-row p") == ["Curso de prueba"]


def test_the_lead_keeps_it_and_shows_it(phone, bruno, carla):
    with tenant(phone.account_id):
        create_pipeline(phone.account_id, "Sales", ["New", "Contacted"], is_main=True)
    release()
    phone.hear(message("Info por favor", details=AD))
    lead, told = phone.one(Lead), phone.one(Provenance)
    assert lead.provenance_id == told.id
    assert "Curso de prueba" in bruno.get(f"/leads/{lead.id}").text
    assert carla.get(f"/leads/{lead.id}").status == 404
    with tenant(phone.account_id):
        by_ad = select(Provenance.ad_id, Provenance.app, func.count(Lead.id)).join(
            Lead, Lead.provenance_id == Provenance.id
        )
        assert execute(by_ad.group_by(Provenance.ad_id, Provenance.app)).all() == [("120210", "instagram", 1)]
    release()


def test_once_for_a_message_and_nobody_else_brings_somebody(phone):
    first = message("hola", details=AD)
    phone.hear(first, first)
    phone.hear(
        message("bienvenida", from_me=True, details=AD),
        message("miren", chat=GROUP, details=AD),
        message("antes", history=True, details={**AD, "ad_id": "7"}),
    )
    assert sorted(row.ad_id for row in phone.rows(Provenance)) == ["120210", "7"]


def test_an_address_that_is_no_link_is_not_made_one(phone, bruno):
    phone.hear(message("hola", details={**AD, "ad_url": "javascript:alert(1)", "ad_title": "<b>x</b>"}))
    page = bruno.get(f"/chats/{phone.chat.id}")
    assert not page.select(".msg a.part.go")
    assert "<b>x</b>" not in str(page.one(".msg"))


def context(**told):
    made = load()[1].ContextInfo()
    for path, value in told.items():
        *way, name = path.split("__")
        part = made
        for step in way:
            part = getattr(part, step)
        setattr(part, name, value)
    return made


@pytest.mark.parametrize(
    ("told", "came"),
    [
        ({"externalAdReply__ctwaClid": "x"}, "ad"),
        ({"externalAdReply__sourceType": "ad"}, "ad"),
        ({"externalAdReply__sourceType": "post", "externalAdReply__sourceID": "9"}, "post"),
        ({"externalAdReply__showAdAttribution": True}, "ad"),
        ({"quotedAd__advertiserName": "Tienda"}, "ad"),
        ({"conversionSource": "FB_Ads"}, "ad"),
        ({"conversionSource": "ctwa_ad"}, "ad"),
        ({"conversionSource": "click_to_chat_link"}, "link"),
        ({"conversionSource": "organic"}, None),
        ({"conversionSource": "FB_Ads", "entryPointConversionSource": "something_new"}, "ad"),
        ({"ctwaPayload": b"x"}, "ad"),
        ({"entryPointConversionSource": "ctwa_ad"}, "ad"),
        ({"entryPointConversionSource": "click_to_chat_link"}, "link"),
        ({"utm__utmCampaign": "verano"}, "link"),
        ({"entryPointConversionSource": "business_qr_code"}, "code"),
        ({"entryPointConversionSource": "catalog_view"}, "catalog"),
        ({"entryPointConversionSource": "status_reply"}, "status"),
        ({"entryPointConversionSource": "facebook_page"}, "page"),
        ({"entryPointConversionSource": "global_search_new_chat"}, "search"),
        ({"entryPointConversionSource": "individual_chat_address_bar"}, None),
        ({"entryPointConversionSource": "threads_profile"}, "page"),
        ({"entryPointConversionSource": "phone_number_hyperlink"}, "link"),
        ({"entryPointConversionSource": "something_new"}, None),
        ({"externalAdReply__title": "Mira", "externalAdReply__sourceURL": "https://x.example"}, None),
        ({"stanzaID": "A"}, None),
    ],
)
def test_what_whatsapp_calls_it_becomes_what_people_call_it(told, came):
    found = provenance_of(context(**told))
    assert found.get("came") == came
    assert came or "something_new" not in str(found.get("ad_title"))


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("HTTPS://fb.me/x", "https://fb.me/x"),
        ("www.fb.me", "https://www.fb.me"),
        ("javascript:alert(1)", None),
    ],
)
def test_an_ad_without_words_says_so_in_the_list_and_leads_where_a_browser_can_go(phone, ana, url, href):
    phone.hear(message("", details={"came": "ad", "ad_url": url}))
    shown = ana.get(f"/chats/{phone.chat.id}")
    assert [link["href"] for link in shown.select(".msg a.go")] == ([href] if href else [])
    assert shown.texts(".chat-row p") == ["Comes from an ad"]


def test_a_reader_sees_words_and_never_codes(phone, bruno):
    sources = ("ad", "post", "link", "code", "catalog", "status", "page", "search")
    phone.hear(*(message("", details={"came": came, "entry": "RAW_CODE"}) for came in sources))
    shown = bruno.get(f"/chats/{phone.chat.id}")
    said = shown.texts(".msg .part")
    assert len(said) == len(sources) == len(set(said))
    assert "RAW_CODE" not in shown.text
    assert phone.count(Message) == len(sources)
