"""What phones seal with another message's secret, opened by the number's process: then it is as if it came unsealed."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import IncomingMessage, MessageEdited, PollOptionAdded, PollVote, Reaction
from clarin_web.devices.neonize_gateway.message_secrets import Secret, derive_key
from clarin_web.devices.neonize_gateway.storing import Storing

from .test_neonize_mapping import MARIA, M, e, key, message, n, source

SECRET, IV = Secret(b"s" * 32, MARIA), b"i" * 12
EDIT = M(
    protocolMessage=e.ProtocolMessage(
        type=e.ProtocolMessage.MESSAGE_EDIT, editedMessage=M(conversation="son 120"), key=key("ORIG")
    )
)
ADDED = M(
    pollAddOptionMessage=e.PollAddOptionMessage(
        pollCreationMessageKey=key("ORIG"), addOption={"optionName": "verde"}
    )
)


def seal(
    plain: Any,
    use: str,
    sender: str = MARIA,
    bound: bytes | None = None,
    wa_id: str = "ORIG",
    author: str = MARIA,
) -> dict[str, Any]:
    key_of_it = derive_key(Secret(SECRET.key, author), wa_id, sender, use)
    return {"encPayload": AESGCM(key_of_it).encrypt(IV, plain.SerializeToString(), bound), "encIV": IV}


def sealed_edit(plain: Any, use: str, number: int, sender: str = MARIA, wa_id: str = "ORIG") -> Any:
    author = MARIA if wa_id == "ORIG" else sender
    sealed = seal(plain, use, sender, wa_id=wa_id, author=author)
    return M(secretEncryptedMessage={"targetMessageKey": key(wa_id), "secretEncType": number, **sealed})


def told(content: Any, where: Any = None, secrets: tuple[Secret, ...] = (SECRET,)) -> list[Any]:
    """What each stored row of it means."""
    event = n.Message.FromString(message(content, where))
    rows = list(Storing(None, lambda wa_id: list(secrets) if wa_id == "ORIG" else []).rows("message", event))
    return [decoded for raw, name in rows for decoded in decode(name, raw)]


@pytest.mark.parametrize(
    ("plain", "use", "number"),
    [(EDIT, "Message Edit", 2), (M(editedMessage={"message": EDIT}), "Message Edit", 2), (M(conversation="son 120"), "Message Edit", 2)],
    ids=["as a note", "in an envelope", "bare"],
)  # fmt: skip
def test_a_sealed_edit_is_followed_by_its_words(plain: Any, use: str, number: int) -> None:
    sealed, edit = told(sealed_edit(plain, use, number))
    assert isinstance(sealed, MessageEdited)
    assert isinstance(edit, MessageEdited)
    assert (sealed.sealed, sealed.wa_id, sealed.at) == (True, "ORIG", edit.at)
    assert (edit.sealed, edit.wa_id, edit.text) == (False, "ORIG", "son 120")


def test_the_private_id_of_who_sealed_it_opens_it_too() -> None:
    where = source(MARIA, alt="77001@lid")
    assert told(sealed_edit(EDIT, "Message Edit", 2, "77001@lid"), where)[-1].text == "son 120"


def test_reactions_comments_options_and_answers_come_as_themselves() -> None:
    target = {"targetMessageKey": key("ORIG")}
    reaction = M(encReactionMessage={**target, **seal(e.ReactionMessage(text="👍"), "Enc Reaction")})
    comment = M(encCommentMessage={**target, **seal(M(conversation="¡qué lindo!"), "Enc Comment")})
    answer = e.EventResponseMessage(response=1, timestampMS=1_795_190_000_000)
    coming = seal(answer, "Event Response", bound=f"ORIG\0{MARIA}".encode())
    (emoji,) = told(reaction)
    assert isinstance(emoji, Reaction)
    assert (emoji.emoji, emoji.wa_id) == ("👍", "ORIG")
    place, said = told(comment)
    assert isinstance(said, IncomingMessage)
    assert (place.details, said.wa_id, said.text) == (
        {"named": "comment", "type": "sealed"},
        place.wa_id,
        "¡qué lindo!",
    )
    option = told(sealed_edit(ADDED, "Poll Add Option", 5))[-1]
    assert isinstance(option, PollOptionAdded)
    assert (option.wa_id, option.option) == ("ORIG", "verde")
    (vote,) = told(M(encEventResponseMessage={"eventCreationMessageKey": key("ORIG"), **coming}))
    assert isinstance(vote, PollVote)
    assert vote.wa_id == "ORIG"


def test_without_the_secret_or_with_another_ones_it_stays_sealed(caplog: pytest.LogCaptureFixture) -> None:
    content = sealed_edit(EDIT, "Message Edit", 2)
    assert [one.sealed for one in told(content, secrets=())] == [True]
    assert [one.sealed for one in told(content, secrets=(Secret(b"x" * 32, MARIA),))] == [True]
    content.secretEncryptedMessage.encIV = b""
    assert [one.sealed for one in told(content)] == [True]
    assert caplog.messages == []


def test_a_library_that_fails_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_wa_id: str) -> list[Secret]:
        raise OSError("no such symbol")

    event = n.Message.FromString(message(sealed_edit(EDIT, "Message Edit", 2)))
    assert len(list(Storing(None, broken).rows("message", event))) == 1
    assert "OSError" in caplog.text
