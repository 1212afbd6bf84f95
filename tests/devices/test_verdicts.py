"""What WhatsApp says about a connection: each code through the library's real event, its state, words and what pauses.

Those neonize hands over as events are built from its own protobuf; those it cannot, as whatsmeow writes them in its
log. Each over the wire: test_real_neonize_codes.py.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from typing import Any

import pytest

from clarin_web.devices import reasons, reports, tries, words
from clarin_web.devices import supervisor as supervisors
from clarin_web.devices.gateway import ConnectionChanged, State
from clarin_web.devices.health import alarm_of
from clarin_web.devices.neonize_gateway import standing, states, verdicts
from clarin_web.devices.neonize_gateway.protos import load
from clarin_web.devices.neonize_gateway.standing import Overheard, Standing
from clarin_web.web import i18n

from .test_health import FRIDAY, HOURS, device

RAW: dict[str, Any] = {"Tag": "failure"}


def event(name: str, **values: Any) -> Any:
    """As Go hands it over: through bytes."""
    kind = getattr(load()[0], name)
    made = kind(**{field: value for field, value in values.items() if value is not None})
    return kind.FromString(made.SerializePartialToString())


def reason(name: str) -> int:
    return int(load()[0].ConnectFailureReason.Value(name))


def ban(name: str) -> int:
    return int(load()[0].TemporaryBan.TempBanReason.Value(name))


EVENTS = [
    ("ConnectedEv", "Connected", {}, "connected", ""),
    ("DisconnectedEv", "Disconnected", {}, "reconnecting", "connection_lost"),
    ("KeepAliveTimeoutEv", "KeepAliveTimeout", {}, "reconnecting", "no_answer"),
    ("KeepAliveRestoredEv", "KeepAliveRestored", {}, "connected", ""),
    ("StreamReplacedEv", "StreamReplaced", {}, "replaced", "connected_elsewhere"),
    ("ClientOutdatedEv", "ClientOutdated", {}, "outdated", "needs_upgrade"),
    ("LoggedOutEv", "LoggedOut", {"Reason": "LOGGED_OUT"}, "logged_out", "unlinked_on_phone"),
    ("LoggedOutEv", "LoggedOut", {"Reason": "MAIN_DEVICE_GONE"}, "logged_out", "phone_locked"),
    ("LoggedOutEv", "LoggedOut", {"Reason": "UNKNOWN_LOGOUT"}, "banned", "banned_for_good"),
    ("ConnectFailureEv", "ConnectFailure", {"Reason": "GENERIC"}, "connecting", "login_refused:400"),
    ("ConnectFailureEv", "ConnectFailure", {"Reason": "BAD_USER_AGENT"}, "outdated", "needs_upgrade"),
    ("ConnectFailureEv", "ConnectFailure", {"Reason": "EXPERIMENTAL"}, "connecting", "login_refused:501"),
    (
        "ConnectFailureEv",
        "ConnectFailure",
        {"Reason": "SERVICE_UNAVAILABLE"},
        "reconnecting",
        "whatsapp_busy",
    ),
    ("TemporaryBanEv", "TemporaryBan", {"Code": "SEND_TO_TOO_MANY_PEOPLE"}, "banned", "banned_strangers"),
    ("TemporaryBanEv", "TemporaryBan", {"Code": "BLOCKED_BY_USERS"}, "banned", "banned_blocked"),
    ("TemporaryBanEv", "TemporaryBan", {"Code": "CREATED_TOO_MANY_GROUPS"}, "banned", "banned_groups"),
    ("TemporaryBanEv", "TemporaryBan", {"Code": "SENT_TOO_MANY_SAME_MESSAGE"}, "banned", "banned_same"),
    ("TemporaryBanEv", "TemporaryBan", {"Code": "BROADCAST_LIST"}, "banned", "banned_lists"),
    ("StreamErrorEv", "StreamError", {"Code": "516"}, "reconnecting", "stream_error:516"),
    ("StreamErrorEv", "StreamError", {"Code": ""}, "reconnecting", "stream_error"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "message", "values", "state", "why"), EVENTS)
def test_each_event_has_a_state_and_a_reason(
    name: str, message: str, values: dict[str, Any], state: str, why: str
) -> None:
    if "Reason" in values:
        values = values | {"Reason": reason(values["Reason"])}
    if message == "TemporaryBan":
        values = {"Code": ban(values["Code"]), "Expire": 3600}
    change = states.change_of(name, event(message, **values))
    assert change
    assert (change.state, change.reason) == (state, why)
    assert (change.until is not None) == (message == "TemporaryBan")


def test_every_event_that_is_watched_is_in_the_table_above() -> None:
    assert {name for name, *_ in EVENTS} == set(states.WATCHED)


CODES = sorted({*verdicts.LOGIN, *verdicts.REFUSED, 444, 599})


@pytest.mark.parametrize("code", CODES)
def test_a_code_neonize_cannot_hand_over_is_read_off_the_log(code: int) -> None:
    overheard = Overheard()
    log = logging.getLogger("whatsmeow.Client")
    log.warning('Unknown connect failure: <failure location="rva" reason="%s" />', code)
    error = RuntimeError("proto: required field neonize.ConnectFailure.Reason not set")
    assert overheard.verdict_on(error) == verdicts.of_login(code)
    log.removeHandler(overheard)


@pytest.mark.parametrize("code", [*verdicts.BANS, 105, 999])
def test_a_ban_nobody_knows_is_a_ban(code: int) -> None:
    overheard = Overheard()
    log = logging.getLogger("whatsmeow.Client")
    log.warning('Temporary ban connect failure: <failure code="%s" expire="60" reason="402"/>', code)
    found = overheard.verdict_on(RuntimeError("proto: required field neonize.TemporaryBan.Code not set"))
    assert (found.state, found.reason) == ("banned", verdicts.BANS.get(code, "banned"))
    assert found.until is not None
    log.removeHandler(overheard)


def test_without_a_log_line_it_is_refused_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "LOG_SECONDS", 0.0)
    overheard = Overheard()
    refused = overheard.verdict_on(RuntimeError("required field neonize.ConnectFailure.Reason not set"))
    assert refused == ConnectionChanged(State.CONNECTING, "login_refused")
    banned = overheard.verdict_on(RuntimeError("required field neonize.TemporaryBan.Code not set"))
    assert banned == ConnectionChanged(State.BANNED, "banned")
    logging.getLogger("whatsmeow.Client").removeHandler(overheard)


@pytest.mark.parametrize(
    ("said", "state", "why"),
    [
        ("invalid device identity HMAC in pair success message", "unpaired", "pairing_mismatch"),
        ("invalid device signature in pair success message", "unpaired", "pairing_mismatch"),
        ("failed to send pairing confirmation: websocket not connected", "unpaired", "pairing_cut"),
        ("failed to save device store: disk I/O error", "unpaired", "session_unwritable"),
        ("err-client-outdated", "outdated", "needs_upgrade"),
        ("err-scanned-without-multidevice", "unpaired", "phone_outdated"),
        ("passkey-request", "unpaired", "pairing_passkey"),
        ("something new", "unpaired", "pairing_failed"),
    ],
)
def test_linking_that_fails_says_why(said: str, state: str, why: str) -> None:
    found = verdicts.of_pairing(said)
    assert (found.state, found.reason) == (state, why)


def everything() -> list[ConnectionChanged]:
    """All verdicts there are, and what is said of a link that was refused."""
    until = datetime.now(UTC) + timedelta(hours=1)
    changes = [verdicts.of_login(code) for code in CODES] + [verdicts.of_login(0)]
    bans = [replace(verdicts.of_ban(code, 0), until=until) for code in (*verdicts.BANS, 105)]
    links = [verdicts.of_pairing(said) for said in (*verdicts.PAIRING, "?")]
    others = [
        ConnectionChanged(State(state), why)
        for *_, state, why in EVENTS
        if state not in ("connected", "banned")
    ]
    untold = [
        ConnectionChanged(State.LOGGED_OUT, f"{why}:untold")
        for why in ("other_number", "number_already_linked")
    ]
    ended = [verdicts.of_ban(101, 0), replace(verdicts.of_ban(101, 0), until=datetime.now(UTC))]
    kicked = [ConnectionChanged(State.CONNECTING, "kicked")]
    return [*changes, *bans, *links, *others, *untold, *ended, *kicked]


@pytest.mark.parametrize("change", everything(), ids=lambda change: f"{change.state}-{change.reason}")
def test_every_verdict_is_a_sentence_in_three_languages(change: ConnectionChanged) -> None:
    """A number stands only beside words; nobody reads a code of ours."""
    row = device(state=change.state.value, state_reason=change.reason, state_until=change.until)
    code, _, about = change.reason.partition(":")
    assert code in reasons.REASONS
    said = []
    for language in i18n.LOCALES:
        with i18n.reading_as(i18n.Reader(language)):
            said.append(words.sentence(row))
    assert len(set(said)) == 3, "a language is missing"
    assert all(len(sentence) > 30 and code not in sentence and "%(" not in sentence for sentence in said)
    if about.isdigit():
        assert all(f"{about})" in sentence for sentence in said)


class Line:
    """What a Standing reports."""

    def __init__(self, is_linked: bool = True) -> None:
        self.told: list[ConnectionChanged] = []
        self.standing = Standing(is_linked, self.told.append)

    def hear(self, *names: str, **values: Any) -> None:
        for name in names:
            self.standing.hear(name, event(name.removesuffix("Ev"), **values))

    @property
    def last(self) -> tuple[str, str]:
        return self.told[-1].state.value, self.told[-1].reason


def test_a_refused_login_ends_the_process_and_what_follows_does_not_hide_it() -> None:
    line = Line()
    line.hear("ConnectFailureEv", Reason=reason("GENERIC"))
    line.hear("DisconnectedEv")
    assert line.last == ("connecting", "login_refused:400")
    assert line.standing.over


def test_a_connection_that_is_ended_at_once_three_times_is_not_begun_a_fourth() -> None:
    line = Line()
    for _ in range(2):
        line.hear("ConnectedEv", "DisconnectedEv")
        assert not line.standing.over
    line.hear("ConnectedEv")
    line.hear("StreamErrorEv", Code="500")
    assert (line.last, line.standing.over) == (("connecting", "kicked"), True)


def test_what_whatsapp_gave_as_a_reason_is_not_hidden_by_the_end_of_the_line() -> None:
    line = Line()
    line.hear("ConnectedEv")
    line.hear("StreamErrorEv", Code="516")
    line.hear("DisconnectedEv")
    assert line.last == ("reconnecting", "stream_error:516")


def test_a_connection_that_is_none_and_says_nothing_is_noticed() -> None:
    class Client:
        is_connected = is_logged_in = True

    line, client = Line(), Client()
    line.hear("ConnectedEv")
    line.standing.look(client)
    client.is_logged_in = False
    line.standing.look(client)
    assert not line.standing.over, "whatsmeow connects again by itself within a moment, as after a 515"
    line.standing.look(client)
    assert (line.last, line.standing.over) == (("reconnecting", "connection_lost"), True)


def test_while_it_is_being_linked_a_refusal_ends_the_linking_and_a_lost_line_is_told_elsewhere() -> None:
    line = Line(is_linked=False)
    line.hear("DisconnectedEv")
    assert line.told == []
    line.hear("ConnectFailureEv", Reason=reason("GENERIC"))
    assert line.last == ("unpaired", "login_refused:400")


@pytest.mark.parametrize("state", [state for state in State if state in states.FINAL])
def test_what_ends_a_number_here_ends_it_in_the_row(state: State) -> None:
    assert state in reports.FINAL


def test_within_a_minute_it_is_tried_again_or_a_person_is_told_what_to_do() -> None:
    """With the waits of production: the next try, its start-up included, or an alarm with a sentence and a time."""
    start_up, longest = 5.0, tries.JITTER[1]
    for reason, waits in (("login_refused:400", tries.REFUSED_SECONDS), ("no_network", tries.QUICK_SECONDS)):
        assert tries.wait_after(len(waits), reason) <= waits[-1] * longest
        for number, wait in enumerate(waits, 1):
            later = datetime.now(UTC) + timedelta(seconds=wait)
            row = device(
                state="connecting", state_at=FRIDAY, state_reason=reason, tries=number, retry_at=later
            )
            is_soon = wait * longest + start_up <= 60
            assert is_soon or alarm_of(row, HOURS, FRIDAY) == "not_connected", (reason, number)
            assert "The next try is at" in words.retry_sentence(row)
    assert supervisors.HOPELESS_SECONDS + start_up <= 60
    dialling = takewhile(lambda n: n * (n + 1) <= supervisors.DIALLING_SECONDS, count(1))
    assert max(2 * n for n in dialling) <= 60, "whatsmeow waits two seconds longer each time"
