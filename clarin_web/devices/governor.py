"""How fast a number may write first: pure decisions. `governing` reads the situation and keeps what was decided.

WhatsApp blocks numbers that write to many people who do not answer. An answer to somebody who is talking with us is
free; writing to somebody who is not is an outreach: spaced out, counted per day by who they are to us, not at night.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

TALKING = timedelta(hours=24)
# Of the device's pace: who answered us before hardly counts against a number.
SHARE = {"answered": 0.2, "known": 0.5, "cold": 1.0}
RELATIONSHIPS = tuple(SHARE)
JITTER = (0.6, 1.4)


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


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known about one chat at the moment its next message could leave."""

    relationship: str
    talking: bool  # they wrote, or we reached out, within TALKING; or it is a group
    today: int  # outreaches to people like them since the account's midnight
    last_at: datetime | None = None  # the device's last outreach, whoever it was to
    last_id: int = 0


def decide(limits: Limits, case: Situation, now: datetime) -> Hold | None:
    """None: go. The strongest reason wins, and its time is when it ends."""
    if case.talking:
        return None
    if until := _end_of_quiet(limits, now):
        return Hold("quiet_hours", until)
    most = limits.daily[case.relationship]
    if most is not None and case.today >= most:
        midnight = _midnight_after(limits, now)
        return Hold("daily_budget", _end_of_quiet(limits, midnight) or midnight)
    if case.last_at is not None and (until := case.last_at + _gap(limits, case)) > now:
        return Hold("pace", until)
    return None


def relationship(has_written: bool, is_known: bool) -> str:
    """answered: ever wrote here. known: a lead, or we wrote before. cold: neither."""
    return "answered" if has_written else "known" if is_known else "cold"


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


def _end_of_quiet(limits: Limits, now: datetime) -> datetime | None:
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
    return datetime.combine(day, end, limits.zone)
