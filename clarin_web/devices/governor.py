"""How fast a number may write first: pure decisions. `governing` reads the situation and keeps what was decided.

WhatsApp blocks numbers that write to many people who do not answer. An answer to somebody who is talking with us is
free; writing to somebody who is not is an outreach: spaced out, counted per day by who they are to us, not at night.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

TALKING = timedelta(hours=24)
LATE_ANSWER = timedelta(days=7)  # what they wrote so long ago is still answered, not written to first
# Of the device's pace: who answered us before hardly counts against a number.
SHARE = {"answered": 0.2, "known": 0.5, "cold": 1.0}
RELATIONSHIPS = tuple(SHARE)
NEVER_WROTE = ("known", "cold")  # to this number
NOBODY = "nobody"  # of an outreach that was refused: it reached none of them
JITTER = (0.6, 1.4)
# A number linked for less than that may reach so many people a day who never wrote to it; then its own limit holds.
WARM_UP = tuple(
    (timedelta(days=days), people) for days, people in ((1, 3), (3, 5), (7, 10), (14, 15), (21, 20), (28, 25))
)
UNANSWERED_DAYS = 30
HOLDS = ("quiet_hours", "daily_budget", "warm_up", "unanswered", "pace")
LOOK_AGAIN = timedelta(hours=1)
QUIET = time(21), time(8)  # what a new number begins with


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a message waits, and from when it may go; None: until somebody decides."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """A device's own; None means no limit."""

    pace_seconds: int
    daily: dict[str, int | None]
    quiet_from: time | None
    quiet_to: time | None
    zone: ZoneInfo
    unanswered: int | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known about one chat at the moment its next message could leave."""

    relationship: str
    talking: bool  # they wrote, or we reached out, within TALKING; or it is a group
    today: int  # outreaches to people like them since the account's midnight
    last_at: datetime | None = None  # the device's last outreach, whoever it was to
    last_id: int = 0
    age: timedelta | None = None  # since the number was first linked; None: long ago
    strangers_today: int = 0  # outreaches to people who never wrote to this number
    unanswered: int = 0  # people written to first in UNANSWERED_DAYS who have not answered


def decide(limits: Limits, case: Situation, now: datetime) -> Hold | None:
    """None: go. The strongest reason wins, and its time is when it ends."""
    if case.talking:
        return None
    if until := end_of_quiet(limits, now):
        return Hold("quiet_hours", until)
    most = limits.daily[case.relationship]
    if most is not None and case.today >= most:
        return Hold("daily_budget", _next_morning(limits, now))
    if case.relationship in NEVER_WROTE and (hold := _of_strangers(limits, case, now)):
        return hold
    if case.last_at is not None and (until := case.last_at + _gap(limits, case)) > now:
        return Hold("pace", until)
    return None


def relationship(has_written: bool, has_written_elsewhere: bool) -> str:
    """By who wrote to whom, not by our rows. answered: ever wrote to this number. known: only to another of ours, so
    that they know us but not this number. cold: never; a lead, an import or a message of ours nobody answered is that.
    """
    return "answered" if has_written else "known" if has_written_elsewhere else "cold"


def warm_up(age: timedelta | None) -> int | None:
    """How many people who never wrote to it a number of this age may reach a day; None: as many as its limit says."""
    return next((people for until, people in WARM_UP if age is not None and age < until), None)


def _of_strangers(limits: Limits, case: Situation, now: datetime) -> Hold | None:
    step = warm_up(case.age)
    if step is not None and case.strangers_today >= step:
        return Hold("warm_up", _next_morning(limits, now))
    if limits.unanswered is not None and case.unanswered >= limits.unanswered:
        return Hold("unanswered", now + LOOK_AGAIN)
    return None


def _gap(limits: Limits, case: Situation) -> timedelta:
    """The same for the same outreach, so that a message is not asked to wait anew each time it is looked at."""
    dice = random.Random(case.last_id)  # noqa: S311 -- a rhythm, not a secret
    return timedelta(seconds=limits.pace_seconds * SHARE[case.relationship] * dice.uniform(*JITTER))


def midnight_before(zone: ZoneInfo, now: datetime) -> datetime:
    """The account's today begins then (domain rule 15)."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def _midnight_after(limits: Limits, now: datetime) -> datetime:
    tomorrow = now.astimezone(limits.zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), limits.zone)


def _next_morning(limits: Limits, now: datetime) -> datetime:
    midnight = _midnight_after(limits, now)
    return end_of_quiet(limits, midnight) or midnight


def end_of_quiet(limits: Limits, now: datetime) -> datetime | None:
    """None outside the quiet hours, which may go past midnight."""
    begin, end = limits.quiet_from, limits.quiet_to
    if begin is None or end is None or begin == end:
        return None
    here = now.astimezone(limits.zone)
    clock = here.timetz().replace(tzinfo=None)
    quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    if not quiet:
        return None
    day = here.date() + timedelta(days=1 if clock >= end else 0)
    ends = datetime.combine(day, end, limits.zone)
    is_second_time = ends.astimezone(UTC) <= now.astimezone(UTC)  # of an hour that the clock shows twice
    return ends.replace(fold=1) if is_second_time else ends
