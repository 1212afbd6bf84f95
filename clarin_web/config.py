"""Typed settings, read once from the environment; nothing else in the product reads `os.environ`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path


class ConfigError(RuntimeError):
    """A setting is missing or unusable; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator can choose. `docs/settings.md` names each variable."""

    database_url: str
    database_owner_url: str
    redis_url: str
    secret_key: str
    state_dir: Path
    origin: str
    secure_cookies: bool
    device_gateway: str
    device_memory_mb: int
    whatsapp_proxy: str = field(repr=False)
    kommo_allowed_hosts: frozenset[str]
    kommo_rate: float
    kommo_keep_days: float
    kommo_keep_mb: float
    sim_speed: float
    asset_cache: bool
    media_most: int
    media_quota: int
    media_s3: str


def _required(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set: start Clarin with ./dev run, or set it (docs/settings.md)")
    return value


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


def _megabytes(name: str, default: int) -> int:
    """In bytes."""
    return int(float(os.environ.get(name) or default) * 1024 * 1024)


def _hosts(text: str) -> frozenset[str]:
    return frozenset(host.strip().lower() for host in text.split(",") if host.strip())


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Raises ConfigError naming the missing variable."""
    database = _required("DATABASE_URL")
    secret = _required("CLARIN_SECRET_KEY")
    if len(secret) < 32:
        raise ConfigError("CLARIN_SECRET_KEY is too short: 32 characters or more")
    origin = os.environ.get("CLARIN_ORIGIN", "").rstrip("/")
    return Settings(
        database_url=database,
        database_owner_url=os.environ.get("DATABASE_OWNER_URL") or database,
        redis_url=_required("REDIS_URL"),
        secret_key=secret,
        state_dir=Path(os.environ.get("CLARIN_STATE_DIR", "var")).absolute(),
        origin=origin,
        secure_cookies=_flag("CLARIN_SECURE_COOKIES", origin.startswith("https://")),
        device_gateway=os.environ.get("CLARIN_DEVICE_GATEWAY", "neonize"),
        device_memory_mb=int(os.environ.get("CLARIN_DEVICE_MEMORY_MB", "400")),
        whatsapp_proxy=os.environ.get("WHATSAPP_PROXY", "").strip(),
        kommo_allowed_hosts=_hosts(os.environ.get("KOMMO_ALLOWED_HOSTS", "")),
        kommo_rate=float(os.environ.get("KOMMO_RATE", "6")),
        kommo_keep_days=float(os.environ.get("KOMMO_KEEP_DAYS", "3")),
        kommo_keep_mb=float(os.environ.get("KOMMO_KEEP_MB", "200")),
        sim_speed=float(os.environ.get("CLARIN_SIM_SPEED", "1")),
        asset_cache=_flag("CLARIN_ASSET_CACHE", True),
        media_most=_megabytes("CLARIN_MEDIA_MAX_MB", 64),
        media_quota=_megabytes("CLARIN_MEDIA_QUOTA_MB", 5120),
        media_s3=os.environ.get("CLARIN_MEDIA_S3", "").strip(),
    )
