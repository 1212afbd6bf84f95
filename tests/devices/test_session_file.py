"""The session file survives what kills its owner: a half-written transaction, a torn file, a full disk, a second owner."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from clarin_web.devices import gateways
from clarin_web.devices.gateway import SessionBusyError, SessionLostError, SessionUnusableError
from clarin_web.devices.neonize_gateway import store

from .conftest import Office

JID = "5511:12@s.whatsapp.net"
# Killed inside a transaction whose pages have reached the file already: what SQLite calls a hot journal.
KILLED = """
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute(f"PRAGMA journal_mode={sys.argv[2]}")
db.execute("PRAGMA cache_size=1")
db.execute("PRAGMA cache_spill=1")
db.execute("CREATE TABLE IF NOT EXISTS whatsmeow_device (jid TEXT PRIMARY KEY)")
db.execute("CREATE TABLE IF NOT EXISTS whatsmeow_sessions (session BLOB)")
db.execute("INSERT OR IGNORE INTO whatsmeow_device VALUES (?)", (sys.argv[3],))
db.execute("INSERT INTO whatsmeow_sessions VALUES (zeroblob(100000))")
db.execute("BEGIN")
db.execute("DELETE FROM whatsmeow_device")
db.execute("UPDATE whatsmeow_sessions SET session = randomblob(400000)")
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_inside_a_write(path: Path, mode: str = "delete") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), mode, JID], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL


def made(path: Path, jid: str = JID) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY)")
        db.execute("CREATE TABLE whatsmeow_sessions (session BLOB)")
        db.execute("INSERT INTO whatsmeow_device VALUES (?)", (jid,))
        db.execute("INSERT INTO whatsmeow_sessions VALUES (zeroblob(100000))")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "devices" / "1.db"


def aside(file: Path) -> list[str]:
    return sorted(kept.name for kept in file.parent.glob("1.db.damaged-*"))


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "wal"])
def test_a_kill_inside_a_write_is_healed_by_the_next_start(file: Path, mode: str) -> None:
    for _ in range(2):
        killed_inside_a_write(file, mode)
        rest = file.with_name(file.name + ("-wal" if mode == "wal" else "-journal"))
        assert rest.stat().st_size > 0, "the kill left nothing to heal: the test proves nothing"
        assert store.open_session(file, JID) == JID
    assert aside(file) == []


def test_a_new_file_is_private_and_belongs_to_no_number(file: Path) -> None:
    assert store.open_session(file, None) is None
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert store.open_session(file, None) is None
    assert file.stat().st_mode & 0o777 == 0o600


def test_only_the_numbers_own_session_is_resumed(file: Path) -> None:
    made(file)
    assert store.open_session(file, "5511:3@s.whatsapp.net") == JID, "the same number, linked once more"
    with pytest.raises(SessionLostError, match="session_lost"):
        store.open_session(file, "5599:1@s.whatsapp.net")
    assert len(aside(file)) == 1
    store.forget(file)
    assert len(aside(file)) == 1
    store.forget_all(file)
    assert list(file.parent.iterdir()) == []


def no_database(file: Path) -> None:
    file.write_bytes(b"this was a database once" * 100)


def torn_page(file: Path) -> None:
    with open(made(file), "r+b") as data:
        data.seek(4096)
        data.write(os.urandom(8192))


def cut_short(file: Path) -> None:
    os.truncate(made(file), 5000)


def nothing_in_it(file: Path) -> None:
    file.touch()


def gone(file: Path) -> None:
    file.unlink(missing_ok=True)


def a_journal_without_its_database(file: Path) -> None:
    killed_inside_a_write(file)
    file.unlink()


def device_row_gone(file: Path) -> None:
    with closing(sqlite3.connect(made(file))) as db, db:
        db.execute("DELETE FROM whatsmeow_device")


