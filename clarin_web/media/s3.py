"""Files in an S3-compatible store: `CLARIN_MEDIA_S3`, as https://KEY:SECRET@host/bucket?region=name.

Four requests of one shape need no library: they are signed here as AWS describes (Signature Version 4).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from clarin_web.config import ConfigError
from clarin_web.lib.errors import NotFound

EMPTY = hashlib.sha256(b"").hexdigest()
CHUNK = 128 * 1024


class Bucket:
    """See `storage.Storage`. What the store refuses, or its absence, is an OSError that never shows the keys."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or not parts.username
            or not parts.password
        ):
            raise ConfigError("CLARIN_MEDIA_S3 is not https://KEY:SECRET@host/bucket?region=name")
        self._host = parts.netloc.rpartition("@")[2]
        self._base, self._root = f"{parts.scheme}://{self._host}", parts.path.rstrip("/")
        region = parse_qs(parts.query).get("region", ["us-east-1"])[0]
        self._signer = Signer(unquote(parts.username), unquote(parts.password), region)
        self._client = httpx.Client(timeout=httpx.Timeout(60, connect=10))

    def keep(self, account_id: int, digest: str, path: Path) -> None:
        with path.open("rb") as file:
            length = {"Content-Length": str(path.stat().st_size)}
            self._ask(
                "PUT", account_id, digest, payload=digest, content=_pieces(file), headers=length
            ).close()
        path.unlink()

    def read(self, account_id: int, digest: str, start: int, length: int) -> Iterator[bytes]:
        if length <= 0:
            return iter(())
        span = {"Range": f"bytes={start}-{start + length - 1}"}
        return _body(self._ask("GET", account_id, digest, headers=span))

    def forget(self, account_id: int, digest: str) -> None:
        try:
            self._ask("DELETE", account_id, digest).close()
        except NotFound:
            return

    def _ask(
        self,
        method: str,
        account_id: int,
        digest: str,
        *,
        payload: str = EMPTY,
        headers: Mapping[str, str] | None = None,
        content: Iterator[bytes] | None = None,
    ) -> httpx.Response:
        path = f"{self._root}/{account_id}/{digest[:2]}/{digest}"
        signed = self._signer.headers(method, self._host, path, payload, datetime.now(UTC))
        request = self._client.build_request(
            method, self._base + path, headers={**signed, **(headers or {})}, content=content
        )
        try:
            answer = self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise OSError(f"the store of files cannot be reached: {type(error).__name__}") from error
        if answer.status_code in (200, 204, 206):
            return answer
        answer.close()
        if answer.status_code == 404:
            raise NotFound("media")
        raise OSError(f"the store of files answered {answer.status_code}")


def _body(answer: httpx.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_raw(CHUNK)
    except httpx.HTTPError as error:
        raise OSError(f"the store of files broke off: {type(error).__name__}") from error
    finally:
        answer.close()


def _pieces(file: object) -> Iterator[bytes]:
    while piece := file.read(CHUNK):  # type: ignore[attr-defined]
        yield piece


class Signer:
    """AWS Signature Version 4 for one key."""

    def __init__(self, key: str, secret: str, region: str, service: str = "s3") -> None:
        self._key, self._secret = key, secret
        self._region, self._service = region, service

    def headers(self, method: str, host: str, path: str, payload: str, when: datetime) -> dict[str, str]:
        """What a request to S3 must carry; `payload` is the SHA-256 of its body."""
        said = {"host": host, "x-amz-content-sha256": payload, "x-amz-date": f"{when:%Y%m%dT%H%M%SZ}"}
        return {**said, "Authorization": self.authorization(method, path, said, payload, when)}

    def authorization(
        self, method: str, path: str, headers: Mapping[str, str], payload: str, when: datetime
    ) -> str:
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{payload}"
        scope = f"{when:%Y%m%d}/{self._region}/{self._service}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{when:%Y%m%dT%H%M%SZ}\n{scope}\n{digest}"
        signature = hmac.new(self._signing_key(when), text.encode(), hashlib.sha256).hexdigest()
        return (
            f"AWS4-HMAC-SHA256 Credential={self._key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )

    def _signing_key(self, when: datetime) -> bytes:
        key = f"AWS4{self._secret}".encode()
        for part in (f"{when:%Y%m%d}", self._region, self._service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key
