"""A robot walks Clarin at random, as seller and as admin, wide and narrow; tests/support/robot says what it looks at.

A short walk in every run, each kind of step once. A long one: CLARIN_ROBOT_STEPS=500 CLARIN_ROBOT_SEED=3 ./dev test tests/browser/test_robot.py
"""

from __future__ import annotations

import os
import random

import pytest

from tests.support.robot.office import Office
from tests.support.robot.steps import KINDS
from tests.support.robot.walk import Robot

STEPS = int(os.environ.get("CLARIN_ROBOT_STEPS", "0"))
SEED = int(os.environ.get("CLARIN_ROBOT_SEED", "10"))
FAULTS = int(os.environ.get("CLARIN_ROBOT_FAULTS", "1"))  # how many it goes on after
WIDE = {"viewport": {"width": 1440, "height": 900}}
NARROW = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
FAR = [("bruno", WIDE), ("bruno", NARROW), ("ana", WIDE), ("ana", NARROW)]
NEAR = [("bruno", NARROW), ("ana", WIDE)]
# What Chromium says of a network that is away, and of a page that is left while it asks.
AWAY = r"ERR_INTERNET_DISCONNECTED|Failed to fetch|WebSocket|NetworkError|AbortError|TimeoutError"


@pytest.mark.parametrize(
    ("name", "size"),
    FAR if STEPS else NEAR,
    ids=lambda one: one if isinstance(one, str) else str(one["viewport"]["width"]),
)
def test_every_page_is_as_a_fresh_load_whatever_a_robot_does(
    request, open_as, ana, sales, phone, console, name, size
):
    console.allow(AWAY)
    office = Office(
        ana, phone, [stage.id for stage in sales.stages if stage.kind != "lost"], 60 if STEPS else 8
    )
    who = request.getfixturevalue(name)
    robot = Robot(open_as(who, "/chats", **size), who, SEED, office.pages, office.changes)
    print(f"seed {SEED}, {name}, {size['viewport']['width']} px, {STEPS or 'a few'} steps")
    each = random.Random(SEED).sample(list(KINDS), len(KINDS))
    robot.walk(STEPS or each[who is ana :: 2], FAULTS)
