"""Create leads: by a person, or by the rule that a stranger who writes becomes a lead, once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from clarin_web.contacts.actions import bring_back
from clarin_web.contacts.queries import words_by_contact
from clarin_web.db import execute, transaction
from clarin_web.events import Actor, LeadCreated, announce
from clarin_web.leads.actions.assigning import check_owner, may_assign
from clarin_web.leads.queries.contacts import find_person
from clarin_web.leads.queries.single import Origin, provenance_of, same_title_open
from clarin_web.lib.errors import Conflict, Forbidden, Invalid, NotFound
from clarin_web.lib.text import name_key, search_key
from clarin_web.models import Contact, Lead
from clarin_web.pipelines.queries import StageView, find_stage, main_pipeline, pipelines_of
from clarin_web.tags import actions as tags

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member


@dataclass(frozen=True, slots=True)
class NewLead:
    """`stage_id` None means the main pipeline's first stage. `despite_twin`: the person saw the warning."""

    title: str
    contact_id: int | None = None
    stage_id: int | None = None
    value: Decimal = Decimal(0)
    owner_id: int | None = None
    tags: list[str] = field(default_factory=list)
    despite_twin: bool = False


def create_lead(member: Member, new: NewLead) -> Lead:
    """One more lead: nothing is ever merged by phone or name (rule 5).

    Raises Conflict("same_title") when an open lead has this title and the person has not been warned.
    """
    with transaction():
        if not new.despite_twin and (twin := same_title_open(member, new.title)):
            raise Conflict("same_title", lead_id=twin.id)
        if not may_assign(member, None, new.owner_id):
            raise Forbidden("assign")
        check_owner(member.account_id, new.owner_id)
        actor, stage = Actor.user(member.user_id), _open_stage(member.account_id, new.stage_id)
        new = replace(new, contact_id=_person(member.account_id, new.contact_id, actor))
        return _insert(member.account_id, new, stage, actor, "typed")


def create_lead_by_rule(
    account_id: int,
    contact_id: int,
    title: str,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
) -> Lead | None:
    """The lead of a person who wrote first. None when they already have an open one that did not leave Kommo, however
    often it is asked.

    The contact's row is locked meanwhile, so two messages at once make one lead.
    """
    with transaction():
        contact = Contact.account_id == account_id, Contact.id == contact_id
        if execute(select(Contact.id).where(*contact).with_for_update()).first() is None:
            return None
        open_leads = select(func.count()).where(
            Lead.account_id == account_id,
            Lead.contact_id == contact_id,
            Lead.status == "open",
            Lead.trashed_at.is_(None),
            Lead.gone_in_kommo_at.is_(None),  # what left Kommo answers for nobody who writes today
        )
        if execute(open_leads).scalar_one():
            return None
        if not pipelines_of(account_id):
            return None  # a new account: Kommo has not been read yet, or is not wanted
        new = NewLead(title=title, contact_id=contact_id)
        stage = _chosen_stage(account_id, stage_id) or _first_stage(account_id, pipeline_id)
        return _insert(
            account_id, new, stage, Actor.rule(), "whatsapp", provenance_of(account_id, contact_id)
        )


def _person(account_id: int, contact_id: int | None, actor: Actor) -> int | None:
    """A lead belongs to a person of this account, who is there from now on; groups never have leads (rule 7)."""
    if contact_id is None:
        return None
    person = find_person(account_id, contact_id)
    if person.is_group:
        raise Invalid("group_lead", {"contact_id": "group_lead"})
    if person.trashed_at is not None:
        bring_back(account_id, person.id, actor)
    return int(person.id)


def _insert(
    account_id: int,
    new: NewLead,
    stage: StageView,
    actor: Actor,
    source: str,
    origin: Origin = Origin(),  # noqa: B008 -- it never changes
) -> Lead:
    with transaction() as session:
        words = (
            words_by_contact(account_id, [new.contact_id]).get(new.contact_id, []) if new.contact_id else []
        )
        lead = Lead(
            account_id=account_id,
            contact_id=new.contact_id,
            pipeline_id=stage.pipeline_id,
            stage_id=stage.id,
            status=stage.kind,
            title=new.title,
            name_key=name_key(new.title),
            value=new.value,
            owner_id=new.owner_id,
            search=search_key(new.title, *words),
            source=source,
            **origin._asdict(),
            version=1,
        )
        session.add(lead)
        session.flush()  # for lead.id, which taggings and the fact point at
        for tag_id in tags.find_or_create(account_id, new.tags).values():
            lead.tag_ids = tags.tag_lead(account_id, lead.id, tag_id)
        announce(
            LeadCreated(
                account_id=account_id,
                actor=actor,
                lead_id=lead.id,
                pipeline_id=lead.pipeline_id,
                contact_id=lead.contact_id,
                title=lead.title,
            )
        )
        return lead


def _open_stage(account_id: int, stage_id: int | None) -> StageView:
    if stage_id is None:
        return _first_stage(account_id, None)
    stage = find_stage(account_id, stage_id)
    if stage is None or stage.kind != "open":
        raise Invalid("foreign_stage", {"stage_id": "unknown_choice"})
    return stage


def _chosen_stage(account_id: int, stage_id: int | None) -> StageView | None:
    """None for one that was archived, or became the end of its pipeline, since it was chosen."""
    stage = find_stage(account_id, stage_id) if stage_id is not None else None
    return stage if stage and stage.kind == "open" else None


def _first_stage(account_id: int, pipeline_id: int | None) -> StageView:
    """The first open stage of the pipeline asked for, else of the main one."""
    wanted = next((p for p in pipelines_of(account_id) if p.id == pipeline_id), None) or main_pipeline(
        account_id
    )
    if wanted.first_open is None:
        raise NotFound("no_pipeline")
    return wanted.first_open
