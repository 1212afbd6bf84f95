"""Everything that is not a page: `python worker.py jobs` (queues and their clock) and `python worker.py devices`.

`work`, `files` and `device` are the processes those two start; nobody types them.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import structlog

if TYPE_CHECKING:
    from flask import Flask


# What is done again and again, by whom: each looks for accounts with something due. Rows are the truth: a
# missed round is made up by the next.
CLOCK = (
    (0.5, "clarin_web.kommo.webhooks.jobs:tick"),
    (1.0, "clarin_web.kommo.jobs:tick"),
    (5.0, "clarin_web.chats.jobs:sweep"),
    (3.0, "clarin_web.devices.downloads:look"),
    (60.0, "clarin_web.media.jobs:sweep"),
    (300.0, "clarin_web.chats.jobs:end_waiting"),
    (20.0, "clarin_web.devices.watching:look"),
    (60.0, "clarin_web.kommo.webhooks.jobs:look_after"),
    (3600.0, "clarin_web.devices.forgetting:forget_heard"),
)
STOP_SECONDS = 25  # compose.yaml and ./dev run wait a little longer for all of it
log = structlog.get_logger()
WORKERS = (("work", "chats"), ("work", "kommo-hints", "kommo"), ("files",))


def jobs(_: argparse.Namespace) -> None:
    """A process per group of queues, one that fetches files, and the clock in this one."""
    _application()
    _refuse_unsafe_database()
    stopping = threading.Event()
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, lambda *_: stopping.set())
    running: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}
    due = {name: 0.0 for _every, name in CLOCK}
    while not stopping.is_set():
        for words in WORKERS:
            if words not in running or running[words].poll() is not None:
                running[words] = _start_worker(words)
        _tick(due)
        stopping.wait(0.5)
    _stop(running)


def _start_worker(words: tuple[str, ...]) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(Path(__file__).resolve()), *words, "--parent", str(os.getpid())]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def _tick(due: dict[str, float]) -> None:
    """One that fails is reported and does not stop the others, nor the clock. While the database is away all rest."""
    from clarin_web.db import is_away, release
    from clarin_web.jobs import database_outage

    if database_outage.is_on and not _is_database_back():
        return
    for every, name in CLOCK:
        if time.monotonic() < due[name]:
            continue
        due[name] = time.monotonic() + every
        module, _, function = name.partition(":")
        try:
            getattr(importlib.import_module(module), function)()
        except Exception as error:
            if is_away(error):
                database_outage.began(error, job=name)
            else:
                log.exception("clock", job=name)
        finally:
            release()


def _is_database_back() -> bool:
    """Asked, not inferred: a job that went well may not have needed it."""
    from sqlalchemy import text

    from clarin_web.db import execute, is_away, release
    from clarin_web.jobs import database_outage

    try:
        execute(text("SELECT 1"))
    except Exception as error:
        if not is_away(error):
            raise
        return False
    finally:
        release()
    database_outage.over()
    return True


def _stop(running: dict[tuple[str, ...], subprocess.Popen[bytes]]) -> None:
    """Each ends what it began at its next safe place. Killed at last, rows say what is still to do."""
    for process in running.values():
        process.terminate()
    began, said = time.monotonic(), 0.0
    while busy := [" ".join(words) for words, process in running.items() if process.poll() is None]:
        waited = time.monotonic() - began
        if waited > STOP_SECONDS:
            log.warning("not done in time: killed", workers=", ".join(busy), seconds=STOP_SECONDS)
            break
        if waited > said + 2:
            said = waited
            log.info("stopping: waiting for what was begun", workers=", ".join(busy), at_most=STOP_SECONDS)
        time.sleep(0.05)
    for process in running.values():
        process.kill()
        process.wait()


def work(arguments: argparse.Namespace) -> None:
    """An RQ worker that does not fork: a message is processed milliseconds after it arrived."""
    from clarin_web.devices.child import die_with_parent
    from clarin_web.jobs import quieten_rq

    die_with_parent(arguments.parent)
    quieten_rq()
    with _application().app_context():
        _refuse_unsafe_database()
        _work_on(arguments.queues)


def files(arguments: argparse.Namespace) -> None:
    """Fetches what customers sent, on threads; its jobs only say whose. Between them it looks at what came and draws
    the small pictures, one at a time. It loads no application."""
    from clarin_web.devices import downloads
    from clarin_web.devices.child import die_with_parent
    from clarin_web.devices.relaying import relay
    from clarin_web.events import subscribe
    from clarin_web.jobs import quieten_rq
    from clarin_web.lib.logs import configure_logging
    from clarin_web.media.storage import forget_scratch

    die_with_parent(arguments.parent)
    configure_logging(to_stderr=True)
    quieten_rq()
    subscribe(downloads.HERE, otherwise=[relay])
    _refuse_unsafe_database()
    forget_scratch()
    _work_on(["files", "pictures"])  # whose turn it is to fetch is said before the next is drawn
    downloads.let_go()


def _work_on(queues: list[str]) -> None:
    """Until asked to end, be it while Redis is away: RQ's handler is still the one that hears it."""
    from rq.exceptions import StopRequested

    with suppress(StopRequested):
        while not _work(queues):
            time.sleep(1)


