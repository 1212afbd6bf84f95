"""What a setting cannot be is said at the start: which one, and what to write instead. Nobody sees a traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa

from clarin_web.config import ConfigError, settings
from clarin_web.local.home import ROOT
from clarin_web.local.migrate import migrate

WRONG = [
    ("CLARIN_ORIGIN", "https://crm.example.com/clarin", "no path"),
    ("CLARIN_ORIGIN", "crm.example.com", "https://crm.example.com"),
    ("CLARIN_ORIGIN", "https://crm.example.com:443", "only where it is unusual"),
    ("CLARIN_ORIGIN", "https://CRM.example.com", "small letters"),
    ("CLARIN_ORIGIN", "https://ana:secret@crm.example.com", "scheme and host"),
    ("CLARIN_ORIGIN", "https://[", "scheme and host"),
    *(
        ("CLARIN_ORIGIN", origin, "as the browser writes it")
        for origin in (
            "https://x.test:08443",
            "https://x.test:99999",
            "https://x.test:0",
            "http://127.1:8000",
            "http://127.0.0.01",
            "http://0x7f.0.0.1",
            "http://256.0.0.1",
            "https://crm.1",
            "https://[2001:0db8::0001]",
            "https://[2001:db8:0:0:0:0:0:1]",
            "https://[::ffff:127.0.0.1]",
            "https://[::1::2]",
            "https://.",
            "https://crm..test",
            "https://crm.test.",
            "https://" + "a" * 64 + ".test",
        )
    ),
    ("CLARIN_MEDIA_MAX_MB", "abc", "a number of megabytes from 1 to 2000, such as 64"),
    ("CLARIN_MEDIA_MAX_MB", "0", "from 1"),
    ("CLARIN_MEDIA_MAX_MB", "1e9", "from 1"),
    ("CLARIN_MEDIA_QUOTA_MB", "-5", "megabytes"),
    ("CLARIN_DEVICE_MEMORY_MB", "nan", "megabytes"),
    ("CLARIN_DEVICE_GATEWAY", "neonise", "neonize or simulator"),
    ("CLARIN_SECURE_COOKIES", "maybe", "1 or 0"),
    ("CLARIN_ASSET_CACHE", "2", "1 or 0"),
    ("CLARIN_SIM_SPEED", "0", "from 0.001"),
    ("KOMMO_RATE", "inf", "requests a second"),
    ("KOMMO_KEEP_DAYS", "three", "days"),
    ("KOMMO_KEEP_MB", "²", "megabytes"),
    ("KOMMO_ALLOWED_HOSTS", "http://127.0.0.1:8700", "without http://"),
    ("CLARIN_SECRET_KEY", "short", "32 characters"),
    ("CLARIN_SECRET_KEY", "", "is not set"),
    ("CLARIN_STATE_DIR", __file__, "a folder"),
    ("CLARIN_MEDIA_S3", "https://host/bucket", "https://KEY:SECRET@host/bucket"),
    ("DATABASE_URL", "mysql://ana:secret@host/db", "postgresql://"),
    ("REDIS_URL", "localhost:6379", "redis://"),
]


@pytest.fixture(autouse=True)
def fresh():
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(("name", "value", "cure"), WRONG)
def test_a_setting_that_cannot_be_is_named_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, cure: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as refusal:
        settings()
    assert name in str(refusal.value)
    assert cure in str(refusal.value)
    if name not in ("CLARIN_ORIGIN", "CLARIN_STATE_DIR"):
        assert "secret@" not in str(refusal.value), "passwords stay out of what is printed"


def test_secure_cookies_over_http_are_refused_where_nobody_could_sign_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLARIN_SECURE_COOKIES", "1")
    monkeypatch.setenv("CLARIN_ORIGIN", "http://localhost:8000")
    assert settings().secure_cookies
    settings.cache_clear()
    monkeypatch.setenv("CLARIN_ORIGIN", "http://crm.example.com")
    with pytest.raises(ConfigError, match="CLARIN_SECURE_COOKIES"):
        settings()


@pytest.mark.parametrize(
    "said",
    [
        "https://crm.example.com/",
        "http://10.0.0.7:8080",
        "https://[2001:db8::1]:8443",
        "https://[::ffff:7f00:1]",
        "https://xn--caf-dma.test",
        "https://1.crm-2.test:80",
        "http://localhost:65535",
        "",
    ],
)
def test_usual_origins(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("CLARIN_ORIGIN", said)
    assert settings().origin == said.rstrip("/")


@pytest.mark.parametrize(("command", "code"), [(["-c", "import wsgi"], 3), (["worker.py", "devices"], 1)])
def test_each_program_ends_with_the_sentence_alone(command: list[str], code: int) -> None:
    """3 is gunicorn's for what will not start however often it is tried."""
    env = {**os.environ, "CLARIN_MEDIA_MAX_MB": "abc", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, *command], env=env, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == code
    assert ended.stderr.startswith("clarin: CLARIN_MEDIA_MAX_MB is 'abc': ")
    assert "Traceback" not in ended.stderr


def test_going_back_a_version_is_refused_in_words() -> None:
    owner = sa.create_engine(os.environ["DATABASE_OWNER_URL"])
    with owner.begin() as connection:
        before = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(SystemExit, match=r"made by a newer Clarin .its revision is 9999."):
            migrate()
    finally:
        with owner.begin() as connection:
            connection.execute(
                sa.text("UPDATE alembic_version SET version_num = :before"), {"before": before}
            )
        owner.dispose()
