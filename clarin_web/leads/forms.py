"""What people type about leads, turned into the values actions take. Refusals are reason codes per field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from clarin_web.leads.actions import LostBecause, NewLead
from clarin_web.lib.phones import NotAPhone, Phone, parse_phone
from clarin_web.lib.text import clean_text
from clarin_web.web.forms import Form

MAX_TITLE = 200
MAX_TAGS = 20


@dataclass(frozen=True, slots=True)
class NewPerson:
    """The contact typed beside a new lead. All empty means a lead without a contact."""

    name: str
    phone: Phone | None
    email: str

    @property
    def is_somebody(self) -> bool:
        return bool(self.name or self.phone or self.email)


def read_new_lead(data: Mapping[str, str], country: str) -> tuple[NewLead, NewPerson]:
    """Raises Invalid with a reason for every field that cannot be used. A lead needs a title or a name."""
    form = Form(data)
    name = form.text("name", limit=MAX_TITLE)
    title = form.text("title", limit=MAX_TITLE) or name
    if not title:
        form.fail("title", "required")
    person = NewPerson(name, _phone(form, country), _email(form))
    new = NewLead(
        title=clean_text(title, MAX_TITLE, one_line=True),
        contact_id=form.integer("contact_id"),
        stage_id=form.integer("stage_id"),
        value=form.amount("value") or Decimal(0),
        owner_id=form.integer("owner_id"),
        tags=read_tags(form),
        despite_twin=form.flag("despite_twin"),
    )
    form.check()
    return new, person


def read_field(name: str, data: Mapping[str, str]) -> str | Decimal:
    """The new value of one editable field."""
    form = Form(data)
    value: str | Decimal
    if name == "value":
        value = form.amount("value") or Decimal(0)
    else:
        value = clean_text(form.text(name, required=True, limit=MAX_TITLE), MAX_TITLE, one_line=True)
    form.check()
    return value


@dataclass(frozen=True, slots=True)
class Move:
    stage_id: int
    version: int | None
    from_stage_id: int | None


def read_move(data: Mapping[str, str]) -> Move:
    form = Form(data)
    stage_id = form.integer("stage_id", required=True)
    move = Move(stage_id or 0, form.integer("version"), form.integer("from_stage_id"))
    form.check()
    return move


def read_reason(data: Mapping[str, str]) -> LostBecause:
    form = Form(data)
    because = LostBecause(form.integer("reason_id"), form.text("words", limit=500))
    if because.reason_id is None and not because.words:
        form.fail("reason", "required")
    form.check()
    return because


@dataclass(frozen=True, slots=True)
class Assignment:
    owner_id: int | None
    version: int | None
    was: int | None


def read_assignment(data: Mapping[str, str]) -> Assignment:
    form = Form(data)
    found = Assignment(form.integer("owner_id"), form.integer("version"), form.integer("was"))
    form.check()
    return found


def read_tags(form: Form) -> list[str]:
    """Names separated by commas."""
    names = [name.strip() for name in form.text("tags", limit=1000).split(",") if name.strip()]
    if len(names) > MAX_TAGS:
        form.fail("tags", "too_long")
    return names


def _phone(form: Form, country: str) -> Phone | None:
    raw = form.text("phone", limit=100)
    if not raw:
        return None
    try:
        return parse_phone(raw, country)
    except NotAPhone as refusal:
        form.fail("phone", f"phone_{refusal.reason}")
        return None


def _email(form: Form) -> str:
    email = form.text("email", limit=254).lower()
    if email and (email.count("@") != 1 or email.startswith("@") or "." not in email.rpartition("@")[2]):
        form.fail("email", "not_an_email")
    return email
