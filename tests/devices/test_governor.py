"""How fast a number writes first: answers go at once; strangers are spaced out, counted, not disturbed at night."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clarin_web.devices.governor import WARM_UP, Hold, Limits, Situation, decide, end_of_quiet, warm_up

LIMA = ZoneInfo("America/Lima")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=LIMA)


def limits(**values: Any) -> Limits:
    daily = {"answered": None, "known": 2, "cold": 1}
    return Limits(
        **{"pace_seconds": 100, "daily": daily, "quiet_from": None, "quiet_to": None, "zone": LIMA} | values
    )


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 20, hour, minute, tzinfo=LIMA)


def test_who_is_talking_with_us_is_answered_at_once_whatever_the_limits() -> None:
    night = limits(quiet_from=time(0), quiet_to=time(23, 59))
    assert decide(night, Situation("cold", True, 99, NOON, 1), NOON) is None


@pytest.mark.parametrize(("who", "low", "high"), [("cold", 60, 140), ("known", 30, 70), ("answered", 12, 28)])
def test_strangers_wait_longer_and_never_the_same(who: str, low: int, high: int) -> None:
    waits = []
    for last_id in range(1, 200):
        hold = decide(limits(), Situation(who, False, 0, NOON, last_id), NOON)
        assert hold
        assert hold.until
        waits.append((hold.until - NOON).total_seconds())
        assert decide(limits(), Situation(who, False, 0, NOON, last_id), hold.until) is None, "then it may go"
    assert low <= min(waits) < max(waits) <= high
    assert len(set(waits)) > 100


@pytest.mark.parametrize(
    ("begin", "end", "now", "until"),
    [
        (time(21), time(8), at(22), datetime(2026, 11, 21, 8, tzinfo=LIMA)),
        (time(21), time(8), at(7, 59), at(8)),
        (time(21), time(8), at(8), None),
        (time(21), time(8), at(20, 59), None),
        (time(13), time(15), at(14), at(15)),
        (time(13), time(15), at(15), None),
    ],
)
def test_quiet_hours_are_the_accounts_and_may_pass_midnight(
    begin: time, end: time, now: datetime, until: datetime | None
) -> None:
    hold = decide(
        limits(quiet_from=begin, quiet_to=end), Situation("answered", False, 0), now.astimezone(UTC)
    )
    assert hold == (Hold("quiet_hours", until) if until else None)


def test_a_day_has_so_many_strangers_and_the_next_one_begins_at_the_accounts_midnight() -> None:
    assert decide(limits(), Situation("cold", False, 0), NOON) is None
    hold = decide(limits(), Situation("cold", False, 1), NOON)
    assert hold == Hold("daily_budget", datetime(2026, 11, 21, tzinfo=LIMA))
    early = limits(quiet_from=time(21), quiet_to=time(8))
    assert decide(early, Situation("cold", False, 1), NOON) == Hold(
        "daily_budget", datetime(2026, 11, 21, 8, tzinfo=LIMA)
    )
    assert decide(limits(daily={"cold": None}), Situation("cold", False, 10_000), NOON) is None


def test_a_new_number_reaches_a_few_strangers_a_day_and_more_each_week_until_its_own_limit_holds() -> None:
    steps = [warm_up(timedelta(days=days, hours=1)) for days in range(30)]
    assert steps[0] == 3
    assert [step for step in steps if step is not None] == sorted(step for step in steps if step is not None)
    assert steps[28:] == [None, None]
    free = limits(daily={"answered": None, "known": None, "cold": None})
    for age, people in WARM_UP:
        young = age - timedelta(hours=1)
        for who in ("cold", "known"):
            assert decide(free, Situation(who, False, 0, age=young, strangers_today=people - 1), NOON) is None
            assert decide(free, Situation(who, False, 0, age=young, strangers_today=people), NOON) == Hold(
                "warm_up", datetime(2026, 11, 21, tzinfo=LIMA)
            )
        assert decide(free, Situation("answered", False, 0, age=young, strangers_today=99), NOON) is None


def test_after_so_many_without_an_answer_nobody_new_is_written_to() -> None:
    capped = limits(unanswered=50)
    assert decide(capped, Situation("cold", False, 0, unanswered=49), NOON) is None
    held = decide(capped, Situation("cold", False, 0, unanswered=50), NOON)
    assert held
    assert held.reason == "unanswered"
    assert decide(capped, Situation("answered", False, 0, unanswered=999), NOON) is None
    assert decide(limits(unanswered=None), Situation("cold", False, 0, unanswered=999), NOON) is None


@pytest.mark.parametrize(
    ("zone", "begin", "end"),
    [("America/Santiago", time(23), time(23, 30)), ("America/Havana", time(22), time(0, 30)),
     ("America/Tijuana", time(21), time(1, 30)), ("Europe/Madrid", time(2, 15), time(2, 45))],
)  # fmt: skip
def test_an_hour_that_the_clock_shows_twice_or_never_ends_in_time_to_come(
    zone: str, begin: time, end: time
) -> None:
    there = limits(quiet_from=begin, quiet_to=end, zone=ZoneInfo(zone))
    for now in (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=10) * n for n in range(6 * 24 * 365)):
        if until := end_of_quiet(there, now):
            assert now < until.astimezone(UTC) <= now + timedelta(hours=25)
