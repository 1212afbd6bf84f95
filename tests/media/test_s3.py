"""Files in an S3-compatible store: the same promises as the folder's, over HTTP, signed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from clarin_web.config import ConfigError
from clarin_web.lib.errors import NotFound
from clarin_web.media.s3 import EMPTY, Bucket, Signer
from clarin_web.media.storage import Folder, Storage

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
DATA = bytes(range(256)) * 2000
DIGEST = hashlib.sha256(DATA).hexdigest()


class Store(BaseHTTPRequestHandler):
    """As S3 behaves: refuses a wrong signature and a body that is not what was signed."""

    objects: ClassVar[dict[str, bytes]] = {}

    def _checked(self) -> bool:
        when = datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        payload, host = self.headers["x-amz-content-sha256"], self.headers["Host"]
        wanted = Signer(KEY, SECRET, "eu-west-1").headers(self.command, host, self.path, payload, when)
        good = self.headers["Authorization"] == wanted["Authorization"]
        if not good:
            self._answer(403)
        return good

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._checked():
            right = hashlib.sha256(body).hexdigest() == self.headers["x-amz-content-sha256"]
            self.objects[self.path] = body
            self._answer(200 if right else 400)

    def do_GET(self) -> None:
        if self._checked():
            start, end = self.headers["Range"].removeprefix("bytes=").split("-")
            body = self.objects.get(self.path)
            self._answer(404) if body is None else self._answer(206, body[int(start) : int(end) + 1])

    def do_DELETE(self) -> None:
        if self._checked():
            self._answer(204 if self.objects.pop(self.path, None) is not None else 404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    Store.objects.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}/files?region=eu-west-1"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, address: str) -> Storage:
    if request.param == "folder":
        return Folder(tmp_path / "kept")
    return Bucket(f"http://{KEY}:{SECRET.replace('/', '%2F').replace('+', '%2B')}@{address}")


def put(kept: Storage, tmp_path: Path, account_id: int = 1) -> None:
    path = tmp_path / "new"
    path.write_bytes(DATA)
    kept.keep(account_id, DIGEST, path)
    assert not path.exists()


def test_a_file_is_kept_read_in_parts_and_forgotten(kept: Storage, tmp_path: Path) -> None:
    put(kept, tmp_path)
    put(kept, tmp_path)
    assert b"".join(kept.read(1, DIGEST, 0, len(DATA))) == DATA
    assert b"".join(kept.read(1, DIGEST, 300_000, 1000)) == DATA[300_000:301_000]
    assert b"".join(kept.read(1, DIGEST, 0, 2**24)) == DATA, "asked for more than there is"
    kept.forget(1, DIGEST)
    kept.forget(1, DIGEST)
    with pytest.raises(NotFound):
        kept.read(1, DIGEST, 0, 10)


def test_the_same_bytes_of_another_account_are_another_file(kept: Storage, tmp_path: Path) -> None:
    put(kept, tmp_path, 1)
    with pytest.raises(NotFound):
        kept.read(2, DIGEST, 0, 10)


def test_a_wrong_key_and_an_absent_store_are_plain_errors_without_secrets(
    tmp_path: Path, address: str
) -> None:
    for bucket in (
        Bucket(f"http://{KEY}:wrongsecret@{address}"),
        Bucket(f"http://{KEY}:wrongsecret@127.0.0.1:9/b"),
    ):
        with pytest.raises(OSError, match="the store of files") as refused:
            bucket.read(1, DIGEST, 0, 10)
        assert "wrongsecret" not in str(refused.value)
    with pytest.raises(ConfigError) as unusable:
        Bucket("s3://wrongsecret@nowhere")
    assert "wrongsecret" not in str(unusable.value)


def test_signatures_are_those_of_aws_own_example() -> None:
    when = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    headers = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}
    signer = Signer(KEY, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
    assert signer.authorization("GET", "/", headers, EMPTY, when).endswith(
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )
