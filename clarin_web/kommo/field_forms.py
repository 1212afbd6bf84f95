"""What people type into a custom field, as the values Kommo's fields of that type have."""

from __future__ import annotations

from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from clarin_web.kommo.custom_fields import CHOICES, DAYS, NUMBERS, CustomField
from clarin_web.lib.text import clean_text
from clarin_web.web.forms import Form

NAME = "value"
MAX_TEXT = 10_000


def read_values(field: CustomField, data: MultiDict[str, str]) -> list[Any]:
    """No values empty the field. Raises Invalid beside it."""
    form = Form(data)
    if field.type == "multiselect":
        chosen = [option for option in data.getlist(NAME) if option]
        if any(option not in field.options for option in chosen):
            form.fail(NAME, "unknown_choice")
        form.check()
        return [option for option in field.options if option in chosen]
    text = form.text(NAME, limit=MAX_TEXT)
    value = _value(form, field, text) if text else None
    form.check()
    return [] if value is None else [value]


def _value(form: Form, field: CustomField, text: str) -> Any:
    if field.type in CHOICES:
        return form.choice(NAME, field.options)
    if field.type == "checkbox":
        return form.choice(NAME, ("yes", "no")) == "yes"
    if field.type in NUMBERS:
        number = form.number(NAME)
        return None if number is None else float(number)
    if field.type in DAYS:
        day = form.day(NAME)
        return day.isoformat() if isinstance(day, date) else None
    return clean_text(text, MAX_TEXT, one_line=field.type != "textarea")
