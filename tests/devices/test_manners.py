"""Who is a stranger follows from who wrote to whom; a number's age, silence and quiet hours hold strangers only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices import outlet, reports
from clarin_web.devices.gateway import Paired
from clarin_web.devices.governor import QUIET
from clarin_web.devices.jobs import send_waiting, signs
from clarin_web.jobs import device_queue, queue
from clarin_web.models import Chat, Device, DoNotContact, Message, Outreach
from tests.support.cast import Person

from .conftest import Office
from .test_device_pages import linked as linked_row
from .test_governing import Gateway, chat_with, message, outreaches, send

NOW = timedelta(minutes=1)


@pytest.fixture
def gateway(office: Office) -> Iterator[Gateway]:
    made = Gateway()
    outlet.install(made)  # type: ignore[arg-type]
    signs.taken()
    office.set(pace_seconds=0)
    yield made
    outlet.install(None)


def texts(gateway: Gateway) -> list[str]:
    return [text for _, text in gateway.wire]


def another_number(office: Office, chat: Office) -> Office:
    """The same person's chat with another number of the account, to which they wrote."""
    with tenant(office.account_id), transaction():
        made = {"account_id": office.account_id}
        device_id = execute(insert(Device).values(**made, name="Otro").returning(Device.id)).scalar_one()
        contact_id = execute(select(Chat.contact_id).where(Chat.id == chat.chat_id)).scalar_one()
        theirs = insert(Chat).values(**made, device_id=device_id, contact_id=contact_id, key="elsewhere")
        chat_id = execute(theirs.returning(Chat.id)).scalar_one()
        said = {"chat_id": chat_id, "wa_id": "IN", "direction": "in", "body": "hola"}
        execute(insert(Message).values(**made, **said))
    release()
    return Office(office.account_id, device_id, chat_id)


def test_people_are_counted_by_who_wrote_to_whom_whatever_rows_we_hold(
    office: Office, gateway: Gateway
) -> None:
    office.set(daily_cold=2, daily_known=1, daily_answered=1)
    lead, ignored, elsewhere, once, again = (
        chat_with(office, "51900000001", lead=True),
        chat_with(office, "51900000002"),
        chat_with(office, "51900000003"),
        chat_with(office, "51900000004", wrote=timedelta(days=30)),
        chat_with(office, "51900000005", wrote=timedelta(days=30)),
    )
    another_number(office, elsewhere)
    ignored.queue("hace un mes", prefix="OLD", state="read", sent_at=datetime.now(UTC) - timedelta(days=30))
    for number, chat in enumerate((lead, ignored, elsewhere, once, again)):
        send(chat, f"oferta {number}")
    assert texts(gateway) == ["oferta 0", "oferta 1", "oferta 2", "oferta 3"]
    assert outreaches(office) == ["cold", "cold", "known", "answered"]
    assert message(again).hold == "daily_budget"
    send(lead, "y además")
    assert texts(gateway)[-1] == "y además", "a conversation begun today goes on"


def test_a_team_that_answers_never_meets_any_of_it(office: Office, gateway: Gateway) -> None:
    office.set(
        daily_cold=0, daily_known=0, daily_answered=0, pace_seconds=3600, unanswered_most=0,
        first_linked_at=datetime.now(UTC), quiet_from=time(0), quiet_to=time(23, 59, 59),
        cold_paused_until=datetime.now(UTC) + timedelta(hours=1), cold_paused_reason="restricted",
    )  # fmt: skip
    chats = [chat_with(office, f"5190001{n:04d}", wrote=timedelta(hours=n)) for n in range(0, 168, 7)]
    for chat in chats:
        for word in ("claro", "y cuesta 100", "¿se lo aparto?"):
            send(chat, word)
    assert len(gateway.wire) == 3 * len(chats)
    assert outreaches(office) == []


def test_what_they_wrote_a_week_ago_is_answered_for_a_day_and_then_written_to(
    office: Office, gateway: Gateway
) -> None:
    chat = chat_with(office, "51900000001", wrote=timedelta(days=3))
    send(chat, "perdón por la demora")
    assert outreaches(office) == []
    with tenant(office.account_id), transaction():
        execute(
            update(Message).where(Message.direction == "out").values(sent_at=func.now() - timedelta(hours=25))
        )
    release()
    send(chat, "¿sigue interesado?")
    assert outreaches(office) == ["answered"]


