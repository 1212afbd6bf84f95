"""A person is asked before very many rows are marked gone: the question is a row, answered once."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, session, transaction
from clarin_web.events import Actor, KommoProgressed, announce, announce_all
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing.gone import mark_gone
from clarin_web.lib.errors import NotFound
from clarin_web.models import KommoQuestion


def ask_before_marking(run: Run, kind: str, ids: list[int], known: int) -> None:
    """One open question of a kind at a time: a new sweep knows better than the old one."""
    row = {**run.ids(), "kind": kind, "ids": ids, "known": known, "created_at": datetime.now(UTC)}
    statement = insert(KommoQuestion).values(row)
    new = statement.excluded
    execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "kind"],
            index_where=KommoQuestion.state == "open",
            set_={"ids": new.ids, "known": new.known, "created_at": new.created_at},
        )
    )
    announce(KommoProgressed(**run.ids(), actor=Actor.kommo()))


def open_questions(account_id: int) -> list[KommoQuestion]:
    wanted = select(KommoQuestion).where(
        KommoQuestion.account_id == account_id, KommoQuestion.state == "open"
    )
    return list(session().scalars(wanted.order_by(KommoQuestion.id)))


def asked_about(account_id: int, kind: str) -> set[int]:
    """What a person is being asked about, or chose to keep: nobody else decides of these."""
    wanted = select(KommoQuestion.ids).where(
        KommoQuestion.account_id == account_id,
        KommoQuestion.kind == kind,
        KommoQuestion.state.in_(("open", "kept")),
    )
    return {int(id_) for ids in execute(wanted).scalars() for id_ in ids}


def answer(member: Member, question_id: int, *, mark: bool) -> None:
    """Mark them gone, or keep them as they are. The first answer counts."""
    member.must(Permission.MANAGE_KOMMO)
    with transaction():
        wanted = select(KommoQuestion).where(
            KommoQuestion.account_id == member.account_id,
            KommoQuestion.id == question_id,
            KommoQuestion.state == "open",
        )
        question = session().scalars(wanted.with_for_update()).first()
        if question is None:
            raise NotFound("kommo_question")
        question.state = "marked" if mark else "kept"
        question.answered_by, question.answered_at = member.user_id, datetime.now(UTC)
        session().flush()
        if mark:
            gone = dict.fromkeys(question.ids, datetime.now(UTC))
            announce_all(mark_gone(member.account_id, question.kind, gone).facts)
        about = {"account_id": member.account_id, "connection_id": question.connection_id}
        announce(KommoProgressed(**about, actor=Actor.user(member.user_id)))
