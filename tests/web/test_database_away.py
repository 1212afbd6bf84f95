"""PostgreSQL stops under load, or kills one statement: a clean 503 in the reader's language, and one line in the log."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from simple_websocket import Client, ConnectionClosed, ConnectionError

from clarin_web.lib.ports import reserved
from clarin_web.local.home import ROOT
from clarin_web.local.processes import spawn, stop
from clarin_web.local.services import services
from tests.support.running import PATIENCE, WEB
from tests.support.world import SETTINGS

BUSY = ("/", "/leads", "/chats", "/leads/trash", "/devices", "/kommo", "/settings/sessions", "/chats/unread")
SENTENCE = "La base de datos no responde ahora."


@dataclass
class Installation:
    """A Clarin of its own, whose PostgreSQL may be stopped without harming other tests."""

    url: str
    owner_url: str
    postgres: object
    log: Path
    email: str
    password: str

    def person(self) -> httpx.Client:
        # A connection each time: gunicorn closes idle ones just when a slow test wants to use them.
        each = httpx.Limits(max_keepalive_connections=0)
        client = httpx.Client(base_url=self.url, headers={"Accept-Language": "es"}, timeout=60, limits=each)
        form = {"email": self.email, "password": self.password, "next": "/settings/profile"}
        assert client.post("/login", data=form, headers={"Origin": self.url}).status_code == 303
        return client

    def stop_postgres(self) -> None:
        self.postgres.process.send_signal(signal.SIGINT)  # type: ignore[attr-defined]  # a fast shutdown
        self.postgres.process.wait(120)  # type: ignore[attr-defined]

    def start_postgres(self) -> None:
        self.postgres.start()  # type: ignore[attr-defined]

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    place = tmp_path_factory.mktemp("away")
    place.chmod(0o711)
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
                patch.delenv(name, raising=False)
            found = stack.enter_context(services(place, throwaway=True))
        env = {**os.environ, **SETTINGS, **found.env, "CLARIN_STATE_DIR": str(place), "PYTHONPATH": str(ROOT)}
        run(env, "-m", "clarin_web.local.migrate")
        told = run(
            env,
            "-m",
            "flask",
            "--app",
            "wsgi",
            "create-account",
            "--name",
            "Andina",
            "--email",
            "ana@andina.test",
        )
        address, log = f"127.0.0.1:{reserved()}", place / "web.log"
        with open(log, "ab") as output:
            web = spawn(
                [sys.executable, *WEB, "--log-level", "warning", "-b", address, "wsgi:app"],
                stop=signal.SIGTERM, output=output, env=env, cwd=ROOT,
            )  # fmt: skip
        stack.callback(stop, web, PATIENCE)
        password = re.search(r"password\s+(\S+)", told)
        assert password
        made = Installation(
            f"http://{address}", found.env["DATABASE_OWNER_URL"].replace("+psycopg", ""), found.servers[0], log,
            "ana@andina.test", password[1],
        )  # fmt: skip
        eventually(lambda: is_healthy(made.url), "the web process answers")
        yield made


def run(env: dict[str, str], *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments], env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def eventually(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, f"still not so: {what}"
        time.sleep(0.05)


class Crowd:
    """People who ask for page after page until told to stop; `seen` counts the answers by status."""

    def __init__(self, people: list[httpx.Client]) -> None:
        self.people, self.seen, self.is_over = people, Counter[int](), False

    def browse(self, client: httpx.Client) -> None:
        while not self.is_over:
            for path in BUSY:
                wanted = {"HX-Request": "true"} if path == "/chats/unread" else {}
                self.seen[client.get(path, headers=wanted).status_code] += 1

    def wait_for(self, status: int, more: int) -> None:
        enough = self.seen[status] + more
        eventually(lambda: self.seen[status] >= enough, f"{more} more answers with {status}")


def test_stopped_under_load(installation: Installation) -> None:
    crowd = Crowd([installation.person() for _ in range(6)])
    with ThreadPoolExecutor(6) as pool:
        browsing = [pool.submit(crowd.browse, client) for client in crowd.people]
        try:
            for _round in range(3):
                crowd.wait_for(200, 20)
                installation.stop_postgres()
                crowd.wait_for(503, 20)
                check_refusals(crowd.people[0])
                installation.start_postgres()
            crowd.wait_for(200, 20)
        finally:
            crowd.is_over = True
        for one in browsing:
            one.result(60)

    assert set(crowd.seen) <= {200, 302, 303, 503}
    assert crowd.people[0].get("/leads").status_code == 200
    check_log(installation)


def check_log(installation: Installation) -> None:
    """A line per refusal, and none of them a traceback: those are for mistakes of ours."""
    said = installation.said()
    assert "Traceback" not in said
    assert "level=error" not in said


def check_refusals(client: httpx.Client) -> None:
    page = client.get("/leads")
    fragment = client.get("/leads", headers={"HX-Request": "true"})
    for answer in (page, fragment):
        assert answer.status_code == 503
        assert SENTENCE in answer.text
        assert int(answer.headers["Retry-After"]) > 0
    assert "<html" in page.text
    assert "<html" not in fragment.text


def test_a_statement_killed_in_mid_request(installation: Installation) -> None:
    client = installation.person()
    with psycopg.connect(installation.owner_url) as owner, ThreadPoolExecutor(1) as pool:
        owner.execute("LOCK TABLE lead IN ACCESS EXCLUSIVE MODE")
        waiting = pool.submit(client.get, "/leads")
        eventually(lambda: bool(kill_waiting(owner)), "the page's statement waits for our lock")
        answer = waiting.result(60)
        owner.rollback()
    assert answer.status_code == 503
    assert SENTENCE in answer.text
    assert client.get("/leads").status_code == 200
    check_log(installation)


def kill_waiting(owner: psycopg.Connection) -> list[object]:
    return owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
    ).fetchall()


def test_a_socket_during_the_outage_is_told_to_come_back(installation: Installation) -> None:
    """Not 4401: nobody is signed out because the database is away."""
    client = installation.person()
    cookie = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)
    headers = {"Cookie": cookie, "Origin": "http://127.0.0.1"}  # this client's Host header has no port
    address = installation.url.replace("http:", "ws:") + "/live"
    early = Client.connect(address, headers=headers)
    greeted(early)
    installation.stop_postgres()
    try:
        # Who may hear a chat is asked of the database; of leads a page's rights tell, until the next look at them.
        early.send('{"op": "sub", "topics": ["leads", "chat:1"]}')
        with pytest.raises(ConnectionClosed) as closed:
            while early.receive(90) is not None:
                pass
        with pytest.raises(ConnectionError, match="503"):
            Client.connect(address, headers=headers)
    finally:
        installation.start_postgres()
    assert closed.value.reason == 1012
    eventually(lambda: client.get("/leads").status_code == 200, "pages are served again")
    again = Client.connect(address, headers=headers)
    greeted(again)
    again.close()
    check_log(installation)


def greeted(page: Client) -> None:
    """Until the server's hello; a resync may come before it."""
    while "hello" not in str(page.receive(90)):
        pass
