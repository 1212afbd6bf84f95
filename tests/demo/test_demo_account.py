"""The demo account: made once, the same company each time, and known to its Kommo by phone."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from clarin_web.config import settings
from clarin_web.db import execute
from clarin_web.demo import history, kommo_world
from clarin_web.demo.create import create_demo
from clarin_web.demo.deals import everybody
from clarin_web.devices.simulator import script
from clarin_web.kommo.connecting import client_of
from clarin_web.lib.phones import parse_phone
from clarin_web.media.storage import storage
from clarin_web.media.voice import voice_of
from clarin_web.models import (
    Chat,
    Contact,
    Device,
    KommoConnection,
    Lead,
    Media,
    Membership,
    Message,
    Pipeline,
)

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)


pytestmark = pytest.mark.shared_world


def count(model):
    return execute(select(func.count()).select_from(model)).scalar_one()


def test_it_is_made_once(made):
    assert made.email == "lucia@andinanorte.pe"
    assert len(made.password) >= 12
    assert create_demo(settings().state_dir, "http://127.0.0.1:8700") is None


def test_it_has_three_people_two_pipelines_and_chats_with_a_past(inside):
    assert set(execute(select(Membership.role)).scalars()) == {"owner", "manager", "agent"}
    assert (count(Pipeline), count(Chat), count(Device)) == (2, 63, 2)
    assert count(Message) > 600
    assert (datetime.now(UTC) - execute(select(func.min(Message.at))).scalar_one()).days > 60


def test_the_owner_can_sign_in(made, client):
    answer = client.post("/login", data={"email": made.email, "password": made.password})
    assert answer.status_code == 303
    assert client.get("/").status_code == 200


def test_kommo_has_the_leads_of_the_same_people(inside):
    kommo = kommo_world.load(settings().state_dir / kommo_world.FILE)
    theirs = {parse_phone(c["phones"][0], "PE").e164 for c in kommo.world.rows["contacts"].values()}
    ours = set(
        execute(
            select(Contact.phone).join(Chat, Chat.contact_id == Contact.id).where(Contact.phone.is_not(None))
        ).scalars()
    )
    assert ours <= theirs
    assert len(kommo.world.rows["leads"]) == 280


def test_the_token_opens_and_is_the_simulators(inside):
    connection = execute(select(KommoConnection)).scalar_one()
    assert client_of(connection) is not None


def test_each_number_has_its_customers(inside):
    first, second = execute(select(Device).order_by(Device.id)).scalars()
    assert (first.wanted, second.wanted) == ("connected", "stopped")
    people = script.load(settings().state_dir / "devices" / f"{first.id}.script.json", first.id).people
    assert all(person.openings for person in people)


def test_the_world_survives_being_saved(tmp_path):
    kommo = kommo_world.build(NOW)
    kommo_world.save(kommo, tmp_path / "kommo.json")
    found = kommo_world.load(tmp_path / "kommo.json")
    assert found.world.to_json() == kommo.world.to_json()
    assert (found.token, found.pipelines) == (kommo.token, kommo.pipelines)


def test_conversations_run_forward_in_time_and_end_now_or_before():
    for person, waiting in zip(everybody()[:60], history.waiting_times(60), strict=True):
        said = history.conversation(person, NOW, waiting)
        assert [line.at for line in said] == sorted(line.at for line in said)
        assert said[-1].at <= NOW
        assert (waiting is not None) == (not said[-1].is_read)


def test_every_customers_phone_is_one_in_peru():
    assert all(parse_phone(person.phone, "PE").e164 == person.phone for person in everybody())


def test_its_chats_hold_pictures_voice_and_papers_that_open(inside):
    files = execute(select(Media)).scalars().all()
    with_file = select(func.count()).where(Message.kind.in_(("image", "voice", "document", "sticker")))
    assert len(files) == execute(with_file.select_from(Message)).scalar_one() > 100
    assert {file.mime for file in files} == {"image/jpeg", "image/webp", "audio/ogg", "application/pdf"}
    assert len({file.hash for file in files}) < 30, "the same bytes are kept once"
    for file in {file.hash: file for file in files}.values():
        data = b"".join(storage().read(inside, file.hash, 0, file.size))
        assert len(data) == file.size
        assert bool(file.thumb_hash) == file.mime.startswith("image/")
        assert file.mime != "audio/ogg" or voice_of(data).seconds == file.seconds


def test_groups_a_private_id_and_a_number_that_goes_and_comes_back(inside):
    chats = {chat.name: chat for chat in execute(select(Chat)).scalars()}
    first = execute(select(Device).order_by(Device.id).limit(1)).scalar_one()
    told = script.load(settings().state_dir / "devices" / f"{first.id}.script.json", first.id)
    assert chats["Compradores Gamarra"].key == told.groups[0].value
    assert chats["Milagros"].key.endswith("@lid")
    assert told.person(chats["Milagros"].lid).phone, "it is learned when they write"
    assert told.drops_every is not None


def test_most_leads_have_values_in_custom_fields(inside):
    filled = select(func.count()).select_from(Lead).where(Lead.custom != {})
    assert execute(filled).scalar_one() > 200