def test_ten_thousand_imported_leads_meet_a_number_linked_a_minute_ago(
    office: Office, gateway: Gateway
) -> None:
    office.set(first_linked_at=datetime.now(UTC) - NOW)
    chats = [chat_with(office, f"5190002{n:04d}", lead=True) for n in range(5)]
    for number, chat in enumerate(chats):
        send(chat, f"oferta {number}")
    assert texts(gateway) == ["oferta 0", "oferta 1", "oferta 2"]
    assert [message(chat).hold for chat in chats[3:]] == ["warm_up", "warm_up"]
    office.set(first_linked_at=datetime.now(UTC) - timedelta(days=2))
    with tenant(office.account_id), transaction():
        execute(update(Message).where(Message.hold != "").values(due_at=func.now()))
    release()
    send_waiting(office.account_id, office.device_id)
    assert len(gateway.wire) == 5


def test_silence_stops_new_chats_until_somebody_answers(office: Office, gateway: Gateway) -> None:
    office.set(unanswered_most=2)
    first, second, third = (chat_with(office, f"5190000000{n}") for n in range(3))
    for chat in (first, second, third):
        send(chat, f"hola {chat.chat_id}")
    assert (len(gateway.wire), message(third).hold) == (2, "unanswered")
    with tenant(office.account_id), transaction():
        said = {"chat_id": first.chat_id, "wa_id": "IN", "direction": "in", "body": "¿sí?"}
        execute(insert(Message).values(account_id=office.account_id, **said))
        execute(update(Message).where(Message.hold != "").values(due_at=func.now()))
    release()
    send_waiting(office.account_id, office.device_id)
    assert len(gateway.wire) == 3
    with tenant(office.account_id), transaction():
        execute(update(Outreach).values(at=Outreach.at - timedelta(days=31)))
    release()
    send(chat_with(office, "51900000009"), "un mes después")
    assert len(gateway.wire) == 4, "time passes too"


def test_who_was_not_reached_counts_neither_for_the_day_nor_as_silence(
    office: Office, gateway: Gateway
) -> None:
    office.set(first_linked_at=datetime.now(UTC), unanswered_most=3)
    gateway.absent = {f"5190000000{n}" for n in range(3)}
    for number in range(3):
        absent = chat_with(office, f"5190000000{number}", lead=True)
        send(absent, "hola")
        assert (message(absent).failure, message(absent).hold) == ("not_on_whatsapp", "")
    gateway.refuses = "not_allowed"
    blocked = chat_with(office, "51900000009")
    send(blocked, "hola")
    gateway.refuses = ""
    assert set(outreaches(office)) == {"nobody"}
    for number in range(3):
        send(chat_with(office, f"5190000001{number}"), f"oferta {number}")
    assert len(gateway.wire) == 3
    send(blocked, "otra vez")
    assert message(blocked).hold == "warm_up", "nothing of ours reached them, so nothing was begun"


def test_who_was_not_reached_spaces_out_the_next_one(office: Office, gateway: Gateway) -> None:
    office.set(pace_seconds=600)
    gateway.absent = {"51900000001"}
    send(chat_with(office, "51900000001"), "hola")
    send(second := chat_with(office, "51900000002"), "buenas")
    assert message(second).hold == "pace"


def test_who_must_not_be_contacted_is_refused_at_night_too_and_counts_as_nothing(
    office: Office, gateway: Gateway
) -> None:
    office.set(quiet_from=time(0), quiet_to=time(23, 59, 59))
    chat = chat_with(office, "51900000001", lead=True)
    with tenant(office.account_id), transaction():
        silent = {"kind": "phone", "value": "+51900000001"}
        execute(insert(DoNotContact).values(account_id=office.account_id, **silent))
    release()
    send(chat, "oferta")
    assert (message(chat).state, message(chat).failure, outreaches(office)) == (
        "failed",
        "do_not_contact",
        [],
    )


