"""Two contacts that are one person, and the way back. Leads and chats move; none is ever deleted (rules 2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, or_, select, update

from clarin_web.db import execute, session, transaction
from clarin_web.events import Actor, ContactChanged, ContactsMerged, announce
from clarin_web.lib.errors import Conflict, NotFound
from clarin_web.lib.names import display_name
from clarin_web.lib.text import name_key
from clarin_web.models import (
    Chat,
    Contact,
    ContactIdentity,
    ContactMerge,
    Lead,
    Media,
    Provenance,
    Tagging,
    Task,
)

KOMMO = "kommo"  # the reason of a merge that was made there
FOLLOWERS: dict[str, Any] = {"identity": ContactIdentity, "chat": Chat, "lead": Lead, "task": Task,
    "provenance": Provenance}  # fmt: skip


def merge_contacts(
    account_id: int, winner_id: int, loser_id: int, *, reason: str, by: int | None = None
) -> int:
    """Everything of the loser becomes the winner's; the ledger row says what, enough to undo it. Returns its id.

    Of a merge made in Kommo the tags that Kommo gave stay behind: which of them the winner has, Kommo says.
    """
    with transaction() as current:
        both = _lock_both(account_id, winner_id, loser_id)
        moved: dict[str, object] = {
            name: _move(model, account_id, loser_id, winner_id) for name, model in FOLLOWERS.items()
        }
        winner, loser = both[winner_id], both[loser_id]
        moved["portrait"] = _take_portrait(winner, loser)
        moved["tagging"] = _move_taggings(account_id, loser_id, winner_id, is_kommos=reason == KOMMO)
        moved["winner_names"] = dict(winner.names)
        moved["winner_reached"] = {"phone": winner.phone, "email": winner.email}
        _take_names(winner, loser)
        loser.trashed_at = func.now()
        entry = ContactMerge(
            account_id=account_id,
            winner_id=winner_id,
            loser_id=loser_id,
            reason=reason,
            moved=moved,
            merged_by=by,
        )
        current.add(entry)
        current.flush()  # for entry.id, the handle with which this can be undone
        told = ContactsMerged(
            account_id=account_id,
            actor=_actor(reason, by),
            contact_id=winner_id,
            loser_id=loser_id,
            reason=reason,
        )
        announce(told)
        return entry.id


def _actor(reason: str, by: int | None) -> Actor:
    if by:
        return Actor.user(by)
    return Actor.kommo() if reason == KOMMO else Actor.whatsapp()


def separated_from(account_id: int, contact_id: int) -> set[int]:
    """Those a person has said to be somebody else: what WhatsApp tells does not make them one again."""
    pairs = select(ContactMerge.winner_id, ContactMerge.loser_id).where(
        ContactMerge.account_id == account_id,
        ContactMerge.undone_at.is_not(None),
        ContactMerge.reason == "wa_pair",
        or_(ContactMerge.winner_id == contact_id, ContactMerge.loser_id == contact_id),
    )
    return {one for pair in execute(pairs) for one in pair} - {contact_id}


def undo_merge(account_id: int, merge_id: int) -> None:
    """Two people again, each with what was theirs before. Messages of a joined thread stay in it."""
    with transaction():
        entry = (
            session()
            .scalars(
                select(ContactMerge)
                .where(ContactMerge.account_id == account_id, ContactMerge.id == merge_id)
                .with_for_update()
            )
            .one_or_none()
        )
        if entry is None:
            raise NotFound("merge")
        if entry.undone_at is not None:
            raise Conflict("merge_undone")
        both = _lock_both(account_id, entry.winner_id, entry.loser_id)
        for name, model in {**FOLLOWERS, "tagging": Tagging}.items():
            _give_back(model, account_id, entry.loser_id, entry.moved.get(name))
        winner, loser = both[entry.winner_id], both[entry.loser_id]
        _give_back(Media, account_id, entry.loser_id, entry.moved.get("portrait"))
        for contact in (winner, loser):
            contact.portrait = _portrait_of(contact)
        _return_names(winner, loser, entry.moved)
        loser.trashed_at, loser.version = None, loser.version + 1
        entry.undone_at = func.now()
        for contact in (winner, loser):
            announce(
                ContactChanged(account_id=account_id, actor=_actor(entry.reason, None), contact_id=contact.id)
            )


def _lock_both(account_id: int, *contact_ids: int) -> dict[int, Contact]:
    rows = session().scalars(
        select(Contact)
        .where(Contact.account_id == account_id, Contact.id.in_(contact_ids))
        .order_by(Contact.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    both = {contact.id: contact for contact in rows}
    if len(both) != len(set(contact_ids)):
        raise NotFound("contact")
    return both


def _move(model: Any, account_id: int, loser_id: int, winner_id: int) -> list[int]:
    return list(
        execute(
            update(model)
            .where(model.account_id == account_id, model.contact_id == loser_id)
            .values(contact_id=winner_id, **_grown(model))
            .returning(model.id)
            .execution_options(synchronize_session=False)
        ).scalars()
    )


def _grown(model: Any) -> dict[str, Any]:
    """Leads and chats show their contact: what shows them must see that they are different."""
    return {"version": model.version + 1} if hasattr(model, "version") else {}


def _move_taggings(account_id: int, loser_id: int, winner_id: int, *, is_kommos: bool) -> list[int]:
    """A tag both have stays where it is: a contact wears each tag once."""
    theirs = select(Tagging.tag_id).where(Tagging.account_id == account_id, Tagging.contact_id == winner_id)
    mine = (Tagging.account_id == account_id, Tagging.contact_id == loser_id, Tagging.tag_id.not_in(theirs))
    return list(
        execute(
            update(Tagging)
            .where(*mine, *([Tagging.source != "kommo"] if is_kommos else []))
            .values(contact_id=winner_id)
            .returning(Tagging.id)
            .execution_options(synchronize_session=False)
        ).scalars()
    )


def _take_portrait(winner: Contact, loser: Contact) -> list[int]:
    """Only who has none takes the other's."""
    if winner.portrait or not loser.portrait:
        return []
    winner.portrait, loser.portrait = loser.portrait, ""
    return _move(Media, winner.account_id, loser.id, winner.id)


