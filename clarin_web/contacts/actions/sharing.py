"""Phones and e-mails that several contacts show: all are found by them, one is who writes from them (rule 3)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, Text, cast, exists, func, literal, select
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.orm import aliased

from clarin_web.contacts.queries import Key
from clarin_web.db import execute
from clarin_web.models import Contact, ContactIdentity, Lead

TABLE = ContactIdentity.__table__


def settle_shared(account_id: int, values: Collection[Key]) -> set[int]:
    """Decide for each of these, of those who show it, who is recognised by it; answers the contacts that are now.

    Who wrote from it, or was typed with it here, stays. Else it is of who is still in Kommo and has the newest lead.
    """
    shown = sorted({key for key in values if key[0] in ("phone", "email")})
    if not shown:
        return set()
    best = _best(account_id, shown).subquery("best")
    columns = ("account_id", "contact_id", "kind", "value", "source", "is_main")
    source = select(
        literal(account_id), best.c.contact_id, best.c.kind, best.c.value, literal("kommo"), best.c.is_main
    ).where(best.c.place == 1)
    statement = insert(ContactIdentity).from_select(columns, source)
    statement = statement.on_conflict_do_update(
        index_elements=["account_id", "kind", "value"],
        set_={"contact_id": statement.excluded.contact_id, "is_main": statement.excluded.is_main},
        where=(TABLE.c.source == "kommo")
        & (TABLE.c.contact_id != statement.excluded.contact_id)
        & ~_wrote_from_it(account_id),
    )
    return set(execute(statement.returning(TABLE.c.contact_id)).scalars())


def _best(account_id: int, shown: list[Key]) -> Select[Any]:
    """Everybody who shows one of these, in the order in which it is theirs."""
    kinds, values = (cast([key[place] for key in shown], ARRAY(Text())) for place in (0, 1))
    asked = func.unnest(kinds, values).table_valued("kind", "value", name="asked").render_derived()
    newest = (
        select(func.max(Lead.created_at))
        .where(
            Lead.account_id == account_id,
            Lead.contact_id == Contact.id,
            Lead.trashed_at.is_(None),
            Lead.gone_in_kommo_at.is_(None),
        )
        .correlate(Contact)
        .scalar_subquery()
    )
    order = (Contact.gone_in_kommo_at.is_not(None), newest.desc().nulls_last(), Contact.id)
    is_main = (asked.c.value == Contact.phone) | (asked.c.value == Contact.email)
    return (
        select(
            Contact.id.label("contact_id"),
            asked.c.kind,
            asked.c.value,
            func.coalesce(is_main, False).label("is_main"),
            func.row_number().over(partition_by=(asked.c.kind, asked.c.value), order_by=order).label("place"),
        )
        .select_from(asked)
        .join(Contact, Contact.reached.contains(array([asked.c.value])))
        .where(Contact.account_id == account_id, Contact.trashed_at.is_(None))
    )


def _wrote_from_it(account_id: int) -> ColumnElement[bool]:
    """Whether who has it now has written by WhatsApp from this number."""
    heard = aliased(ContactIdentity)
    return exists().where(
        heard.account_id == account_id,
        heard.contact_id == TABLE.c.contact_id,
        heard.kind == "wa_pn",
        "+" + heard.value == TABLE.c.value,
    )
