"""Each entity of the simulated Kommo in the shape the API documents."""

import pytest

from clarin_web.demo.kommo_server import World
from clarin_web.demo.kommo_server.fields import ENUMERATED, EXAMPLES

SIGNED = {"created_by", "updated_by", "created_at", "updated_at", "account_id"}


@pytest.fixture
def world():
    made = World(seed=2)
    made.add_group("Ventas")
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True, group_id=0)
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    return made


def test_the_account_tells_only_the_parts_it_is_asked_for(ask):
    plain = ask.get("account").json()
    assert (plain["currency"], plain["subdomain"], plain["_embedded"]) == ("PEN", "demo", {})
    asked = ask.get("account", with_="users_groups,task_types,datetime_settings,version,amojo_id").json()
    assert asked["_embedded"]["datetime_settings"]["timezone"] == "America/Lima"
    assert [group["name"] for group in asked["_embedded"]["users_groups"]] == ["Ventas"]
    assert {"version", "amojo_id"} <= set(asked)


def test_users_with_rights_roles_and_groups(ask, world):
    role = world.add_role("Vendedor")
    world.add_user("Bruno", "bruno@demo.test", role_id=role)
    ana, bruno = ask.rows("users", "with=role,group")
    assert (ana["rights"]["is_admin"], ana["_embedded"]["groups"][0]["name"]) == (True, "Ventas")
    assert bruno["_embedded"]["roles"][0]["id"] == role
    world.remove_user(bruno["id"])
    assert ask.ids("users") == [ana["id"]]
    assert ask.get(f"users/{bruno['id']}").status_code == 404


def test_pipelines_with_the_incoming_stage_first_and_142_and_143_last(ask, world):
    [pipeline] = ask.rows("leads/pipelines")
    stages = pipeline["_embedded"]["statuses"]
    assert ([stage["type"] for stage in stages], [stage["id"] for stage in stages][-2:]) == (
        [1, 0, 0, 0, 0],
        [142, 143],
    )
    world.rename_stage(pipeline["id"], 142, "¡Vendido!")
    world.remove_stage(pipeline["id"], stages[1]["id"])
    extra = world.add_stage(pipeline["id"], "Nueva")
    names = [stage["name"] for stage in ask.rows(f"leads/pipelines/{pipeline['id']}/statuses")]
    assert names == ["Incoming leads", "Propuesta", "Nueva", "¡Vendido!", "Perdido"]
    assert ask.get(f"leads/pipelines/{pipeline['id']}/statuses/{extra}").json()["name"] == "Nueva"
    world.archive_pipeline(pipeline["id"])
    assert ask.get(f"leads/pipelines/{pipeline['id']}").json()["is_archive"] is True
    assert ask.get("leads/pipelines/5").status_code == 404


def test_a_pipeline_with_leads_cannot_be_removed(world):
    lead = world.add_lead("Curso", 9001)
    with pytest.raises(ValueError, match="still has leads"):
        world.remove_pipeline(9001)
    world.delete("leads", lead)
    world.remove_pipeline(9001)
    assert not world.rows["pipelines"]


def test_a_lead_with_everything_around_it(ask, world):
    company, reason = world.add_company("Andina SAC"), world.add_loss_reason("Precio")
    main, other = world.add_contact("Luis Paz", ["1"]), world.add_contact("Rosa Paz")
    id_ = world.add_lead(
        "Curso", 9001, 143, contact_ids=[main, other], tags=["vip"], loss_reason_id=reason,
        company_id=company, price=1500, source_id=9,
    )  # fmt: skip
    plain = ask.get(f"leads/{id_}").json()
    assert set(plain) >= SIGNED
    assert set(plain["_embedded"]) == {"tags", "companies"}
    assert "source_id" not in plain
    lead = ask.get(f"leads/{id_}", with_="contacts,loss_reason,source_id,catalog_elements").json()
    assert [(one["id"], one["is_main"]) for one in lead["_embedded"]["contacts"]] == [
        (main, True),
        (other, False),
    ]
    assert (lead["_embedded"]["loss_reason"][0]["name"], lead["source_id"]) == ("Precio", 9)
    assert [one["id"] for one in lead["_embedded"]["companies"]] == [company]
    assert lead["_links"]["self"]["href"] == f"https://demo.kommo.com/api/v4/leads/{id_}"
    links = ask.rows(f"leads/{id_}/links")
    assert {(one["to_entity_type"], one["to_entity_id"]) for one in links} == {
        ("contacts", main),
        ("contacts", other),
        ("companies", company),
    }


def test_shape_knobs(ask, world):
    id_ = world.add_lead("Curso", 9001, 143, loss_reason_id=world.add_loss_reason("Precio"))
    faults = ask.server.faults
    assert ask.get(f"leads/{id_}").json()["custom_fields_values"] is None
    faults.loss_reason_shape, faults.empty_values, faults.string_ids = "object", "list", True
    lead = ask.get(f"leads/{id_}", with_="loss_reason").json()
    assert lead["_embedded"]["loss_reason"]["name"] == "Precio"
    assert (lead["custom_fields_values"], lead["id"]) == ([], str(id_))


