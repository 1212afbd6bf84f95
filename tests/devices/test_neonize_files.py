"""Files of real WhatsApp messages: found, decrypted as they come, bounded, and never from anybody else's server."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clarin_web.devices.gateway import GoneError, PermanentError, TooLargeError, TransientError
from clarin_web.devices.neonize_gateway import downloading, protos
from clarin_web.devices.neonize_gateway.content import content_of

e = protos.load()[1]
REAL = httpx.Client
KEY, MOST = b"k" * 32, 10_000_000


def sealed(plain: bytes, use: str = "Image") -> bytes:
    """As a phone encrypts before it uploads."""
    keys = HKDF(hashes.SHA256(), 112, salt=None, info=f"WhatsApp {use} Keys".encode()).derive(KEY)
    pad = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(keys[16:48]), modes.CBC(keys[:16])).encryptor()
    body = encryptor.update(pad.update(plain) + pad.finalize()) + encryptor.finalize()
    seal = hmac.HMAC(keys[48:80], hashes.SHA256())
    seal.update(keys[:16] + body)
    return body + seal.finalize()[:10]


def announced(plain: bytes, **changed: Any) -> bytes:
    fields = {
        "URL": "https://mmg.whatsapp.net/v/t62.7118-24/1?ccb=1", "directPath": "/v/t62.7118-24/1?ccb=1", "mediaKey": KEY,
        "fileSHA256": hashlib.sha256(plain).digest(), "fileEncSHA256": b"e" * 32, "fileLength": len(plain),
        "mimetype": "image/jpeg", "JPEGThumbnail": b"t" * 5000, **changed,
    }  # fmt: skip
    file = content_of(e.Message(imageMessage=e.ImageMessage(**fields))).file
    assert len(file.ref) < 500, "the thumbnail is not carried along"
    return file.ref


@pytest.fixture
def served(monkeypatch):
    """WhatsApp's media servers: what they answer, and what was asked of them."""

    def serve(answer: Any) -> list[httpx.Request]:
        asked: list[httpx.Request] = []

        def handle(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return answer(request) if callable(answer) else httpx.Response(200, content=iter([answer]))

        transport = httpx.MockTransport(handle)
        monkeypatch.setattr(
            downloading.httpx, "Client", lambda proxy=None, **rest: REAL(transport=transport, **rest)
        )
        return asked

    return serve


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 65_536, 300_001])
def test_a_file_comes_out_as_it_went_in(served, tmp_path: Path, size: int):
    plain = os.urandom(size)
    served(sealed(plain))
    downloading.download(announced(plain), tmp_path / "f", MOST)
    assert (tmp_path / "f").read_bytes() == plain


def test_each_kind_has_keys_of_its_own(served, tmp_path: Path):
    plain = b"voice"
    served(sealed(plain, "Audio"))
    audio = e.AudioMessage(URL="https://mmg.whatsapp.net/a", mediaKey=KEY, PTT=True)
    file = content_of(e.Message(audioMessage=audio)).file
    downloading.download(file.ref, tmp_path / "f", MOST)
    assert (tmp_path / "f").read_bytes() == plain


@pytest.mark.parametrize("damage", ["bit", "tag", "short", "hash"])
def test_a_damaged_file_is_never_taken(served, tmp_path: Path, damage: str):
    plain = b"x" * 1000
    body = bytearray(sealed(plain))
    if damage == "bit":
        body[100] ^= 1
    elif damage == "tag":
        body[-1] ^= 1
    elif damage == "short":
        body = body[:-16]
    served(bytes(body))
    told = b"y" * 1000 if damage == "hash" else plain
    with pytest.raises(PermanentError, match="damaged"):
        downloading.download(announced(told), tmp_path / "f", MOST)


def test_more_than_may_be_is_stopped_while_it_comes(served, tmp_path: Path):
    plain = os.urandom(500_000)

    def endless(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=(bytes(1000) for _ in range(10**6)))

    served(endless)
    with pytest.raises(TooLargeError):
        downloading.download(announced(plain, fileLength=5), tmp_path / "f", 200_000)
    assert (tmp_path / "f").stat().st_size <= 300_000
    served(sealed(plain))
    with pytest.raises(TooLargeError):
        downloading.download(announced(plain), tmp_path / "f", 200_000)


def test_an_address_that_is_over_is_asked_for_by_its_path_and_then_given_up(served, tmp_path: Path):
    asked = served(lambda _request: httpx.Response(403))
    with pytest.raises(GoneError, match="expired"):
        downloading.download(announced(b"x"), tmp_path / "f", MOST)
    assert [request.url.path for request in asked] == ["/v/t62.7118-24/1"] * 2
    assert "mms-type=image" in str(asked[1].url)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_trouble_is_asked_again_later(served, tmp_path: Path, status: int):
    served(lambda _request: httpx.Response(status))
    with pytest.raises(TransientError):
        downloading.download(announced(b"x"), tmp_path / "f", MOST)


@pytest.mark.parametrize(
    "url",
    [
        "http://mmg.whatsapp.net/x",
        "https://evil.example/x",
        "https://mmg.whatsapp.net.evil.example/x",
        "https://mmg.whatsapp.net@127.0.0.1/x",
        "https://user@mmg.whatsapp.net/x",
        "https://mmg.whatsapp.net:6379/x",
        "https://web.whatsapp.net/x",
        "https://[::1]/x",
        "https://mmg.whatsapp.net:x/",
    ],
)
def test_nobody_elses_server_is_ever_asked(served, tmp_path: Path, url: str):
    plain = b"x"
    asked = served(sealed(plain))
    downloading.download(announced(plain, URL=url), tmp_path / "f", MOST)
    assert {request.url.host for request in asked} == {"mmg.whatsapp.net"}
    assert {request.url.scheme for request in asked} == {"https"}
    assert len(asked) == 1, "only the path beside it was followed"


def test_a_redirect_leads_nowhere(served, tmp_path: Path):
    asked = served(lambda _request: httpx.Response(302, headers={"Location": "http://127.0.0.1/"}))
    with pytest.raises(TransientError):
        downloading.download(announced(b"x"), tmp_path / "f", MOST)
    assert len(asked) == 1


def test_what_may_be_seen_once_is_not_downloaded():
    photo = e.ImageMessage(URL="https://mmg.whatsapp.net/x", mediaKey=KEY)
    inside = e.FutureProofMessage(message=e.Message(imageMessage=photo))
    content = content_of(e.Message(viewOnceMessageV2=inside))
    assert (content.file, content.details["view_once"], content.kind) == (None, True, "image")
