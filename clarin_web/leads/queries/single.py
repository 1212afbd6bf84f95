"""One lead: found through its owner, locked for writing, its history, its possible twins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Row, Select, case, cast, exists, literal, select, tuple_
from sqlalchemy.orm import aliased

from clarin_web.accounts.permissions import visible
from clarin_web.db import execute, session
from clarin_web.leads.queries.filtered import seen_by
from clarin_web.lib.errors import NotFound
from clarin_web.lib.text import name_key
from clarin_web.models import Contact, FactRow, Lead, LeadNote, LostReason, Provenance

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member

TIMELINE = 30
SKEW = timedelta(hours=1)  # that Kommo's clock may be ahead of ours


def find_lead(member: Member, lead_id: int) -> tuple[Lead, Contact | None]:
    """The lead and its contact. NotFound for what is trashed too old, unseen, or of another account."""
    contact = (Contact.account_id == Lead.account_id) & (Contact.id == Lead.contact_id)
    row = execute(select(Lead, Contact).outerjoin(Contact, contact).where(*_one(member, lead_id))).first()
    if row is None:
        raise NotFound("lead")
    return row[0], row[1]


def kommo_owner(lead: Lead) -> str | None:
    """As lists tell it: who is responsible in Kommo for a lead that none of our members has."""
    is_ours = lead.owner_id is not None or lead.kommo_id is None or "owner_id" in lead.overrides
    said = lead.kommo.get("owner")
    return None if is_ours or not said else str(said)


def lock_lead(member: Member, lead_id: int) -> Lead:
    """As `find_lead`, held until the transaction ends, with what is in the database now."""
    statement = select(Lead).where(*_one(member, lead_id)).with_for_update()
    lead = session().scalar(statement, execution_options={"populate_existing": True})
    if lead is None:
        raise NotFound("lead")
    return lead


def same_title_open(member: Member, title: str) -> Row[Any] | None:
    """An open lead with the same title (rule 5: a second one warns, and is never merged by itself)."""
    statement = select(Lead.id, Lead.title).where(
        *seen_by(member),
        Lead.name_key == name_key(title),
        Lead.status == "open",
        Lead.gone_in_kommo_at.is_(None),
    )
    return execute(statement.limit(1)).first()


def title_for_contact(account_id: int, contact_id: int) -> str:
    """What a lead made by itself is called: as its contact."""
    name = select(Contact.name).where(Contact.account_id == account_id, Contact.id == contact_id)
    return execute(name).scalar_one_or_none() or "WhatsApp"


class Origin(NamedTuple):
    """What a lead keeps of what brought its person here."""

    provenance_id: int | None = None
    came: str = ""
    ad_id: str = ""


def provenance_of(account_id: int, contact_id: int) -> Origin:
    """What brought the person here the last time, for the lead that is made of it."""
    theirs = Provenance.account_id == account_id, Provenance.contact_id == contact_id
    told = select(Provenance.id, Provenance.came, Provenance.ad_id).where(*theirs)
    newest = told.order_by(Provenance.at.desc(), Provenance.id.desc()).limit(1)
    return Origin(*execute(newest).first() or ())


def origin_of(lead: Lead) -> Provenance | None:
    """The ad, post or link this lead came from; asked only when there is one."""
    if lead.provenance_id is None:
        return None
    mine = Provenance.account_id == lead.account_id, Provenance.id == lead.provenance_id
    return session().scalars(select(Provenance).where(*mine)).one_or_none()


def timeline_of(member: Member, lead_id: int, before: tuple[datetime, int] | None = None) -> list[Row[Any]]:
    """What happened to a lead, latest first, one more than TIMELINE when there is more. Notes carry their words."""
    statement = _timeline(member.account_id, lead_id)
    if before is not None:
        statement = statement.where(
            tuple_(FactRow.at, FactRow.id) < tuple_(literal(before[0]), literal(before[1]))
        )
    return list(execute(statement).all())


def lost_reasons(account_id: int) -> list[Row[tuple[int, str]]]:
    statement = select(LostReason.id, LostReason.name).where(
        LostReason.account_id == account_id, LostReason.archived_at.is_(None)
    )
    return list(execute(statement.order_by(LostReason.name)).all())


def reason_of(lead: Lead) -> str:
    """The listed reason a lead was lost for; asked only when there is one."""
    if lead.lost_reason_id is None:
        return ""
    name = select(LostReason.name).where(
        LostReason.account_id == lead.account_id, LostReason.id == lead.lost_reason_id
    )
    return execute(name).scalar_one_or_none() or ""


def _one(member: Member, lead_id: int) -> list[Any]:
    return [Lead.account_id == member.account_id, Lead.id == lead_id, visible(Lead, member)]


def _timeline(account_id: int, lead_id: int) -> Select[Any]:
    note_id = cast(FactRow.data["note_id"].astext, BigInteger)
    note = (
        (LeadNote.account_id == FactRow.account_id) & (FactRow.kind == "LeadNoted") & (LeadNote.id == note_id)
    )
    is_elsewhere = (
        LeadNote.lead_id != FactRow.lead_id
    )  # it was taken along when its lead became part of another
    return (
        select(
            FactRow.id,
            FactRow.kind,
            FactRow.actor_kind,
            FactRow.actor_id,
            FactRow.data,
            FactRow.at,
            case((LeadNote.trashed_at.is_(None), LeadNote.body)).label("body"),
        )
        .outerjoin(LeadNote, note)
        .where(FactRow.account_id == account_id, FactRow.lead_id == lead_id, ~_was_guessed())
        .where(is_elsewhere.is_not(True))
        .order_by(FactRow.at.desc(), FactRow.id.desc())
        .limit(TIMELINE + 1)
    )


def _was_guessed() -> ColumnElement[bool]:
    """A move that was guessed from where a lead of Kommo was found, and that Kommo's own events told afterwards."""
    told = aliased(FactRow)
    later = exists().where(
        told.account_id == FactRow.account_id,
        told.lead_id == FactRow.lead_id,
        told.kind == FactRow.kind,
        told.id > FactRow.id,
        told.at <= FactRow.at + SKEW,
        told.data.has_key("event"),  # type: ignore[attr-defined]
    )
    return FactRow.data.has_key("guessed") & later  # type: ignore[attr-defined]


def merged_into(member: Member, lead: Lead) -> Row[Any] | None:
    """The lead (id, title) in which this one lives on since they were merged in Kommo, if this member sees it."""
    survivor = lead.kommo.get("merged_into")
    if lead.gone_in_kommo_at is None or not isinstance(survivor, int):
        return None
    statement = select(Lead.id, Lead.title).where(*seen_by(member), Lead.kommo_id == survivor)
    return execute(statement).first()
