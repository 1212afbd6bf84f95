"""Every code of the tables, over the wire of the real client: what a refused login, the end of a stream and a refused
message become, and that the way back is open. One linked session is copied for each.

How the supervisor goes on: test_real_neonize_verdicts.py; the sentences in three languages: test_verdicts.py,
test_neonize_manners.py; how soon it is tried again: test_health.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from clarin_web.accounts.permissions import Member
from clarin_web.db import release, tenant
from clarin_web.devices import reports
from clarin_web.devices.actions import connect
from clarin_web.devices.gateway import ConnectionChanged, State
from clarin_web.devices.neonize_gateway import refusals, verdicts
from clarin_web.devices.neonize_gateway.refusals import Family
from tests.support.whatsapp_line import a_whatsapp
from tests.support.whatsapp_script import Script
from tests.support.whatsapp_server.server import WhatsappServer

from .conftest import PHONE, Office

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("whatsapp")]

UNKNOWN = (444, 599)
LOGINS = {
    401: ("logged_out", "unlinked_on_phone"),
    403: ("logged_out", "phone_locked"),
    405: ("outdated", "needs_upgrade"),
    406: ("banned", "banned_for_good"),
    409: ("outdated", "needs_upgrade"),
    440: ("replaced", "connected_elsewhere"),
    500: ("reconnecting", "whatsapp_busy"),
    503: ("reconnecting", "whatsapp_busy"),
    **{code: ("connecting", f"login_refused:{code}") for code in (*verdicts.REFUSED, *UNKNOWN)},
}
BANS = {**verdicts.BANS, 105: "banned", 999: "banned"}
STREAMS = (
    ("device_removed", 401, "logged_out", "unlinked_on_phone"),
    ("replaced", None, "replaced", "connected_elsewhere"),
    ("", 515, "connected", ""),
    ("", 503, "reconnecting", "connection_lost"),
    ("", 516, "reconnecting", "stream_error:516"),
    ("", 500, "reconnecting", "stream_error:500"),
)
ERRORS = {
    Family.REFUSED: "PermanentError",
    Family.LATER: "LaterError",
    Family.RESTRICTED: "RestrictedError",
    Family.DOUBT: "UncertainError",
}


class Session:
    """A linked number whose file is copied for each story, as a backup would be."""

    def __init__(self, server: WhatsappServer, script: Script, folder: Path) -> None:
        self.server, self.script, self._folder = server, script, folder
        self._copies = iter(range(1000))
        script.begin(folder / "linked.db")
        server.scan(script.until(lambda word: "code" in word)["code"])
        self._jid = script.until(lambda word: "session" in word)["session"]
        script.until(lambda word: word.get("state") == "connected")
        script.end()

    def begin(self) -> None:
        copy = self._folder / f"copy{next(self._copies)}.db"
        shutil.copy(self._folder / "linked.db", copy)
        self.script.begin(copy, self._jid)

    def connect(self) -> None:
        self.server.failure = None
        self.begin()
        self.until("connected", "")

    def until(self, state: str, reason: str) -> dict[str, Any]:
        return self.script.until(lambda word: (word.get("state"), word.get("reason")) == (state, reason))

    def refused(self, **failure: Any) -> dict[str, Any]:
        """A login that is answered so: the first thing said of it. One that passes is back by itself."""
        self.server.failure = failure
        self.begin()
        said = self.script.until(lambda word: word.get("reason") not in (None, "", "connection_lost"))
        if said["state"] == "reconnecting":
            self.server.failure = None
            self.until("connected", "")
        self.script.end()
        return said


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("whatsapp")
    with a_whatsapp(folder) as server:
        environ = {"WHATSAPP_PROXY": server.proxy.url, "SSL_CERT_FILE": str(server.tls.ca)}
        with Script(server.noise.root.public, **environ) as script:
            server.welcome(PHONE, "María")
            yield Session(server, script, folder)


def test_every_code_of_the_table_is_here() -> None:
    assert set(LOGINS) == {*verdicts.LOGIN, *verdicts.REFUSED, *UNKNOWN} - {402}


def test_a_refused_login_is_what_whatsapp_means_and_the_next_may_connect(
    session: Session, office: Office
) -> None:
    for code, (state, reason) in LOGINS.items():
        said = session.refused(reason=code)
        assert (code, said["state"], said["reason"]) == (code, state, reason)
        is_tried = state in ("connecting", "reconnecting")
        is_unlinked = state == "logged_out" or reason == "banned_for_good"
        paused = "banned" if state == "banned" else ""
        assert left(office, said) == ("connected" if is_tried else "stopped", paused, is_unlinked), code
        if not is_tried and not is_unlinked:
            with tenant(office.account_id):
                connect(Member(office.account_id, 1, "owner"), office.device_id)
            assert office.device().wanted == "connected", "a person may connect it again"
    session.connect()
    session.script.end()


def test_a_ban_says_why_and_until_when_and_pauses_the_number(session: Session, office: Office) -> None:
    for code, reason in BANS.items():
        said = session.refused(reason=402, code=code, expire=3600)
        assert (code, said["state"], said["reason"], bool(said["until"])) == (code, "banned", reason, True)
        assert left(office, said) == ("stopped", "banned", False)
    session.connect()
    session.script.end()


def left(office: Office, said: dict[str, Any]) -> tuple[str, str, bool]:
    """What a verdict leaves of the row: what is wanted, why sending is paused, whether the link is forgotten."""
    office.set(
        state="connected", wanted="connected", paused_at=None, paused_reason="", jid="1:1@s.whatsapp.net"
    )
    until = datetime.fromisoformat(said["until"]) if said["until"] else None
    with tenant(office.account_id):
        verdict = ConnectionChanged(State(said["state"]), said["reason"], until)
        reports.state_changed(office.account_id, office.device_id, verdict)
    release()
    row = office.device()
    return row.wanted, row.paused_reason, row.jid is None


def test_the_end_of_a_stream_is_what_whatsapp_means_and_passes_where_it_may(session: Session) -> None:
    for conflict, code, state, reason in STREAMS:
        session.connect()
        session.server.end(conflict, **({"code": code} if code else {}))
        session.until(state, reason)
        if state == "reconnecting":
            session.until("connected", "")
        session.script.end()


def test_a_refused_message_is_what_whatsapp_means_and_the_next_is_taken(session: Session) -> None:
    session.connect()
    maria = session.server.people[-1]
    for code in (*refusals.TABLE, 477, 599, 777):
        session.server.refusals = [code]
        known = refusals.refusal_of(code)
        said = session.script.send(PHONE, f"con {code}")
        assert (code, said) == (code, {"error": ERRORS[known.family], "reason": known.reason})
    assert "wa_id" in session.script.send(PHONE, "sin error")
    assert [got.text for got in maria.received] == ["sin error"]
    session.script.end()
