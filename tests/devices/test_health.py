"""When a number needs somebody: told once, on every page and on Home, and taken back when it is well again."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from clarin_web.config import settings
from clarin_web.db import execute, release, tenant
from clarin_web.devices import queries, reports, vitals, watching, words
from clarin_web.devices.gateway import ConnectionChanged, State
from clarin_web.devices.health import Hours, alarm_of
from clarin_web.devices.queries import DeviceRow
from clarin_web.models import FactRow
from tests.support.cast import Person

from .conftest import Office, until
from .test_device_pages import linked, make_device
from .test_supervisor import process_of, supervisor  # noqa: F401 -- a fixture

LIMA = ZoneInfo("America/Lima")
HOURS = Hours("12345", time(9), time(18), 60, LIMA)
FRIDAY = datetime(2026, 11, 20, 12, 0, tzinfo=LIMA)


def device(**values: Any) -> DeviceRow:
    blank: dict[str, Any] = dict.fromkeys(DeviceRow.__slots__)
    well = {
        "id": 1, "name": "Ventas", "phone": "+51987654321", "jid": "x", "state": "connected", "wanted": "connected",
        "state_at": FRIDAY - timedelta(days=3), "heartbeat_at": datetime.now(UTC), "receives": True,
        "last_in_at": FRIDAY - timedelta(minutes=5), "paused_reason": "", "alarm": "", "tries": 0,
    }  # fmt: skip
    return DeviceRow(**blank | well | values)


@pytest.mark.parametrize(
    ("values", "alarm"),
    [
        ({}, ""),
        ({"phone": None, "state": "logged_out"}, ""),
        ({"state": "stopped", "wanted": "stopped"}, ""),
        ({"state": "pairing"}, ""),
        ({"state": "unpaired", "wanted": "stopped"}, ""),  # called off
        ({"state": "unpaired", "wanted": "stopped", "state_reason": "code_expired"}, "not_connected"),
        ({"state": "logged_out", "wanted": "stopped"}, ""),  # by one of us
        ({"state": "logged_out", "wanted": "stopped", "state_reason": "unlinked_on_phone"}, "not_connected"),
        ({"state": "banned", "wanted": "stopped"}, "not_connected"),
        ({"state": "replaced", "wanted": "stopped"}, "not_connected"),
        ({"state": "error"}, "not_connected"),
        ({"state": "reconnecting", "state_at": FRIDAY - timedelta(seconds=30)}, ""),
        ({"state": "reconnecting"}, "not_connected"),
        ({"heartbeat_at": datetime.now(UTC) - timedelta(minutes=5)}, "not_reporting"),
        ({"state": "connecting", "state_at": FRIDAY, "tries": 4}, "not_connected"),
        ({"state": "connecting", "state_at": FRIDAY, "tries": 3}, ""),
        ({"tries": 4}, "unsteady"),
        ({"paused_reason": "failures"}, "stopped"),
        ({"paused_reason": "person"}, ""),
        ({"last_in_at": FRIDAY - timedelta(minutes=61)}, "silent"),
        ({"last_in_at": FRIDAY - timedelta(minutes=59)}, ""),
        ({"last_in_at": None, "linked_at": FRIDAY - timedelta(minutes=10)}, ""),
        ({"last_in_at": FRIDAY - timedelta(days=1), "receives": False}, ""),
    ],
)
def test_what_is_a_worry(values: dict[str, Any], alarm: str) -> None:
    assert alarm_of(device(**values), HOURS, FRIDAY) == alarm


@pytest.mark.parametrize(
    ("now", "hours", "alarm"),
    [
        (FRIDAY.replace(hour=9, minute=30), HOURS, ""),
        (FRIDAY.replace(hour=10, minute=1), HOURS, "silent"),
        (FRIDAY.replace(hour=19), HOURS, ""),
        (FRIDAY + timedelta(days=1), HOURS, ""),
        (FRIDAY + timedelta(days=1), replace(HOURS, days="1234567"), "silent"),
        (FRIDAY, replace(HOURS, silent_minutes=0), ""),
    ],
)
def test_only_working_time_is_silence(now: datetime, hours: Hours, alarm: str) -> None:
    quiet = device(last_in_at=FRIDAY - timedelta(days=1))
    assert alarm_of(quiet, hours, now) == alarm


def kinds(account_id: int) -> list[str]:
    with tenant(account_id):
        wanted = FactRow.kind.in_(("DeviceAlarmed", "DeviceRecovered"))
        found = list(execute(select(FactRow.kind).where(wanted).order_by(FactRow.id)).scalars())
    release()
    return found


def look(account_id: int) -> None:
    with tenant(account_id):
        watching.look_at_account(account_id)
    release()


def test_a_number_that_is_gone_is_told_once_everywhere_and_taken_back(
    ana: Person, bruno: Person, carla: Person
) -> None:
    gone = linked(ana, state="logged_out", wanted="stopped", state_reason="unlinked_on_phone")
    office = Office(ana.account_id, gone, 0)
    for _ in range(3):
        look(ana.account_id)
    assert kinds(ana.account_id) == ["DeviceAlarmed"]
    for person in (ana, bruno):
        assert "Ventas Lima is not connected" in person.htmx_get("/devices/alarms").text
        assert "1 needs you" in person.get("/").text
    assert "not connected: messages wait" in ana.get(f"/devices/{office.device_id}").text
    assert "note" not in carla.htmx_get("/devices/alarms").text
    assert "needs you" not in carla.get("/").text
    office.set(
        state="connected", wanted="connected", heartbeat_at=datetime.now(UTC), last_in_at=datetime.now(UTC)
    )
    look(ana.account_id)
    assert kinds(ana.account_id) == ["DeviceAlarmed", "DeviceRecovered"]
    assert "note" not in ana.htmx_get("/devices/alarms").text
    assert "Every number is fine" in ana.get("/devices/alarms").text


def test_the_clock_looks_at_every_account(ana: Person, carla: Person) -> None:
    made = [make_device(who, phone="+51911111111", state="replaced") for who in (ana, carla)]
    watching.look()
    for who, device_id in zip((ana, carla), made, strict=True):
        assert Office(who.account_id, device_id, 0).device().alarm == "not_connected"


def test_working_hours_are_the_accounts_own(ana: Person, bruno: Person, carla: Person) -> None:
    linked(ana)
    wanted = {"day_1": "1", "day_6": "1", "work_from": "10:00", "work_to": "16:30", "silent_minutes": "45"}
    assert ana.post("/devices/hours", wanted).status == 303
    with tenant(ana.account_id):
        hours = watching.hours_of(ana.account_id)
    with tenant(carla.account_id):
        theirs = watching.hours_of(carla.account_id)
    release()
    assert (hours.days, hours.begin, hours.end, hours.silent_minutes) == ("16", time(10), time(16, 30), 45)
    assert (theirs.days, theirs.silent_minutes) == ("12345", 120)
    assert ana.post("/devices/hours", wanted | {"work_to": ""}).status == 422
    assert bruno.post("/devices/hours", wanted).status == 403


def test_a_heartbeat_tells_where_the_process_runs_and_how_it_does(linked: Office) -> None:
    linked.queue("hola")
    linked.start()
    row = until(lambda: (row := linked.device()).ack_p50_ms is not None and row)
    assert row.process.endswith(f":{linked.processes[0].pid}")
    assert 10 < row.memory_mb < 100, "each device process under 100 MB"
    assert row.ack_p50_ms <= row.ack_p95_ms


def test_trying_in_vain_again_and_again_is_one_long_time(office: Office) -> None:
    """Each try ends soon; what counts is when it was last connected."""
    before = datetime.now(UTC) - timedelta(minutes=10)
    office.set(phone="+51911111111", jid="x", state="connecting", wanted="connected", state_at=before)
    with tenant(office.account_id):
        for _ in range(3):
            again = ConnectionChanged(State.CONNECTING, "no_network")
            reports.state_changed(office.account_id, office.device_id, again)
            reports.process_ended(office.account_id, office.device_id)
            reports.heartbeat(office.account_id, office.device_id, False, {})
        watching.look_at_account(office.account_id)
    release()
    assert office.device().state_at == before
    assert office.device().alarm == "not_connected"


def test_a_logout_is_an_alarm_at_once(linked: Office) -> None:
    linked.start()
    until(lambda: linked.device().state == "connected")
    linked.world.turn("logout")
    until(lambda: linked.device().alarm == "not_connected")


def test_an_admin_sees_every_number_and_process_on_one_page(ana: Person) -> None:
    linked(ana, process="host-1:4711", memory_mb=61, ack_p50_ms=40, ack_p95_ms=90, restarts=2)
    page = ana.get("/devices")
    for shown in ("host-1:4711", "61 MB", "40 / 90 ms", "2 restarts"):
        assert shown in page.text
    assert len(page.statements) <= 7


def test_over_its_memory_cap_a_process_is_drained_and_another_goes_on(
    linked: Office,
    monkeypatch: pytest.MonkeyPatch,
    supervisor: Any,  # noqa: F811
) -> None:
    until(lambda: linked.device().state == "connected")
    first = process_of(supervisor, linked)
    assert first
    cap = replace(settings(), device_memory_mb=(vitals.memory_mb(first.pid) or 1) - 1)
    monkeypatch.setattr("clarin_web.devices.supervisor.settings", lambda: cap)
    until(lambda: first.poll() is not None)
    monkeypatch.undo()
    assert first.returncode == 0, "it drained"
    until(lambda: (second := process_of(supervisor, linked)) and second.pid != first.pid)
    assert linked.device().restarts >= 1


def test_what_a_process_weighs_is_read_from_the_system() -> None:
    mine = vitals.memory_mb()
    assert mine is not None
    assert mine > 20
    assert vitals.memory_mb(os.getpid()) is not None
    assert vitals.memory_mb(2**22) is None


def test_alarms_are_read_in_one_statement(ana: Person) -> None:
    linked(ana, alarm="silent", alarm_at=datetime.now(UTC))
    with tenant(ana.account_id):
        assert [device.alarm for device in queries.alarms(ana.account_id)] == ["silent"]
    release()


@pytest.mark.parametrize(("alarm", "is_told"), [("not_reporting", True), ("", False)])
def test_the_strip_follows_the_name_of_a_number_it_speaks_of(
    ana: Person, monkeypatch: pytest.MonkeyPatch, alarm: str, is_told: bool
) -> None:
    number = linked(ana, alarm=alarm, alarm_at=datetime.now(UTC))
    poked: list[str] = []
    monkeypatch.setattr(
        "clarin_web.devices.broadcasts.poke", lambda _account_id, *topics: poked.extend(topics)
    )
    ana.post(f"/devices/{number}", {"name": "Sur"})
    assert f"device:{number}" in poked
    assert ("alarms" in poked) is is_told


def test_a_bad_day_of_every_number_covers_no_page(ana: Person) -> None:
    ended = {"state": "error", "alarm": "not_connected", "alarm_at": FRIDAY}
    for number in range(10):
        linked(ana, phone=f"+5191111111{number}", **ended)
    strip = ana.htmx_get("/devices/alarms").texts("p.note")
    assert len(strip) == 9
    assert len(ana.htmx_get("/devices/alarms").select(".strip > p.note")) == 1, (
        "one line, whatever their number"
    )
    assert "And 2 numbers more need somebody." in strip[-1]
    assert len(ana.get("/devices/alarms").texts("main p.note.bad")) == 10


@pytest.mark.parametrize(
    ("alarm", "said"), [("unsteady", "it does not stay so"), ("silent", "Write to it from another phone")]
)
def test_a_number_that_is_connected_and_not_well_says_so_itself(alarm: str, said: str) -> None:
    """Not "messages come in and go out" under a strip that says otherwise."""
    assert said in words.sentence(device(state_reason="", alarm=alarm))
    assert words.sentence(device(state_reason="")) == words.SENTENCES["connected"]


def test_who_cannot_mend_a_number_is_told_whom_to_tell(
    ana: Person, bruno: Person, vera: Person, carla: Person
) -> None:
    device_id = linked(ana, state="replaced", alarm="not_connected", alarm_at=datetime.now(UTC))
    for person, count in ((ana, 0), (bruno, 1), (vera, 1)):
        assert person.get(f"/devices/{device_id}").one("main").get_text().count("Tell Ana") == count
    assert carla.get(f"/devices/{device_id}").status == 404
