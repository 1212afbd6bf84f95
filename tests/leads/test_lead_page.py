"""One lead: seen, edited in place, fought over, noted, tagged, owned, trashed, restored."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from clarin_web.db import release, tenant, transaction


def test_the_page_has_one_heading_and_the_drawer_is_the_same_record(ana, make_lead):
    lead = make_lead("Ana Quispe", value="1631.50", tags=["vip"])

    page = ana.get(f"/leads/{lead.id}")
    drawer = ana.htmx_get(f"/leads/{lead.id}?peek=1")

    assert page.texts("h1") == ["Ana Quispe"]
    assert drawer.select(f"#lead-{lead.id}-record")
    assert drawer.select(".dialog-head")
    assert not ana.htmx_get(f"/leads/{lead.id}").select(".dialog-head")
    assert "created the lead" in page.text
    assert len(page.statements) <= 6


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("get", "/timeline"), ("get", "/fields/title"), ("get", "/closure"), ("post", "/fields/title"),
     ("post", "/stage"), ("post", "/closure"), ("post", "/owner"), ("post", "/tags"), ("post", "/tags/1/removal"),
     ("post", "/notes"), ("post", "/trash"), ("post", "/restoration")],
)  # fmt: skip
def test_carla_finds_nothing_and_changes_nothing(carla, make_lead, reload, method, path):
    lead = make_lead("Ana Quispe")
    data = {"title": "x", "stage_id": lead.stage_id, "words": "x", "tag": "x", "body": "x"}

    page = (
        carla.post(f"/leads/{lead.id}{path}", data)
        if method == "post"
        else carla.get(f"/leads/{lead.id}{path}")
    )

    assert page.status in (404, 422) if path == "/timeline" else page.status == 404
    assert "Ana Quispe" not in page.text
    assert reload(lead.id).version == lead.version


@pytest.mark.parametrize(
    "path", ["/fields/title", "/stage", "/closure", "/owner", "/tags", "/notes", "/trash", "/restoration"]
)
def test_a_viewer_reads_and_changes_nothing(vera, make_lead, reload, path):
    lead = make_lead("Ana Quispe")

    assert vera.get(f"/leads/{lead.id}").status == 200
    assert not vera.get(f"/leads/{lead.id}").select("main form[method=post]")
    assert vera.post(f"/leads/{lead.id}{path}", {"title": "x", "body": "x", "tag": "x"}).status == 403
    assert reload(lead.id).version == lead.version


def test_a_field_is_edited_in_place_and_told(bruno, make_lead, reload):
    lead = make_lead("Ana Quispe")

    form = bruno.htmx_get(f"/leads/{lead.id}/fields/title?edit=1")
    saved = bruno.htmx_post(
        f"/leads/{lead.id}/fields/title", {"title": "Ana Q.", "version": lead.version, "was": "Ana Quispe"}
    )

    assert form.one("input[name=title]")["value"] == "Ana Quispe"
    assert saved.status == 200
    assert "Ana Q." in saved.text
    assert "lead:changed" in saved.headers["HX-Trigger"]
    assert reload(lead.id).title == "Ana Q."
    assert "Ana Quispe → Ana Q." in bruno.get(f"/leads/{lead.id}").text
    assert bruno.get("/leads?q=ana%20q.").select("tbody tr")


def test_editing_works_without_javascript(ana, make_lead, reload):
    lead = make_lead("Ana Quispe")

    page = ana.get(f"/leads/{lead.id}/fields/value?edit=1")
    saved = ana.post(f"/leads/{lead.id}/fields/value", {"value": "1.234,50", "version": lead.version})

    assert page.select("input[name=value]")
    assert (saved.status, saved.location) == (303, f"/leads/{lead.id}")
    assert reload(lead.id).value == Decimal("1234.50")


@pytest.mark.parametrize(("field", "bad"), [("title", ""), ("title", "x" * 201), ("title", "a\x00b"), ("value", "lots"),
                                            ("value", "-1"), ("value", "1e99")])  # fmt: skip
def test_what_cannot_be_used_is_refused_and_kept_for_correction(ana, make_lead, reload, field, bad):
    lead = make_lead("Ana Quispe")

    page = ana.htmx_post(f"/leads/{lead.id}/fields/{field}", {field: bad, "version": lead.version})

    assert page.status == 422
    assert page.select("[aria-invalid=true]")
    assert reload(lead.id).version == lead.version


def test_two_people_edit_the_same_field_and_the_second_decides(ana, bruno, make_lead, reload):
    lead = make_lead("Ana Quispe")
    seen = {"version": lead.version, "was": "Ana Quispe"}
    ana.post(f"/leads/{lead.id}/fields/title", {"title": "By Ana", **seen})

    conflict = bruno.htmx_post(f"/leads/{lead.id}/fields/title", {"title": "By Bruno", **seen})
    plain = bruno.post(f"/leads/{lead.id}/fields/title", {"title": "By Bruno", **seen})
    kept = reload(lead.id).title
    bruno.htmx_post(f"/leads/{lead.id}/fields/title", {"title": "By Bruno", **seen, "overwrite": "1"})

    for page in (conflict, plain):
        assert page.status == 409
        assert "By Ana" in page.one("[role=alert]").get_text()
        assert page.one("input[name=title]")["value"] == "By Bruno"
    assert kept == "By Ana"
    assert reload(lead.id).title == "By Bruno"


def test_editing_another_field_is_no_conflict(ana, bruno, make_lead, reload):
    lead = make_lead("Ana Quispe")
    ana.post(f"/leads/{lead.id}/fields/value", {"value": "5", "version": lead.version, "was": "0"})

    page = bruno.htmx_post(
        f"/leads/{lead.id}/fields/title", {"title": "New", "version": lead.version, "was": "Ana Quispe"}
    )

    assert page.status == 200
    assert (reload(lead.id).title, reload(lead.id).value) == ("New", 5)


def test_a_mirrored_field_edited_here_is_ours_and_says_so(ana, make_lead, reload):
    lead = make_lead("From Kommo")
    with tenant(ana.account_id), transaction() as session:
        session.merge(lead).kommo_id = 77
    release()

    ana.post(f"/leads/{lead.id}/fields/title", {"title": "Ours"})

    assert reload(lead.id).overrides == ["title"]
    assert "no longer follows Kommo" in ana.get(f"/leads/{lead.id}").text


def test_notes_stand_in_the_timeline_as_typed(ana, bruno, make_lead):
    lead = make_lead("Ana Quispe")

    answer = bruno.htmx_post(f"/leads/{lead.id}/notes", {"body": "Call <b>tomorrow</b>"})
    empty = bruno.htmx_post(f"/leads/{lead.id}/notes", {"body": "  "})

    assert answer.status == 200
    assert answer.one("textarea").get_text() == ""
    assert empty.status == 422
    assert ana.get(f"/leads/{lead.id}").texts(".said p") == ["Call <b>tomorrow</b>"]


def test_tags_are_one_set_without_doubles(ana, make_lead, reload):
    lead = make_lead("Ana Quispe")

    ana.htmx_post(f"/leads/{lead.id}/tags", {"tag": "Lima"})
    ana.htmx_post(f"/leads/{lead.id}/tags", {"tag": " LIMA "})
    tag_ids = reload(lead.id).tag_ids
    gone = ana.htmx_post(f"/leads/{lead.id}/tags/{tag_ids[0]}/removal")

    assert len(tag_ids) == 1
    assert gone.status == 200
    assert reload(lead.id).tag_ids == []
    assert ana.htmx_post(f"/leads/{lead.id}/tags", {"tag": ""}).status == 422


def test_an_agent_takes_and_lets_go_but_does_not_give(ana, bruno, marta, make_lead, reload):
    lead = make_lead("Ana Quispe")
    owner = f"/leads/{lead.id}/owner"

    assert bruno.htmx_post(owner, {"owner_id": bruno.user_id}).status == 200
    assert bruno.htmx_post(owner, {"owner_id": ana.user_id}).status == 403
    assert reload(lead.id).owner_id == bruno.user_id
    assert marta.htmx_post(owner, {"owner_id": ana.user_id}).status == 200
    assert bruno.htmx_post(owner, {"owner_id": ""}).status == 403
    assert reload(lead.id).owner_id == ana.user_id


def test_an_owner_works_in_this_account(ana, carla, make_lead, reload):
    lead = make_lead("Ana Quispe")

    assert ana.htmx_post(f"/leads/{lead.id}/owner", {"owner_id": carla.user_id}).status == 422
    assert reload(lead.id).owner_id is None


def test_trash_takes_it_from_every_list_and_restore_brings_it_back(ana, make_lead):
    lead = make_lead("Ana Quispe")

    assert ana.post(f"/leads/{lead.id}/trash").status == 303
    assert "Ana Quispe" not in ana.get("/leads").text
    assert ana.get("/leads/trash").texts(".c-title a") == ["Ana Quispe"]
    assert "In the trash" in ana.get(f"/leads/{lead.id}").text
    assert ana.post(f"/leads/{lead.id}/fields/title", {"title": "x"}).status == 404
    assert ana.post(f"/leads/{lead.id}/restoration").status == 303
    assert "Ana Quispe" in ana.get("/leads").text


def take_back(person, answer):
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    return person.htmx_post(undo["url"], undo["values"])


def test_what_is_done_to_a_lead_is_taken_back_by_its_notice(ana, bruno, make_lead, reload):
    lead = make_lead("Ana Quispe")
    ana.htmx_post(f"/leads/{lead.id}/tags", {"tag": "Lima"})
    tag_ids = reload(lead.id).tag_ids
    take_back(ana, ana.htmx_post(f"/leads/{lead.id}/tags/{tag_ids[0]}/removal"))
    assert reload(lead.id).tag_ids == tag_ids

    given = {"owner_id": bruno.user_id, "was": "", "version": reload(lead.id).version}
    take_back(ana, ana.htmx_post(f"/leads/{lead.id}/owner", given))
    assert reload(lead.id).owner_id is None
    given["version"] = reload(lead.id).version
    changed = ana.htmx_post(f"/leads/{lead.id}/owner", given)
    given = {"owner_id": ana.user_id, "was": bruno.user_id, "version": reload(lead.id).version}
    ana.htmx_post(f"/leads/{lead.id}/owner", given)
    assert take_back(ana, changed).status == 409, "somebody else's since"

    take_back(ana, ana.htmx_post(f"/leads/{lead.id}/trash"))
    assert reload(lead.id).trashed_at is None


def test_bad_ids_and_methods(ana, make_lead):
    lead = make_lead("Ana Quispe")

    assert ana.get("/leads/999999").status == 404
    assert ana.get("/leads/99999999999999999999999").status == 404
    assert ana.get(f"/leads/{lead.id}/fields/account_id").status == 404
    assert ana.get(f"/leads/{lead.id}/trash").status == 405
