"""What a number's process does itself when it tells a fact, and how every other fact reaches a process with pages.

There is such a process for each number: Flask, the templates and the other features stay out of it. What follows from
a fact is still the one map of `subscriptions`; HERE repeats the lines of it that need none of those.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any, cast

import redis
import structlog

from clarin_web import events
from clarin_web.announcing import tell
from clarin_web.devices import broadcasts, jobs
from clarin_web.events import Actor, Fact, Handler
from clarin_web.jobs import enqueue, job
from clarin_web.live.publish import in_one_breath
from clarin_web.store import ForgedError, redis_connection, redis_outage, signed, verified

log = structlog.get_logger()
HERE: dict[type[Fact], list[Handler]] = {
    events.DeviceAlarmed: [broadcasts.alarm_changed],
    events.DeviceRecovered: [broadcasts.alarm_changed],
    events.DeviceChanged: [jobs.wake_supervisor, broadcasts.device_changed],
}
TELL = "clarin_web.devices.relaying.tell_relayed"
BURST = 5  # from here on open pages are told once, not for each fact
AT_ONCE = 100
LASTS = 60  # seconds: pages have long asked again by themselves


def relay(fact: Fact) -> None:
    """Listener: many facts are one job. Lost with Redis, pages show it when they ask again."""
    key, values = _key(fact.account_id), {"kind": type(fact).__name__, **asdict(fact)}
    try:
        pipeline = redis_connection().pipeline(transaction=False)
        pipeline.rpush(key, signed(key, json.dumps(values).encode()))
        pipeline.expire(key, LASTS)
        pipeline.execute()
    except redis.RedisError as error:
        redis_outage.began(error)
    else:
        enqueue("chats", TELL, fact.account_id, once=f"told-{fact.account_id}")


@job
def tell_relayed(account_id: int) -> None:
    """In the worker of chats: everything the account's numbers told since it was last asked."""
    while waiting := cast("list[bytes]", redis_connection().lpop(_key(account_id), AT_ONCE)):
        with in_one_breath() if len(waiting) >= BURST else nullcontext():
            for values in waiting:
                _tell(account_id, values)


def _tell(account_id: int, values: bytes) -> None:
    try:
        fact = _fact(json.loads(verified(_key(account_id), values)))
    except ForgedError:
        log.error("a fact that no number told was refused", account=account_id)
    else:
        tell(fact)


def _fact(values: dict[str, Any]) -> Fact:
    made: type[Fact] = getattr(events, values.pop("kind"))
    return made(**values | {"actor": Actor(**values["actor"])})


def _key(account_id: int) -> str:
    return f"clarin:told:{account_id}"