def test_a_contact_with_several_phones_and_its_links(ask, world):
    company = world.add_company("Andina SAC", ["014445566"])
    id_ = world.add_contact(
        "Luis Paz", [("+51 999 111 222", "MOB"), "014445566"], ["l@d.test"], company_id=company
    )
    lead = world.add_lead("Curso", 9001, contact_ids=[id_])
    contact = ask.get(f"contacts/{id_}", with_="leads").json()
    phone, mail = contact["custom_fields_values"]
    assert (phone["field_code"], [item["enum_code"] for item in phone["values"]]) == (
        "PHONE",
        ["MOB", "WORK"],
    )
    assert (mail["field_code"], contact["first_name"], contact["last_name"]) == ("EMAIL", "Luis", "Paz")
    assert [one["id"] for one in contact["_embedded"]["leads"]] == [lead]
    shown = ask.get(f"companies/{company}", with_="contacts").json()
    assert [one["id"] for one in shown["_embedded"]["contacts"]] == [id_]
    assert "first_name" not in shown


def test_tags_have_ids_of_their_own_for_each_kind(ask, world):
    world.add_lead("Curso", 9001, tags=["vip"])
    world.add_contact("Luis", tags=["vip"])
    [of_leads], [of_contacts] = ask.rows("leads/tags"), ask.rows("contacts/tags")
    assert (of_leads["name"], of_leads["id"] != of_contacts["id"]) == ("vip", True)
    assert ask.rows("companies/tags") == []
    world.rename_tag(of_leads["id"], "VIP")
    assert ask.rows("leads")[0]["_embedded"]["tags"][0]["name"] == "VIP"


@pytest.mark.parametrize("type_", EXAMPLES)
def test_each_custom_field_type_has_its_value_shape(ask, world, type_):
    field, lead = world.add_field("leads", "Campo", type_), world.add_lead("Curso", 9001)
    world.set_field("leads", lead, field, world.example_of(field))
    [definition] = ask.rows("leads/custom_fields")
    assert (definition["type"], definition["entity_type"]) == (type_, "leads")
    [entry] = ask.get(f"leads/{lead}").json()["custom_fields_values"]
    [item] = entry["values"]
    assert (entry["field_id"], entry["field_type"]) == (field, type_)
    expected = {"value", "enum_id", "enum_code"} if type_ in ENUMERATED else {"value"}
    assert set(item) == ({"catalog_id", "catalog_element_id"} if type_ == "chained_list" else expected)
    if type_ in ("numeric", "monetary", "price"):
        assert isinstance(item["value"], str)
    world.remove_field(field)
    assert ask.get(f"leads/{lead}").json()["custom_fields_values"] is None


def test_tasks_notes_and_calls(ask, world):
    lead = world.add_lead("Curso", 9001)
    task = world.add_task("Llamar", "leads", lead, till=1760090000)
    assert (ask.rows("tasks")[0]["result"], ask.rows("leads")[0]["closest_task_at"]) == ([], 1760090000)
    world.complete_task(task, "Interesado")
    assert ask.rows("tasks", "filter[is_completed]=1")[0]["result"] == {"text": "Interesado"}
    assert ask.rows("tasks", "filter[is_completed]=0") == []
    note, call = world.add_note("leads", lead, text="Hola"), world.add_call("leads", lead, "+51999", 61)
    assert ask.ids("leads/notes", "order[id]=asc") == [note, call]
    assert ask.ids(f"leads/{lead}/notes", "filter[note_type][]=call_in") == [call]
    shown = ask.get(f"leads/{lead}/notes/{call}").json()
    assert (shown["params"]["duration"], shown["entity_id"]) == (61, lead)
    assert ask.rows("contacts/notes") == []


def test_unsorted_leads_are_hidden_until_accepted(ask, world):
    uid = world.add_unsorted("Web", 9001, "Luis Web", "+51 1")
    [row] = ask.rows("leads/unsorted")
    lead, contact = row["_embedded"]["leads"][0]["id"], row["_embedded"]["contacts"][0]["id"]
    assert (row["uid"], row["category"]) == (uid, "forms")
    assert (ask.rows("leads"), ask.rows("contacts")) == ([], [])
    assert ask.get(f"leads/{lead}").json()["status_id"] == world.incoming_stage(9001)
    assert world.accept(uid) == lead
    assert (ask.ids("leads"), ask.ids("contacts"), ask.rows("leads/unsorted")) == ([lead], [contact], [])
    gone = world.decline(world.add_unsorted("Web 2", 9001, "Nadie", ""))
    assert gone not in ask.ids("leads")
    assert ask.get(f"leads/unsorted/{uid}").status_code == 404
