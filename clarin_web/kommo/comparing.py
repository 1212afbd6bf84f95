"""Rows as Kommo gives them now against what is kept here: different, missing here, gone there.

What is shown is compared, and what we hold as Kommo's word, whatever stamps say. A field edited here is ours (rule 11):
of it only Kommo's word is compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, cast, select

from clarin_web.db import execute, session
from clarin_web.kommo import mapping
from clarin_web.kommo.answers import Row
from clarin_web.kommo.mapping import ContactRow, LeadRow
from clarin_web.kommo.run import Run
from clarin_web.kommo.upserts import load_references
from clarin_web.kommo.upserts.contacts import mains_of, own_reach
from clarin_web.kommo.upserts.identities import values_of
from clarin_web.kommo.upserts.leads import reason_of
from clarin_web.kommo.upserts.references import References
from clarin_web.lib.names import with_name
from clarin_web.lib.text import name_key
from clarin_web.models import Contact, ContactIdentity, KommoRecord, Lead, Tag, Tagging

MAX_TEXT = 80
SAID_OF_CONTACT = ("name", "owner", "phones", "emails", "company", "fields")
TOLD = ("title", "value", "currency", "reason", "tags", "name", "phones", "emails", "company", "closed_at")
SHOWN_AS = {"owner": "owner_id"}
Model = type[Lead] | type[Contact]


@dataclass(frozen=True, slots=True)
class Drift:
    """`what`: different, missing or gone. `fields`: {name: [here, in Kommo]}, texts, empty where too long to tell.

    `why` is what the stamps say: Kommo's is "newer", "older" or the "same".
    """

    what: str
    kommo_id: int
    name: str
    id: int | None = None
    why: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Here:
    """What rows are compared with besides our own. `tags`: {our id: {key: (name, whether Kommo put it there)}}.

    `people`: {Kommo id of a contact: which of ours it may be}. `own`: what is typed or used here, by Kommo id.
    """

    known: References
    tags: dict[int, dict[str, tuple[str, bool]]]
    companies: dict[int, str]
    people: dict[int, set[int]] = field(default_factory=dict)
    own: Mapping[int, Mapping[str, set[str]]] = field(default_factory=dict)


def model_of(kind: str) -> Model:
    return Lead if kind == "leads" else Contact


def compare(run: Run, kind: str, rows: Sequence[Row]) -> list[Drift]:
    """What of these rows is not here as Kommo tells it."""
    read: dict[int, Any] = {}
    for raw in rows:
        row = mapping.lead(raw, run.odd, run.zone) if kind == "leads" else _contact(run, raw)
        if row is not None:
            read[row.kommo_id] = row
    ours = ours_of(run.account_id, kind, read)
    here = _here(run.account_id, kind, {row.id: id_ for id_, row in ours.items()}, read.values())
    found = (_one(row, ours.get(id_), here) for id_, row in read.items())
    return [drift for drift in found if drift]


def _here(account_id: int, kind: str, ids: Mapping[int, int], rows: Iterable[Any]) -> Here:
    """`ids`: {our id: Kommo's}."""
    target = Tagging.lead_id if kind == "leads" else Tagging.contact_id
    worn = select(target, Tag.name_key, Tag.name, Tagging.source).join(
        Tag, (Tag.account_id == Tagging.account_id) & (Tag.id == Tagging.tag_id)
    )
    tags: dict[int, dict[str, tuple[str, bool]]] = {}
    for thing, key, name, source in execute(
        worn.where(Tagging.account_id == account_id, target.in_(list(ids)))
    ):
        tags.setdefault(thing, {})[key] = (name, source == "kommo")
    if kind == "leads":
        return Here(load_references(account_id), tags, {}, _people(account_id, rows))
    keys = {str(row.company_id) for row in rows if row.company_id}
    named = select(KommoRecord.key, KommoRecord.data["name"].astext).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == "companies", KommoRecord.key.in_(keys)
    )
    companies = {int(key): name or "" for key, name in execute(named)}
    return Here(References(), tags, companies, own=own_reach(account_id, ids))


