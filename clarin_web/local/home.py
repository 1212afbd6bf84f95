"""Where this machine keeps its data, and the environment every Clarin process here gets."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def home(*, demo: bool) -> Path:
    """The demo and your own Clarin never share a database. CLARIN_HOME names another place."""
    chosen = os.environ.get("CLARIN_HOME")
    return Path(chosen).absolute() if chosen else ROOT / "var" / ("demo" if demo else "main")


def environment(place: Path, *, demo: bool) -> dict[str, str]:
    """Settings that live beside the data; what the person set in the environment wins."""
    mine = {
        "CLARIN_SECRET_KEY": secret_key(place),
        "CLARIN_STATE_DIR": str(place),
        "CLARIN_DEVICE_GATEWAY": "simulator" if demo else "neonize",
    }
    return {name: os.environ.get(name) or value for name, value in mine.items()}


def secret_key(place: Path) -> str:
    """Made once, readable by its owner only: it signs sessions and encrypts Kommo tokens."""
    place.mkdir(parents=True, exist_ok=True)
    file = place / "secret.key"
    if not file.exists():
        part = file.with_suffix(".new")
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
        part.rename(file)
    return file.read_text().strip()
