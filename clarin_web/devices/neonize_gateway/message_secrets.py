"""What phones seal with the secret of the message it is about: edits, comments, reactions, answers to events.

neonize opens votes only. The secrets lie in the session file, which neonize has open: they are read through its own
SQLite, because a second one in the same process would break its locks. What cannot be opened stays sealed.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.envelopes import unwrap

log = logging.getLogger(__name__)
MAX_SECRETS = 4  # of one id: chats of other people may have the same one
BUSY_MILLISECONDS = 2_000
READ_ONLY, OK, ROW, TRANSIENT = 1, 0, 100, -1  # SQLite's own numbers
KEY_BYTES = 32
# What a secret is used for is part of the key; by the number of secretEncType.
EDIT_USES = {1: ("Event Edit",), 2: ("Message Edit",), 4: ("Poll Edit",), 5: ("Poll Add Option", "Poll Edit")}
BOUND_USES = ("Event Response",)  # those sealed together with who sealed them
Find = Callable[[str], list["Secret"]]


class Secret(NamedTuple):
    """Of one message: 32 bytes, and who wrote it ("user@server")."""

    key: bytes
    author: str


def is_sealed(event: Any) -> bool:
    return _sealed(unwrap(event.Message).message) is not None


def readable(event: Any, find: Find) -> Iterator[tuple[bytes, str]]:
    """The event again, as it would have come unsealed, and the name to keep it under; nothing without the secret."""
    sealed = _sealed(unwrap(event.Message).message)
    if sealed is None:
        return
    part, key, uses, rewrite = sealed
    for plain in _opened(part, key.ID, uses, _senders(event), find):
        copy = type(event)()
        copy.CopyFrom(event)
        copy.Message.Clear()
        copy.Raw.Clear()
        try:
            name = rewrite(copy.Message, key, plain)
        except DecodeError:
            continue
        yield copy.SerializePartialToString(), f"neonize.{name}"
        return


def _sealed(message: Any) -> tuple[Any, Any, tuple[str, ...], Callable[[Any, Any, bytes], str]] | None:
    if message.HasField("secretEncryptedMessage"):
        part = message.secretEncryptedMessage
        return part, part.targetMessageKey, EDIT_USES.get(part.secretEncType, ()), _as_edit
    if message.HasField("encReactionMessage"):
        part = message.encReactionMessage
        return part, part.targetMessageKey, ("Enc Reaction",), _as_reaction
    if message.HasField("encCommentMessage"):
        part = message.encCommentMessage
        return part, part.targetMessageKey, ("Enc Comment",), _as_comment
    if message.HasField("encEventResponseMessage"):
        part = message.encEventResponseMessage
        return part, part.eventCreationMessageKey, ("Event Response",), _as_answer
    return None


def _as_edit(message: Any, key: Any, plain: bytes) -> str:
    """As phones wrote edits before they sealed them: the plain form is what the rest of Clarin reads."""
    contents = protos.load()[1]
    opened = unwrap(contents.Message.FromString(plain)).message
    if opened.HasField("pollAddOptionMessage"):
        message.CopyFrom(opened)
        return "message"
    note = message.protocolMessage
    note.key.CopyFrom(key)
    note.type = contents.ProtocolMessage.MESSAGE_EDIT
    inner = opened.protocolMessage.editedMessage if opened.HasField("protocolMessage") else opened
    note.editedMessage.CopyFrom(inner)
    return "message"


def _as_reaction(message: Any, key: Any, plain: bytes) -> str:
    message.reactionMessage.ParseFromString(plain)
    message.reactionMessage.key.CopyFrom(key)
    return "message"


def _as_comment(message: Any, key: Any, plain: bytes) -> str:
    message.commentMessage.message.ParseFromString(plain)
    message.commentMessage.targetMessageKey.CopyFrom(key)
    return "message"


def _as_answer(message: Any, key: Any, plain: bytes) -> str:
    protos.load()[1].EventResponseMessage.FromString(plain)
    message.encEventResponseMessage.eventCreationMessageKey.CopyFrom(key)
    message.encEventResponseMessage.encPayload = plain
    return "event_answer"


def _senders(event: Any) -> list[str]:
    """Who sealed it, under each of their names, as it is part of the key."""
    source = event.Info.MessageSource
    return [f"{jid.User.split(':')[0]}@{jid.Server}" for jid in (source.Sender, source.SenderAlt) if jid.User]


def _opened(part: Any, wa_id: str, uses: tuple[str, ...], senders: list[str], find: Find) -> Iterator[bytes]:
    """Whatever opens: a wrong key, use or sender cannot."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    for secret in find(wa_id) if uses and wa_id else ():
        for use in uses:
            for sender in senders:
                bound = f"{wa_id}\0{sender}".encode() if use in BOUND_USES else None
                key = derive_key(secret, wa_id, sender, use)
                try:
                    yield AESGCM(key).decrypt(part.encIV, part.encPayload, bound)
                except (InvalidTag, ValueError):
                    continue


def derive_key(secret: Secret, wa_id: str, sender: str, use: str) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = f"{wa_id}{secret.author}{sender}{use}".encode()
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(secret.key)


class SessionSecrets:
    """Asks the open session file through the SQLite inside neonize's library."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, wa_id: str) -> list[Secret]:
        """[] when it has none, or will not say."""
        from neonize import _binder

        library, database = _binder.gocode, ctypes.c_void_p()
        library.sqlite3_column_blob.restype = ctypes.c_void_p
        try:
            opened = library.sqlite3_open_v2(
                str(self._path).encode(), ctypes.byref(database), READ_ONLY, None
            )
            return _rows(library, database, wa_id) if opened == OK else []
        finally:
            library.sqlite3_close_v2(database)


def _rows(library: Any, database: ctypes.c_void_p, wa_id: str) -> list[Secret]:
    statement = ctypes.c_void_p()
    library.sqlite3_busy_timeout(database, BUSY_MILLISECONDS)
    query = b"SELECT key, sender_jid FROM whatsmeow_message_secrets WHERE message_id = ?"
    if library.sqlite3_prepare_v2(database, query, -1, ctypes.byref(statement), None) != OK:
        log.warning("the secrets of messages cannot be asked for")
        return []
    try:
        wanted = wa_id.encode()
        library.sqlite3_bind_text(statement, 1, wanted, len(wanted), ctypes.c_void_p(TRANSIENT))
        found: list[Secret] = []
        while len(found) < MAX_SECRETS and library.sqlite3_step(statement) == ROW:
            found.append(Secret(_column(library, statement, 0), _column(library, statement, 1).decode()))
        return found
    finally:
        library.sqlite3_finalize(statement)


def _column(library: Any, statement: ctypes.c_void_p, number: int) -> bytes:
    size = library.sqlite3_column_bytes(statement, number)
    where = library.sqlite3_column_blob(statement, number)
    return ctypes.string_at(where, size) if where else b""
