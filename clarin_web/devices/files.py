"""The bytes of a file that is about to be sent, and the small picture phones show before they have it."""

from __future__ import annotations

from io import BytesIO

import structlog

from clarin_web.devices.gateway import PermanentError, TransientError
from clarin_web.devices.outgoing import SentFile
from clarin_web.lib.apart import NotDone, done_apart
from clarin_web.lib.errors import NotFound
from clarin_web.media import preview
from clarin_web.media.storage import storage

log = structlog.get_logger()
PREVIEW_MOST = 256 * 1024


def bytes_of(file: SentFile) -> bytes:
    """All of them: WhatsApp wants a file in one piece. PermanentError when it is gone."""
    data = _read(file.account_id, file.hash, file.size)
    if len(data) != file.size:
        raise PermanentError("file_lost")
    return data


def preview_of(file: SentFile) -> bytes:
    """A tiny JPEG; b"" when we drew no small picture of it."""
    if not file.thumb:
        return b""
    try:
        return done_apart(preview.PROGRAM, _read(file.account_id, file.thumb, PREVIEW_MOST))
    except NotDone as error:  # phones show a grey square until they have the picture
        log.warning("no preview of a picture", reason=str(error))
        return b""


def _read(account_id: int, digest: str, most: int) -> bytes:
    try:
        whole = BytesIO()
        for piece in storage().read(account_id, digest, 0, most):
            whole.write(piece)
        return whole.getvalue()  # shares its memory: joining pieces would hold everything twice
    except NotFound as error:
        raise PermanentError("file_lost") from error
    except OSError as error:
        raise TransientError("file_away") from error
