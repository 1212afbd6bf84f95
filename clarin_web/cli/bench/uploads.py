"""`./dev bench uploads`: another person's pages while somebody sends long voices and large pictures, in one run."""

from __future__ import annotations

import http.client
import os
import secrets
import struct
import threading
from dataclasses import dataclass, field
from io import BytesIO

import click

from clarin_web.cli.bench.load import measure
from clarin_web.cli.bench.pages import Page, Seller, find_seller
from clarin_web.cli.bench.report import quantile
from clarin_web.cli.bench.server import SHAPES, Server, children, pss, running

VOICE_BYTES, WIDTH, HEIGHT = 31 * 1024 * 1024, 6000, 4000
MOST_RATIO, MOST_MEMORY = 1.5, 250.0
_UNKNOWN = b"\x01" + b"\xff" * 7


@dataclass
class Sender:
    """Uploads one file after another until told to stop."""

    server: Server
    seller: Seller
    files: list[tuple[str, str, bytes]]
    stop: threading.Event = field(default_factory=threading.Event)
    sent: list[tuple[str, int, int]] = field(default_factory=list)

    def run(self) -> None:
        while not self.stop.is_set():
            meant, name, data = self.files[len(self.sent) % 2]
            self.sent.append((meant, len(data), self._send(meant, name, data)))

    def _send(self, meant: str, name: str, data: bytes) -> int:
        edge = secrets.token_hex(8)
        fields = {"as": meant, "client_id": secrets.token_hex(8), "caption": ""}
        head = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items())  # fmt: skip
        head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        headers = {"Cookie": self.seller.cookie, "X-CSRF-Token": self.seller.csrf, "HX-Request": "true", "Content-Type": f"multipart/form-data; boundary={edge}"}  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        connection.request("POST", f"/chats/{self.seller.messages_chat}/files", body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status


@click.command("uploads")
@click.option(
    "--rounds", default=3, show_default=True, type=click.IntRange(1, 50), help="Each without, then with."
)
@click.option(
    "--seconds", default=10.0, show_default=True, type=click.FloatRange(1, 300), help="Of each half."
)
def uploads(rounds: int, seconds: float) -> None:
    """p95 of the leads and the inbox without and with uploads, and the memory of the process of pages."""
    seller = find_seller()
    files = [
        ("voice", "blob", _voice()),
        ("auto", "foto.jpg", _picture()),
    ]  # before: making them costs as much
    asked = [Page("leads", lambda: "/leads"), Page("inbox", lambda: "/chats")]
    with running(SHAPES["gevent"]) as server:
        _both(server, seller, asked, 2)
        quiet: list[float] = []
        busy: list[float] = []
        peak: list[float] = []
        for _round in range(rounds):
            quiet += _both(server, seller, asked, seconds)
            sender = Sender(server, seller, files)
            thread = threading.Thread(target=sender.run)
            watch = threading.Thread(target=_weigh, args=(server, sender.stop, peak))
            for one in (thread, watch):
                one.start()
            busy += _both(server, seller, asked, seconds)
            sender.stop.set()
            for one in (thread, watch):
                one.join()
            click.echo(f"  sent: {sender.sent}", err=True)
    before, after = quantile(quiet, 0.95), quantile(busy, 0.95)
    click.echo(f"p95 without {before:.1f} ms of {len(quiet)}, with uploads {after:.1f} ms of {len(busy)}: {after / before:.2f} times"
               f" (most {MOST_RATIO}); web at most {max(peak):.0f} MB (most {MOST_MEMORY:.0f}), on {os.cpu_count()} cores")  # fmt: skip


def _both(server: Server, seller: Seller, asked: list[Page], seconds: float) -> list[float]:
    return [
        spent
        for page in asked
        for spent in measure(
            server.port, seller.cookie, page, clients=1, requests=100_000, seconds=seconds / len(asked)
        ).wall
    ]


def _weigh(server: Server, stop: threading.Event, peak: list[float]) -> None:
    worker = children(server.process.pid)[0]
    while not stop.wait(0.2):
        peak.append(pss(worker))


def _voice() -> bytes:
    """As Chromium streams it, of packets of 20 ms."""
    head = b"OpusHead\x01\x01" + struct.pack("<HIhB", 312, 48000, 0, 0)
    track = _element(
        b"\xae", _element(b"\xd7", b"\x01") + _element(b"\x86", b"A_OPUS") + _element(b"\x63\xa2", head)
    )
    packets = (
        _element(b"\xa3", b"\x81\x00\x00\x80\x78" + secrets.token_bytes(199))
        for _ in range(VOICE_BYTES // 209)
    )
    cluster = b"\x1f\x43\xb6\x75" + _UNKNOWN + _element(b"\xe7", b"\x00") + b"".join(packets)
    return _element(b"\x1aE\xdf\xa3", _element(b"\x42\x82", b"webm")) + b"\x18\x53\x80\x67" + _UNKNOWN + _element(b"\x16\x54\xae\x6b", track) + cluster  # fmt: skip


def _element(name: bytes, value: bytes) -> bytes:
    return name + struct.pack(">I", len(value) | 0x10000000) + value


def _picture() -> bytes:
    """24 megapixels of noise, which is what costs most."""
    from PIL import Image

    out = BytesIO()
    Image.effect_noise((WIDTH, HEIGHT), 40).convert("RGB").save(out, "JPEG", quality=85)
    return out.getvalue()
