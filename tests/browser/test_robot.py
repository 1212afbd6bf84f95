"""A robot walks Clarin at random, when CLARIN_ROBOT_STEPS says how far: as seller and as admin, wide and narrow.

CLARIN_ROBOT_SEED chooses the walk; both are printed. It is a tool to find faults with, not a part of every run.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from clarin_web.db import release, tenant
from clarin_web.devices.gateway import Address, Kind
from clarin_web.leads.actions import change_lead
from tests.support.robot import Robot

STEPS = int(os.environ.get("CLARIN_ROBOT_STEPS", "0"))
SEED = int(os.environ.get("CLARIN_ROBOT_SEED", "10"))
WIDE, NARROW = {"viewport": {"width": 1440, "height": 900}}, {"viewport": {"width": 390, "height": 800}}
FAR = [("bruno", WIDE), ("bruno", NARROW), ("ana", WIDE), ("ana", NARROW)]


if STEPS:

    @pytest.mark.parametrize(("name", "size"), FAR)
    def test_a_robot_walks_and_every_page_is_as_a_fresh_load(
        request, open_as, ana, sales, make_lead, phone, heard, console, name, size
    ):
        console.allow(
            r"ERR_INTERNET_DISCONNECTED|Failed to fetch|WebSocket|NetworkError|AbortError|TimeoutError"
        )
        now = datetime.now(UTC)
        people = [(Address(Kind.USER, f"519876{n:05d}"), f"Rosa {n:02d}") for n in range(60)]
        phone.hear(
            *[
                heard(f"Hola, soy {n}", chat=who, push_name=called, sent_at=now - timedelta(minutes=n))
                for n, (who, called) in enumerate(people)
            ]
        )
        leads = [make_lead(f"Chair {n:02d}") for n in range(60)]

        def hear(chance: random.Random) -> None:
            who, called = chance.choice(people)
            phone.hear(heard(f"Otra {chance.random()}", chat=who, push_name=called))

        def rename(chance: random.Random) -> None:
            with tenant(ana.account_id):
                change_lead(ana.member, chance.choice(leads).id, {"title": f"Chair {chance.random()}"})
            release()

        pages = [
            "/",
            "/chats",
            "/leads",
            "/leads/board",
            "/leads/trash",
            "/devices",
            "/kommo",
            "/settings/profile",
            "/settings/sessions",
        ]
        pages += [f"/leads/{leads[0].id}", "/chats?unread=1", "/leads?status=open", "/leads?sort=name"]
        print(f"seed {SEED}, {name}, {size['viewport']['width']} px, {STEPS} steps")
        robot = Robot(
            open_as(request.getfixturevalue(name), "/chats", **size),
            request.getfixturevalue(name),
            SEED,
            pages,
            [hear, rename],
        )
        robot.walk(STEPS)