def _portrait_of(contact: Contact) -> str:
    mine = Media.account_id == contact.account_id, Media.contact_id == contact.id, Media.state == "ready"
    return execute(select(Media.hash).where(*mine).order_by(Media.id.desc()).limit(1)).scalar() or ""


def _take_names(winner: Contact, loser: Contact) -> None:
    """Sources the winner lacks come from the loser; its own always stay."""
    winner.names = {**loser.names, **winner.names}
    winner.name = display_name(winner.names, winner.phone or loser.phone) or winner.name
    winner.name_key = name_key(winner.name)
    winner.phone = winner.phone or loser.phone
    winner.email = winner.email or loser.email
    winner.version, winner.updated_at = winner.version + 1, func.now()


def _return_names(winner: Contact, loser: Contact, moved: Mapping[str, Any]) -> None:
    """What the winner had from the loser goes; what it learned since stays."""
    before, reached = moved.get("winner_names") or {}, moved.get("winner_reached") or {}
    taken = {source: name for source, name in loser.names.items() if source not in before}
    winner.names = {source: name for source, name in winner.names.items() if taken.get(source) != name}
    for way in ("phone", "email"):
        if way in reached and reached[way] is None and getattr(winner, way) == getattr(loser, way):
            setattr(winner, way, None)
    winner.name = display_name(winner.names, winner.phone) or winner.name
    winner.name_key, winner.version = name_key(winner.name), winner.version + 1


def _give_back(model: Any, account_id: int, contact_id: int, ids: object) -> None:
    if isinstance(ids, list) and ids:
        execute(
            update(model)
            .where(model.account_id == account_id, model.id.in_(ids))
            .values(contact_id=contact_id, **_grown(model))
            .execution_options(synchronize_session=False)
        )
