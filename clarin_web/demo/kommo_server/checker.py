"""What no client may do to a Kommo. `Checker(server).verify()` fails with the requests that did it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clarin_web.demo.kommo_server.seen import Seen, peak

if TYPE_CHECKING:
    from clarin_web.demo.kommo_server.server import KommoServer

ALLOWED_WRITES = re.compile(r"(POST|DELETE) /api/v4/webhooks|POST /oauth2/access_token")
MAX_LIMIT = re.compile(r"[?&]limit=(\d+)")


class Broken(AssertionError):
    """A client broke a rule of Kommo's."""


class Checker:
    """Over one server or several that one address talks to. `rate` is the configured one, not Kommo's."""

    def __init__(self, *servers: KommoServer, rate: float | None = None) -> None:
        self.servers = servers
        self.rate = rate if rate is not None else min(server.faults.rate for server in servers)

    @property
    def seen(self) -> list[Seen]:
        return sorted((one for server in self.servers for one in server.seen), key=lambda one: one.at)

    def verify(self) -> None:
        """Raise Broken when anything below is found."""
        if found := self.broken():
            raise Broken("\n".join(found))

    def broken(self) -> list[str]:
        """Every rule that was broken, one sentence each."""
        found = [*self.foreign(), *self.writes(), *self.greedy(), *self.stubborn()]
        if self.peak() > self.rate:
            found.append(f"{self.peak()} requests in one second, allowed are {self.rate:g}")
        return found

    def peak(self, window: float = 1.0) -> int:
        """The most requests in any sliding second, over all servers; those to a trap count too."""
        return peak(self.seen, window)

    def foreign(self) -> list[str]:
        """Requests to a host that an answer named, or that carry another host's name."""
        hosts = {host for server in self.servers for host in (server.host, *server.names)}
        return [
            f"foreign host {one.host}: {one.method} {one.target}"
            for one in self.seen
            if one.is_foreign or one.host not in hosts
        ]

    def writes(self) -> list[str]:
        return [
            f"write: {one.method} {one.path}"
            for one in self.seen
            if one.method not in ("GET", "HEAD") and not ALLOWED_WRITES.fullmatch(f"{one.method} {one.path}")
        ]

    def greedy(self) -> list[str]:
        """Pages over 250, or over 100 events: Kommo cuts them silently."""
        found = []
        for one in self.seen:
            limit = MAX_LIMIT.search(one.target)
            most = 100 if one.path == "/api/v4/events" else 250
            if limit and int(limit[1]) > most:
                found.append(f"limit over {most}: {one.target}")
        return found

    def stubborn(self) -> list[str]:
        """Requests sent on while the caller was blocked: each makes the block longer."""
        blocked = [one for one in self.seen if one.status == 403 and one.is_blocked]
        return [f"{len(blocked)} requests answered by the block page"] if len(blocked) > 1 else []
