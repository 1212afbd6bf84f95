"""Coordinates out of what people paste."""

import pytest

from clarin_web.lib.places import coordinates
from clarin_web.lib.vcard import vcard

LIMA = (-12.0464, -77.0428)


@pytest.mark.parametrize(
    "text",
    [
        "-12.0464, -77.0428",
        "(-12.0464,-77.0428)",
        "-12.0464 -77.0428",
        "geo:-12.0464,-77.0428?z=17",
        "https://maps.google.com/?q=-12.0464,-77.0428",
        "https://maps.google.com/maps?q=loc:-12.0464%2C-77.0428&z=17",
        "https://www.google.com/maps/search/?api=1&query=-12.0464%2C-77.0428",
        "https://www.google.com/maps/@-12.0464,-77.0428,17z",
        "https://www.google.com/maps/place/Plaza/@-1.5,-7.5,17z/data=!3m1!4b1!8m2!3d-12.0464!4d-77.0428",
        "https://maps.apple.com/?ll=-12.0464,-77.0428",
        "https://www.openstreetmap.org/?mlat=-12.0464&mlon=-77.0428#map=17",
        "https://waze.com/ul?ll=-12.0464,-77.0428&navigate=yes",
    ],
)
def test_a_place_is_found_however_it_is_written(text):
    assert coordinates(text) == LIMA


@pytest.mark.parametrize(
    "text", ["", "Lima", "https://maps.app.goo.gl/AbC", "91, 10", "10, 181", "12 de mayo de 2026", "1"]
)
def test_what_is_no_place_is_none(text):
    assert coordinates(text) is None


def test_a_card_holds_names_and_numbers_and_nothing_else():
    card = vcard("Ana; Pérez\nTEL:1", ["+51987654321", "x"], "Ñandú, SA")
    assert card.splitlines() == [
        "BEGIN:VCARD", "VERSION:3.0", "N:;Ana\\; Pérez TEL:1;;;", "FN:Ana\\; Pérez TEL:1", "ORG:Ñandú\\, SA",
        "TEL;type=CELL;type=VOICE;waid=51987654321:+51987654321", "END:VCARD",
    ]  # fmt: skip
