"""Questions to a connected neonize client that send nothing to anybody, and their answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clarin_web.devices.gateway import (
    Address,
    File,
    GroupNamed,
    Kind,
    PersonNamed,
    PortraitNews,
    PortraitTold,
    TooOftenError,
    TransientError,
)
from clarin_web.devices.neonize_gateway.addresses import address_of
from clarin_web.devices.neonize_gateway.content_parts import clean
from clarin_web.devices.neonize_gateway.refs import plain_ref
from clarin_web.devices.neonize_gateway.sending import error_of, jid

# Parts of whatsmeow's texts. What is in none of them may be answered another day.
_TOO_OFTEN = ("429", "rate-overlimit")
_REFUSED = ("403", "404", "401", "not participating", "does not exist", "gone")
_HIDDEN = ("hidden their profile picture", "401", "403")
_NONE = ("does not have a profile picture", "404")


def on_whatsapp(client: Any, phone: str) -> Address | None:
    """Where the number is, as WhatsApp names it; an empty answer means nobody.

    neonize joins what it is given with spaces, so it gets digits only.
    """
    try:
        answers = client.is_on_whatsapp(phone)
    except Exception as error:
        raise error_of(error) from error
    return next(
        (address_of(answer.JID) or Address(Kind.USER, phone) for answer in answers if answer.IsIn), None
    )


def group_name(client: Any, group: Address) -> GroupNamed:
    """Without a name when this number may not know it."""
    try:
        name = clean(client.get_group_info(jid(group)).GroupName.Name)
    except Exception as error:
        if not _says(error, _REFUSED):
            raise _later(error) from error
        name = ""
    return GroupNamed(group, name, datetime.now(UTC))


def person_names(client: Any, person: Address) -> PersonNamed:
    """From what the phone told when it was linked and since; neonize passes no event on about it.

    People are in its list by phone, by private id, or both.
    """
    try:
        known = [client.contact.get_contact(who) for who in _both_ids(client, person)]
    except Exception as error:
        raise _later(error) from error
    book, push, company = (
        next((name for one in known if (name := clean(getattr(one, part)))), "")
        for part in ("FullName", "PushName", "BusinessName")
    )
    return PersonNamed(person, book, push or company, datetime.now(UTC))


def _both_ids(client: Any, person: Address) -> list[Any]:
    one = jid(person)
    other = client.get_pn_from_lid(one) if person.kind is Kind.LID else client.get_lid_from_pn(one)
    return [one, other] if other.User else [one]


def portrait(client: Any, chat: Address, known: str) -> PortraitTold:
    """Only where a small one lies: its bytes are fetched elsewhere."""
    from neonize.proto.Neonize_pb2 import GetProfilePictureParams

    params = GetProfilePictureParams(Preview=True, ExistingID=known)
    now = datetime.now(UTC)
    try:
        found = client.get_profile_picture(jid(chat), params)
    except Exception as error:
        if _says(error, _HIDDEN):
            return PortraitTold(chat, PortraitNews.HIDDEN, now)
        if _says(error, _NONE):
            return PortraitTold(chat, PortraitNews.NONE, now)
        raise _later(error) from error
    if not found.ID or known == found.ID:
        return PortraitTold(chat, PortraitNews.SAME, now, known)
    file = File(plain_ref(found.URL, found.DirectPath), "image/jpeg")
    return PortraitTold(chat, PortraitNews.THERE, now, clean(found.ID), file)


def _says(error: Exception, parts: tuple[str, ...]) -> bool:
    return any(part in str(error) for part in parts)


def _later(error: Exception) -> TransientError:
    return TooOftenError("too_often") if _says(error, _TOO_OFTEN) else TransientError("no_answer")
