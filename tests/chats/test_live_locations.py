"""A live location is one bubble that moves, whatever a phone tells of it on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clarin_web.devices.gateway import Address, Kind, MessageKind

from .conftest import CUSTOMER, GROUP

NOW = datetime.now(UTC) - timedelta(hours=12)


def place(heard, number: int, sequence: int, **more):
    details = {"latitude": -12.0 - number, "longitude": -77.0, "live": True, "sequence": sequence}
    values = {"wa_id": f"L{number}", "sent_at": NOW + timedelta(minutes=number), "kind": MessageKind.LOCATION}
    return heard("", details={**details, **more.pop("details", {})}, **{**values, **more})


def latitudes(phone) -> list[float]:
    return [message.extra["latitude"] for message in phone.messages]


@pytest.mark.parametrize("first", [1, 1_652_826_829_026_001])
def test_four_updates_are_one_bubble_at_the_last_place(phone, heard, ana, first):
    updates = [place(heard, n, first + n, details={"since": 60 * n} if n else {}) for n in range(4)]
    phone.hear(*updates, updates[1], updates[3])
    assert latitudes(phone) == [-15.0]
    assert phone.chat.unread == 1
    shown = ana.get(f"/chats/{phone.chat.id}")
    assert ("-15.000000,-77.000000" in shown.text, len(shown.texts("article.msg"))) == (True, 1)


def test_an_update_that_was_overtaken_takes_nothing_back(phone, heard):
    phone.hear(place(heard, 0, 1), place(heard, 2, 3), place(heard, 1, 2))
    assert latitudes(phone) == [-14.0]


def test_another_sharing_another_person_and_a_day_later_are_others(phone, heard):
    phone.hear(place(heard, 0, 1), place(heard, 1, 2))
    phone.hear(place(heard, 2, 1), place(heard, 3, 2))
    assert latitudes(phone) == [-13.0, -15.0]
    phone.hear(place(heard, 600, 3))
    assert len(phone.messages) == 3, "what began before nine hours moves no more"


def test_in_a_group_each_moves_their_own(phone, heard):
    ana, beto = CUSTOMER, Address(Kind.USER, "51955555555")
    phone.hear(
        place(heard, 0, 1, chat=GROUP, sender=ana),
        place(heard, 1, 1, chat=GROUP, sender=beto),
        place(heard, 2, 2, chat=GROUP, sender=ana),
    )
    assert sorted(latitudes(phone)) == [-14.0, -13.0]
