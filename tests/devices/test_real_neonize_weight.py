"""What a number's process weighs, with the real neonize: never a hundred megabytes for long, whatever it did.

With -s it says the figures of docs/performance.md; WEIGH_MESSAGES is how many messages are said first.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from clarin_web.media.inspection import look_at
from clarin_web.media.storage import keep_bytes
from tests.support.whatsapp_line import Line, a_line, a_whatsapp
from tests.support.whatsapp_server.people import Person, contents

from .conftest import PHONE, Office

pytestmark = [pytest.mark.linux]
MESSAGES, BURST = int(os.environ.get("WEIGH_MESSAGES", "200")), 20
MOST = 100.0
FILE = 16 * 1024 * 1024


def weight(pid: int) -> float:
    """MB: its share of what is shared (PSS), but all of neonize's library, as if it were the only number."""
    held, file = 0, ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, value, *_ = line.split()
        if not name.endswith(":"):
            file = line
        elif name == ("Rss:" if "neonize" in file else "Pss:"):
            held += int(value)
    return held / 1024


class Scales:
    """Looks all the time, as a film is over in a blink."""

    def __init__(self, line: Line) -> None:
        pid = line.pid()
        assert pid
        self.line, self.pid = line, pid
        self.peak, self._over = 0.0, threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)
        self._looking.start()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.peak = max(self.peak, weight(self.pid))

    def settled(self, after: str) -> None:
        """It may be more for a moment, and then goes back; by itself."""
        now = self.line.until(lambda: (found := weight(self.pid)) < MOST and found)
        print(f"| {after} | {now:.0f} | {max(now, self.peak):.0f} |")
        self.peak = 0.0

    def put_away(self) -> None:
        self._over.set()
        self._looking.join(60)


@pytest.fixture
def line(office: Office, tmp_path: Path) -> Iterator[Line]:
    with a_whatsapp(tmp_path) as whatsapp, a_line(office, whatsapp) as made:
        whatsapp.welcome(PHONE, "María")
        made.link()
        yield made


@pytest.fixture
def scales(line: Line) -> Iterator[Scales]:
    made = Scales(line)
    yield made
    made.put_away()


def talk(line: Line, maria: Person, messages: int) -> None:
    """Half in, half out, in bursts."""
    text = contents().Message
    for first in range(0, messages, BURST):
        said = [line.server.write(maria, text(conversation=f"hola {first + n}")) for n in range(BURST // 2)]
        line.until(lambda last=said[-1]: line.heard(last))
        answers = [line.queue(f"buenas {first + n}") for n in range(BURST // 2)]
        line.until(lambda last=answers[-1]: line.message(last).state == "sent")


def picture() -> bytes:
    """As a phone takes it: a megabyte."""
    out = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def test_a_number_never_weighs_a_hundred_megabytes_for_long(
    line: Line, scales: Scales, tmp_path: Path
) -> None:
    maria, e2e, media = line.server.people[-1], contents(), line.server.media
    scales.settled("linked")
    talk(line, maria, MESSAGES)
    scales.settled(f"{MESSAGES} messages")

    photo = picture()
    part = e2e.ImageMessage(**media.put("image", photo), mimetype="image/jpeg")
    assert line.file(line.server.write(maria, e2e.Message(imageMessage=part), type="media")).state == "ready"
    scales.settled("a photo in")
    (file := tmp_path / "photo").write_bytes(photo)
    small = keep_bytes(line.office.account_id, look_at(file).thumb, lambda _digest: None)
    line.send_file("image", photo, mime="image/jpeg", thumb_hash=small)
    assert maria.received[-1].message.imageMessage.JPEGThumbnail
    scales.settled("a photo out")

    film = os.urandom(FILE)
    part = e2e.DocumentMessage(**media.put("document", film), mimetype="video/mp4", fileName="obra.mp4")
    assert (
        line.file(line.server.write(maria, e2e.Message(documentMessage=part), type="media")).state == "ready"
    )
    scales.settled("16 MB in")
    for _ in range(2):
        line.send_file("document", film, name="obra.mp4", mime="video/mp4")
        scales.settled("16 MB out")
    assert line.pid() == scales.pid, "the same process all along"
