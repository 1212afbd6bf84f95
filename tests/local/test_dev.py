"""`./dev` explains itself, refuses what it does not know, and checks what CI checks."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from clarin_web.local import check, use
from clarin_web.local.home import ROOT, environment, home
from clarin_web.local.ports import hold, port_of, web_port
from clarin_web.local.processes import LocalError
from tests.support.order import LONGEST


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "dev", *arguments], capture_output=True, text=True)


def test_no_verb_explains_the_verbs() -> None:
    said = dev()
    assert said.returncode == 0
    for verb in ("run", "test", "check", "setup", "cli", "seed", "bench", "migrate", "py"):
        assert re.search(rf"\./dev {verb}\b", said.stdout)


def test_an_unknown_verb_is_refused_with_the_same_text() -> None:
    said = dev("rnu")
    assert said.returncode == 2
    assert "./dev run" in said.stdout


def test_py_is_the_environment_of_the_lock_and_keeps_what_it_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    said = dev("py", "-c", "import sys; print(sys.prefix, sys.dont_write_bytecode)").stdout.split()
    assert said == [str(ROOT / ".venv"), "False"]


def test_run_refuses_an_unknown_option() -> None:
    said = dev("run", "--emtpy")
    assert said.returncode == 2
    assert "--emtpy" in said.stderr


def test_a_port_is_held_from_its_choice_on() -> None:
    """Two runs started together: the second gets the next one, whatever the first has done with its own so far."""
    with hold("127.0.0.1", 0) as first, hold("127.0.0.1", port_of(first), 50) as second:
        assert port_of(second) > port_of(first)
        assert socket.create_connection(first.getsockname()).close() is None, (
            "it can be called from the start"
        )


def test_a_port_that_somebody_asked_for_is_that_one_or_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with hold("127.0.0.1", 0) as taken:
        for port, sentence in (
            (str(port_of(taken)), f"port {port_of(taken)} is in use: stop what listens there, or set PORT"),
            ("web", "PORT is 'web': it is a number"),
            ("99999", "PORT is '99999'"),
        ):
            monkeypatch.setenv("PORT", port)
            with pytest.raises(LocalError, match=re.escape(sentence)):
                web_port()
    monkeypatch.setenv("HOST", "192.0.2.1")
    monkeypatch.setenv("PORT", "0")
    with pytest.raises(LocalError, match=r"nothing can listen on 192\.0\.2\.1"):
        web_port()


def test_the_demo_and_your_own_clarin_never_share_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLARIN_HOME", raising=False)
    assert home(demo=True) != home(demo=False)


def test_only_the_demo_simulates_whatsapp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLARIN_DEVICE_GATEWAY", raising=False)
    assert environment(tmp_path, demo=True)["CLARIN_DEVICE_GATEWAY"] == "simulator"
    assert environment(tmp_path, demo=False)["CLARIN_DEVICE_GATEWAY"] == "neonize"


def test_commands_use_the_servers_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARIN_HOME", str(tmp_path))
    for name in ("CLARIN_SECRET_KEY", "CLARIN_STATE_DIR"):
        monkeypatch.setenv(name, os.environ[name])
    assert use.main(["-c", "import os, sys; sys.exit(7 if os.environ['DATABASE_URL'] else 0)"]) == 7


def test_check_goes_on_after_a_failure_and_names_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "STEPS", {"wrong": ["python", "-c", "raise SystemExit(1)"], "right": ["true"]})
    monkeypatch.setattr(check, "BIN", Path("/usr/bin"))
    monkeypatch.setattr(check, "_passes", lambda name, *_, **__: name != "wrong")
    assert check.main([]) == 1
    assert "failed: wrong" in capfd.readouterr().out


def test_a_test_that_fails_has_no_second_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(check, "_passes", lambda name, *_, **__: ran.append(name) or name != "tests")
    assert check.main(["--only-tests"]) == 1
    assert ran == ["tests"]


def test_what_begins_first_is_there_under_its_name() -> None:
    files = {file.stem for file in (ROOT / "tests").rglob("test_*.py")}
    assert set(LONGEST) - files == {"browser"}


def test_every_direct_dependency_says_why_it_is_here() -> None:
    told = (ROOT / "docs/dependencies.md").read_text()
    for file in ("requirements.in", "requirements-dev.in"):
        for name in re.findall(r"^([a-z][a-z0-9-]*)", (ROOT / file).read_text(), re.M):
            assert f"| {name} |" in told, f"{name} has no line in docs/dependencies.md"


def test_the_locks_pin_by_hash_and_name_no_address() -> None:
    for file in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / file).read_text()
        assert "://" not in text
        assert "index-url" not in text
        pins = re.split(r"\n(?=[a-z])", text)
        assert all("--hash=sha256:" in pin for pin in pins), file
