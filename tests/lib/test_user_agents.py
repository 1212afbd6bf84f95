"""People recognise their own browsers."""

from __future__ import annotations

import pytest

from clarin_web.lib.user_agents import device_name

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "Chrome · Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/131.0", "Edge · Windows"),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 8) {CHROME} Mobile Safari/537.36", "Chrome · Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox · Linux"),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_browser_has_the_name_people_know(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
