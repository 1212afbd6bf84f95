"""What a number risks today, in figures: how old it is, whom it wrote to first, who answered, what was refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.devices import governing, governor
from clarin_web.devices.queries.figures import reached_out_today, unanswered
from clarin_web.models import Account, Device

# What WhatsApp holds against the number; a wrong phone, a file or a bad hour of its servers is nothing of that.
MINDED = ("restricted", "capped", "not_allowed", "too_often", "refused")
NEARLY = 0.8
LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Risk:
    """`step`: how many a day may be written to first who never wrote to it, while it is young."""

    days: int
    step: int | None
    limits: governor.Limits
    today: dict[str, int]
    unanswered: int
    quiet_until: datetime | None
    refused: int
    minded: bool  # restricted, or stopped by what WhatsApp did

    @property
    def strangers_today(self) -> int:
        return sum(self.today.get(who, 0) for who in governor.NEVER_WROTE)

    @property
    def strangers_most(self) -> int | None:
        """How many of them a day, by its age and by its own limits; None is no limit."""
        own = [most for who in governor.NEVER_WROTE if (most := self.limits.daily[who]) is not None]
        mosts = [sum(own)] if len(own) == len(governor.NEVER_WROTE) else []
        return min([*mosts, *([] if self.step is None else [self.step])], default=None)

    @property
    def level(self) -> str:
        """high: WhatsApp has objected. medium: close to a limit."""
        if self.minded or self.refused:
            return "high"
        most, silence = self.strangers_most, self.limits.unanswered
        many = most is not None and self.strangers_today >= max(1, NEARLY * most)
        silent = silence is not None and self.unanswered >= max(1, NEARLY * silence)
        return "medium" if many or silent else "low"


def risk_of(account_id: int, device_id: int, not_sent: Iterable[Any]) -> Risk:
    """Of now; a removed number too. `not_sent`: the messages that lately were not."""
    now = datetime.now(UTC)
    row = execute(
        select(*Device.__table__.c, Account.time_zone)
        .join(Account, Account.id == Device.account_id)
        .where(Device.account_id == account_id, Device.id == device_id)
    ).one()
    limits, age = governing.limits_of(row), now - (row.first_linked_at or now)
    restricted = bool(row.cold_paused_until and row.cold_paused_until > now)
    return Risk(
        age.days,
        governor.warm_up(age),
        limits,
        reached_out_today(account_id, device_id, governor.midnight_before(limits.zone, now)),
        unanswered(account_id, device_id),
        governor.end_of_quiet(limits, now),
        sum(_is_refusal(message, now) for message in not_sent),
        restricted or row.paused_reason in ("banned", "failures"),
    )


def _is_refusal(message: Any, now: datetime) -> bool:
    is_minded = message.state == "failed" and message.failure.partition(":")[0] in MINDED
    return is_minded and now - message.created_at < LATELY