def test_other_limits_are_for_what_waits_already_too(ana: Person, gateway: Gateway) -> None:
    mine = Office(ana.account_id, linked_row(ana), 0)
    mine.set(quiet_from=time(0), quiet_to=time(23, 59, 59))
    chat = chat_with(mine, "51900000001")
    send(chat, "oferta")
    assert (message(chat).hold, gateway.wire) == ("quiet_hours", [])
    awake = {"pace_seconds": "0", "daily_cold": "30", "quiet_from": "", "quiet_to": ""}
    assert ana.post(f"/devices/{mine.device_id}/limits", awake).status == 303
    assert (message(chat).hold, message(chat).due_at) == ("", None)
    assert queue(device_queue(mine.device_id)).count == 1
    send_waiting(mine.account_id, mine.device_id)
    assert texts(gateway) == ["oferta"]


def test_a_number_that_is_new_is_quiet_at_night_and_an_admin_may_say_otherwise(ana: Person) -> None:
    ana.post("/devices", {"name": "Nuevo"})
    with tenant(ana.account_id):
        device = execute(
            select(Device.id, Device.quiet_from, Device.quiet_to).order_by(Device.id.desc())
        ).first()
    release()
    assert device
    assert (device.quiet_from, device.quiet_to) == QUIET
    never = {
        "pace_seconds": "15",
        "daily_cold": "30",
        "quiet_from": "",
        "quiet_to": "",
        "unanswered_most": "",
    }
    assert ana.post(f"/devices/{device.id}/limits", never).status == 303
    row = Office(ana.account_id, device.id, 0).device()
    assert (row.quiet_from, row.quiet_to, row.unanswered_most) == (None, None, None)


def test_linked_again_or_brought_back_as_another_device_a_number_is_no_younger(office: Office) -> None:
    with tenant(office.account_id):
        assert (
            reports.paired(office.account_id, office.device_id, Paired("51999000111", "a:1", push_name=""))
            == ""
        )
        young = office.device().first_linked_at
        assert datetime.now(UTC) - young < timedelta(minutes=5), "another number's age is not this one's"
        office.set(first_linked_at=young - timedelta(days=90), jid=None)
        assert (
            reports.paired(office.account_id, office.device_id, Paired("51999000111", "a:2", push_name=""))
            == ""
        )
        assert office.device().first_linked_at == young - timedelta(days=90)
        office.set(removed_at=datetime.now(UTC))
        other = insert(Device).values(account_id=office.account_id, name="Otra vez").returning(Device.id)
        with transaction():
            device_id = execute(other).scalar_one()
        assert reports.paired(office.account_id, device_id, Paired("51999000111", "a:3", push_name="")) == ""
    release()
    assert Office(office.account_id, device_id, 0).device().first_linked_at == young - timedelta(days=90)


@pytest.mark.parametrize(
    ("failure", "risk"),
    [("not_on_whatsapp", "Low"), ("busy", "Low"), ("too_large", "Low"), ("device_removed", "Low"),
     ("not_allowed", "High"), ("restricted", "High"), ("refused:477", "High")],
)  # fmt: skip
def test_a_wrong_phone_or_a_bad_hour_is_nothing_that_whatsapp_minds(
    ana: Person, failure: str, risk: str
) -> None:
    device_id = linked_row(ana)
    chat_with(Office(ana.account_id, device_id, 0), "51900000001").queue(
        "hola", state="failed", failure=failure
    )
    assert ana.get(f"/chats/waiting/{device_id}").one("main .badge").text.strip() == risk


def test_one_page_tells_the_risk_of_today_and_what_waits_for_what(
    ana: Person, vera: Person, carla: Person, gateway: Gateway
) -> None:
    device_id = linked_row(ana)
    mine = Office(ana.account_id, device_id, 0)
    mine.set(
        first_linked_at=datetime.now(UTC) - timedelta(days=2, hours=1), pace_seconds=0, unanswered_most=6
    )
    page = f"/chats/waiting/{device_id}"
    assert ana.get(page).one("main .badge").text.strip() == "Low"
    for number in range(6):
        send(chat_with(mine, f"5190003{number:04d}"), f"hola {number}")
    text = " ".join(vera.get(page).one("main").text.split())
    for said in (
        "Medium", "day 3", "writes first to 5 people a day", "5 of 5 who never wrote to this number",
        "5 have not answered. At 6", "No quiet hours", "The number is new and has written to as many people",
    ):  # fmt: skip
        assert said in text
    mine.set(
        quiet_from=time(0), quiet_to=time(23, 59, 59), paused_at=datetime.now(UTC), paused_reason="failures"
    )
    text = ana.get(page).text
    assert "High" in text
    assert "Quiet hours now" in text
    assert carla.get(page).status == 404