def _people(account_id: int, rows: Iterable[LeadRow]) -> dict[int, set[int]]:
    """A contact of Kommo's is the one that bears its id, and since they became one here, the one it is part of."""
    ids = {row.contact_kommo_id for row in rows if row.contact_kommo_id}
    bears = select(Contact.kommo_id, Contact.id).where(
        Contact.account_id == account_id, Contact.kommo_id.in_(ids)
    )
    part_of = select(cast(ContactIdentity.value, BigInteger), ContactIdentity.contact_id).where(
        ContactIdentity.account_id == account_id,
        ContactIdentity.kind == "kommo_contact",
        ContactIdentity.value.in_([str(id_) for id_ in ids]),
    )
    found: dict[int, set[int]] = {}
    for kommo_id, id_ in [*execute(bears), *execute(part_of)]:
        found.setdefault(kommo_id, set()).add(id_)
    return found


def ours_of(account_id: int, kind: str, kommo_ids: Collection[int]) -> dict[int, Any]:
    """Our rows of these, as the database has them now."""
    model: Any = model_of(kind)
    wanted = select(model).where(model.account_id == account_id, model.kommo_id.in_(list(kommo_ids)))
    rows = session().scalars(wanted.execution_options(populate_existing=True))
    return {row.kommo_id: row for row in rows}


def name_of(record: Any) -> str:
    return str(record.title if isinstance(record, Lead) else record.name)[:MAX_TEXT]


def _contact(run: Run, raw: Row) -> ContactRow | None:
    return mapping.contact(raw, run.country, run.odd, run.zone)


def _one(row: LeadRow | ContactRow, mine: Any, here: Here) -> Drift | None:
    name = (row.title if isinstance(row, LeadRow) else row.name)[:MAX_TEXT]
    if mine is None:
        return None if row.is_deleted else Drift("missing", row.kommo_id, name)
    about = (row.kommo_id, name_of(mine), mine.id)
    if row.is_deleted:
        return None if mine.gone_in_kommo_at else Drift("gone", *about)
    fields = _lead(row, mine, here) if isinstance(row, LeadRow) else _contact_fields(row, mine, here)
    if mine.gone_in_kommo_at:
        fields["gone"] = []
    return Drift("different", *about, _why(mine.kommo_updated_at, row.updated_at), fields) if fields else None


def _why(ours: datetime | None, theirs: datetime) -> str:
    """What the stamps say of a difference: they are hints, and decide nothing."""
    if ours is None or theirs > ours:
        return "newer"
    return "older" if theirs < ours else "same"


def _lead(row: LeadRow, mine: Lead, here: Here) -> dict[str, list[str]]:
    """What is shown against Kommo's word; of a field edited here, what is kept as Kommo's word."""
    stage = here.known.stages.get(row.stage)
    stage_id, owner_id = stage.stage_id if stage else None, here.known.owners.get(row.owner_kommo_id or 0)
    said: dict[str, Any] = dict(mine.kommo)
    told = {**said, "value": Decimal(str(said.get("value") or 0)), "owner_id": owner_id}
    theirs = {"title": row.title, "value": row.value, "stage_id": stage_id, "owner_id": owner_id}
    held = {name: told.get(name) if name in mine.overrides else getattr(mine, name) for name in theirs}
    fields = _differences(held, theirs)
    fields |= _differences({name: told.get(name) for name in theirs}, theirs)
    fields |= _differences(_said_of_lead(said), _words_of_lead(row))
    if mine.contact_id not in here.people.get(row.contact_kommo_id or 0, {None}):
        fields.setdefault("contact", [])
    if stage and "stage_id" not in mine.overrides:
        fields = _closing(row, mine, stage.kind, here.known) | fields
    if mine.currency != here.known.currency:
        fields["currency"] = _pair("currency", mine.currency, here.known.currency)
    if row.closed_at and mine.status != "open" and not {"stage_id"} & set(mine.overrides):
        fields |= _differences({"closed_at": mine.closed_at}, {"closed_at": row.closed_at})
    if "tags" not in mine.overrides:
        fields |= _tags(here.tags.get(mine.id, {}), row.tags)
    if mine.custom != {**row.custom, **mine.own}:
        fields.setdefault("fields", [])
    return fields


