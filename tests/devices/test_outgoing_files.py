"""Files on their way out: uploaded as bytes, described for phones, never sent when the upload failed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import Address, Kind, LaterError, MessageKind, PermanentError, TransientError
from clarin_web.devices.neonize_gateway import sending
from clarin_web.devices.neonize_gateway.uploading import upload
from clarin_web.devices.outgoing import OutgoingMedia, Quoted, SentFile
from clarin_web.media.actions.keeping import keep
from clarin_web.media.storage import scratch
from clarin_web.models import Media, Message

from .conftest import PHONE, Office, until

MARIA = Address(Kind.USER, PHONE)
DATA = b"%PDF-1.4 precios"


def kept(office: Office, data: bytes = DATA) -> str:
    with tenant(office.account_id), transaction(), scratch() as path:
        path.write_bytes(data)
        return keep(office.account_id, path)


class Client:
    """What neonize answers to an upload; `fails` is what it raises."""

    def __init__(self, fails: str = "") -> None:
        self.uploads: list[tuple[bytes, int]] = []
        self.sent: list[Any] = []
        self._fails = fails

    def upload(self, data: bytes, shelf: Any) -> Any:
        if self._fails:
            raise RuntimeError(self._fails)
        self.uploads.append((data, shelf.value))
        names = ("MediaKey", "FileEncSHA256", "FileSHA256")
        return SimpleNamespace(
            url="https://mmg.whatsapp.net/x", DirectPath="/x", FileLength=len(data),
            **dict.fromkeys(names, b"k" * 32),
        )  # fmt: skip

    def send_message(self, to: Any, message: Any) -> Any:
        self.sent.append(message)
        return SimpleNamespace(ID="3EB0", Timestamp=1)


def outgoing(office: Office, kind: str, digest: str, **more: Any) -> OutgoingMedia:
    file = SentFile(office.account_id, digest, len(DATA), "image/png", "lista.pdf", 7, 30, 20)
    return OutgoingMedia("W1", MARIA, MessageKind(kind), file, "mira", **more)


@pytest.mark.parametrize(
    ("kind", "shelf", "field"),
    [
        ("image", 0, "imageMessage"),
        ("sticker", 0, "stickerMessage"),
        ("video", 1, "videoMessage"),
        ("gif", 1, "videoMessage"),
        ("audio", 2, "audioMessage"),
        ("voice", 2, "audioMessage"),
        ("document", 3, "documentMessage"),
    ],
)
def test_each_kind_is_uploaded_and_described_as_phones_expect(
    office: Office, kind: str, shelf: int, field: str
) -> None:
    client = Client()
    message = upload(
        client, outgoing(office, kind, kept(office), quoted=Quoted("3EB0AA", MARIA, "¿y?"), forwards=1)
    )
    assert client.uploads == [(DATA, shelf)]
    part = getattr(message, field)
    assert [name.name for name, _ in message.ListFields()] == [field]
    assert (part.URL, part.directPath, part.fileLength) == ("https://mmg.whatsapp.net/x", "/x", len(DATA))
    assert (part.contextInfo.stanzaID, part.contextInfo.isForwarded) == ("3EB0AA", True)
    assert message.SerializeToString()
    if field == "audioMessage":
        assert (part.PTT, part.seconds) == (kind == "voice", 7)
    elif kind != "sticker":
        assert part.caption == "mira"
    if kind == "gif":
        assert part.gifPlayback
    if kind == "document":
        assert (part.fileName, part.title) == ("lista.pdf", "lista.pdf")
    if kind == "voice":
        assert part.mimetype == "audio/ogg; codecs=opus"


@pytest.mark.parametrize(
    ("said", "error", "reason"),
    [
        ("websocket not connected", TransientError, "not_connected"),
        ("upload failed with status code 507", LaterError, "busy"),
        ("upload failed with status code 413", PermanentError, "too_large"),
        ("upload failed with status code 403", PermanentError, "not_uploaded"),
        ("nobody knows", PermanentError, "not_uploaded"),
    ],
)
def test_what_was_not_uploaded_was_certainly_not_sent(
    office: Office, said: str, error: type[Exception], reason: str
) -> None:
    client = Client(said)
    with pytest.raises(error, match=reason):
        sending.send(client, outgoing(office, "document", kept(office)))
    assert client.sent == []


def test_a_file_that_is_gone_is_never_sent(office: Office) -> None:
    client = Client()
    with pytest.raises(PermanentError, match="file_lost"):
        sending.send(client, outgoing(office, "document", "0" * 64))
    assert (client.uploads, client.sent) == ([], [])


def test_a_file_leaves_once_in_its_place_among_the_texts(linked: Office) -> None:
    digest = kept(linked)
    linked.queue("antes", prefix="A")
    with tenant(linked.account_id), transaction():
        row = {
            "account_id": linked.account_id,
            "chat_id": linked.chat_id,
            "direction": "out",
            "state": "queued",
        }
        made = (
            insert(Message).values(**row, wa_id="W1", kind="document", body="la lista").returning(Message.id)
        )
        message_id = execute(made).scalar_one()
        file = {
            "state": "ready",
            "hash": digest,
            "size": len(DATA),
            "name": "lista.pdf",
            "mime": "application/pdf",
        }
        execute(insert(Media).values(account_id=linked.account_id, message_id=message_id, **file))
    release()
    linked.queue("después", prefix="B")
    linked.start()
    until(lambda: set(linked.states()) <= {"sent", "delivered", "read"})
    (_, _), (kind, fields), (_, _) = linked.world.contents()
    assert (kind, fields["caption"], fields["file"]["hash"]) == ("document", "la lista", digest)
    assert [body for _, _, body in linked.world.wire()] == ["antes", "la lista", "después"]
