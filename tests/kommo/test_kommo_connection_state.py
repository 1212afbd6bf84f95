"""What a connection is said to be: "up to date" only while it is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clarin_web.kommo.connection_state import EVERY, SLACK_SECONDS, every_seconds, read_state, read_state_of

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ERRORS = ("", "no_rights", "not_found", "server_error", "truncated", "failed")


@dataclass
class Stream:
    name: str
    phase: str = "live"
    error: str = ""
    last_success_at: datetime | None = NOW
    rows_done: int = 0


@dataclass
class Connection:
    state: str = "live"
    error: str = ""
    created_at: datetime = NOW - timedelta(days=30)


def streams(**changed):
    return [Stream(name, **changed.get(name, {})) for name in EVERY]


AGES = st.none() | st.integers(0, 2 * 604_800)
ONE = st.tuples(st.sampled_from(("live", "backfill")), st.sampled_from(ERRORS), AGES)


@given(
    st.sampled_from(("backfilling", "live", "paused", "refused", "unreachable")),
    st.sampled_from(("", "timeout", "rate_limited", "killed")),
    st.dictionaries(st.sampled_from(tuple(EVERY)), ONE, max_size=4),
)
def test_up_to_date_is_never_said_of_what_is_not(state, error, odd):
    rows = streams()
    for row in rows:
        phase, wrong, age = odd.get(row.name, ("live", "", 0))
        row.phase, row.error = phase, wrong
        row.last_success_at = None if age is None else NOW - timedelta(seconds=age)
    found = read_state(Connection(state, error), rows, NOW)
    if not found.is_up_to_date:
        return
    assert (error, state in ("paused", "refused", "unreachable")) == ("", False)
    for row in rows:
        assert (row.error, row.last_success_at is None) == ("", False)
        assert NOW - row.last_success_at <= timedelta(seconds=every_seconds(row) + SLACK_SECONDS)


def test_what_is_said_of_each_trouble():
    old = {"last_success_at": NOW - timedelta(hours=1)}
    assert read_state(Connection(), streams(), NOW).name == "live"
    assert read_state(Connection("backfilling"), streams(), NOW).name == "live", (
        "the rows say so, not the word"
    )
    assert read_state(Connection(), [], NOW).name == "backfilling"
    late = read_state(Connection(), streams(tasks=old), NOW)
    assert (late.name, late.late, late.late_seconds) == (
        "late",
        ("tasks",),
        3600 - EVERY["tasks"] - SLACK_SECONDS,
    )
    refused = read_state(
        Connection(), streams(leads={"error": "no_rights", "phase": "backfill"}, tasks=old), NOW
    )
    assert (refused.name, refused.unread, refused.late) == ("incomplete", ("leads",), ("tasks",))
    assert read_state(Connection(), streams(leads={"phase": "backfill"}), NOW).name == "backfilling"
    census = read_state(Connection(), streams(census=old), NOW)
    assert (census.name, census.late) == ("late", ("census",)), "two passes over nothing take half an hour"
    many = {"census": {**old, "rows_done": 100_000}}
    assert read_state(Connection(), streams(**many), NOW).name == "live"
    assert read_state(Connection("refused", "token_refused"), streams(), NOW).name == "refused"
    assert read_state(Connection("live", "rate_limited"), streams(), NOW).name == "unreachable"


def test_rows_read_as_json_are_the_same_state():
    rows = [
        {"name": name, "phase": "live", "error": "", "last_success_at": NOW.isoformat()} for name in EVERY
    ]
    rows[0]["error"] = "no_rights"
    told = {"state": "live", "error": "", "created_at": NOW.isoformat(), "streams": rows}
    assert read_state_of(told, NOW).unread == ("users",)
    assert read_state_of({**told, "streams": None}, NOW).name == "backfilling"