def other_columns(file: Path) -> None:
    with closing(sqlite3.connect(made(file))) as db, db:
        db.execute("ALTER TABLE whatsmeow_device RENAME COLUMN jid TO other")


def no_text(file: Path) -> None:
    with closing(sqlite3.connect(made(file))) as db, db:
        db.execute("UPDATE whatsmeow_device SET jid = x'ff00'")


@pytest.mark.parametrize(
    ("broken", "reason", "kept"),
    [
        (no_database, "session_damaged", 1),
        (torn_page, "session_damaged", 1),
        (cut_short, "session_damaged", 1),
        (device_row_gone, "session_lost", 1),
        (other_columns, "session_damaged", 1),
        (no_text, "session_lost", 1),
        (nothing_in_it, "session_lost", 0),
        (gone, "session_lost", 0),
        (a_journal_without_its_database, "session_lost", 0),
    ],
)
def test_what_cannot_be_resumed_is_kept_aside_and_leaves_the_way_free(
    file: Path, broken: Callable[[Path], None], reason: str, kept: int
) -> None:
    for number in range(1, 4):
        file.parent.mkdir(parents=True, exist_ok=True)
        broken(file)
        with pytest.raises(SessionLostError, match=reason):
            store.open_session(file, JID)
        assert len(aside(file)) == min(number, store.DAMAGED_KEPT) * kept
        assert all(name.stat().st_mode & 0o077 == 0 for name in file.parent.glob("1.db.damaged-*"))
    assert store.open_session(file, None) is None, "it can be linked again"


def a_folder_in_its_place(file: Path) -> None:
    file.mkdir(parents=True)


def no_folder(file: Path) -> None:
    file.parent.parent.mkdir(parents=True, exist_ok=True)
    file.parent.touch()


@pytest.mark.parametrize("broken", [a_folder_in_its_place, no_folder])
def test_what_only_the_operator_can_mend_is_no_damage(file: Path, broken: Callable[[Path], None]) -> None:
    broken(file)
    with pytest.raises(SessionUnusableError, match="session_unusable"):
        store.open_session(file, JID)


def test_a_full_disk_is_no_damage(file: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    look = f"""
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); {full}
from pathlib import Path
from clarin_web.devices import gateways
from clarin_web.devices.gateway import SessionUnusableError
from clarin_web.devices.neonize_gateway import store
try:
    store.open_session(Path({str(file)!r}), {JID!r})
except SessionUnusableError as error:
    print(error.reason)
"""
    killed_inside_a_write(file)
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() in ("disk_full", "session_unusable"), done.stderr
    assert store.open_session(file, JID) == JID, "with room again it is as before"


@pytest.mark.parametrize(
    ("left", "reason"), [(None, "session_lost"), (b"no database" * 99, "session_damaged")]
)
def test_the_page_says_that_the_link_is_gone_and_people_are_told(
    office: Office, monkeypatch: pytest.MonkeyPatch, left: bytes | None, reason: str
) -> None:
    monkeypatch.setenv("CLARIN_DEVICE_GATEWAY", "neonize")
    session_file = gateways.folder() / f"{office.device_id}.db"
    if left:
        session_file.parent.mkdir(parents=True, exist_ok=True)
        session_file.write_bytes(left)
    office.set(jid=JID, phone="+5511", wanted="connected", state="connected")
    assert office.start().wait(60) == 0
    row = office.device()
    assert (row.state, row.state_reason, row.wanted) == ("logged_out", reason, "stopped")
    assert row.alarm == "not_connected"
    assert row.jid is None, "the next code links it again"


def test_two_processes_never_share_a_session(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.1)
    hold = f"""
import time; from pathlib import Path; from clarin_web.devices.neonize_gateway import store
store.own(Path({str(file)!r})); print("held", flush=True); time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with pytest.raises(SessionBusyError):
            store.own(file)
        monkeypatch.setattr(store, "BUSY_SECONDS", 30)
        first.kill()
        os.close(store.own(file))