def _closing(row: LeadRow, mine: Lead, kind: str, known: References) -> dict[str, list[str]]:
    """Whether it is open, won or lost as its stage says, and lost for Kommo's reason."""
    fields: dict[str, list[str]] = {} if mine.status == kind else {"stage_id": []}
    reason_id = reason_of(row, known) if kind == "lost" else None
    if mine.lost_reason_id != reason_id:
        names = {id_: name for name, id_ in known.reasons.items()}
        fields["reason"] = _pair("reason", names.get(mine.lost_reason_id or 0), names.get(reason_id or 0))
    return fields


def _words_of_lead(row: LeadRow) -> dict[str, Any]:
    return {
        "owner": row.owner_kommo_id,
        "contact": row.contact_kommo_id,
        "contacts": row.said["contacts"],
        "company": row.said["company"],
        "reason": row.loss_reason,
        "tags": sorted(row.tags),
        "fields": row.said["fields"],
    }


def _said_of_lead(said: Mapping[str, Any]) -> dict[str, Any]:
    names = ("owner", "contact", "contacts", "company", "reason", "fields")
    return {**{name: said.get(name) for name in names}, "tags": sorted(said.get("tags") or [])}


def _contact_fields(row: ContactRow, mine: Contact, here: Here) -> dict[str, list[str]]:
    said: dict[str, Any] = dict(mine.kommo)
    held = {name: said.get(name) for name in SAID_OF_CONTACT}
    fields = _differences(held, {name: row.said[name] for name in SAID_OF_CONTACT})
    fields |= _differences(
        {"name": mine.names.get("kommo")}, {"name": with_name({}, "kommo", row.name).get("kommo")}
    )
    company = here.companies.get(row.company_id or 0)
    if company:
        fields |= _differences({"company": mine.company}, {"company": company})
    if mine.custom != row.custom:
        fields.setdefault("fields", [])
    return _reach(row, mine, here) | fields | _tags(here.tags.get(mine.id, {}), row.tags)


def _reach(row: ContactRow, mine: Contact, here: Here) -> dict[str, list[str]]:
    """The phone and e-mail that stand for the person, and all by which they are shown."""
    phone, email = mains_of(row, mine, here.own.get(row.kommo_id, {}))
    shown = {"phones": (mine.phone, phone), "emails": (mine.email, email)}
    fields = {name: _pair(name, ours, theirs) for name, (ours, theirs) in shown.items() if ours != theirs}
    told = [value for _, value in values_of(row)]
    return fields or (
        {} if list(mine.reached) == told else {"phones": [_text(list(mine.reached)), _text(told)]}
    )


def _tags(held: Mapping[str, tuple[str, bool]], theirs: Collection[str]) -> dict[str, list[str]]:
    """`held`: {key: (name, whether Kommo put it there)}. What was typed here may be more, and counts as worn."""
    wanted = {name_key(name): name for name in theirs if name_key(name)}
    kommos = {key: name for key, (name, is_kommos) in held.items() if is_kommos or key in wanted}
    if kommos.keys() == wanted.keys():
        return {}
    return {"tags": [_listed(kommos.values()), _listed(wanted.values())]}


def _differences(held: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        SHOWN_AS.get(name, name): _pair(name, held[name], theirs[name])
        for name in theirs
        if (held[name] or None) != (theirs[name] or None)
    }


def _pair(name: str, mine: Any, theirs: Any) -> list[str]:
    """Both as text, where a text tells anything: ids of stages and people do not."""
    is_told = name in TOLD and not isinstance(mine, int) and not isinstance(theirs, int)
    return [_text(mine), _text(theirs)] if is_told else []


def _text(value: Any) -> str:
    if isinstance(value, list):
        return _listed(str(item.get("text", "")) if isinstance(item, dict) else str(item) for item in value)
    return str(value if value not in (None, "") else "—")[:MAX_TEXT]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))[:MAX_TEXT] or "—"
