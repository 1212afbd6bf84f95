"""What happened to each lead from its first day to now: the same facts that people's and Kommo's doings leave."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from clarin_web.db import execute
from clarin_web.demo import catalogue
from clarin_web.demo.deals import Deal
from clarin_web.demo.office import Office
from clarin_web.demo.people import SEED
from clarin_web.demo.rows import Row, insert_rows
from clarin_web.events import (
    Actor,
    Fact,
    LeadAssigned,
    LeadClosed,
    LeadCreated,
    LeadMoved,
    LeadNoted,
    fact_row,
)
from clarin_web.models import FactRow, LeadNote

NOTED = 0.3


@dataclass(frozen=True, slots=True)
class Told:
    """A lead that is in the database, and the deal it came from. A mirrored one was moved in Kommo."""

    lead_id: int
    contact_id: int
    deal: Deal
    is_mirrored: bool


def tell(office: Office, leads: Sequence[Told]) -> None:
    """The past of all of them in two statements: notes, then facts."""
    rows = [_row(fact, at) for told in leads for fact, at in _past(office, told)]
    notes = [(told, note) for told in leads for note in _notes(office, told)]
    ids = insert_rows(LeadNote, [note for _told, note in notes])
    for (told, note), note_id in zip(notes, ids, strict=True):
        fact = LeadNoted(**_about(office, told), actor=Actor.user(note["author_id"]), note_id=note_id)
        rows.append(_row(fact, note["created_at"]))
    execute(insert(FactRow), rows)


def _row(fact: Fact, at: datetime) -> Row:
    return {**fact_row(fact), "at": at}


def _about(office: Office, told: Told) -> dict[str, Any]:
    pipeline_id = office.pipelines[told.deal.funnel]
    return {
        "account_id": office.account_id, "lead_id": told.lead_id, "pipeline_id": pipeline_id,
        "contact_id": told.contact_id,
    }  # fmt: skip


def _past(office: Office, told: Told) -> Iterator[tuple[Fact, datetime]]:
    deal, about, dice = told.deal, _about(office, told), _dice("path", told)
    seller = office.sellers[deal.seller]
    actor = Actor.kommo() if told.is_mirrored else Actor.user(seller)
    first = actor if told.is_mirrored else Actor.user(office.sellers[0])
    yield LeadCreated(**about, actor=first, title=deal.title), deal.created_at
    if first != actor:
        yield LeadAssigned(**about, actor=first, from_user_id=None, to_user_id=seller), deal.created_at
    stages, path = office.stages[deal.funnel], _path(dice, deal)
    moves = list(zip(path, path[1:], _times(dice, deal, len(path) - 1), strict=False))
    for before, after, at in moves:
        yield _moved(about, actor, stages[before], stages[after]), at
    if moves and (outcome := _outcome(deal)):
        reason = deal.lost_reason if outcome == "lost" else ""
        yield LeadClosed(**about, actor=actor, outcome=outcome, reason=reason), deal.updated_at


def _moved(about: dict[str, Any], actor: Actor, before: int, after: int) -> LeadMoved:
    places = {"from_stage_id": before, "to_stage_id": after, "from_pipeline_id": about["pipeline_id"]}
    return LeadMoved(**about, actor=actor, **places)


def _path(dice: random.Random, deal: Deal) -> list[int]:
    """The stages it stood in. Won ones went through all; a lost one may be lost anywhere on the way."""
    opened = len(catalogue.FUNNELS[deal.funnel].stages)
    if deal.stage < opened:
        return list(range(deal.stage + 1))
    reached = opened if _outcome(deal) == "won" else dice.randint(1, opened)
    return [*range(reached), deal.stage]


def _outcome(deal: Deal) -> str:
    opened = len(catalogue.FUNNELS[deal.funnel].stages)
    return {opened: "won", opened + 1: "lost"}.get(deal.stage, "")


def _times(dice: random.Random, deal: Deal, count: int) -> list[datetime]:
    """Between creation and the last change, which is the last move."""
    if not count:
        return []
    since = deal.updated_at - deal.created_at
    return [*(deal.created_at + since * part for part in sorted(dice.random() for _ in range(count - 1))),
            deal.updated_at]  # fmt: skip


def _notes(office: Office, told: Told) -> Iterator[Row]:
    dice = _dice("notes", told)
    if dice.random() < NOTED:
        since = told.deal.updated_at - told.deal.created_at
        yield {
            "account_id": office.account_id, "lead_id": told.lead_id, "body": dice.choice(catalogue.NOTES),
            "author_id": dice.choice(office.sellers), "created_at": told.deal.created_at + since * dice.random(),
        }  # fmt: skip


def _dice(what: str, told: Told) -> random.Random:
    return random.Random(f"{SEED}:{what}:{told.deal.title}:{told.deal.person.number}")
