"""Every kind of message, made from WhatsApp's own descriptor: each text in it is a word that can be looked for."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from clarin_web.devices.neonize_gateway import protos

SECONDS = 1_795_190_000
MAX_VARIANTS = 7  # of what excludes each other in one message: headers, templates, payments
# Names of texts nobody reads on a phone, and why.
NOT_FOR_PEOPLE = {
    r"(^|\.)(URL|directPath|staticURL|thumbnailDirectPath|artworkDirectPath|metadataURL|dashManifestURL|"
    r"videoContentURL|qrURL|songUri|artworkUri|signedURL|consentedUsersURL|unconsentedUsersURL|"
    r"thumbnailImageURL|profilePictureURL|profileIconURL|thumbnailURL|imagePreviewURL|imageHighResURL|sourceURL)$":
        "addresses of bytes, not of pages",
    r"(JID|ID|Id|Fbid|id|uuid|Vpa)$|hash|Hash|token|Token|phash|stanza|namespace|elementName": "ids and keys",
    r"mimetype|capabilities|codeLanguage|platform$|catalogType|rmrSource|stickerKey|transactionData|style": "how to draw or read it",
    r"fallbackL[gc]|deterministicL[gc]|musicContentMediaID": "languages",
    r"currencyCode|CurrencyCode|currencyCodeIso": "part of an amount",
    r"accessibilityLabel|accessibilityText|emojis": "read aloud by a phone, printed by none",
    r"matchedText": "stands in the text already",
    r"requestFrom|inviteCode|attachment\w+$|fileName$|trayIconFileName|imageDataHash": "files within a pack, addresses",
    r"documentMessage\.title$": "the file's name stands there instead",
    r"newsletter\.profileName": "the channel's name stands there",
    r"bloksWidget\.(data|type)": "a program for the phone",
    r"urlTrackingMap": "how taps are counted",
    r"^call\.|^chat\.|nativeFlowInfo\.name|buttons\.name|Response\w*\.name$|ResponseMessage\.name": "steers the phone",
    r"^(protocolMessage|messageContextInfo|reactionMessage)\.": "tested by themselves",
    r"^(\w*[sS]enderKeyDistribution\w*|stickerSyncRmrMessage|messageHistory\w+|groupRootKeyShare|"
    r"rootSecretDistributeMessage|pollUpdateMessage|keepInChatMessage|pinInChatMessage|secretEncryptedMessage|"
    r"enc\w+Message|pollAddOptionMessage)\.": "traffic, or a change to another message",
}  # fmt: skip
_HIDDEN = {re.compile(pattern): why for pattern, why in NOT_FOR_PEOPLE.items()}
_LINKS = re.compile(
    r"\.(tapURL|joinLink|callLink|tapLinkURL)$|urlButton\.URL$|product\.URL$|locationMessage\.URL$|reelItem\.videoURL$"
)


class Filler:
    """Fills messages; `words`: each made-up word, and the path of the field it stands in."""

    def __init__(self, variant: int) -> None:
        self.variant, self.words = variant, dict[str, str]()
        self._numbers = itertools.count(1)

    def word(self, path: str) -> str:
        made = f"w{self.variant}x{next(self._numbers)}w"
        self.words[made] = path
        return made

    def fill(self, part: Any, path: str, seen: tuple[str, ...] = ()) -> None:
        chosen = {
            group.name: group.fields[self.variant % len(group.fields)].name
            for group in part.DESCRIPTOR.oneofs
        }
        for field in part.DESCRIPTOR.fields:
            group = field.containing_oneof
            if group is None or len(group.fields) == 1 or chosen[group.name] == field.name:
                self._fill_field(part, field, f"{path}.{field.name}".lstrip("."), seen)

    def _fill_field(self, part: Any, field: Any, path: str, seen: tuple[str, ...]) -> None:
        if field.message_type is not None:
            self._fill_message(part, field, path, seen)
        elif field.type == field.TYPE_STRING:
            value = self._text(path, field.name)
            getattr(part, field.name).append(value) if field.is_repeated else setattr(part, field.name, value)
        elif field.cpp_type in (
            field.CPPTYPE_INT32,
            field.CPPTYPE_INT64,
            field.CPPTYPE_UINT32,
            field.CPPTYPE_UINT64,
        ):
            value = SECONDS if re.search("[tT]ime|[eE]xpir", field.name) else 3
            if not field.is_repeated:
                setattr(part, field.name, value)

    def _fill_message(self, part: Any, field: Any, path: str, seen: tuple[str, ...]) -> None:
        name = field.message_type.full_name
        if field.message_type.name == "Message":
            getattr(part, field.name).conversation = self.word(path)
            return
        if name in seen or field.message_type.name in ("ContextInfo", "MessageKey", "MessageContextInfo"):
            return
        if not field.is_repeated:
            getattr(part, field.name).SetInParent()
            self.fill(getattr(part, field.name), path, (*seen, name))
            return
        widest = max((len(group.fields) for group in field.message_type.oneofs), default=1)
        kept = self.variant
        for self.variant in range(widest):
            self.fill(getattr(part, field.name).add(), path, (*seen, name))
        self.variant = kept

    def _text(self, path: str, name: str) -> str:
        if name == "vcard":
            return f"BEGIN:VCARD\nVERSION:3.0\nFN:{self.word(path)}\nEND:VCARD\n"
        if name.endswith("JSON"):
            return json.dumps(
                {"display_text": self.word(path), "note": self.word(path), "flow_token": "secret"}
            )
        if _LINKS.search(path):
            return f"https://example.test/{self.word(path)}"
        if name in ("currencyCode", "totalCurrencyCode", "currencyCodeIso4217"):
            return "PEN"
        return self.word(path)

    @property
    def for_people(self) -> dict[str, str]:
        return {word: path for word, path in self.words.items() if _is_for_people(path)}


def _is_for_people(path: str) -> bool:
    """A catalog's pictures have no words of their own."""
    return not re.search(r"(product|catalog)Image\.", path) and (
        bool(_LINKS.search(path)) or not any(hidden.search(path) for hidden in _HIDDEN)
    )


def every_kind() -> Iterator[tuple[str, Any, dict[str, str]]]:
    """(Field of the message, a message with it, the words a person would read in it), variant by variant."""
    contents = protos.load()[1]
    for field in contents.Message.DESCRIPTOR.fields:
        known = set[bytes]()
        for variant in range(MAX_VARIANTS):
            message, filler = contents.Message(), Filler(variant)
            if field.message_type is None:
                message.conversation = filler.word(field.name)
            else:
                getattr(message, field.name).SetInParent()
                above = (message.DESCRIPTOR.full_name, field.message_type.full_name)
                filler.fill(getattr(message, field.name), field.name, above)
            shape = re.sub(rb"w\dx\d+w", b"", message.SerializePartialToString(deterministic=True))
            if shape not in known:
                known.add(shape)
                yield field.name, message, filler.for_people
