"""What it means when WhatsApp's server does not take a message: one table, from public sources.

`whatsmeow` is tulir/whatsmeow: receipt.go has the Nack… constants, errors.go the ErrIQ… ones. `web` is WhatsApp Web's
own list (WAWebCreateNackFromStanza), as Auties00/Cobalt names it. `baileys` is SERVER_ERROR_CODES of WhiskeySockets'
decode-wa-message. `#…` are reports of whatsmeow's users.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Family(enum.Enum):
    """What Clarin does with the message."""

    REFUSED = "refused"  # it failed, and a person reads why
    LATER = "later"  # certainly not taken: the same message is tried again, a few times, longer apart
    RESTRICTED = "restricted"  # refused, and nothing cold leaves for a while
    DOUBT = "doubt"  # it may have arrived: a person decides


@dataclass(frozen=True, slots=True)
class Refusal:
    """`reason` is a code that templates/chats/words.html says in words."""

    family: Family
    reason: str
    source: str = ""


_REFUSED, _LATER = Family.REFUSED, Family.LATER
TABLE = {
    400: Refusal(_REFUSED, "unreadable", "whatsmeow ErrIQBadRequest"),
    401: Refusal(_REFUSED, "not_allowed", "whatsmeow ErrIQNotAuthorized"),
    403: Refusal(_REFUSED, "not_allowed", "whatsmeow ErrIQForbidden, #679"),
    404: Refusal(_REFUSED, "not_there", "whatsmeow ErrIQNotFound"),
    405: Refusal(_REFUSED, "not_allowed", "whatsmeow ErrIQNotAllowed, #347"),
    406: Refusal(_REFUSED, "unreadable", "whatsmeow ErrIQNotAcceptable"),
    408: Refusal(_LATER, "busy", "HTTP: the server waited too long"),
    409: Refusal(_LATER, "out_of_step", "HTTP: conflict, the list of devices is old"),
    410: Refusal(_REFUSED, "not_there", "whatsmeow ErrIQGone"),
    413: Refusal(_REFUSED, "too_large", "HTTP: content too large"),
    415: Refusal(_REFUSED, "unreadable", "HTTP: unsupported media"),
    419: Refusal(_LATER, "too_often", "whatsmeow ErrIQResourceLimit"),
    421: Refusal(_LATER, "out_of_step", "web StaleGroupAddressingMode"),
    423: Refusal(_LATER, "busy", "whatsmeow ErrIQLocked"),
    429: Refusal(_LATER, "too_often", "whatsmeow ErrIQRateOverLimit"),
    463: Refusal(Family.RESTRICTED, "restricted", "baileys MessageAccountRestriction, #1074"),
    475: Refusal(Family.RESTRICTED, "capped", "web NewChatMessagesCapped"),
    479: Refusal(_LATER, "out_of_step", "baileys SmaxInvalid, #922"),
    487: Refusal(_REFUSED, "unreadable", "whatsmeow NackParsingError"),
    488: Refusal(_REFUSED, "unreadable", "whatsmeow NackUnrecognizedStanza"),
    489: Refusal(_REFUSED, "unreadable", "whatsmeow NackUnrecognizedStanzaClass"),
    490: Refusal(_REFUSED, "unreadable", "whatsmeow NackUnrecognizedStanzaType"),
    491: Refusal(_REFUSED, "unreadable", "whatsmeow NackInvalidProtobuf"),
    493: Refusal(_REFUSED, "unreadable", "whatsmeow NackInvalidHostedCompanionStanza"),
    495: Refusal(_REFUSED, "target_gone", "whatsmeow NackMissingMessageSecret"),
    496: Refusal(_LATER, "out_of_step", "whatsmeow NackSignalErrorOldCounter"),
    499: Refusal(_REFUSED, "target_gone", "whatsmeow NackMessageDeletedOnPeer"),
    500: Refusal(_LATER, "busy", "whatsmeow NackUnhandledError"),
    503: Refusal(_LATER, "busy", "whatsmeow ErrIQServiceUnavailable"),
    530: Refusal(Family.DOUBT, "not_confirmed", "whatsmeow ErrIQPartialServerError: some may have it"),
    550: Refusal(_REFUSED, "not_allowed", "whatsmeow NackUnsupportedAdminRevoke"),
    551: Refusal(_REFUSED, "unreadable", "whatsmeow NackUnsupportedLIDGroup"),
    552: Refusal(_LATER, "busy", "whatsmeow NackDBOperationFailed"),
}


def refusal_of(code: int) -> Refusal:
    """Codes nobody knows: the client's fault is a refusal, the server's passes, anything else is a doubt."""
    if known := TABLE.get(code):
        return known
    if 400 <= code < 500:
        return Refusal(_REFUSED, f"refused:{code}")
    return Refusal(_LATER, "busy") if 500 <= code < 600 else Refusal(Family.DOUBT, "not_confirmed")
