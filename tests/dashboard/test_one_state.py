"""A number's and Kommo's state are called the same on Home as on their own pages, in one colour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.words import NAMES
from clarin_web.models import Device, KommoConnection


@pytest.mark.parametrize("state", sorted(NAMES))
def test_a_number_is_called_alike_on_home_and_on_its_page(ana, state):
    kept = "connected" if state == "silent" else state
    heard = datetime.now(UTC) - timedelta(hours=1 if state == "silent" else 0)
    wanted = "stopped" if state == "stopped" else "connected"
    row = {"account_id": ana.account_id, "name": "Ventas", "phone": "+51911222333", "state": kept}
    with tenant(ana.account_id), transaction():
        execute(insert(Device).values(**row, wanted=wanted, heartbeat_at=heard, state_at=heard))
    release()
    home = ana.get("/").one("#home .lines .badge")
    listed = ana.get("/devices").one("td .badge")
    assert (home.get_text(strip=True), home["class"]) == (listed.get_text(strip=True), listed["class"])


@pytest.mark.parametrize(("state", "is_said"), [("refused", True), ("paused", False)])
def test_home_says_first_that_kommo_gives_no_access(ana, bruno, state, is_said):
    row = {"account_id": ana.account_id, "base_url": "https://andina.kommo.com", "token_sealed": b"x"}
    with tenant(ana.account_id), transaction():
        execute(insert(KommoConnection).values(**row, state=state, error="token_refused"))
    release()
    for who in (ana, bruno):
        said = [note.text for note in who.get("/").select("#home .note.bad")]
        assert any("Kommo gives no access" in text for text in said) == is_said