def _work(queues: list[str]) -> bool:
    """True when asked to end; False when Redis went away, which is no reason to load everything again."""
    import redis
    from rq.exceptions import StopRequested
    from rq.serializers import JSONSerializer

    from clarin_web.jobs import Worker, redis_outage, worker_connection

    name = f"{queues[0]}-{os.getpid()}-{time.time():.3f}"
    try:
        worker = Worker(queues, name=name, connection=worker_connection(), serializer=JSONSerializer)
        worker.work(logging_level="WARNING", with_scheduler=False)
    except StopRequested:
        return True
    except redis.RedisError as error:
        redis_outage.began(error)
        return False
    return True


def _application() -> Flask:
    """Without the check of its own: a worker waits for a database that is away, where the web ends and is restarted."""
    from clarin_web.app import create_app

    return create_app(check=False, commands=False)


def _refuse_unsafe_database() -> None:
    """As the web does: nothing is read or written where accounts are not kept apart. A device's process is started
    by a supervisor that has looked."""
    from clarin_web.accounts.tenancy import UnsafeDatabase, check_tenancy
    from clarin_web.db import is_away
    from clarin_web.jobs import database_outage

    while True:
        try:
            check_tenancy()
            return database_outage.over()
        except UnsafeDatabase as refusal:
            sys.exit(f"clarin: {refusal}")
        except Exception as error:
            if not is_away(error):
                raise
            database_outage.began(error)
            time.sleep(1)


def devices(_: argparse.Namespace) -> None:
    """The supervisor needs no Flask: it stays small and starts at once."""
    from clarin_web.devices import proxies
    from clarin_web.devices.relaying import HERE, relay
    from clarin_web.devices.supervisor import Supervisor
    from clarin_web.events import subscribe
    from clarin_web.lib.logs import configure_logging

    configure_logging(to_stderr=True)
    proxies.of_installation()
    subscribe(HERE, otherwise=[relay])
    _refuse_unsafe_database()
    Supervisor().run()


def device(arguments: argparse.Namespace) -> None:
    """One WhatsApp number. There is such a process for each: it draws nothing, so it loads no application."""
    from clarin_web.devices import child
    from clarin_web.devices.relaying import HERE, relay
    from clarin_web.events import subscribe
    from clarin_web.lib.logs import configure_logging

    configure_logging(to_stderr=True)
    subscribe(HERE, otherwise=[relay])
    child.main(arguments.account, arguments.device, arguments.parent)


def main() -> None:
    from clarin_web.config import ConfigError

    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("jobs").set_defaults(run=jobs)
    commands.add_parser("devices").set_defaults(run=devices)
    one = commands.add_parser("device")
    one.add_argument("--account", type=int, required=True)
    one.add_argument("--device", type=int, required=True)
    some = commands.add_parser("work")
    some.add_argument("queues", nargs="+")
    fetching = commands.add_parser("files")
    for command in (one, some, fetching):
        command.add_argument("--parent", type=int, default=os.getppid())
    one.set_defaults(run=device)
    some.set_defaults(run=work)
    fetching.set_defaults(run=files)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except ConfigError as refusal:
        sys.exit(f"clarin: {refusal}")
    _leave()


def _leave() -> NoReturn:
    """Nothing is open any more. Python would take all it loaded apart first: most of a second of every stop."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
