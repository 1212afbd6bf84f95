"""What a customer is called, wrote, or was searched by stands in no log: not in ours, not in PostgreSQL's."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from clarin_web.announcing import tell
from clarin_web.contacts.actions import rename_contact
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.events import Actor, NamesChanged, subscribe
from clarin_web.jobs import Worker, queue, worker_connection
from clarin_web.lib.logs import configure_logging
from clarin_web.lib.tracebacks import Formatter, Wordless
from clarin_web.models import Contact, Tag
from clarin_web.subscriptions import SUBSCRIPTIONS
from tests.support.cast import PASSWORD, Person

CANARY = "Zebedeo Quispilla"
HIDDEN = ("zebedeo", "quispilla", "zq@nowhere.test")


def database_log() -> str:
    """PostgreSQL's, when it is ours to read."""
    logs = list(Path(os.environ["CLARIN_TEST_CLUSTER"]).glob("pg*.log"))
    return "".join(log.read_text(errors="replace") for log in logs)


def explode(*_: object, **__: object) -> None:
    raise ValueError(f"cannot do this with {CANARY}")


def break_the_database(*_: object, **__: object) -> None:
    """A constraint that repeats the row, a value that repeats itself, and the whole row with a check."""
    execute(text("SELECT CAST(:name AS integer)"), {"name": CANARY})


def test_a_whole_visit_with_everything_going_wrong(
    app: Flask,
    ana: Person,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visit(app, ana, monkeypatch)
    said = "".join(capfd.readouterr()) + "\n".join(map(Formatter().format, caplog.records)) + database_log()
    assert "ValueError" in said, "what happened is said"
    found = re.findall(r"UniqueViolation \(.*?\)", said)
    assert found[:1] == ["UniqueViolation (23505 uq_tag_account_id_name_key)"], (
        "and of the database what it is about"
    )
    assert [word for word in HIDDEN if word in said.lower()] == []


def visit(app: Flask, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    app.test_client().post("/login", data={"email": "zq@nowhere.test", "password": CANARY})
    app.test_client().post("/login", data={"email": CANARY, "password": PASSWORD})
    ana.get("/leads", query_string={"q": CANARY})
    ana.get("/inbox", query_string={"q": CANARY})
    ana.get(f"/{CANARY}")
    endpoint = app.url_map.bind("").match("/leads")[0]
    for broken in (explode, break_the_database, twice_the_same):
        with monkeypatch.context() as patched:
            patched.setitem(app.view_functions, endpoint, broken)
            patched.setattr(app, "testing", False)
            assert ana.get("/leads", query_string={"q": CANARY}).status == 500
    subscribe({NamesChanged: [explode]})
    tell(NamesChanged(account_id=ana.account_id, actor=Actor.system()))
    subscribe(SUBSCRIPTIONS)
    fail_a_job()
    with tenant(ana.account_id), pytest.raises(DBAPIError) as refused:
        twice_the_same(ana.account_id)
    release()
    assert CANARY not in str(refused.value).split("DETAIL")[0]
    logging.getLogger("gunicorn.error").error("Error handling request %s", f"/leads?q={CANARY}")


def twice_the_same(account_id: int = 0, **_: object) -> None:
    from clarin_web.db import current_tenant

    row = {"account_id": account_id or current_tenant(), "name": CANARY, "name_key": CANARY}
    with transaction():
        execute(insert(Tag), [row, row])


def fail_a_job() -> None:
    worker = Worker([queue("broken")], name="broken", connection=worker_connection())
    job = queue("broken").enqueue_call("clarin_web.media.jobs.examine", (CANARY,))
    try:
        explode()
    except ValueError:
        worker.handle_exception(job, *sys.exc_info())
    queue("broken").delete(delete_jobs=True)


def test_what_ends_a_process_or_a_thread_says_where_and_not_what(own_world: None) -> None:
    broken = "import threading\nfrom clarin_web.lib.logs import configure_logging\nconfigure_logging()\n"
    broken += f"def end(): raise ValueError({CANARY!r}.title())\n"
    broken += "thread = threading.Thread(target=end)\nthread.start()\nthread.join()\nend()\n"
    ended = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr.count("builtins.ValueError")) == (1, 2)
    assert CANARY not in ended.stderr


def test_a_library_s_line_keeps_its_values_but_no_exception_s_text() -> None:
    configure_logging()
    line = logging.LogRecord(
        "x", 40, "x.py", 1, "%s failed with %s at %s", ("it", ValueError(CANARY), f"/a?q={CANARY}"), None
    )
    Wordless().filter(line)
    assert line.getMessage() == "it failed with builtins.ValueError at /a"


def test_a_contact_s_new_name_is_a_fact(ana: Person) -> None:
    with tenant(ana.account_id), transaction():
        values = {
            "account_id": ana.account_id,
            "name": "María",
            "name_key": "maria",
            "names": {"push": "María"},
        }
        contact_id = execute(insert(Contact).returning(Contact.id), values).scalar_one()
        rename_contact(ana.account_id, contact_id, CANARY, by=ana.user_id)
    with tenant(ana.account_id):
        fact = execute(text("SELECT * FROM fact WHERE kind = 'ContactRenamed'")).mappings().one()
    release()
    assert (fact["actor_kind"], fact["actor_id"], fact["contact_id"]) == ("user", ana.user_id, contact_id)
    assert fact["data"] == {"source": "typed", "before": "María", "after": CANARY}
