"""Static files under names that change with their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

STATIC = Path(__file__).resolve().parent.parent.parent / "static"


@lru_cache(maxsize=512)
def fingerprint(path: str) -> str:
    """Eight hex digits of the file's SHA-256. Raises FileNotFoundError for a name with a typing error."""
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:8]


def static(path: str) -> str:
    """The address of a file. Not by url_for: workers render pushes outside any request."""
    return f"/static/{path}?v={fingerprint(path)}"


@lru_cache(maxsize=1)
def assets_version() -> str:
    """Changes when any script or stylesheet of ours changes; sockets tell it to open pages."""
    files = sorted(p for p in STATIC.rglob("*") if p.suffix in (".js", ".css"))
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()[:8]


def init_assets(app: Flask) -> None:
    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
