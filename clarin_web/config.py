"""Typed settings, read once from the environment; nothing else in the product reads `os.environ`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from clarin_web.lib.origins import host_of, is_origin

YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
WANTED_ORIGIN = (
    "it is scheme and host in small letters, a port only where it is unusual, and no path, as the browser writes"
    " it, such as https://crm.example.com"
)
POSTGRES = ("postgresql://", "postgresql+psycopg://")


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
    requests_per_minute: float
    sockets_per_person: int
    proxy_count: int
    private_networks: bool


def _required(name: str, *schemes: str) -> str:
    """An address or a secret; what it says is never repeated, there is a password in it."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set: start Clarin with ./dev run, or set it (docs/settings.md)")
    if schemes and not value.startswith(schemes):
        raise ConfigError(f"{name} begins with {' or '.join(schemes)} (docs/settings.md)")
    return value


def _refused(name: str, wanted: str) -> ConfigError:
    return ConfigError(f"{name} is {os.environ[name]!r}: {wanted} (docs/settings.md)")


def _flag(name: str, default: bool) -> bool:
    said = os.environ.get(name, "").strip().lower()
    if said and said not in (*YES, *NO):
        raise _refused(name, "it is 1 or 0")
    return said in YES if said else default


def _number(name: str, default: float, low: float, high: float, of: str) -> float:
    said = os.environ.get(name, "").strip()
    wanted = f"it is a number of {of} from {low:g} to {high:g}, such as {default:g}"
    if said and not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", said):
        raise _refused(name, wanted)
    if not low <= (found := float(said or default)) <= high:
        raise _refused(name, wanted)
    return found


def _megabytes(name: str, default: int, most: int) -> int:
    """In bytes."""
    return int(_number(name, default, 1, most, "megabytes") * 1024 * 1024)


def _choice(name: str, choices: tuple[str, ...]) -> str:
    said = os.environ.get(name, "").strip() or choices[0]
    if said not in choices:
        raise _refused(name, f"it is {' or '.join(choices)}")
    return said


def _origin() -> str:
    """As browsers send it, to the letter: with anything else nobody could sign in."""
    said = os.environ.get("CLARIN_ORIGIN", "").strip().rstrip("/")
    if said and not is_origin(said):
        raise _refused("CLARIN_ORIGIN", WANTED_ORIGIN)
    return said


def _secure_cookies(origin: str) -> bool:
    """Browsers keep such cookies over https only; of plain http they trust this machine alone."""
    wanted = _flag("CLARIN_SECURE_COOKIES", origin.startswith("https://"))
    is_here = host_of(origin) in ("localhost", "127.0.0.1", "[::1]")
    if wanted and origin.startswith("http://") and not is_here:
        raise ConfigError(
            "CLARIN_SECURE_COOKIES is on and CLARIN_ORIGIN is http: nobody could sign in. Serve Clarin over https, or"
            " leave CLARIN_SECURE_COOKIES away (docs/settings.md)"
        )
    return wanted


def _store_of_files() -> str:
    said = os.environ.get("CLARIN_MEDIA_S3", "").strip()
    if said and not re.fullmatch(r"https?://[^:@/\s]+:[^@/\s]+@[^@/\s]+(/[^\s]*)?", said):
        raise ConfigError(
            "CLARIN_MEDIA_S3 is not https://KEY:SECRET@host/bucket?region=name (docs/settings.md)"
        )
    return said


def _state_dir() -> Path:
    found = Path(os.environ.get("CLARIN_STATE_DIR") or "var").absolute()
    if found.exists() and not (found.is_dir() and os.access(found, os.W_OK | os.X_OK)):
        raise ConfigError(
            f"CLARIN_STATE_DIR is {str(found)!r}: it is a folder this user may write into (docs/settings.md)"
        )
    return found


def _hosts(name: str) -> frozenset[str]:
    found = frozenset(host.strip().lower() for host in os.environ.get(name, "").split(",") if host.strip())
    if any(re.search(r"[/@\s]", host) for host in found):
        raise _refused(name, "it is host:port, or several with commas between, without http://")
    return found


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Raises ConfigError naming the missing variable."""
    database = _required("DATABASE_URL", *POSTGRES)
    secret = _required("CLARIN_SECRET_KEY")
    if len(secret) < 32:
        raise ConfigError("CLARIN_SECRET_KEY is too short: 32 characters or more (docs/settings.md)")
    owner = _required("DATABASE_OWNER_URL", *POSTGRES) if os.environ.get("DATABASE_OWNER_URL") else database
    origin = _origin()
    return Settings(
        database_url=database,
        database_owner_url=owner,
        redis_url=_required("REDIS_URL", "redis://", "rediss://", "unix://"),
        secret_key=secret,
        state_dir=_state_dir(),
        origin=origin,
        secure_cookies=_secure_cookies(origin),
        device_gateway=_choice("CLARIN_DEVICE_GATEWAY", ("neonize", "simulator")),
        device_memory_mb=int(_number("CLARIN_DEVICE_MEMORY_MB", 400, 100, 100_000, "megabytes")),
        whatsapp_proxy=os.environ.get("WHATSAPP_PROXY", "").strip(),
        kommo_allowed_hosts=_hosts("KOMMO_ALLOWED_HOSTS"),
        kommo_rate=_number("KOMMO_RATE", 6, 0.01, 1_000_000, "requests a second"),
        kommo_keep_days=_number("KOMMO_KEEP_DAYS", 3, 0, 3650, "days"),
        kommo_keep_mb=_number("KOMMO_KEEP_MB", 200, 0, 1_000_000, "megabytes"),
        sim_speed=_number("CLARIN_SIM_SPEED", 1, 0.001, 100_000, "times"),
        asset_cache=_flag("CLARIN_ASSET_CACHE", True),
        media_most=_megabytes("CLARIN_MEDIA_MAX_MB", 64, 2000),
        media_quota=_megabytes("CLARIN_MEDIA_QUOTA_MB", 5120, 100_000_000),
        media_s3=_store_of_files(),
        requests_per_minute=_number("CLARIN_REQUESTS_PER_MINUTE", 1200, 0, 1_000_000, "requests"),
        sockets_per_person=int(_number("CLARIN_SOCKETS_PER_PERSON", 30, 0, 100_000, "pages")),
        proxy_count=int(_number("CLARIN_PROXY_COUNT", 0, 0, 10, "proxies")),
        private_networks=_flag("CLARIN_PRIVATE_NETWORKS", False),
    )
