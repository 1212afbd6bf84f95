"""One pace for all calls of this installation, whatever the process or account: evenly spaced, never a burst.

Kommo counts 7 requests a second per address and blocks addresses that go on after a 429. Every call passes the
machine's own file (pace.py) and then Redis, which several machines share and where a call counts until it was really
sent. While Redis is away the file alone keeps a part of the rate. A 429 silences its host and slows everybody; a block
stops every host of the site.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import redis
import structlog

from clarin_web.kommo import limiter_scripts as scripts
from clarin_web.kommo.errors import Blocked, KommoError, RateLimited, Resting
from clarin_web.kommo.pace import FilePace, ProcessPace

log = structlog.get_logger()
MAX_WAIT = 10.0
PATIENCE = 120.0
# Web and jobs may run where they share neither file nor Redis: two places at half the rate are the rate.
PLACES = 2
AWAY_FOR = 5.0
ON_THE_WAY = "kommo:pace:sent"
BLOCKED_FOR = 900.0
COURTESY = 0.005


@dataclass(frozen=True, slots=True)
class Target:
    """Who is asked: `host` for silences, `site` for blocks (all of Kommo's hosts are one), `breaker` per connection."""

    host: str = ""
    site: str = ""
    breaker: str = ""
    hurried: bool = False  # a person waits: no courtesy to the jobs


@dataclass
class _Call:
    """One call that waits. What the file granted once is not asked of it again, while Redis is there."""

    name: str
    passed_file: bool = False
    passed_redis: bool = False


@dataclass
class Limiter:
    """`wait()` before each call, `sent()` when it left; then tell how it went. A wait over MAX_WAIT is raised."""

    connection: redis.Redis | None
    rate: float
    host: str = ""
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    target: Target = field(default_factory=Target)
    file: FilePace | None = None

    def __post_init__(self) -> None:
        if self.host:
            self.target = Target(host=self.host, site=self.target.site or self.host)
        self._pace: FilePace | ProcessPace = self.file or ProcessPace()
        self._away_until = self._quiet_until = 0.0
        self._quiet_why = "silent"
        self._should_tell = False
        self._unsent: set[str] = set()

    def wait(self) -> str:
        """Return when it is this call's turn: its name, for `sent()`."""
        waited, call = 0.0, _Call(secrets.token_hex(6))
        while True:
            left, why = self._ask(call)
            if not left:
                if call.passed_redis:
                    self._unsent.add(call.name)
                return call.name
            if left > MAX_WAIT or waited + left > PATIENCE:
                raise _refusal(left, why)
            # Jobs wake a hair later than people, who thus win the race for the turn.
            self.sleep(left + (0.0 if self.target.hurried else random.random() * COURTESY))  # noqa: S311
            waited += left

    def sent(self, name: str) -> None:
        """The call left now, or never will. Told late it only slows us down; the first telling counts."""
        if name in self._unsent:
            self._unsent.discard(name)
            self._tell(scripts.SENT, (ON_THE_WAY,), name, self.rate)

    def silence(self, seconds: float) -> float:
        """A 429: no call to this host for as long as asked, or longer. Answers how long."""
        keys = (self._key("silent"), "kommo:pace:slow", self._key("strikes"))
        found = self._tell(scripts.SILENCE, keys, int(seconds * 1000), self.rate)
        return self._be_quiet(seconds if found is None else found / 1000, "silent")

    def block(self) -> float:
        """A 403 as HTML: no call to any host of the site; later one tries. Answers how long."""
        found = self._tell(scripts.BLOCK, (self._site_key(),))
        return self._be_quiet(BLOCKED_FOR if found is None else found / 1000, "blocked")

    def failed(self) -> None:
        """A transient failure; enough of them in a row open the connection's breaker."""
        if self.target.breaker:
            self._tell(scripts.FAILED, (self._breaker_key(),))
            self._should_tell = True

    def succeeded(self) -> None:
        """Whoever answered is well again. Costs nothing unless there was something to forget."""
        if self._should_tell and self.connection is not None:
            self._should_tell = False
            try:
                self.connection.delete(self._breaker_key(), self._site_key())
            except redis.RedisError as error:
                self._gone(error)

    def _ask(self, call: _Call) -> tuple[float, str]:
        now = self.clock()
        if self._quiet_until > now:
            return self._quiet_until - now, self._quiet_why
        has_redis = self.connection is not None and now >= self._away_until
        if not (call.passed_file and has_redis):
            try:
                rate = self.rate if has_redis else self.rate / PLACES
                left = self._pace.ask(now, rate, is_alone=not has_redis)
            except OSError as error:
                log.warning("kommo pace cannot be kept", error=type(error).__name__)
                return MAX_WAIT * 3, "pace"
            call.passed_file = not left
            if left or not has_redis:
                return left, "pace"
        return self._ask_redis(self.connection, call)

    def _ask_redis(self, connection: redis.Redis | None, call: _Call) -> tuple[float, str]:
        keys = (
            "kommo:pace:next",
            self._key("silent"),
            self._site_key(),
            "kommo:pace:slow",
            self._breaker_key(),
            bucket(time.time()),
            ON_THE_WAY,
        )
        try:
            found = connection.eval(scripts.ASK, len(keys), *keys, self.rate, call.name)  # type: ignore[union-attr]
        except redis.RedisError as error:
            self._gone(error)
            call.passed_file = False
            # What is on its way arrives meanwhile; and then at the file's slower pace.
            return max(1.0, 1 / self.rate), "pace"
        left, why, should_tell = found  # type: ignore[misc]
        call.passed_redis = not left
        self._should_tell = self._should_tell or bool(should_tell)
        return int(left) / 1_000_000, why.decode() if isinstance(why, bytes) else str(why)

    def _be_quiet(self, seconds: float, why: str) -> float:
        self._quiet_until, self._quiet_why = max(self._quiet_until, self.clock() + seconds), why
        return seconds

    def _tell(self, script: str, keys: tuple[str, ...], *arguments: float | str) -> int | None:
        if self.connection is None:
            return None
        try:
            return int(self.connection.eval(script, len(keys), *keys, *arguments))  # type: ignore[arg-type]
        except redis.RedisError as error:
            self._gone(error)
            return None

    def _gone(self, error: redis.RedisError) -> None:
        log.warning("kommo pace is kept locally", error=type(error).__name__)
        self._away_until = self.clock() + AWAY_FOR

    def _key(self, name: str) -> str:
        return f"kommo:pace:{name}:{self.target.host}"

    def _site_key(self) -> str:
        return f"kommo:pace:blocked:{self.target.site}"

    def _breaker_key(self) -> str:
        return f"kommo:pace:breaker:{self.target.breaker}"


def bucket(at: float) -> str:
    """The key that counts the calls of ten seconds."""
    return f"kommo:pace:used:{int(at // 10)}"


def _refusal(left: float, why: str) -> KommoError:
    if why == "blocked":
        return Blocked("our own pace", left)
    if why == "open":
        return Resting(left, "too many failures in a row")
    return RateLimited(left, "our own pace")
