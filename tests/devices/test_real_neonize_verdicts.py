"""What WhatsApp's server does to a connection, over the wire of the real client: the state, the reason, the way back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices import supervisor as supervisors
from clarin_web.devices import tries
from clarin_web.models import Device
from tests.support.whatsapp_line import OWNER, Line

from .test_real_neonize import line, whatsapp  # noqa: F401 -- fixtures

pytestmark = [pytest.mark.linux]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production, only sooner."""
    monkeypatch.setattr(tries, "REFUSED_SECONDS", (0.3,))
    monkeypatch.setattr(tries, "QUICK_SECONDS", (0.3,))


def says(line: Line, state: str, reason: str) -> Any:  # noqa: F811
    return line.until(
        lambda: (row := line.office.device()).state == state and row.state_reason == reason and row
    )


def test_a_refused_login_is_tried_again_and_a_ban_nobody_knows_is_a_ban(line: Line) -> None:  # noqa: F811
    line.link()
    line.server.refuse(reason=400)
    says(line, "connecting", "login_refused:400")
    line.server.failure = {"reason": 418}  # neonize cannot hand it over, whatsmeow only logs it
    assert says(line, "connecting", "login_refused:418").tries > 0
    line.server.failure = None
    assert line.becomes("connected").wanted == "connected"
    line.server.refuse(reason=402, code=105, expire=3600)
    row = says(line, "banned", "banned")
    assert (row.wanted, row.paused_reason, row.state_until is not None) == ("stopped", "banned", True)
    assert row.state_until > datetime.now(UTC)


def test_cut_off_at_the_end_of_linking_it_is_linked_and_connects_by_a_new_process(
    line: Line,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line.server.cuts_linking = True
    line.server.scan(line.ask_for_code())
    says(line, "connecting", "")
    monkeypatch.setattr(supervisors, "HOPELESS_SECONDS", 0.0)
    line.until(lambda: line.office.device().tries)
    monkeypatch.setattr(supervisors, "HOPELESS_SECONDS", 45.0)
    line.becomes("connected")


def test_told_to_come_back_when_it_cannot_it_is_not_connected_for_ever(line: Line) -> None:  # noqa: F811
    """whatsmeow tries once after a 515, says nothing and never tries again."""
    line.link()
    before = line.pid()
    line.server.proxy.refusing = True
    line.server.restart()
    line.until(lambda: line.office.device().state != "connected")
    line.server.proxy.refusing = False
    line.becomes("connected")
    assert line.pid() != before


def test_a_number_linked_twice_leaves_no_device_on_the_phone(line: Line) -> None:  # noqa: F811
    with tenant(line.office.account_id), transaction():
        other = {"account_id": line.office.account_id, "name": "Otra", "phone": f"+{OWNER}"}
        execute(insert(Device).values(other))
    release()
    line.server.scan(line.ask_for_code())
    says(line, "logged_out", "number_already_linked")
    assert line.server.companion is None, "WhatsApp was told"
    line.until(lambda: line.pid() is None)
